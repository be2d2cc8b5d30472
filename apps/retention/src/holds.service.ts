import { events, TENANT_SLOT, type Envelope, type http } from '@lethe/contracts';
import { dayOf, Fault, type TenantId, type Transaction } from '@lethe/kernel';
import { twoPersons, type AnswerOf, type Asked, type Caller, type ServiceContext } from '@lethe/platform';
import { afterRecorded, answersFor, canReview, goesBy, type HoldScope, type Late } from './domain/hold.ts';
import type { LongPoll } from './long-poll.ts';
import { BackupStore } from './store/backup.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { HoldToldStore } from './store/hold-told.store.ts';

/** How long placing a hold waits for collection's word. Milliseconds of machine time. */
const RECORDED_WITHIN_MS = 15_000;
/** How long an answer about a hold waits until it is known here who was told of it. Milliseconds of machine time. */
const TOLD_WITHIN_MS = 8_000;

/** What collection says of a hold, in either version. */
type Recorded = Envelope<typeof events.HoldRecordedV1 | typeof events.HoldRecordedV2>['data'];

/** Reasons not to dispose: placed under the locks of the days they touch, released by another person. */
export class HoldsService {
  constructor(
    private readonly context: ServiceContext,
    private readonly longPoll: LongPoll,
  ) {}

  /**
   * Places a hold and answers once collection has recorded it under the day's lock. @param now machine time
   * @throws Fault `invalid` a review date that is over; `conflict` `retention/too-late` naming the order that came first; `unavailable` when collection is silent:
   * the hold stands, and is in force as soon as collection hears of it
   */
  async place(
    caller: Pick<Caller, 'tenant' | 'sub'>,
    asked: {
      readonly scope: HoldScope;
      readonly reason: string;
      readonly authority: string;
      readonly reviewOn: string;
    },
    now: Date,
  ): Promise<AnswerOf<typeof http.PlaceHold>> {
    const { tenant, sub } = caller;
    const hold = this.context.newId();
    const placedAt = await this.context.clock.legalNow(tenant);
    await this.reviewable(tenant, asked.reviewOn, placedAt);
    await this.context.database.within(tenant, async (sql) => {
      // A sweep that is under way orders before it, or sees it.
      await new BackupStore(sql, tenant).lockGuard();
      await new HoldStore(sql, tenant).add({ hold, ...asked, placedBy: sub, placedAt });
      await this.announce(
        sql,
        events.HoldPlacedV1,
        tenant,
        asked.scope,
        { hold, scope: asked.scope, at: placedAt.toISOString() },
        now,
      );
    });
    const judged = await this.longPoll.until(RECORDED_WITHIN_MS, async () => {
      const row = await this.context.database.within(tenant, (sql) => new HoldStore(sql, tenant).get(hold));
      return row && row.state !== 'placing' ? row : undefined;
    });
    if (!judged)
      throw new Fault(
        'unavailable',
        'retention/hold-not-recorded',
        'collection has not answered yet; the hold stands as being placed',
      );
    if (judged.state === 'too-late') {
      throw new Fault(
        'conflict',
        'retention/too-late',
        `what the hold names is going already: ${goesBy(judged.tooLate)}`,
        'scope',
      );
    }
    return {
      hold,
      parts: judged.parts,
      state: judged.state === 'released' ? 'released' : 'in-force',
      tooLate: [...judged.tooLate],
    };
  }

  /** What collection said, in the consumer's transaction. */
  async recorded(sql: Transaction, tenant: TenantId, data: Recorded): Promise<void> {
    const store = new HoldStore(sql, tenant);
    const row = await store.lock(data.hold);
    // Said again, it changes nothing.
    if (row?.state !== 'placing') return;
    await store.record(
      data.hold,
      afterRecorded(row.state, data),
      data.outcome === 'recorded' ? data.parts : 0,
      lateIn(data),
    );
    sql.afterCommit(() => this.longPoll.wake());
  }

  /** The platform's stores were told of a hold or of its end: each is to answer. In the consumer's transaction. */
  async told(
    sql: Transaction,
    tenant: TenantId,
    { hold, state, participants }: Envelope<typeof events.HoldToldV1>['data'],
    now: Date,
  ): Promise<void> {
    await new HoldToldStore(sql, tenant).tell(hold, state, participants, now);
    sql.afterCommit(() => this.longPoll.wake());
  }

  /**
   * One of the platform's stores acts by a hold, or by its end. Said again, it counts once; of what was told before the last
   * it is not taken. @param now machine time
   * @throws Fault `missing` for a hold that is not there; `conflict` for a store that was not told of it
   */
  async ack(
    tenant: TenantId,
    hold: string,
    { participant, state }: Asked<typeof http.AckHold>['body'],
    now: Date,
  ): Promise<AnswerOf<typeof http.AckHold>> {
    if (!(await this.context.database.within(tenant, (sql) => new HoldStore(sql, tenant).get(hold))))
      throw new Fault('missing', 'retention/no-such-hold', 'no such hold', 'hold');
    await this.longPoll.until(TOLD_WITHIN_MS, async () => {
      const known = await this.context.database.within(tenant, (sql) =>
        new HoldToldStore(sql, tenant).lock(hold, participant),
      );
      return known?.state === 'released' || known?.state === state ? true : undefined;
    });
    return this.context.database.within(tenant, async (sql) => {
      const store = new HoldToldStore(sql, tenant);
      const told = await store.lock(hold, participant);
      if (!told)
        throw new Fault('conflict', 'retention/not-addressed', 'they were not told of the hold', 'participant');
      if (told.state !== state) return { accepted: false };
      if (told.ackedAt) return { accepted: true };
      await store.ack(hold, participant, now);
      await this.context.outbox.announce(
        sql,
        events.HoldAckedV1,
        { tenant, slot: TENANT_SLOT, now },
        { hold, participant, state, at: now.toISOString() },
      );
      return { accepted: true };
    });
  }

