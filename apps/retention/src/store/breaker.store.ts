import type { Day, Sql, TenantId } from '@lethe/kernel';
import type { Pass, StoppedBecause } from '../domain/breaker.ts';

export interface Outlook {
  readonly offsetMs: number;
  readonly dated: number;
  readonly byDay: Readonly<Record<Day, number>>;
}

export interface PassRow extends Pass {
  readonly because: StoppedBecause;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly confirmedAt: Date | null;
}

export interface StopRow {
  readonly stop: string;
  readonly reason: string;
  readonly stoppedBy: string;
  readonly stoppedAt: Date;
}

export interface Guard {
  readonly sweptOn: Day | null;
  readonly stoppedBecause: StoppedBecause | null;
  readonly stoppedAt: Date | null;
  readonly firstCountedAt: Date | null;
  readonly firstOffsetMs: number | null;
  /** What the other services were last told. */
  readonly toldThrough: Day | null;
  readonly toldStop: string | null;
}

const PASS = `pass, because, parts::int as parts, through::text as through, reason, proposed_by as "proposedBy",
  proposed_at as "proposedAt", confirmed_at as "confirmedAt"`;

/** The SQL of the breaker, inside one transaction of one tenant that holds its guard where it writes. */
export class BreakerStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async guard(): Promise<Guard | undefined> {
    const [row] = await this.sql.query<Omit<Guard, 'firstOffsetMs'> & { firstOffsetMs: string | null }>(
      `select swept_on::text as "sweptOn", stopped_because as "stoppedBecause", stopped_at as "stoppedAt",
              first_counted_at as "firstCountedAt", first_offset_ms::text as "firstOffsetMs",
              told_through::text as "toldThrough", told_stop as "toldStop"
         from tenant_guard where tenant = $1`,
      [this.tenant],
    );
    return row && { ...row, firstOffsetMs: row.firstOffsetMs === null ? null : Number(row.firstOffsetMs) };
  }

  /** Before it there was nothing to sweep: its day counts as swept. False: something was counted before. */
  async firstCounted(offsetMs: number, on: Day, now: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `insert into tenant_guard (tenant, first_counted_at, first_offset_ms, swept_on) values ($1, $2, $3, $4)
       on conflict (tenant) do update set first_counted_at = excluded.first_counted_at, first_offset_ms = excluded.first_offset_ms,
         swept_on = coalesce(tenant_guard.swept_on, excluded.swept_on)
       where tenant_guard.first_counted_at is null
       returning tenant`,
      [this.tenant, now, offsetMs, on],
    );
    return rows.length > 0;
  }

  /** Parts ordered since, and let pass by nobody. */
  async orderedSince(since: Date): Promise<number> {
    const [row] = await this.sql.query<{ parts: string }>(
      `select coalesce(sum(expected), 0)::text as parts from disposal_order where tenant = $1 and ordered_at > $2 and pass is null`,
      [this.tenant, since],
    );
    return Number(row?.parts ?? 0);
  }

  /** Parts ordered under a pass. */
  async orderedUnder(pass: string): Promise<number> {
    const [row] = await this.sql.query<{ parts: string }>(
      `select coalesce(sum(expected), 0)::text as parts from disposal_order where tenant = $1 and pass = $2`,
      [this.tenant, pass],
    );
    return Number(row?.parts ?? 0);
  }

  /** Parts with a date. */
  async dated(): Promise<number> {
    const [row] = await this.sql.query<{ parts: string }>(
      `select coalesce(sum(greatest(parts, 0)), 0)::text as parts from day_tally where tenant = $1`,
      [this.tenant],
    );
    return Number(row?.parts ?? 0);
  }

  /** The newest outlook not younger than `before`; else the oldest there is. */
  async outlookBefore(before: Date): Promise<(Outlook & { readonly takenAt: Date }) | undefined> {
    const [row] = await this.sql.query<{
      takenAt: Date;
      offsetMs: string;
      dated: string;
      byDay: Outlook['byDay'];
    }>(
      `select taken_at as "takenAt", offset_ms::text as "offsetMs", dated::text as dated, by_day as "byDay"
         from sweep_outlook where tenant = $1
        order by taken_at <= $2 desc, case when taken_at <= $2 then taken_at end desc, taken_at limit 1`,
      [this.tenant, before],
    );
    return row && { ...row, offsetMs: Number(row.offsetMs), dated: Number(row.dated) };
  }

  /** Whether an outlook was written down since. */
  async outlookSince(since: Date): Promise<boolean> {
    const rows = await this.sql.query('select 1 from sweep_outlook where tenant = $1 and taken_at > $2 limit 1', [
      this.tenant,
      since,
    ]);
    return rows.length > 0;
  }

  /** Writes down what is dated now; what is older than `forgetBefore` is forgotten. */
  async addOutlook(
    { offsetMs, byDay, now }: Pick<Outlook, 'offsetMs' | 'byDay'> & { readonly now: Date },
    forgetBefore: Date,
  ): Promise<void> {
    await this.sql.query(
      `insert into sweep_outlook (tenant, taken_at, offset_ms, dated, by_day)
       select $1, $2, $3, coalesce(sum(parts), 0), $4::jsonb
         from (select sum(greatest(t.parts, 0)) as parts from day_tally t
                where tenant = $1 and not exists (
                  select 1 from disposal_order o where o.tenant = t.tenant and o.class = t.class and o.day = t.day)
                group by day) d`,
      [this.tenant, now, offsetMs, JSON.stringify(byDay)],
    );
    await this.sql.query(`delete from sweep_outlook where tenant = $1 and taken_at < $2`, [this.tenant, forgetBefore]);
  }

  async markSwept(on: Day): Promise<void> {
    await this.sql.query(
      `update tenant_guard set swept_on = $2, stopped_because = null, stopped_at = null where tenant = $1`,
      [this.tenant, on],
    );
  }

  async markSeen(on: Day): Promise<void> {
    await this.sql.query(`update tenant_guard set swept_on = $2 where tenant = $1`, [this.tenant, on]);
  }

  async ensureGuard(): Promise<void> {
    await this.sql.query(`insert into tenant_guard (tenant) values ($1) on conflict do nothing`, [this.tenant]);
  }

  async markTold(through: Day | undefined, stop: string | undefined): Promise<void> {
    await this.sql.query(`update tenant_guard set told_through = $2, told_stop = $3 where tenant = $1`, [
      this.tenant,
      through ?? null,
      stop ?? null,
    ]);
  }

  async markStopped(because: StoppedBecause, now: Date): Promise<void> {
    await this.sql.query(
      `update tenant_guard set stopped_because = $2, stopped_at = coalesce(stopped_at, $3) where tenant = $1`,
      [this.tenant, because, now],
    );
  }

  async addPass(
    pass: Pass & { readonly because: StoppedBecause; readonly reason: string; readonly proposedBy: string },
    now: Date,
  ): Promise<void> {
    await this.sql.query(
      `insert into breaker_pass (tenant, pass, because, parts, through, reason, proposed_by, proposed_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [this.tenant, pass.pass, pass.because, pass.parts, pass.through, pass.reason, pass.proposedBy, now],
    );
  }

  async lockPass(pass: string): Promise<PassRow | undefined> {
    const [row] = await this.sql.query<PassRow>(
      `select ${PASS} from breaker_pass where tenant = $1 and pass = $2 for update`,
      [this.tenant, pass],
    );
    return row;
  }

  /** Proposals since `since` that nobody has confirmed, newest first. */
  async proposed(since: Date): Promise<PassRow[]> {
    return this.sql.query<PassRow>(
      `select ${PASS} from breaker_pass where tenant = $1 and confirmed_at is null and proposed_at > $2 order by proposed_at desc`,
      [this.tenant, since],
    );
  }

  async passInForce(): Promise<PassRow | undefined> {
    const [row] = await this.sql.query<PassRow>(
      `select ${PASS} from breaker_pass where tenant = $1 and confirmed_at is not null and spent_at is null`,
      [this.tenant],
    );
    return row;
  }

  /** Ends every pass in force: each lets one backlog pass. */
  async spendPasses(now: Date): Promise<void> {
    await this.sql.query(
      `update breaker_pass set spent_at = $2 where tenant = $1 and confirmed_at is not null and spent_at is null`,
      [this.tenant, now],
    );
  }

  async confirmPass(pass: string, by: string, now: Date): Promise<void> {
    await this.sql.query(
      `update breaker_pass set confirmed_by = $3, confirmed_at = $4 where tenant = $1 and pass = $2`,
      [this.tenant, pass, by, now],
    );
  }

  async markPassed(orders: readonly string[], pass: string): Promise<void> {
    await this.sql.query(`update disposal_order set pass = $3 where tenant = $1 and order_id = any($2::uuid[])`, [
      this.tenant,
      orders,
      pass,
    ]);
  }

  async stopInForce(): Promise<StopRow | undefined> {
    const [row] = await this.sql.query<StopRow>(
      `select stop, reason, stopped_by as "stoppedBy", stopped_at as "stoppedAt" from disposal_stop where tenant = $1 and lifted_at is null for update`,
      [this.tenant],
    );
    return row;
  }

  /** In force, also where it is known and was lifted: what was said last stands. */
  async addStop(stop: string, reason: string, by: string, now: Date): Promise<void> {
    await this.sql.query(
      `insert into disposal_stop (tenant, stop, reason, stopped_by, stopped_at) values ($1, $2, $3, $4, $5)
       on conflict (tenant, stop) do update set lifted_by = null, lifted_at = null`,
      [this.tenant, stop, reason, by, now],
    );
  }

  /** Somebody answers for a stop that stands. */
  async answerFor(stop: string, reason: string, by: string): Promise<void> {
    await this.sql.query(`update disposal_stop set reason = $3, stopped_by = $4 where tenant = $1 and stop = $2`, [
      this.tenant,
      stop,
      reason,
      by,
    ]);
  }

  async liftStop(stop: string, by: string, now: Date): Promise<void> {
    await this.sql.query(`update disposal_stop set lifted_by = $3, lifted_at = $4 where tenant = $1 and stop = $2`, [
      this.tenant,
      stop,
      by,
      now,
    ]);
  }
}
