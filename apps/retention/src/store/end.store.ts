import type { Method } from '../domain/tally.ts';
import type { EndProgress } from '../domain/end.ts';
import type { Day, Sql, TenantId } from '@lethe/kernel';

export interface EndRow extends EndProgress {
  readonly end: string;
  readonly reason: string;
  readonly proposedBy: string;
  /** Machine time. */
  readonly proposedAt: Date;
  readonly confirmedBy?: string | undefined;
  /** Legal time at which it was confirmed. */
  readonly orderedAt?: Date | undefined;
}

type Nullable<Row> = { readonly [key in keyof Row]: Row[key] | null };

const ROW = `end_id as "end", reason, proposed_by as "proposedBy", proposed_at as "proposedAt", confirmed_by as "confirmedBy",
  confirmed_at as "confirmedAt", ordered_at as "orderedAt", stopped_at as "stoppedAt", emptied_at as "emptiedAt",
  reached_at as "reachedAt", shredded_at as "shreddedAt", final_at as "finalAt"`;

export type EndStep = 'stopped_at' | 'emptied_at' | 'reached_at' | 'shredded_at' | 'final_at';

/** The SQL of a tenant's end, inside one transaction of that tenant. */
export class EndStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** The end that was confirmed, or else the latest that was proposed. */
  async present(): Promise<EndRow | undefined> {
    return this.one('tenant = $1 order by confirmed_at is null, proposed_at desc limit 1', []);
  }

  /** The end in force, its row locked. */
  async inForce(): Promise<EndRow | undefined> {
    return this.one('tenant = $1 and confirmed_at is not null for update', []);
  }

  async lock(end: string): Promise<EndRow | undefined> {
    return this.one('tenant = $1 and end_id = $2 for update', [end]);
  }

  /** When collecting stopped, if it has. */
  async stopped(): Promise<{ end: string; stoppedAt: Date } | undefined> {
    const [row] = await this.sql.query<{ end: string; stoppedAt: Date }>(
      `select end_id as "end", stopped_at as "stoppedAt" from tenant_end where tenant = $1 and stopped_at is not null`,
      [this.tenant],
    );
    return row;
  }

  async propose(end: string, reason: string, by: string, now: Date): Promise<void> {
    await this.sql.query(
      'insert into tenant_end (tenant, end_id, reason, proposed_by, proposed_at) values ($1, $2, $3, $4, $5)',
      [this.tenant, end, reason, by, now],
    );
  }

  async confirm(end: string, by: string, now: Date, legalNow: Date): Promise<void> {
    await this.sql.query(
      'update tenant_end set confirmed_by = $3, confirmed_at = $4, ordered_at = $5 where tenant = $1 and end_id = $2',
      [this.tenant, end, by, now, legalNow],
    );
  }

  /** Marks a step once; false when it was marked before, or the end is not known. */
  async mark(end: string, step: EndStep, at: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `update tenant_end set ${step} = $3 where tenant = $1 and end_id = $2 and ${step} is null returning 1 as one`,
      [this.tenant, end, at],
    );
    return rows.length > 0;
  }

  /** Parts by the counts: those a floor keeps beyond today, the others, and those that wait. */
  async left(today: Day): Promise<{ atOnce: number; floored: number; waiting: number; lastDay?: Day }> {
    const [row] = await this.sql.query<{ atOnce: number; floored: number; waiting: number; lastDay: Day | null }>(
      `select coalesce(sum(parts) filter (where floor is null or floor <= $2::date), 0)::int as "atOnce",
              coalesce(sum(parts) filter (where floor > $2::date), 0)::int as floored,
              max(floor) filter (where floor > $2::date and parts > 0)::text as "lastDay",
              (select coalesce(sum(greatest(parts, 0)), 0)::int from waiting_tally where tenant = $1) as waiting
         from (select max(floor) as floor, greatest(sum(parts), 0) as parts from day_tally where tenant = $1
                group by class, day, custody) t`,
      [this.tenant, today],
    );
    const { lastDay, ...counts } = row ?? { atOnce: 0, floored: 0, waiting: 0, lastDay: null };
    return { ...counts, ...(lastDay === null ? {} : { lastDay }) };
  }

  /** All disposals the tenant ever had, by class. */
  async disposals(): Promise<{ class: string; method: Method; orders: number; found: number; platform: number }[]> {
    return this.sql.query(
      `select class, method, count(*)::int as orders, coalesce(sum(found), 0)::int as found,
              coalesce(sum((select sum(p.found) from disposal_participant p
                             where p.tenant = o.tenant and p.order_id = o.order_id)), 0)::int as platform
         from disposal_order o where tenant = $1 group by class, method order by class, method`,
      [this.tenant],
    );
  }

  async holds(): Promise<number> {
    const [row] = await this.sql.query<{ holds: number }>(
      `select count(*)::int as holds from hold where tenant = $1 and state in ('placing', 'in-force')`,
      [this.tenant],
    );
    return row?.holds ?? 0;
  }

  private async one(where: string, values: readonly unknown[]): Promise<EndRow | undefined> {
    const [row] = await this.sql.query<Nullable<EndRow>>(`select ${ROW} from tenant_end where ${where}`, [
      this.tenant,
      ...values,
    ]);
    return row && (Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as EndRow);
  }
}
