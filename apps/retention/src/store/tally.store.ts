import { type Day, type Sql, type TenantId } from '@lethe/kernel';
import type { DayTally } from '../domain/disposal.ts';
import type { Custody, Method, TallyChanges } from '../domain/tally.ts';

/** How long the count of a day that is disposed of is still shown. Local days. */
const SETTLED_DAYS = 31;

/** What is counted of no one slot. */
const NO_SLOT = -1;

/** Counts of all slots together, of one tenant ($1). */
const DAYS = `(select tenant, class, day, custody, max(method) as method, max(floor) as floor, sum(parts)::bigint as parts
  from day_tally where tenant = $1 group by tenant, class, day, custody)`;
const WAITING = `(select tenant, class, matter, custody, max(method) as method, min(limit_on) as limit_on, sum(parts)::bigint as parts
  from waiting_tally where tenant = $1 group by tenant, class, matter, custody)`;

/** A tally as people read it. */
export interface ForecastRow {
  readonly class: string;
  readonly day: Day | null;
  readonly method: Method;
  readonly custody: Custody;
  readonly parts: number;
  /** The latest floor on any of them, of what is counted for a day. */
  readonly floor: Day | null;
  /** `late`: counted for a day that was disposed of; it is ordered again. */
  readonly state: 'waiting' | 'dated' | 'ordered' | 'effective' | 'swept' | 'late';
}

