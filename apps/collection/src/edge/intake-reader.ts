import { createHash } from 'node:crypto';
import { events, onOut, type EventInput } from '@lethe/contracts';
import type { TenantId, Transaction } from '@lethe/kernel';
import type { Announcement, ReadOutcome, SlotBatch, SlotReader, StoredRecord } from '@lethe/messaging';
import type { ServiceContext } from '@lethe/platform';
import { evidenceDisposal } from '@lethe/policy';
import { crashPoint } from '../crash-point.ts';
import type { Intake, SubmissionAnswer } from '../intake.ts';
import { leaseOf, momentOf, type Moment } from '../room.ts';
import { EdgeStore, type Evidence, type Spot, type StoredSession, type WaitingMessage } from './edge.store.ts';
import { arrived, evidenceOf, unseal, type Arrived, type OpenSession, type Unsealed } from './messages.ts';
import type { Sessions } from './sessions.ts';

type Sealed = Extract<Arrived, { kind: 'sealed' }>;
type Told = EventInput<typeof events.SubmissionAnsweredV1>;

/** What has become of one message. */
type Fate =
  | { readonly kind: 'session'; readonly stored: StoredSession }
  | { readonly kind: 'session-refused'; readonly session: string; readonly code: string }
  | { readonly kind: 'fence'; readonly id: string }
  | { readonly kind: 'answered'; readonly told: Told }
  | { readonly kind: 'refused'; readonly code: string; readonly told?: Told | undefined }
  | { readonly kind: 'uncertain' }
  | { readonly kind: 'failed' };
type Open = {
  readonly message: Sealed;
  readonly index: number;
  readonly submission: Parameters<Intake['collect']>[1][number];
};

const AT_ONCE = 250;
const REST_MS = 500;
const RESTS_AT_MOST_MS = 10_000;

/** What of the intake a message needs. */
export interface Admitting {
  collect: Intake['collect'];
}

/**
 * Reads one tenant's `in` topic. What a batch has come to (its evidence and answers) and the position commit together; an
 * admission commits before, once for its idempotency key, so that a batch read again is answered as it was the first time.
 */
export class IntakeReader implements SlotReader {
  private stale = false;
  private failures = 0;
  private readonly counted: (labels: { outcome: string; code: string }, by?: number) => void;

  constructor(
    private readonly tenant: TenantId,
    private readonly context: ServiceContext,
    private readonly intake: Admitting,
    private readonly sessions: Sessions,
  ) {
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
      const fates = await this.fates(records, at);
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
    const fates = await this.fates(records, at);
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

  /** What becomes of each record. Submissions are admitted here, each once. */
  private async fates(records: readonly StoredRecord[], at: Moment): Promise<Fate[]> {
    const fates: (Fate | undefined)[] = [];
    const submissions: Open[] = [];
    const batch = new Map<string, OpenSession>();
    for (const [index, record] of records.entries()) {
      const sentAt = record.at ?? at.machine;
      const message = arrived(record);
      switch (message.kind) {
        case 'bad':
          fates[index] = { kind: 'refused', code: message.code };
          break;
        case 'fence':
          fates[index] = message;
          break;
        case 'session': {
          const believed = await this.sessions.believe(this.tenant, message.session, message.statement, sentAt);
          if ('code' in believed)
            fates[index] = { kind: 'session-refused', session: message.session, code: believed.code };
          else {
            batch.set(message.session, believed.open);
            fates[index] = { kind: 'session', stored: believed.stored };
          }
          break;
        }
        case 'sealed': {
          const found = batch.has(message.session)
            ? { open: batch.get(message.session)! }
            : await this.sessions.find(this.tenant, message.session, sentAt);
          const opened: Unsealed = 'code' in found ? found : unseal(found.open, message);
          if ('code' in opened)
            fates[index] = {
              kind: 'refused',
              code: opened.code,
              told: refusalTold(message, opened.code, opened.field),
            };
          else submissions.push({ message, index, submission: opened.submission });
        }
      }
    }
    for (let from = 0; from < submissions.length; from += AT_ONCE)
      await this.admit(submissions.slice(from, from + AT_ONCE), fates, at);
    return fates.map((fate) => fate ?? { kind: 'failed' });
  }

  private async admit(submissions: readonly Open[], fates: (Fate | undefined)[], at: Moment): Promise<void> {
    try {
      const answers = await this.intake.collect(
        this.tenant,
        submissions.map(({ submission }) => submission),
        at,
      );
      submissions.forEach(({ message, index }, position) => (fates[index] = fateOf(message, answers[position]!)));
    } catch (error) {
      if (await this.mustWait(error)) throw error;
      if (submissions.length > 1) {
        for (const one of submissions) await this.admit([one], fates, at);
        return;
      }
      // One that fails by itself waits aside and stops nobody.
      this.context.logger.error(
        { error, tenant: this.tenant, code: 'collection/intake-failed' },
        'a submission could not be judged; it is tried again',
      );
      fates[submissions[0]!.index] = { kind: 'failed' };
    }
  }

  /** True for what is nobody's fault: a store is away, and everything waits with it. */
  private async mustWait(error: unknown): Promise<boolean> {
    if (typeof error === 'object' && error !== null && 'kind' in error && error.kind === 'unavailable') return true;
    return this.context.database
      .transaction((sql) => sql.query('select 1'))
      .then(
        () => false,
        () => true,
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

const refusalTold = ({ digest, session }: Sealed, code: string, field?: string): Told => ({
  digest,
  session,
  outcome: 'refused',
  refusal: { code, ...(field === undefined ? {} : { field }) },
});

function fateOf({ digest, session }: Sealed, answer: SubmissionAnswer): Fate {
  if (answer.outcome === 'admitted') {
    const { submission, record, replayed, parts } = answer;
    return { kind: 'answered', told: { digest, session, outcome: 'admitted', submission, record, replayed, parts } };
  }
  const { code, clause, field } = answer.refusal;
  if (code === 'basis-uncertain') return { kind: 'uncertain' };
  // The name of a field that the pack does not declare is the platform's text, and no text of the platform's goes into a topic.
  const named =
    field === undefined || code === 'undeclared-field' || !/^[a-zA-Z][a-zA-Z0-9.-]{0,63}$/.test(field) ? {} : { field };
  return {
    kind: 'answered',
    told: {
      digest,
      session,
      outcome: 'refused',
      submission: answer.submission,
      refusal: { code, ...(clause === undefined ? {} : { clause }), ...named },
    },
  };
}
