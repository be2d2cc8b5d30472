import { events, type http, type Envelope } from '@lethe/contracts';
import { type TenantId, type Transaction } from '@lethe/kernel';
import { type LedgerFact } from '@lethe/ledger';
import { Refused } from '@lethe/messaging';
import type { AnswerOf, Caller, ServiceContext } from '@lethe/platform';
import { crashPoint } from './crash-point.ts';
import { momentOf } from './moment.ts';
import type { Books } from './store/books.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { OutStore } from './store/out.store.ts';
import type { Recorder } from './store/recorder.ts';
import type { OutStream } from './out-stream.ts';
import type { SagaRunner } from './saga.runner.ts';
import type { Waiting } from './waiting.ts';

const OUT_AT_MOST = 500;

/** What goes into the ledger besides erasures, and what is read from ledger, log and out stream. */
export class RecordingService {
  constructor(
    private readonly context: ServiceContext,
    private readonly books: Books,
    private readonly recorder: Recorder,
    private readonly runner: SagaRunner,
    private readonly stream: OutStream,
    private readonly waiting: Waiting,
  ) {}

  /** A consent was withdrawn: the ledger first, then the order that destroys the compartment's key. */
  async withdrawn(sql: Transaction, batch: readonly Envelope<typeof events.ConsentChangedV1>[]): Promise<void> {
    const now = this.context.clock.machineNow();
    const at = now.toISOString();
    const withdrawals = batch.flatMap(({ tenant, subject, data }) =>
      data.state === 'withdrawn' && subject !== undefined
        ? [{ tenant, subject, compartments: [`consent.${data.purpose}`], consentVersion: data.version }]
        : [],
    );
    const [first] = withdrawals;
    if (!first) return;
    const recorded = await this.recorder.record(
      sql,
      first.tenant,
      withdrawals.map((one): LedgerFact => ({ ...one, kind: 'withdrawn', at })),
    );
    crashPoint('erasure.withdrawal.written');
    await this.context.outbox.announceAll(
      sql,
      events.ShredOrderedV1,
      now,
      withdrawals.flatMap(({ tenant, subject, compartments, consentVersion }, index) => {
        const told = recorded[index];
        if (!told?.fresh) return [];
        return [
          {
            about: { tenant, subject },
            data: { entry: told.entry, cause: 'withdrawn' as const, compartments, consentVersion, at },
          },
        ];
      }),
    );
  }

  /**
   * A day is due: the ledger first, then the recorded order without which collection destroys nothing.
   * @throws Refused `forged-order` for one retention has not signed
   */
  async disposed(sql: Transaction, batch: readonly Envelope<typeof events.DisposalOrderedV1>[]): Promise<void> {
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
        about: { tenant, slot: 0 },
        data: { entry, order: data.order, class: data.class, day: data.day, method: data.method, at },
      })),
    );
    const moment = await momentOf(this.context, first.tenant);
    for (const { tenant, data } of fresh.filter((one) => one.data.custody.includes('platform'))) {
      await this.stream.tell(sql, tenant, moment, {
        kind: 'disposal-ordered',
        data: { order: data.order, class: data.class, day: data.day, method: data.method, expected: data.expected },
      });
    }
    sql.afterCommit(() => this.waiting.wake(first.tenant));
  }

  /** A hold is in the ledger once it was placed and collection has recorded it, whichever is heard first. */
  async holdPlaced(sql: Transaction, batch: readonly Envelope<typeof events.HoldPlacedV1>[]): Promise<void> {
    for (const { tenant, data } of batch) {
      const subject = data.scope.kind === 'subject' || data.scope.kind === 'record' ? data.scope.subject : undefined;
      await this.held(sql, tenant, data.hold, await new HoldStore(sql, tenant).placed(data.hold, subject));
    }
  }

  async holdRecorded(sql: Transaction, batch: readonly Envelope<typeof events.HoldRecordedV1>[]): Promise<void> {
    for (const { tenant, data } of batch) {
      if (data.outcome === 'recorded')
        await this.held(sql, tenant, data.hold, await new HoldStore(sql, tenant).recorded(data.hold));
    }
  }

  async holdLifted(sql: Transaction, batch: readonly Envelope<typeof events.HoldLiftedV1>[]): Promise<void> {
    const at = this.context.clock.machineNow().toISOString();
    for (const { tenant, data } of batch)
      await this.recorder.record(sql, tenant, [{ tenant, kind: 'released', hold: data.hold, at }]);
  }

  async epochEnded(sql: Transaction, batch: readonly Envelope<typeof events.EpochEndedV1>[]): Promise<void> {
    for (const { tenant, data } of batch) {
      await new ErasureStore(sql, tenant).epochEnded(data.epoch, new Date(data.before), new Date(data.at));
    }
    sql.afterCommit(() => void this.finishAll().catch(() => undefined));
  }

  async backupGone(sql: Transaction, batch: readonly Envelope<typeof events.BackupGoneV1>[]): Promise<void> {
    for (const { tenant, data } of batch) {
      const store = new ErasureStore(sql, tenant);
      await store.backupGone(data.backup, new Date(data.at));
      await store.wakeCertified(this.context.clock.machineNow());
      sql.afterCommit(() => void this.runner.sweepTenant(tenant).catch(() => undefined));
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
      entries.push(...page.filter(({ tenant }) => tenant === caller.tenant));
      from = last.entry;
    }
    return { head: ledger.head(), entries: entries.slice(0, limit) };
  }

  private async held(
    sql: Transaction,
    tenant: TenantId,
    hold: string,
    seen: { subject: string | null; complete: boolean },
  ): Promise<void> {
    if (!seen.complete) return;
    const at = this.context.clock.machineNow().toISOString();
    await this.recorder.record(sql, tenant, [
      {
        tenant,
        kind: 'held',
        hold,
        ...(seen.subject === null ? {} : { subject: seen.subject as NonNullable<LedgerFact['subject']> }),
        at,
      },
    ]);
  }

  private async finishAll(): Promise<void> {
    const now = this.context.clock.machineNow();
    for (const { tenant } of await this.context.packs.tenants()) {
      await this.context.database.within(tenant, (sql) => new ErasureStore(sql, tenant).wakeCertified(now));
      await this.runner.sweepTenant(tenant);
    }
  }
}
