import { type Day, type Sql, type TenantId } from '@lethe/kernel';
import type { DueDay, OrderState } from '../domain/disposal.ts';
import type { Custody, Method } from '../domain/tally.ts';

export interface OrderRow extends OrderState {
  readonly order: string;
  readonly class: string;
  readonly day: Day;
  readonly method: Method;
  readonly expected: number;
  readonly found: number;
  /** Orders for the same day and class that were carried out before this one. */
  readonly earlier: number;
}

/** The SQL of orders, inside one transaction of one tenant. */
export class OrderStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Writes orders; a day with an order in force keeps that one. Those that were written. */
  async add(orders: readonly (DueDay & { readonly order: string })[], now: Date): Promise<ReadonlySet<string>> {
    const rows = await this.sql.query<{ order: string }>(
      `insert into disposal_order (tenant, order_id, class, day, method, custody, expected, ordered_at)
       select $1, o, c, d, m, string_to_array(cu, ' '), e, $8
         from unnest($2::uuid[], $3::text[], $4::date[], $5::text[], $6::text[], $7::bigint[]) as x (o, c, d, m, cu, e)
       on conflict (tenant, class, day) where closed_at is null do nothing
       returning order_id as "order"`,
      [
        this.tenant,
        orders.map((row) => row.order),
        orders.map((row) => row.class),
        orders.map((row) => row.day),
        orders.map((row) => row.method),
        orders.map((row) => row.custody.join(' ')),
        orders.map((row) => row.expected),
        now,
      ],
    );
    return new Set(rows.map(({ order }) => order));
  }

  /** One order, its row locked: statements about it take turns. */
  async lock(order: string): Promise<OrderRow | undefined> {
    const [row] = await this.sql.query<RawOrder>(
      `select order_id as "order", class, day::text as day, method, custody, expected::text as expected, coalesce(found, 0)::text as found,
              ordered_at as "orderedAt", effective_at as "effectiveAt", platform_acked_at as "platformAckedAt",
              (select count(*) from disposal_order e where e.tenant = o.tenant and e.class = o.class and e.day = o.day
                  and e.ordered_at < o.ordered_at)::int as earlier
         from disposal_order o where tenant = $1 and order_id = $2 for update`,
      [this.tenant, order],
    );
    if (!row) return undefined;
    const { effectiveAt, platformAckedAt, expected, found, ...rest } = row;
    return {
      ...rest,
      expected: Number(expected),
      found: Number(found),
      ...(effectiveAt ? { effectiveAt } : {}),
      ...(platformAckedAt ? { platformAckedAt } : {}),
    };
  }

  async markEffective(
    order: string,
    counts: { found: number; held: number; restricted: number },
    at: Date,
  ): Promise<void> {
    await this.sql.query(
      `update disposal_order set effective_at = $3, found = $4, held = $5, restricted = $6 where tenant = $1 and order_id = $2`,
      [this.tenant, order, at, counts.found, counts.held, counts.restricted],
    );
  }

  async markSwept(order: string, deleted: number, at: Date): Promise<void> {
    await this.sql.query(
      `update disposal_order set swept_at = coalesce(swept_at, $3), deleted = $4 where tenant = $1 and order_id = $2`,
      [this.tenant, order, at, deleted],
    );
  }

  async markPlatformAcked(order: string, counts: { found: number; deleted: number }, at: Date): Promise<void> {
    await this.sql.query(
      `update disposal_order set platform_acked_at = $3, platform_found = $4, platform_deleted = $5 where tenant = $1 and order_id = $2`,
      [this.tenant, order, at, counts.found, counts.deleted],
    );
  }

  async close(order: string, now: Date): Promise<void> {
    await this.sql.query(
      `update disposal_order set closed_at = coalesce(closed_at, $3) where tenant = $1 and order_id = $2`,
      [this.tenant, order, now],
    );
  }

  /** Orders in force. */
  async outstanding(): Promise<number> {
    const [row] = await this.sql.query<{ orders: number }>(
      `select count(*)::int as orders from disposal_order where tenant = $1 and closed_at is null`,
      [this.tenant],
    );
    return row?.orders ?? 0;
  }

  /** Marks orders nobody has carried out since `before`, each once; how many. */
  async escalate(before: Date, now: Date): Promise<number> {
    const rows = await this.sql.query(
      `update disposal_order set escalated_at = $3 where tenant = $1 and closed_at is null and escalated_at is null and ordered_at <= $2 returning 1 as one`,
      [this.tenant, before, now],
    );
    return rows.length;
  }

  /** Orders in force whose day is over, or that were escalated. */
  async overdue(today: Day): Promise<number> {
    const [row] = await this.sql.query<{ orders: number }>(
      `select count(*)::int as orders from disposal_order where tenant = $1 and closed_at is null and (day < $2::date or escalated_at is not null)`,
      [this.tenant, today],
    );
    return row?.orders ?? 0;
  }
}

interface RawOrder {
  readonly order: string;
  readonly class: string;
  readonly day: Day;
  readonly method: Method;
  readonly custody: readonly Custody[];
  readonly expected: string;
  readonly found: string;
  readonly orderedAt: Date;
  readonly effectiveAt: Date | null;
  readonly platformAckedAt: Date | null;
  readonly earlier: number;
}
