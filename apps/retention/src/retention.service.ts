import { events, type Envelope, type http } from '@lethe/contracts';
import { dayOf, Fault, type Day, type TenantId, type Transaction } from '@lethe/kernel';
import type { AnswerOf, ServiceContext } from '@lethe/platform';
import { addsUp, dueDays, ESCALATE_AFTER_MS, isClosed, type DueDay } from './domain/disposal.ts';
import { stopsSweep } from './domain/hold.ts';
import type { TallyChanges } from './domain/tally.ts';
import type { LongPoll } from './long-poll.ts';
import { BackupStore } from './store/backup.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { OrderStore, type OrderRow } from './store/order.store.ts';
import { TallyStore } from './store/tally.store.ts';

/** Orders written by one transaction of a sweep. */
const ORDERS_A_STEP = 100;
/** A tenant-wide order needs no place among a person's events: one slot of the order topic carries them in order. */
const ORDER_SLOT = 0;

/** Counts what is due when, orders it on its day, and keeps count of who has done it. */
export class RetentionService {
  constructor(
    private readonly context: ServiceContext,
    private readonly longPoll: LongPoll,
  ) {}

  /** Adds what collection says to the counts. Part of the consumer's transaction, which also moves its position. */
  async count(sql: Transaction, tenant: TenantId, changes: TallyChanges): Promise<void> {
    await new TallyStore(sql, tenant).change(changes);
  }

  /**
   * Orders every day that is due, each once however many sweeps run, and escalates orders nobody has carried out.
   * Stopped half-way it is finished by the next sweep. The orders this one gave. @param now machine time
   */
  async sweep(tenant: TenantId, now: Date): Promise<string[]> {
    const { clock, logger } = this.context;
    const [legalNow, zone] = await Promise.all([clock.legalNow(tenant), clock.zone(tenant)]);
    const today = dayOf(legalNow, zone);
    const ordered: string[] = [];
    for (let more = true; more;) {
      const step = await this.context.database.within(tenant, (sql) =>
        this.orderSome(sql, { tenant, today, now, legalNow }),
      );
      ordered.push(...step.ordered);
      more = step.more;
    }
    const escalated = await this.context.database.within(tenant, async (sql) => {
      await new TallyStore(sql, tenant).forgetSettled(today);
      return new OrderStore(sql, tenant).escalate(new Date(now.getTime() - ESCALATE_AFTER_MS), now);
    });
    if (escalated > 0)
      logger.warn(
        { tenant, count: escalated, code: 'retention/disposal-overdue' },
        'disposals were ordered and nobody has carried them out',
      );
    return ordered;
  }

  private async orderSome(
    sql: Transaction,
    { tenant, today, now, legalNow }: { tenant: TenantId; today: Day; now: Date; legalNow: Date },
  ): Promise<{ ordered: string[]; more: boolean }> {
    await new BackupStore(sql, tenant).lockGuard();
    if (stopsSweep(await new HoldStore(sql, tenant).onTenant())) return { ordered: [], more: false };
    const due = dueDays(await new TallyStore(sql, tenant).unordered(today), today, now);
    const step = due.slice(0, ORDERS_A_STEP).map((day) => ({ ...day, order: this.context.newId() }));
    if (step.length === 0) return { ordered: [], more: false };

    const written = await new OrderStore(sql, tenant).add(step, now);
    const orders = step.filter(({ order }) => written.has(order));
    await this.context.outbox.announceAll(
      sql,
      events.DisposalOrderedV1,
      now,
      orders.map((order) => ({ about: { tenant, slot: ORDER_SLOT }, data: orderData(order, legalNow) })),
    );
    return { ordered: orders.map(({ order }) => order), more: due.length > ORDERS_A_STEP };
  }

  /** Orders in force. Waits up to `waitMs` of machine time for none. */
  async outstanding(tenant: TenantId, waitMs: number): Promise<number> {
    const look = () => this.context.database.within(tenant, (sql) => new OrderStore(sql, tenant).outstanding());
    const none = await this.longPoll.until(waitMs, async () => ((await look()) === 0 ? true : undefined));
    return none ? 0 : look();
  }

