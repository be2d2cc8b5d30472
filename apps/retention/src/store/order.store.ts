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

  /** Writes orders and whom each is addressed to; a day with an order in force keeps that one. Those that were written. */
  async add(
    orders: readonly (DueDay & { readonly order: string; readonly participants: readonly string[] })[],
    now: Date,
  ): Promise<ReadonlySet<string>> {
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
    const written = new Set(rows.map(({ order }) => order));
    const asked = orders.flatMap(({ order, participants }) =>
      written.has(order) ? participants.map((participant) => ({ order, participant })) : [],
    );
    await this.address(asked);
    return written;
  }

  async address(asked: readonly { readonly order: string; readonly participant: string }[]): Promise<void> {
    if (asked.length === 0) return;
    await this.sql.query(
      `insert into disposal_participant (tenant, order_id, participant)
       select $1, o, p from unnest($2::uuid[], $3::text[]) as x (o, p) on conflict do nothing`,
      [this.tenant, asked.map(({ order }) => order), asked.map(({ participant }) => participant)],
    );
  }

  /** One order, its row locked: statements about it take turns. */
  async lock(order: string): Promise<OrderRow | undefined> {
    const [row] = await this.sql.query<RawOrder>(
      `select order_id as "order", class, day::text as day, method, custody, expected::text as expected, coalesce(found, 0)::text as found,
              ordered_at as "orderedAt", effective_at as "effectiveAt",
              (select count(*) from disposal_order e where e.tenant = o.tenant and e.class = o.class and e.day = o.day
                  and e.ordered_at < o.ordered_at)::int as earlier
         from disposal_order o where tenant = $1 and order_id = $2 for update`,
      [this.tenant, order],
    );
    if (!row) return undefined;
    const addressees = await this.sql.query<{ participant: string; ackedAt: Date | null; closedAt: Date | null }>(
      `select participant, acked_at as "ackedAt", closed_at as "closedAt" from disposal_participant where tenant = $1 and order_id = $2 order by participant`,
      [this.tenant, order],
    );
    const { effectiveAt, expected, found, ...rest } = row;
    return {
      ...rest,
      expected: Number(expected),
      found: Number(found),
      ...(effectiveAt ? { effectiveAt } : {}),
      participants: addressees.map(({ participant, ackedAt, closedAt }) => ({
        participant,
        ...(ackedAt ? { ackedAt } : {}),
        ...(closedAt ? { closedAt } : {}),
      })),
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

  async ack(order: string, participant: string, counts: { found: number; deleted: number }, at: Date): Promise<void> {
    await this.sql.query(
      `update disposal_participant set acked_at = $4, found = $5, deleted = $6
        where tenant = $1 and order_id = $2 and participant = $3 and acked_at is null`,
      [this.tenant, order, participant, at, counts.found, counts.deleted],
    );
  }

  /** Nobody waits for the word of this store any more; the orders that did, oldest first. */
  async closeFor(participant: string, at: Date): Promise<string[]> {
    const rows = await this.sql.query<{ order: string }>(
      `with closed as (
         update disposal_participant set closed_at = $3
          where tenant = $1 and participant = $2 and acked_at is null and closed_at is null returning order_id)
       select o.order_id as "order" from closed join disposal_order o on o.tenant = $1 and o.order_id = closed.order_id
        order by o.ordered_at, o.order_id`,
      [this.tenant, participant, at],
    );
    return rows.map(({ order }) => order);
  }

  async disbelieve(order: string, participant: string): Promise<void> {
    await this.sql.query(
      'update disposal_participant set disbelieved = disbelieved + 1 where tenant = $1 and order_id = $2 and participant = $3',
      [this.tenant, order, participant],
    );
  }

  async close(order: string, now: Date): Promise<void> {
    await this.sql.query(
      `update disposal_order set closed_at = coalesce(closed_at, $3) where tenant = $1 and order_id = $2`,
      [this.tenant, order, now],
    );
  }

  /** Orders in force, oldest first. */
  async inForce(): Promise<(DueDay & { readonly order: string; readonly participants: readonly string[] })[]> {
    const rows = await this.sql.query<
      DueDay & { readonly order: string; readonly expected: string | number; readonly participants: readonly string[] }
    >(
      `select order_id as "order", class, day::text as day, method, custody, expected::text as expected,
              array(select p.participant from disposal_participant p
                     where p.tenant = o.tenant and p.order_id = o.order_id order by p.participant) as participants
         from disposal_order o where tenant = $1 and closed_at is null order by ordered_at, order_id`,
      [this.tenant],
    );
    return rows.map((row) => ({ ...row, expected: Number(row.expected) }));
  }

  /** How many orders are in force. */
  async outstanding(): Promise<number> {
    const [row] = await this.sql.query<{ orders: number }>(
      `select count(*)::int as orders from disposal_order where tenant = $1 and closed_at is null`,
      [this.tenant],
    );
    return row?.orders ?? 0;
  }

  /** Marks orders, and their participants, who have not answered since `before`, each once; how many orders. */
  async escalate(before: Date, now: Date): Promise<number> {
    await this.sql.query(
      `update disposal_participant p set escalated_at = $3 from disposal_order o
        where p.tenant = $1 and o.tenant = $1 and o.order_id = p.order_id and o.closed_at is null and o.ordered_at <= $2
          and p.acked_at is null and p.closed_at is null and p.escalated_at is null`,
      [this.tenant, before, now],
    );
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
  readonly earlier: number;
}
