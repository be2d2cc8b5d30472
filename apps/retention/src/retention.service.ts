import { events, TENANT_SLOT, type Envelope, type http } from '@lethe/contracts';
import { Fault, type TenantId, type Transaction } from '@lethe/kernel';
import { crashPoint, type AnswerOf, type ServiceContext } from '@lethe/platform';
import type { BreakerService, Moment, Stopped } from './breaker.service.ts';
import type { Dates } from './dates.ts';
import { ALWAYS_ALLOWED } from './domain/breaker.ts';
import { addsUp, allAnswered, ESCALATE_AFTER_MS, isClosed, disposalOrdered } from './domain/disposal.ts';
import { addressed, speaker } from './domain/participant.ts';
import { stated, type TallyChanges } from './domain/tally.ts';
import type { LongPoll } from './long-poll.ts';
import { BackupStore } from './store/backup.store.ts';
import { BreakerStore } from './store/breaker.store.ts';
import { OrderStore, type OrderRow } from './store/order.store.ts';
import { ParticipantStore } from './store/participant.store.ts';
import { TallyStore } from './store/tally.store.ts';

/** Orders written by one transaction of a sweep. */
const ORDERS_A_STEP = 100;

/** What a sweep gave, and why it gave no more. */
export interface Ordered {
  readonly ordered: readonly string[];
  readonly stopped?: Stopped;
}

/** Counts what is due when, orders it on its day, and keeps count of who has done it. */
export class RetentionService {
  constructor(
    private readonly context: ServiceContext,
    private readonly longPoll: LongPoll,
    private readonly breaker: BreakerService,
    private readonly dates: Dates,
  ) {}

  /**
   * Adds what collection says to the counts. Part of the consumer's transaction, which also moves its position.
   * @param told when collection said it, machine time
   */
  async count(sql: Transaction, tenant: TenantId, changes: TallyChanges, slot: number, told: Date): Promise<void> {
    await this.breaker.begun(sql, tenant, told);
    await new TallyStore(sql, tenant).change(changes, slot);
  }

  /** Collection states all it counts of a slot: that is what is counted from here on, whatever was missed before. */
  async stated(
    sql: Transaction,
    tenant: TenantId,
    { piece, tallies }: Envelope<typeof events.TalliesStatedV1>['data'],
    slot: number,
  ): Promise<void> {
    const store = new TallyStore(sql, tenant);
    if (piece === 0) await store.forgetSlot(slot);
    const { days, waiting } = stated(tallies);
    const disposed = await store.disposed(days);
    await store.change({ days: days.filter((day) => !disposed.has(`${day.class} ${day.day}`)), waiting }, slot);
  }

  /**
   * Orders every day that is due, each once however many sweeps run, unless the breaker, an officer or a hold on the
   * tenant stops it; and escalates orders nobody has carried out. Stopped half-way it is finished by the next sweep.
   * @param now machine time
   */
  async sweep(tenant: TenantId, now: Date): Promise<Ordered> {
    const { logger } = this.context;
    const moment = await this.breaker.moment(tenant, now);
    const ordered: string[] = [];
    let stopped: Stopped | undefined;
    for (let more = true; more;) {
      const step = await this.context.database.within(tenant, (sql) => this.orderSome(sql, moment));
      ordered.push(...step.ordered);
      ({ more, stopped } = step);
      crashPoint('retention.sweep.ordered');
    }
    if (stopped)
      logger.warn(
        { tenant, code: `retention/${stopped}` },
        'a sweep ordered nothing more: it was stopped, and goes on when a second person lets it',
      );
    const escalated = await this.context.database.within(tenant, async (sql) => {
      await new TallyStore(sql, tenant).forgetSettled(moment.today);
      return new OrderStore(sql, tenant).escalate(new Date(now.getTime() - ESCALATE_AFTER_MS), now);
    });
    if (escalated > 0)
      logger.warn(
        { tenant, count: escalated, code: 'retention/disposal-overdue' },
        'disposals were ordered and nobody has carried them out',
      );
    return { ordered, ...(stopped ? { stopped } : {}) };
  }