  /** Collection says that nothing live can read what the order named. */
  async disposalEffective(
    sql: Transaction,
    tenant: TenantId,
    data: Envelope<typeof events.DisposalEffectiveV1>['data'],
    now: Date,
  ): Promise<void> {
    const store = new OrderStore(sql, tenant);
    const order = await store.lock(data.order);
    if (!order || order.effectiveAt) return;
    await store.markEffective(order.order, data, now);
    if (order.custody.includes('lethe')) await this.uncount(sql, tenant, order, 'lethe', data.found);
    await this.closeIfDone(sql, tenant, { ...order, effectiveAt: now }, now);
  }

  async disposalSwept(
    sql: Transaction,
    tenant: TenantId,
    data: Envelope<typeof events.DisposalSweptV1>['data'],
    now: Date,
  ): Promise<void> {
    await new OrderStore(sql, tenant).markSwept(data.order, data.deleted, now);
  }

  /**
   * The platform says that its own stores have disposed of what the order named. A statement that does not add up, or
   * found something when it looked again, is not taken: the order stays in force. @param now machine time
   */
  async platformAck(
    tenant: TenantId,
    orderId: string,
    ack: { readonly found: number; readonly deleted: number; readonly rescan: number },
    now: Date,
  ): Promise<AnswerOf<typeof http.AckDisposal>> {
    return this.context.database.within(tenant, async (sql) => {
      const store = new OrderStore(sql, tenant);
      const order = await store.lock(orderId);
      if (!order) throw new Fault('missing', 'retention/no-such-order', 'no such order', 'order');
      if (!order.custody.includes('platform'))
        throw new Fault('conflict', 'retention/not-addressed', 'the order is not addressed to the platform', 'order');
      if (order.platformAckedAt) return { accepted: true };
      if (!addsUp(ack)) {
        this.context.logger.warn(
          { tenant, order: orderId, code: 'retention/ack-does-not-add-up' },
          'a statement about a disposal was not taken',
        );
        return { accepted: false };
      }
      await store.markPlatformAcked(orderId, ack, now);
      await this.uncount(sql, tenant, order, 'platform', order.expected);
      await this.context.outbox.announce(
        sql,
        events.PlatformDisposalAckedV1,
        { tenant, slot: ORDER_SLOT, now },
        {
          order: orderId,
          found: ack.found,
          deleted: ack.deleted,
          at: now.toISOString(),
        },
      );
      await this.closeIfDone(sql, tenant, { ...order, platformAckedAt: now }, now);
      return { accepted: true };
    });
  }

  /** What is due when, by class; `nextDay` is the next local day on which there is something to do. */
  async forecast(tenant: TenantId): Promise<AnswerOf<typeof http.Forecast>> {
    const legalTime = await this.context.clock.legalNow(tenant);
    return this.context.database.within(tenant, async (sql) => {
      const store = new TallyStore(sql, tenant);
      const nextDay = await store.nextDay();
      const tallies = (await store.forecast()).map(({ day, ...row }) => ({ ...row, ...(day === null ? {} : { day }) }));
      return { legalTime: legalTime.toISOString(), ...(nextDay === undefined ? {} : { nextDay }), tallies };
    });
  }

  /** For metrics: parts due and not yet ordered, and orders whose day is over. */
  async dueAndOverdue(tenant: TenantId, now: Date): Promise<{ due: number; overdue: number }> {
    const { clock } = this.context;
    const today = dayOf(await clock.legalNow(tenant), await clock.zone(tenant));
    return this.context.database.within(tenant, async (sql) => ({
      due: dueDays(await new TallyStore(sql, tenant).unordered(today), today, now).length,
      overdue: await new OrderStore(sql, tenant).overdue(today),
    }));
  }

  /** Parts a participant has disposed of leave their count. A day ordered again is settled by the word of the participant. */
  private async uncount(
    sql: Transaction,
    tenant: TenantId,
    order: OrderRow,
    custody: 'lethe' | 'platform',
    parts: number,
  ): Promise<void> {
    const tallies = new TallyStore(sql, tenant);
    await (order.earlier > 0 ? tallies.settle(order, custody) : tallies.dispose(order, custody, parts));
  }

  private async closeIfDone(sql: Transaction, tenant: TenantId, order: OrderRow, now: Date): Promise<void> {
    if (!isClosed(order)) return;
    await new OrderStore(sql, tenant).close(order.order, now);
    sql.afterCommit(() => this.longPoll.wake());
  }
}

const orderData = (
  { order, class: className, day, method, custody, expected }: DueDay & { order: string },
  legalNow: Date,
) => ({
  order,
  class: className,
  day,
  method,
  custody: [...custody],
  expected,
  at: legalNow.toISOString(),
});
