import { events, http, TENANT_SLOT, type Envelope } from '@lethe/contracts';
import { Fault, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { type LedgerFact } from '@lethe/ledger';
import { Refused } from '@lethe/messaging';
import { crashPoint, type AnswerOf, type Caller, type ServiceContext } from '@lethe/platform';
import type { z } from 'zod';
import { erasureFacts } from './store/erasure-facts.ts';
import type { Scope } from './domain/request.ts';
import { momentOf } from './moment.ts';
import type { Books } from './store/books.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { HoldStore, type HoldScope } from './store/hold.store.ts';
import { OutStore, type HoldState } from './store/out.store.ts';
import { keyOf, type Recorder } from './store/recorder.ts';
import { RegistryStore } from './store/registry.store.ts';
import type { OutStream } from './out-stream.ts';
import type { RefsService } from './refs.service.ts';
import type { SagaRunner } from './saga.runner.ts';
import type { Waiting } from './waiting.ts';
import type { WithdrawalsAgain } from './withdrawals-again.ts';
import type { WithdrawalsService } from './withdrawals.service.ts';

const OUT_AT_MOST = 500;

/** What is agreed to beside purposes is named with a dot (`tracker.statistics`, `sdk.map-kit`): nothing is sealed under it. */
const isPurpose = (name: string): boolean => !name.includes('.');

/** The stores of the platform an order is addressed to; one from before they were named, to the platform. */
const addressedBy = (order: (typeof events.DisposalOrderedV1 | typeof events.DisposalOrderedV2)['data']['_output']) =>
  'participants' in order
    ? [...order.participants]
    : order.custody.includes('platform')
      ? [http.UNNAMED_PARTICIPANT]
      : [];

/** What goes into the ledger besides erasures, and what is read from ledger, log and out stream. */
export class RecordingService {
  constructor(
    private readonly context: ServiceContext,
    private readonly books: Books,
    private readonly recorder: Recorder,
    private readonly runner: SagaRunner,
    private readonly stream: OutStream,
    private readonly waiting: Waiting,
    private readonly withdrawals: WithdrawalsService,
    private readonly again: WithdrawalsAgain,
    private readonly refs: RefsService,
  ) {}

  /** A consent was withdrawn: the ledger first, then the order that destroys the compartment's key. */
  async withdrawn(
    sql: Transaction,
    batch: readonly Pick<Envelope<typeof events.ConsentChangedV1>, 'tenant' | 'subject' | 'data'>[],
  ): Promise<void> {
    const now = this.context.clock.machineNow();
    const at = now.toISOString();
    const withdrawals = batch.flatMap(({ tenant, subject, data }) =>
      data.state === 'withdrawn' && subject !== undefined && isPurpose(data.purpose)
        ? [
            {
              purpose: data.purpose,
              since: data.at,
              fact: { tenant, subject, compartments: [`consent.${data.purpose}`], consentVersion: data.version },
            },
          ]
        : [],
    );
    const [first] = withdrawals;
    if (!first) return;
    const recorded = await this.recorder.record(
      sql,
      first.fact.tenant,
      withdrawals.map(({ fact }): LedgerFact => ({ ...fact, kind: 'withdrawn', at })),
    );
    crashPoint('erasure.withdrawal.written');
    const fresh = withdrawals.flatMap(({ purpose, fact }, index) => {
      const told = recorded[index];
      return told?.fresh ? [{ ...fact, purpose, entry: told.entry }] : [];
    });
    await this.context.outbox.announceAll(
      sql,
      events.ShredOrderedV1,
      now,
      fresh.map(({ tenant, subject, entry, compartments, consentVersion }) => ({
        about: { tenant, subject },
        data: { entry, cause: 'withdrawn' as const, compartments, consentVersion, at },
      })),
    );
    await this.withdrawals.order(sql, first.fact.tenant, fresh);
    const old = withdrawals.flatMap(({ purpose, since, fact: { subject, consentVersion } }, index) => {
      const known = recorded[index];
      return known === undefined || known.fresh
        ? []
        : [{ entry: known.entry, subject, purpose, consentVersion, at: since }];
    });
    await this.again.heard(sql, first.fact.tenant, old);
    sql.afterCommit(() => this.waiting.wake(first.fact.tenant));
  }

  /**
   * A day is due: the ledger first, then the recorded order without which collection destroys nothing.
   * @throws Refused `forged-order` for one retention has not signed
   */
  async disposed(
    sql: Transaction,
    batch: readonly Envelope<typeof events.DisposalOrderedV1 | typeof events.DisposalOrderedV2>[],
  ): Promise<void> {
    const now = this.context.clock.machineNow();
    const at = now.toISOString();
    const [first] = batch;
    if (!first) return;
    for (const event of batch) if (!(await this.context.callers.verifyEvent(event))) throw new Refused('forged-order');
    const recorded = await this.recorder.record(
      sql,
      first.tenant,
      batch.map(({ tenant, data }): LedgerFact => ({
        tenant,
        kind: 'disposed',
        class: data.class,
        day: data.day,
        method: data.method,
        order: data.order,
        at,
      })),
    );
    crashPoint('erasure.disposal.written');
    const fresh = batch.flatMap(({ tenant, data }, index) => {
      const told = recorded[index];
      return told?.fresh ? [{ tenant, data, entry: told.entry }] : [];
    });
    await this.context.outbox.announceAll(
      sql,
      events.DisposalRecordedV1,
      now,
      fresh.map(({ tenant, data, entry }) => ({
        about: { tenant, slot: TENANT_SLOT },
        data: { entry, order: data.order, class: data.class, day: data.day, method: data.method, at },
      })),
    );
    const moment = await momentOf(this.context, first.tenant);
    // What the ledger has, and the stream that was lost with its database has not, its stores may not have read.
    const old = batch.filter((_, index) => recorded[index]?.fresh !== true).map(({ data }) => data.order);
    const told = new Set(old.length === 0 ? [] : await new OutStore(sql, first.tenant).has('disposal-ordered', old));
    for (const { tenant, data } of batch) {
      const participants = addressedBy(data);
      if (participants.length === 0 || told.has(data.order)) continue;
      told.add(data.order);
      const { order, class: name, day, method, expected } = data;
      await this.stream.tell(sql, tenant, moment, {
        kind: 'disposal-ordered',
        data: { order, participants, class: name, day, method, expected },
      });
    }
    sql.afterCommit(() => this.waiting.wake(first.tenant));
  }

  /**
   * What a cohort was folded into: in the ledger, durably, before its day key may die. Said again, it is the entry of then.
   * @throws Fault `conflict` for a disposal that is not in the ledger, or deletes
   */
  async keepCells(
    { tenant }: Caller,
    { order, class: name, day, first, cells }: z.output<(typeof http.KeepCells)['body'] & object>,
  ): Promise<AnswerOf<typeof http.KeepCells>> {
    const at = this.context.clock.machineNow().toISOString();
    const [kept] = await this.context.database.within(tenant, async (sql) => {
      const disposal = await this.recorder.known(sql, { tenant, kind: 'disposed', order, at });
      if (disposal?.class !== name || disposal.day !== day || disposal.method !== 'anonymize')
        throw new Fault('conflict', 'erasure/no-such-disposal', 'the ledger has no such disposal', 'order');
      return this.recorder.record(sql, tenant, [{ tenant, kind: 'folded', order, class: name, day, first, cells, at }]);
    });
    return { entry: kept!.entry };
  }

  /** A hold is in the ledger once it was placed and collection has recorded it, whichever is heard first. */
  async holdPlaced(sql: Transaction, batch: readonly Envelope<typeof events.HoldPlacedV1>[]): Promise<void> {
    for (const { tenant, data } of batch) {
      const subject = data.scope.kind === 'subject' || data.scope.kind === 'record' ? data.scope.subject : undefined;
      await this.held(sql, tenant, data.hold, await new HoldStore(sql, tenant).placed(data.hold, subject, data.scope));
    }
  }

  async holdRecorded(
    sql: Transaction,
    batch: readonly Envelope<typeof events.HoldRecordedV1 | typeof events.HoldRecordedV2>[],
  ): Promise<void> {
    for (const { tenant, data } of batch) {
      if (data.outcome === 'recorded')
        await this.held(sql, tenant, data.hold, await new HoldStore(sql, tenant).recorded(data.hold));
    }
  }

  async holdLifted(sql: Transaction, batch: readonly Envelope<typeof events.HoldLiftedV1>[]): Promise<void> {
    const now = this.context.clock.machineNow();
    const at = now.toISOString();
    for (const { tenant, data } of batch) {
      const { hold } = data;
      const [told] = await this.recorder.record(sql, tenant, [{ tenant, kind: 'released', hold, at }]);
      await this.refs.dead(sql, tenant, { keys: [keyOf({ tenant, kind: 'held', hold, at })] }, now);
      const subject = await new HoldStore(sql, tenant).forget(data.hold);
      if (told?.fresh || (await this.isUntold(sql, tenant, 'released', hold)))
        await this.tellOfHold(sql, tenant, 'released', subject, { hold });
    }
  }

  /** Keys are dead: from then on it is counted until no ref of the entry is needed. */
  async shredded(sql: Transaction, batch: readonly Envelope<typeof events.SubjectShreddedV1>[]): Promise<void> {
    for (const { tenant, time, data } of batch) {
      const { erasure, entry } = data;
      const at = time > data.effectiveAt ? time : data.effectiveAt;
      const keys =
        erasure === undefined
          ? []
          : [
              ...erasureFacts({ tenant, erasure, at }, await this.scopeOf(sql, tenant, erasure)),
              // One from before what stays was told apart by class.
              { tenant, kind: 'restricted' as const, erasure, at },
            ].map(keyOf);
      await this.refs.dead(sql, tenant, { keys, entries: [entry] }, new Date(at));
    }
  }

  async epochEnded(sql: Transaction, batch: readonly Envelope<typeof events.EpochEndedV1>[]): Promise<void> {
    for (const { tenant, data } of batch) {
      const store = new ErasureStore(sql, tenant);
      await store.epochEnded(data.epoch, new Date(data.before), new Date(data.at));
      await store.wakeCertified(this.context.clock.machineNow());
      this.runner.sweepAfter(sql, tenant);
    }
  }

  /**
   * A backup the platform registered is to be isolated or purged: its holder is told. Told anew, it is the same order again.
   * @throws Refused `forged-order` for one retention has not signed
   */
  async backupOrdered(
    sql: Transaction,
    batch: readonly Envelope<typeof events.PlatformBackupOrderedV1>[],
  ): Promise<void> {
    for (const event of batch) {
      if (!(await this.context.callers.verifyEvent(event))) throw new Refused('forged-order');
      const { tenant, data } = event;
      const { backup, holder, wanted, because } = data;
      await this.stream.tell(sql, tenant, await momentOf(this.context, tenant), {
        kind: 'backup-ordered',
        data: { backup, participants: [holder], wanted, ...(because === undefined ? {} : { because }) },
      });
      sql.afterCommit(() => this.waiting.wake(tenant));
    }
  }

  async backupGone(sql: Transaction, batch: readonly Envelope<typeof events.BackupGoneV1>[]): Promise<void> {
    for (const { tenant, data } of batch) {
      const store = new ErasureStore(sql, tenant);
      await store.backupGone(data.backup, new Date(data.at));
      await store.wakeCertified(this.context.clock.machineNow());
      this.runner.sweepAfter(sql, tenant);
    }
  }

  async out(caller: Caller, after: number, waitMs: number, gone: AbortSignal): Promise<AnswerOf<typeof http.Out>> {
    const { tenant } = caller;
    const items = await this.waiting.until({ tenant }, waitMs, gone, async () => {
      const found = await this.context.database.within(tenant, (sql) =>
        new OutStore(sql, tenant).after(after, OUT_AT_MOST),
      );
      return { found, enough: found.length > 0 };
    });
    return {
      items: items.map(({ number, id, kind, at, subject, data }) => ({
        number,
        id,
        kind,
        at: at.toISOString(),
        ...(subject === null ? {} : { subject }),
        data,
      })),
    };
  }

  keys(): AnswerOf<typeof http.LedgerKeys> {
    const checkpoint = this.books.log.checkpoint();
    return {
      mode: this.context.config.mode,
      keys: this.books.keys.publicKeys().keys,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    };
  }

  /** The replay list of the caller's tenant; entries of others are left out. */
  async ledgerEntries(caller: Caller, after: number, limit: number): Promise<AnswerOf<typeof http.LedgerEntries>> {
    const { ledger } = this.books;
    const entries = [];
    for (let from = after; entries.length < limit;) {
      const page = await ledger.after(from, 1000);
      const last = page.at(-1);
      if (!last) break;
      // That a ref was dropped is nothing to replay.
      for (const { kind, entries: _, ...entry } of page)
        if (entry.tenant === caller.tenant && kind !== 'forgotten') entries.push({ kind, ...entry });
      from = last.entry;
    }
    return { head: ledger.head(), entries: entries.slice(0, limit) };
  }

  private async scopeOf(
    sql: Transaction,
    tenant: TenantId,
    request: string,
  ): Promise<Pick<Scope, 'shred' | 'restrict'>> {
    return (await new ErasureStore(sql, tenant).find(request))?.scope ?? { shred: [], restrict: [] };
  }

  private async held(
    sql: Transaction,
    tenant: TenantId,
    hold: string,
    seen: { subject: SubjectRef | null; scope: HoldScope | null; complete: boolean },
  ): Promise<void> {
    if (!seen.complete) return;
    const at = this.context.clock.machineNow().toISOString();
    const [told] = await this.recorder.record(sql, tenant, [
      {
        tenant,
        kind: 'held',
        hold,
        ...(seen.subject === null ? {} : { subject: seen.subject }),
        at,
      },
    ]);
    if (seen.scope === null) return;
    // Heard in any order: of what is over by the ledger nobody is told that it begins.
    const isOver = () => this.recorder.knows(sql, { tenant, kind: 'released', hold, at });
    if (told?.fresh || ((await this.isUntold(sql, tenant, 'placed', hold)) && !(await isOver())))
      await this.tellOfHold(sql, tenant, 'placed', seen.subject ?? undefined, { hold, scope: seen.scope });
  }

  /** The ledger has it, and the stream, which was lost with its database, has not: stores may not have read it. */
  private async isUntold(sql: Transaction, tenant: TenantId, state: HoldState, hold: string): Promise<boolean> {
    return !(await new OutStore(sql, tenant).has(`hold-${state}`, [hold])).has(hold);
  }

  /** The platform's stores keep what a hold keeps, and no longer than it does; each that takes part is asked to say so. */
  private async tellOfHold(
    sql: Transaction,
    tenant: TenantId,
    state: HoldState,
    subject: SubjectRef | undefined,
    data: { hold: string; scope?: HoldScope },
  ): Promise<void> {
    const about = subject === undefined ? {} : { subject };
    const moment = await momentOf(this.context, tenant);
    const { participants } = await new RegistryStore(sql, tenant).present();
    const asked = participants.length === 0 ? {} : { participants };
    await this.stream.tell(sql, tenant, moment, { kind: `hold-${state}`, ...about, data: { ...data, ...asked } });
    if (participants.length > 0)
      await this.context.outbox.announce(
        sql,
        events.HoldToldV1,
        { tenant, slot: TENANT_SLOT, now: moment.machine },
        { hold: data.hold, state, participants, at: moment.machine.toISOString() },
      );
    sql.afterCommit(() => this.waiting.wake(tenant));
  }
}
