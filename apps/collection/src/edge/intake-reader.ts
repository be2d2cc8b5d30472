import { createHash } from 'node:crypto';
import { events, onOut } from '@lethe/contracts';
import type { TenantId, Transaction } from '@lethe/kernel';
import type { Announcement, ReadOutcome, SlotBatch, SlotReader, StoredRecord } from '@lethe/messaging';
import { crashPoint, type ServiceContext } from '@lethe/platform';
import { evidenceDisposal } from '@lethe/policy';
import { leaseOf, momentOf, type Moment } from '../room.ts';
import { EdgeStore, type Evidence, type Spot, type StoredSession, type WaitingMessage } from './edge.store.ts';
import { Judging, type Admitting, type Fate } from './judging.ts';
import { evidenceOf } from './messages.ts';
import type { Sessions } from './sessions.ts';

const AT_ONCE = 250;
const REST_MS = 500;
const RESTS_AT_MOST_MS = 10_000;

/**
 * Reads one tenant's `in` topic. What a batch has come to (its evidence and answers) and the position commit together; an
 * admission commits before, once for its idempotency key, so that a batch read again is answered as it was the first time.
 */
export class IntakeReader implements SlotReader {
  private readonly judging: Judging;
  private stale = false;
  private failures = 0;
  private readonly counted: (labels: { outcome: string; code: string }, by?: number) => void;

  constructor(
    private readonly tenant: TenantId,
    private readonly context: ServiceContext,
    intake: Admitting,
    sessions: Sessions,
  ) {
    this.judging = new Judging(tenant, context, intake, sessions);
    this.counted = context.metrics.counter(
      'intake_messages',
      'Messages read from the topics of platforms, by what became of them.',
      ['outcome', 'code'],
    );
  }

  from(topic: string, slot: number): Promise<bigint | undefined> {
    return this.context.database.within(this.tenant, (sql) => new EdgeStore(sql, this.tenant).position(topic, slot));
  }

  /** Never throws: what keeps it from going on is waited for, what is wrong with a message is its fate. */
  async read(batch: SlotBatch): Promise<ReadOutcome> {
    const first = batch.records[0]!.offset;
    try {
      if (this.stale && (await this.leaseStale())) return { kind: 'pause', next: first, milliseconds: REST_MS };
      const outcome = await this.take(batch);
      this.failures = 0;
      return outcome;
    } catch (error) {
      this.failures += 1;
      this.context.logger.warn({ error, tenant: this.tenant, code: 'collection/intake-waits' }, 'the intake waits');
      return {
        kind: 'pause',
        next: first,
        milliseconds: Math.min(REST_MS * 2 ** (this.failures - 1), RESTS_AT_MOST_MS),
      };
    }
  }

  /** Tries again what was set aside. @returns how many have been answered */
  async retryWaiting(): Promise<number> {
    const { database } = this.context;
    const at = await momentOf(this.context, this.tenant);
    return database.within(this.tenant, async (sql) => {
      const store = new EdgeStore(sql, this.tenant);
      const waiting = await store.waiting(AT_ONCE);
      if (waiting.length === 0) return 0;
      const records = waiting.map(recordOf);
      const fates = await this.judging.fates(records, at);
      const done = waiting.flatMap((message, index) =>
        fates[index]!.kind === 'uncertain' || fates[index]!.kind === 'failed'
          ? []
          : [{ message, record: records[index]!, fate: fates[index]! }],
      );
      if (done.length === 0) return 0;
      await store.settle(done.map(({ message }) => message));
      for (const { message, record, fate } of done)
        await this.write(sql, message.topic, message.slot, [record], [fate], at);
      return done.length;
    });
  }