  private async orderSome(
    sql: Transaction,
    moment: Moment,
  ): Promise<{ ordered: string[]; more: boolean; stopped?: Stopped }> {
    const { tenant, now, legalNow } = moment;
    await new BackupStore(sql, tenant).lockGuard();
    const due = await this.dates.due(sql, moment);
    const go = await this.breaker.judge(sql, moment, due);
    const stopped = go.stopped === undefined ? {} : { stopped: go.stopped };
    if (go.stopped !== undefined && go.goes.length === 0) return { ordered: [], more: false, ...stopped };
    const registry = await new ParticipantStore(sql, tenant).all();
    const next = go.goes.slice(0, ORDERS_A_STEP);
    const step = next.map((day) => ({ ...day, order: this.context.newId(), participants: addressed(day, registry) }));
    const written = await new OrderStore(sql, tenant).add(step, now);
    const orders = step.filter(({ order }) => written.has(order));
    const store = new BreakerStore(sql, tenant);
    if (go.under) {
      const { pass, days } = go.under;
      const passed = step.filter((_, nth) => days.has(next[nth]!)).map(({ order }) => order);
      await store.markPassed(
        passed.filter((order) => written.has(order)),
        pass,
      );
    }
    const letGo = this.breaker.letGo(moment, orders) as typeof orders;
    if (moment.ended && letGo.length > 0)
      await store.markPassed(
        letGo.map(({ order }) => order),
        moment.ended.end,
      );
    await this.context.outbox.announceAll(
      sql,
      events.DisposalOrderedV2,
      now,
      orders.map((order) => ({ about: { tenant, slot: TENANT_SLOT }, data: disposalOrdered(order, legalNow) })),
    );
    const more = go.goes.length > ORDERS_A_STEP;
    if (!more && go.stopped === undefined) await this.breaker.wentThrough(sql, moment);
    return { ordered: orders.map(({ order }) => order), more, ...stopped };
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
    if (data.found > order.expected + ALWAYS_ALLOWED)
      this.context.logger.error(
        { tenant, order: data.order, count: data.found - order.expected, code: 'retention/found-more' },
        'a disposal found far more than was counted when it was ordered; look at what was collected for its day',
      );
    await store.markEffective(order.order, data, now);
    if (order.custody.includes('lethe')) {
      // What it found of a day that the platform also holds parts of are references to those too.
      const counted = order.custody.length > 1 ? await new TallyStore(sql, tenant).count(order, 'lethe') : data.found;
      await this.uncount(sql, tenant, order, 'lethe', Math.min(counted, data.found));
    }
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
   * A store of the platform says that it has disposed of what the order named. A statement that does not add up, or
   * found something when it looked again, is not taken: the order stays in force until each has made one that does.
   * @param now machine time
   */
  async platformAck(
    tenant: TenantId,
    orderId: string,
    ack: {
      readonly participant?: string | undefined;
      readonly found: number;
      readonly deleted: number;
      readonly rescan: number;
    },
    now: Date,
  ): Promise<AnswerOf<typeof http.AckDisposal>> {
    return this.context.database.within(tenant, async (sql) => {
      const store = new OrderStore(sql, tenant);
      const order = await store.lock(orderId);
      if (!order) throw new Fault('missing', 'retention/no-such-order', 'no such order', 'order');
      const by = speaker(order.participants, ack.participant);
      if (by === 'which')
        throw new Fault('invalid', 'retention/which-participant', 'the order is addressed to several', 'participant');
      if (!by)
        throw new Fault(
          'conflict',
          'retention/not-addressed',
          'the order is not addressed to them',
          ack.participant === undefined ? 'order' : 'participant',
        );
      if (by.ackedAt) return { accepted: true };
      if (!addsUp(ack)) {
        await store.disbelieve(orderId, by.participant);
        this.context.logger.warn(
          { tenant, order: orderId, code: 'retention/ack-does-not-add-up' },
          'a statement about a disposal was not taken',
        );
        return { accepted: false };
      }
      await store.ack(orderId, by.participant, ack, now);
      const acked = {
        ...order,
        participants: order.participants.map((one) => (one === by ? { ...one, ackedAt: now } : one)),
      };
      await this.context.outbox.announce(
        sql,
        events.PlatformDisposalAckedV2,
        { tenant, slot: TENANT_SLOT, now },
        {
          order: orderId,
          participant: by.participant,
          found: ack.found,
          deleted: ack.deleted,
          at: now.toISOString(),
        },
      );
      // What was closed went on without it.
      if (!by.closedAt) await this.answered(sql, tenant, acked, now);
      return { accepted: true };
    });
  }

  /** A store of the platform has left, and two persons have closed what it had not answered: no order waits for it. @param now machine time */
  async closeFor(sql: Transaction, tenant: TenantId, participant: string, now: Date): Promise<void> {
    const store = new OrderStore(sql, tenant);
    const closed = await store.closeFor(participant, now);
    for (const each of closed) {
      const order = await store.lock(each);
      if (order) await this.answered(sql, tenant, order, now);
    }
    if (closed.length > 0)
      this.context.logger.warn(
        { tenant, count: closed.length, code: 'retention/store-left' },
        'orders wait no longer for a store that has left',
      );
  }

  /** A statement that was taken before the database was put back; known, it changes nothing. */
  async recoverAck(
    sql: Transaction,
    tenant: TenantId,
    orderId: string,
    participant: string,
    counts: { readonly found: number; readonly deleted: number },
    at: Date,
  ): Promise<void> {
    const store = new OrderStore(sql, tenant);
    const by = (await store.lock(orderId))?.participants.find((one) => one.participant === participant);
    if (!by || by.ackedAt) return;
    await store.ack(orderId, participant, counts, at);
    const order = by.closedAt ? undefined : await store.lock(orderId);
    if (order) await this.answered(sql, tenant, order, at);
  }

  /** What a sweep orders when, by class; `nextDay` is the next local day on which there is something to do. */
  async forecast(tenant: TenantId): Promise<AnswerOf<typeof http.Forecast>> {
    const [moment, pack] = await Promise.all([
      this.breaker.moment(tenant, this.context.clock.machineNow()),
      this.context.packs.pack(tenant),
    ]);
    const goingOf = await this.dates.goingOf(moment);
    const periods = [...pack.classes.values()].map(({ name, floor, period: { value: period, stated, source } }) => ({
      class: name,
      period,
      stated,
      source,
      ...(floor?.prevails && { floor: { period: floor.period, basis: floor.basis, source: floor.prevails } }),
    }));
    const { rows, next } = await this.context.database.within(tenant, async (sql) => {
      const store = new TallyStore(sql, tenant);
      return { rows: await store.forecast(), next: await store.nextPurge() };
    });
    const tallies = rows
      .map(({ day, floor, ...row }) => {
        if (day === null) return row;
        const { goes, ordered } = goingOf({ class: row.class, day, floor: floor ?? undefined });
        const isOpen = row.state === 'dated' || row.state === 'late';
        const on = isOpen ? ordered : goes;
        return {
          ...row,
          day: on,
          ...(on === day ? {} : { dated: day }),
          ...(isOpen && floor !== null ? { floor } : {}),
        };
      })
      .sort((one, other) => (dayOfRow(one) < dayOfRow(other) ? -1 : dayOfRow(one) > dayOfRow(other) ? 1 : 0));
    const days = tallies.flatMap((row) => (row.state === 'dated' && 'day' in row ? [row.day] : []));
    const [nextDay] = [...days, ...(next ? [next] : [])].sort();
    return {
      legalTime: moment.legalNow.toISOString(),
      ...(nextDay === undefined ? {} : { nextDay }),
      tallies,
      periods,
    };
  }

  /** What a sweep would order now. Nothing is ordered, and no turn is taken. @param now machine time */
  async nextSweep(tenant: TenantId, now: Date): Promise<AnswerOf<typeof http.NextSweep>> {
    const moment = await this.breaker.moment(tenant, now);
    const { stopped, goes } = await this.context.database.within(tenant, async (sql) =>
      this.breaker.look(sql, moment, await this.dates.due(sql, moment)),
    );
    const orders = goes.map(({ expected, custody, floor: _, ...day }) => ({
      ...day,
      custody: [...custody],
      parts: expected,
    }));
    return {
      legalTime: moment.legalNow.toISOString(),
      held: stopped === 'held',
      ...(stopped ? { stopped } : {}),
      orders,
    };
  }

  /** For metrics: parts due and not yet ordered, and orders whose day is over. */
  async dueAndOverdue(tenant: TenantId, now: Date): Promise<{ due: number; overdue: number }> {
    const moment = await this.breaker.moment(tenant, now);
    return this.context.database.within(tenant, async (sql) => ({
      due: (await this.dates.due(sql, moment)).length,
      overdue: await new OrderStore(sql, tenant).overdue(moment.today),
    }));
  }

  /** One of the platform's stores has answered, or is waited for no longer. */
  private async answered(sql: Transaction, tenant: TenantId, order: OrderRow, now: Date): Promise<void> {
    // What the platform holds is gone when the last of its stores has said so.
    if (order.custody.includes('platform') && allAnswered(order))
      await this.uncount(sql, tenant, order, 'platform', await new TallyStore(sql, tenant).count(order, 'platform'));
    await this.closeIfDone(sql, tenant, order, now);
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

/** What waits comes last. */
const dayOfRow = (row: object): string => ('day' in row && typeof row.day === 'string' ? row.day : '~');