/** The SQL of counts, inside one transaction of one tenant. */
export class TallyStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Forgets what was counted of the slot, but for days whose disposal has been heard of: their count is settled by that. */
  async forgetSlot(slot: number): Promise<void> {
    await this.sql.query(
      `delete from day_tally t where tenant = $1 and slot = $2 and not exists (
         select 1 from disposal_order o where o.tenant = t.tenant and o.class = t.class and o.day = t.day and o.effective_at is not null)`,
      [this.tenant, slot],
    );
    await this.sql.query('delete from waiting_tally where tenant = $1 and slot = $2', [this.tenant, slot]);
  }

  /** Of these days, those whose disposal has been heard of; by class and day. */
  async disposed(days: readonly { readonly class: string; readonly day: Day }[]): Promise<ReadonlySet<string>> {
    if (days.length === 0) return new Set();
    const rows = await this.sql.query<{ class: string; day: Day }>(
      `select distinct class, day::text as day from disposal_order
        where tenant = $1 and effective_at is not null and (class, day) in (select * from unnest($2::text[], $3::date[]))`,
      [this.tenant, days.map((row) => row.class), days.map((row) => row.day)],
    );
    return new Set(rows.map((row) => `${row.class} ${row.day}`));
  }

  /** Adds changes to the counts of one slot. Rows that wait for nothing any more are forgotten. */
  async change({ days, waiting }: TallyChanges, slot: number): Promise<void> {
    if (days.length > 0) {
      await this.sql.query(
        `insert into day_tally (tenant, class, day, custody, method, floor, parts, slot)
         select $1, *, $8 from unnest($2::text[], $3::date[], $4::text[], $5::text[], $6::date[], $7::bigint[])
         on conflict (tenant, class, day, custody, slot) do update set
           parts = day_tally.parts + excluded.parts,
           method = coalesce(excluded.method, day_tally.method),
           floor = greatest(day_tally.floor, excluded.floor)`,
        [
          this.tenant,
          days.map((row) => row.class),
          days.map((row) => row.day),
          days.map((row) => row.custody),
          days.map((row) => row.method ?? null),
          days.map((row) => row.floor ?? null),
          days.map((row) => row.parts),
          slot,
        ],
      );
    }
    if (waiting.length > 0) {
      const matters = waiting.map((row) => row.matter);
      await this.sql.query(
        `insert into waiting_tally (tenant, class, matter, custody, method, limit_on, parts, slot)
         select $1, *, $8 from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::bigint[])
         on conflict (tenant, class, matter, custody, slot) do update set
           parts = waiting_tally.parts + excluded.parts,
           method = coalesce(excluded.method, waiting_tally.method),
           limit_on = least(waiting_tally.limit_on, excluded.limit_on)`,
        [
          this.tenant,
          waiting.map((row) => row.class),
          matters,
          waiting.map((row) => row.custody),
          waiting.map((row) => row.method ?? null),
          waiting.map((row) => row.limit ?? null),
          waiting.map((row) => row.parts),
          slot,
        ],
      );
      await this.sql.query(`delete from waiting_tally where tenant = $1 and matter = any($2) and parts = 0`, [
        this.tenant,
        matters,
      ]);
    }
  }

  /** Counts of days up to `through`, and of whole classes, that no order in force covers, oldest first, with the last order for each. */
  async unordered(through: Day, classes: readonly string[]): Promise<DayTally[]> {
    const rows = await this.sql.query<TallyRow>(
      `select t.class, t.day::text as day, t.custody, t.method, t.floor::text as floor, t.parts::text as parts,
              o.order_id is not null as ordered, o.closed_at as "closedAt"
         from ${DAYS} t
         left join lateral (
           select order_id, closed_at from disposal_order o
            where o.tenant = t.tenant and o.class = t.class and o.day = t.day
            order by ordered_at desc, order_id desc limit 1) o on true
        where t.tenant = $1 and (t.day <= $2::date or t.class = any($3)) and t.method is not null
          and (o.order_id is null or (o.closed_at is not null and t.parts > 0))
        order by t.day, t.class, t.custody`,
      [this.tenant, through, classes],
    );
    return rows.map(({ parts, floor, ordered, closedAt, ...row }) => ({
      ...row,
      parts: Number(parts),
      ...(floor === null ? {} : { floor }),
      ...(ordered ? { order: closedAt ? { closedAt } : {} } : {}),
    }));
  }

  /** What was found on a day is gone from its count, or set aside under a hold or a floor of its own. */
  async dispose(order: { readonly class: string; readonly day: Day }, custody: Custody, parts: number): Promise<void> {
    await this.sql.query(
      `insert into day_tally (tenant, class, day, custody, slot, parts) values ($1, $2, $3::date, $4, ${NO_SLOT}, -$5::bigint)
       on conflict (tenant, class, day, custody, slot) do update set parts = day_tally.parts + excluded.parts`,
      [this.tenant, order.class, order.day, custody, parts],
    );
  }

  /** How many parts are counted for a day in one custody. */
  async count(order: { readonly class: string; readonly day: Day }, custody: Custody): Promise<number> {
    const [row] = await this.sql.query<{ parts: string | null }>(
      `select sum(parts)::text as parts from day_tally where tenant = $1 and class = $2 and day = $3::date and custody = $4`,
      [this.tenant, order.class, order.day, custody],
    );
    return Math.max(0, Number(row?.parts ?? 0));
  }

  /** A second order for one day settles its count: nothing is left by the word of who disposed of it. */
  async settle(order: { readonly class: string; readonly day: Day }, custody: Custody): Promise<void> {
    await this.sql.query(
      `update day_tally set parts = 0 where tenant = $1 and class = $2 and day = $3::date and custody = $4`,
      [this.tenant, order.class, order.day, custody],
    );
  }

  /** Counts that say nothing any more are forgotten: of days long past, disposed of by everyone, with nothing left. */
  async forgetSettled(today: Day): Promise<void> {
    await this.sql.query(
      `delete from day_tally t where tenant = $1 and day < $2::date - ${SETTLED_DAYS}
          and exists (select 1 from disposal_order o where o.tenant = t.tenant and o.class = t.class and o.day = t.day)
          and not exists (select 1 from disposal_order o
                           where o.tenant = t.tenant and o.class = t.class and o.day = t.day and o.closed_at is null)
          and (select sum(s.parts) from day_tally s
                where s.tenant = t.tenant and s.class = t.class and s.day = t.day and s.custody = t.custody) <= 0`,
      [this.tenant, today],
    );
  }

  /** Everything that is waiting, dated, ordered or disposed of, by class and day. */
  async forecast(): Promise<ForecastRow[]> {
    const rows = await this.sql.query<Omit<ForecastRow, 'parts'> & { parts: string }>(
      `select t.class, t.day::text as day, coalesce(o.method, t.method) as method, t.custody, t.floor::text as floor,
              greatest(case when o.order_id is null then t.parts when o.effective_at is null then o.expected else coalesce(o.found, 0) end, 0)::text as parts,
              case when o.order_id is null then 'dated' when o.closed_at is null then 'ordered'
                   when o.swept_at is null then 'effective' else 'swept' end as state
         from ${DAYS} t
         left join lateral (
           select * from disposal_order o where o.tenant = t.tenant and o.class = t.class and o.day = t.day
            order by ordered_at desc, order_id desc limit 1) o on true
        where t.tenant = $1 and coalesce(o.method, t.method) is not null
       union all
       select t.class, t.day::text, t.method, t.custody, t.floor::text, t.parts::text, 'late'
         from ${DAYS} t
        where t.parts > 0 and t.method is not null
          and (select o.closed_at from disposal_order o where o.tenant = t.tenant and o.class = t.class and o.day = t.day
                order by ordered_at desc, order_id desc limit 1) is not null
       union all
       select class, null, method, custody, null, sum(greatest(parts, 0))::text, 'waiting'
         from ${WAITING} w where method is not null group by class, method, custody
       order by day nulls last, class, custody`,
      [this.tenant],
    );
    return rows
      .map((row) => ({ ...row, parts: Number(row.parts) }))
      .filter(({ state, parts }) => parts > 0 || state !== 'dated');
  }

  /** The next local day on which a backup is to be purged. */
  async nextPurge(): Promise<Day | undefined> {
    const [row] = await this.sql.query<{ day: Day | null }>(
      `select min(purge_on)::text as day from backup where tenant = $1 and state in ('taking', 'available', 'isolated')`,
      [this.tenant],
    );
    return row?.day ?? undefined;
  }
}

interface TallyRow {
  readonly class: string;
  readonly day: Day;
  readonly custody: Custody;
  readonly method: Method;
  readonly floor: Day | null;
  readonly parts: string;
  readonly ordered: boolean;
  readonly closedAt: Date | null;
}