  private async take({ topic, slot, records }: SlotBatch): Promise<ReadOutcome> {
    const at = await momentOf(this.context, this.tenant);
    const fates = await this.judging.fates(records, at);
    const firstUncertain = fates.findIndex(({ kind }) => kind === 'uncertain');
    // Without a heartbeat nobody's consent is known: all wait here. Where it is one person's, that message waits aside.
    this.stale = firstUncertain >= 0 && (await this.leaseStale());
    const taken = this.stale ? firstUncertain : records.length;
    crashPoint('collection.edge.admitted');
    if (taken > 0) {
      const next = records[taken - 1]!.offset + 1n;
      const moved = await this.context.database
        .within(this.tenant, async (sql) => {
          const store = new EdgeStore(sql, this.tenant);
          const from = await store.position(topic, slot);
          if (from !== undefined && from > records[0]!.offset) throw new Overtaken();
          if (!(await store.advance(topic, slot, from, next))) throw new Overtaken();
          await this.hole(store, topic, slot, from ?? records[0]!.offset, records[0]!.offset, at);
          await this.write(sql, topic, slot, records.slice(0, taken), fates.slice(0, taken), at);
          crashPoint('collection.edge.written');
          return true;
        })
        .catch((error: unknown) => {
          if (error instanceof Overtaken) return false;
          throw error;
        });
      if (!moved) return { kind: 'go-on', next: (await this.from(topic, slot)) ?? records[0]!.offset };
      for (const fate of fates.slice(0, taken))
        this.counted({ outcome: fate.kind, code: 'code' in fate ? fate.code : '' });
    }
    const next = taken > 0 ? records[taken - 1]!.offset + 1n : records[0]!.offset;
    return this.stale ? { kind: 'pause', next, milliseconds: REST_MS } : { kind: 'go-on', next };
  }

  private async leaseStale(): Promise<boolean> {
    const { slots } = this.context.config;
    return (
      (await leaseOf(
        this.context,
        Array.from({ length: slots }, (_, slot) => slot),
      )) === 'stale'
    );
  }

  private async write(
    sql: Transaction,
    topic: string,
    slot: number,
    records: readonly StoredRecord[],
    fates: readonly Fate[],
    at: Moment,
  ): Promise<void> {
    const store = new EdgeStore(sql, this.tenant);
    const evidence: Evidence[] = [];
    const aside: WaitingMessage[] = [];
    const answers: Announcement<typeof events.SubmissionAnsweredV1>[] = [];
    const refusedSessions: Announcement<typeof events.SessionRefusedV1>[] = [];
    const sessions: StoredSession[] = [];
    const about = { tenant: this.tenant, slot };
    for (const [index, fate] of fates.entries()) {
      const record = records[index]!;
      const spot: Spot = { topic, slot, offset: record.offset };
      const refuse = (code: string) =>
        evidence.push({ ...spot, ...evidenceOf(record), refusal: this.context.newId(), code });
      switch (fate.kind) {
        case 'session':
          sessions.push(fate.stored);
          break;
        case 'session-refused':
          refuse(fate.code);
          refusedSessions.push({ about, data: { session: fate.session, code: fate.code } });
          break;
        case 'fence':
          if (!(await store.pass(fate.id, slot, at.machine))) refuse('not-a-message');
          break;
        case 'answered':
          answers.push({ about, data: fate.told });
          break;
        case 'refused':
          refuse(fate.code);
          if (fate.told !== undefined) answers.push({ about, data: fate.told });
          break;
        case 'uncertain':
        case 'failed':
          aside.push({ ...spot, value: record.value, at: record.at ?? at.machine });
      }
    }
    await store.addSessions(sessions, at.machine);
    await store.setAside(aside, at.machine);
    if (evidence.length > 0)
      await store.refuse(evidence, at.legal, evidenceDisposal(await this.context.packs.pack(this.tenant), at.legal));
    await this.context.outbox.announceAll(sql, onOut(events.SubmissionAnsweredV1, this.tenant), at.machine, answers);
    await this.context.outbox.announceAll(
      sql,
      onOut(events.SessionRefusedV1, this.tenant),
      at.machine,
      refusedSessions,
    );
  }

  /** Records the log no longer had when they were to be read: lost, and said so. */
  private async hole(
    store: EdgeStore,
    topic: string,
    slot: number,
    from: bigint,
    to: bigint,
    at: Moment,
  ): Promise<void> {
    if (to <= from) return;
    this.context.logger.error(
      { tenant: this.tenant, topic, slot, count: Number(to - from), code: 'collection/intake-hole' },
      'the log lost messages before they were read',
    );
    const nothing = createHash('sha256').digest('hex');
    const hole = {
      topic,
      slot,
      offset: from,
      refusal: this.context.newId(),
      sha256: nothing,
      code: 'hole',
      size: Number(to - from),
    };
    await store.refuse([hole], at.legal, evidenceDisposal(await this.context.packs.pack(this.tenant), at.legal));
  }
}

/** Another reader has moved the position. */
class Overtaken extends Error {}

const recordOf = ({ value, offset, at }: WaitingMessage): StoredRecord => ({
  number: 0,
  incarnation: '',
  id: '',
  value,
  offset,
  ...(at === undefined ? {} : { at }),
});