  async lifted(sql: Transaction, tenant: TenantId, hold: string, now: Date): Promise<void> {
    await new HoldStore(sql, tenant).markLifted(hold, now);
  }

  /** Releases a hold another person placed, or, where the database was put back meanwhile, has reviewed since; what is past its date then goes with the next sweep. @param now machine time */
  async release(
    caller: Pick<Caller, 'tenant' | 'sub'>,
    hold: string,
    now: Date,
  ): Promise<AnswerOf<typeof http.ReleaseHold>> {
    const { tenant, sub } = caller;
    const legalNow = await this.context.clock.legalNow(tenant);
    return this.context.database.within(tenant, async (sql) => {
      const store = new HoldStore(sql, tenant);
      const row = await store.lock(hold);
      if (!row) throw new Fault('missing', 'retention/no-such-hold', 'no such hold', 'hold');
      const answers = answersFor(row);
      if (answers === null && row.releasedAt === null)
        throw new Fault(
          'conflict',
          'retention/review-first',
          'who placed the hold came back with no event: one person reviews it, then another releases it',
          'hold',
        );
      twoPersons(answers ?? row.placedBy, caller);
      if (row.releasedAt) return { hold, releasedAt: row.releasedAt.toISOString() };
      if (row.state === 'too-late')
        throw new Fault(
          'conflict',
          'retention/hold-not-in-force',
          'the hold came too late and was never in force',
          'hold',
        );
      await store.release(hold, sub, legalNow);
      await this.announce(sql, events.HoldReleasedV1, tenant, row.scope, { hold, at: legalNow.toISOString() }, now);
      return { hold, releasedAt: legalNow.toISOString() };
    });
  }

  /** Somebody has looked at a hold in force: it stands until another review date. @throws Fault `missing`, `conflict`, `invalid` */
  async review(
    caller: Pick<Caller, 'tenant' | 'sub'>,
    hold: string,
    reviewOn: string,
  ): Promise<AnswerOf<typeof http.ReviewHold>> {
    const { tenant, sub } = caller;
    const legalNow = await this.context.clock.legalNow(tenant);
    await this.reviewable(tenant, reviewOn, legalNow);
    return this.context.database.within(tenant, async (sql) => {
      const store = new HoldStore(sql, tenant);
      const row = await store.lock(hold);
      if (!row) throw new Fault('missing', 'retention/no-such-hold', 'no such hold', 'hold');
      if (!canReview(row.state))
        throw new Fault('conflict', 'retention/hold-not-in-force', 'the hold is not in force', 'hold');
      await store.review(hold, sub, legalNow, reviewOn);
      return { hold, reviewOn };
    });
  }

  /** @throws Fault `invalid` when the day is over */
  private async reviewable(tenant: TenantId, reviewOn: string, legalNow: Date): Promise<void> {
    if (reviewOn < dayOf(legalNow, await this.context.clock.zone(tenant)))
      throw new Fault('invalid', 'retention/review-is-over', 'the review date is over already', 'reviewOn');
  }

  async all(tenant: TenantId): Promise<AnswerOf<typeof http.Holds>> {
    const [rows, told] = await this.context.database.within(
      tenant,
      async (sql) => [await new HoldStore(sql, tenant).all(), await new HoldToldStore(sql, tenant).counts()] as const,
    );
    return {
      holds: rows.map(
        ({ hold, scope, reason, authority, placedBy, placedAt, reviewOn, reviewedAt, releasedAt, state, tooLate }) => ({
          hold,
          scope,
          reason,
          authority,
          placedBy,
          placedAt: placedAt.toISOString(),
          reviewOn,
          state,
          tooLate: [...tooLate],
          ...(reviewedAt ? { reviewedAt: reviewedAt.toISOString() } : {}),
          ...(releasedAt ? { releasedAt: releasedAt.toISOString() } : {}),
          ...(told.get(hold) ?? NOBODY),
        }),
      ),
    };
  }

  /** In the person's slot where the scope has one; otherwise in every slot. */
  private async announce<Definition extends typeof events.HoldPlacedV1 | typeof events.HoldReleasedV1>(
    sql: Transaction,
    definition: Definition,
    tenant: TenantId,
    scope: HoldScope,
    data: Parameters<typeof this.context.outbox.announce<Definition>>[3],
    now: Date,
  ): Promise<void> {
    const { outbox } = this.context;
    if ('subject' in scope) await outbox.announce(sql, definition, { tenant, subject: scope.subject, now }, data);
    else await outbox.announceEverywhere(sql, definition, { tenant, now }, data);
  }
}

/** The first version of the event names one order, if any. */
const lateIn = (data: Recorded): readonly Late[] => {
  if ('tooLate' in data) return data.tooLate;
  return data.order === undefined ? [] : [{ order: data.order, parts: data.parts }];
};

const NOBODY = { told: 0, acked: 0, waitingFor: [] };
