import { createHash } from 'node:crypto';
import type { Transaction } from '@lethe/kernel';
import { Applying, type Item, type Verdict } from './applying.ts';
import { Blocked } from './blocked.ts';
import type { ConsumerAlarm, ConsumerOptions } from './consumer-options.ts';
import type { Decoded, Decoder } from './decode.ts';
import type { ReadOutcome, SlotBatch } from './event-log.ts';
import { GapFiller } from './gap.ts';
import { planBatch, type Incoming, type Plan, type Position } from './plan.ts';
import { noFates, PositionStore, type ParkedRow, type RefusedRow } from './position-store.ts';
import { backoff } from './signal.ts';
import { isUnavailable } from './unavailable.ts';

/** A test killed the consumer here: nothing it holds may be used again. */
export class Killed extends Error {}

export interface SlotWorkContext {
  readonly options: ConsumerOptions;
  readonly decoder: Decoder;
  readonly now: () => Date;
  /** The position moved, or something was un-parked. */
  readonly moved: () => void;
}

/** What one transaction left to tell. */
type Committed =
  | { readonly kind: 'moved-by-another' }
  | { readonly kind: 'stopped'; readonly alarm: ConsumerAlarm }
  | { readonly kind: 'done'; readonly position: Position; readonly alarms: readonly ConsumerAlarm[] };

/** One consumer in one slot: takes batches from the log, and owns the position. */
export class SlotWork {
  readonly #context: SlotWorkContext;
  readonly #store: PositionStore;
  readonly #gaps: GapFiller;
  /** As of the last commit here; only a hint, the transaction compares. */
  #position: Position | undefined;
  #failures = 0;
  #killed = false;
  /** The first record delivered and not dealt with. */
  #waiting: Incoming | undefined;

  constructor(
    context: SlotWorkContext,
    readonly topic: string,
    readonly slot: number,
  ) {
    this.#context = context;
    this.#store = new PositionStore(context.options.service, topic, slot);
    this.#gaps = new GapFiller(context, this.#store, topic, slot);
  }

  async from(): Promise<bigint | undefined> {
    this.#position = await this.#load();
    return this.#position.nextOffset;
  }

  /** Drops what is remembered: someone else has moved the position. */
  forget(): void {
    this.#position = undefined;
  }

  get waiting(): Incoming | undefined {
    return this.#waiting;
  }

  async read({ records }: SlotBatch): Promise<ReadOutcome> {
    let next = records[0]!.offset;
    try {
      if (this.#killed) return { kind: 'stop', next };
      this.#waiting = records[0];
      const stopped = await this.#work(records, (offset) => (next = offset));
      this.#failures = 0;
      if (stopped) return { kind: 'stop', next };
      this.#waiting = undefined;
      return { kind: 'go-on', next: records.at(-1)!.offset + 1n };
    } catch (error) {
      this.#position = undefined;
      if (error instanceof Killed) {
        this.#killed = true;
        return { kind: 'stop', next };
      }
      this.#failures += 1;
      this.#context.options.onError?.(error);
      return { kind: 'pause', next, milliseconds: backoff(this.#failures, 100, 30_000) };
    }
  }

  /** True when the slot stopped. */
  async #work(records: readonly Incoming[], reached: (next: bigint) => void): Promise<boolean> {
    let rest = records;
    while (rest.length > 0) {
      const position = (this.#position ??= await this.#load());
      if (position.stopped !== undefined) return true;
      const plan = planBatch(position, rest);
      if (plan.gap) {
        const filled = await this.#gaps.fill(position, plan.gap);
        this.#position = undefined;
        if (filled === 'stopped') return true;
        rest = [...filled, ...rest];
        continue;
      }
      const decoded = await Promise.all(
        plan.planned.map(({ kind, record }) => (kind === 'new' ? this.#context.decoder.decode(this.topic, record) : undefined)),
      );
      const committed = await this.#commit(position, plan, decoded);
      this.#position = committed.kind === 'done' ? committed.position : undefined;
      if (committed.kind === 'stopped') {
        this.#context.options.onAlarm?.(committed.alarm);
        return true;
      }
      if (committed.kind === 'moved-by-another') continue;
      rest = rest.slice(plan.planned.length);
      const first = rest.find((record) => record.offset !== undefined);
      if (first?.offset !== undefined) reached(first.offset);
      this.#waiting = first;
      for (const alarm of committed.alarms) this.#context.options.onAlarm?.(alarm);
      this.#context.moved();
      await this.#point('committed');
    }
    return false;
  }

  #load(): Promise<Position> {
    return this.#context.options.database.transaction((sql) => this.#store.load(sql));
  }

  /** First all at once; when a message fails, again with each failure alone. */
  async #commit(position: Position, plan: Plan, decoded: readonly (Decoded | undefined)[]): Promise<Committed> {
    const { database } = this.#context.options;
    try {
      return await database.transaction((sql) => this.#transact(sql, position, plan, decoded, false));
    } catch (error) {
      if (error instanceof Killed || isUnavailable(error)) throw error;
      return database.transaction((sql) => this.#transact(sql, position, plan, decoded, true));
    }
  }

  async #transact(sql: Transaction, position: Position, plan: Plan, decoded: readonly (Decoded | undefined)[], careful: boolean): Promise<Committed> {
    const now = this.#context.now();
    const current = await this.#store.lock(sql);
    if (current.number !== position.number || current.incarnation !== position.incarnation || current.stopped !== position.stopped) return { kind: 'moved-by-another' };
    const alarms: ConsumerAlarm[] = [];
    const fates = noFates();

    const wrong = await this.#check(sql, plan, fates, alarms);
    if (wrong) {
      await this.#store.stop(sql, wrong.reason, now);
      return { kind: 'stopped', alarm: { kind: 'stopped', topic: this.topic, slot: this.slot, number: wrong.number, code: wrong.reason } };
    }

    const fresh = plan.planned.flatMap((entry, index) => (entry.kind === 'new' ? [{ record: entry.record, decoded: decoded[index]! }] : []));
    const blocked = current.parked > 0 ? await this.#store.blocked(sql) : new Blocked();
    const verdicts = await this.#apply(sql, fresh, blocked, careful || current.parked > 0);
    await this.#point('effect');

    const parked: ParkedRow[] = [];
    const refused: RefusedRow[] = plan.planned.filter(({ kind }) => kind === 'stray').map(({ record }) => evidence(record, 'no-number'));
    fates.refused += refused.length;
    for (const { record, decoded: what } of fresh) {
      const verdict = verdicts.get(record);
      const code = what.kind === 'refuse' ? what.code : verdict?.kind === 'refused' ? verdict.code : undefined;
      if (code !== undefined) {
        refused.push(evidence(record, code));
        fates.refused += 1;
      } else if (verdict?.kind === 'applied') fates.applied += 1;
      else if (verdict?.kind === 'dropped') fates.dropped += 1;
      else if (what.kind === 'pass-over' || what.kind === 'refuse') fates.passedOver += 1;
      else {
        const first = verdict?.kind === 'parked';
        parked.push({
          record,
          tenant: what.event.tenant,
          subject: what.event.subject,
          type: what.event.type,
          code: first ? verdict.code : 'behind',
          attempts: first ? 1 : 0,
          retryAt: first ? new Date(now.getTime() + backoff(1, 1_000, 300_000)) : undefined,
        });
        fates.parked += 1;
        if (first) alarms.push({ kind: 'parked', topic: this.topic, slot: this.slot, number: record.number, code: verdict.code });
      }
    }
    for (const row of refused) alarms.push({ kind: 'refused', topic: this.topic, slot: this.slot, number: row.number, code: row.code });
    const last = fresh.at(-1)?.record;
    if (last && position.incarnation !== '' && last.incarnation !== position.incarnation) {
      alarms.push({ kind: 'incarnation', topic: this.topic, slot: this.slot, number: last.number, code: 'begun' });
    }
    await this.#store.park(sql, parked, now);
    await this.#store.refuse(sql, refused, now);

    const to = after(position, plan, last, current.parked + parked.length);
    const heard = last && { first: fresh[0]!.record.number, last: last.number, ids: fresh.map(({ record }) => record.id) };
    await this.#store.move(sql, to, plan.planned.length, fates, heard, now);
    return { kind: 'done', position: to, alarms };
  }

  /** Counts what was heard before; the first number that now comes with another id, or whose id nobody remembers. */
  async #check(sql: Transaction, plan: Plan, fates: ReturnType<typeof noFates>, alarms: ConsumerAlarm[]): Promise<{ readonly reason: 'another-id' | 'unknown-history'; readonly number: number } | undefined> {
    const inBatch = new Map(plan.planned.flatMap(({ kind, record }) => (kind === 'new' ? [[`${record.incarnation} ${record.number}`, record.id] as const] : [])));
    const past = plan.planned.filter(({ kind }) => kind === 'known' || kind === 'stale');
    for (const incarnation of new Set(past.map(({ record }) => record.incarnation))) {
      const entries = past.filter(({ record }) => record.incarnation === incarnation);
      const ids = await this.#store.heard(sql, incarnation, entries.map(({ record }) => record.number));
      for (const { kind, record } of entries) {
        const id = inBatch.get(`${incarnation} ${record.number}`) ?? ids.get(record.number);
        if (id === record.id || id === '') fates.duplicate += 1;
        else if (kind === 'stale') {
          // Told by a life of the producer that has ended, after it had ended.
          fates.passedOver += 1;
          alarms.push({ kind: 'stale', topic: this.topic, slot: this.slot, number: record.number, code: 'ended-incarnation' });
        } else return { reason: id === undefined ? 'unknown-history' : 'another-id', number: record.number };
      }
    }
    return undefined;
  }

  async #apply(sql: Transaction, fresh: readonly { readonly record: Incoming; readonly decoded: Decoded }[], blocked: Blocked, careful: boolean): Promise<Map<Incoming, Verdict>> {
    const verdicts = new Map<Incoming, Verdict>();
    const applying = new Applying(sql, this.topic, this.slot);
    let run: Item[] = [];
    const flush = async (each: boolean): Promise<void> => {
      if (!each) await applying.all(run);
      const outcomes = each ? await applying.each(run, blocked) : new Map<Incoming, Verdict>();
      for (const { record } of run) verdicts.set(record, outcomes.get(record) ?? { kind: 'applied' });
      run = [];
    };
    for (const { record, decoded } of fresh) {
      if (decoded.kind === 'apply') run.push({ record, event: decoded.event, routes: decoded.routes });
      if (decoded.kind !== 'park') continue;
      // Nobody here can read it, so it blocks its person from where it stands: what comes before is applied first.
      careful = true;
      await flush(true);
      const { tenant, subject } = decoded.event;
      verdicts.set(record, blocked.has(tenant, subject) ? { kind: 'behind' } : { kind: 'parked', code: decoded.code });
      blocked.add(tenant, subject);
    }
    await flush(careful);
    return verdicts;
  }

  async #point(point: 'effect' | 'committed'): Promise<void> {
    try {
      await this.#context.options.at?.(point);
    } catch (cause) {
      throw new Killed(point, { cause });
    }
  }
}

/** What is kept of a record that must have no effect: enough to recognize it, nothing to read. */
export function evidence(record: Incoming, code: string): RefusedRow {
  const bytes = Buffer.from(record.value);
  return {
    incarnation: record.incarnation,
    number: record.number,
    offset: record.offset,
    code,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
  };
}

function after(position: Position, plan: Plan, last: Incoming | undefined, parked: number): Position {
  const offsets = plan.planned.flatMap(({ record }) => (record.offset === undefined ? [] : [record.offset + 1n]));
  const reached = offsets.at(-1);
  // New numbers say where the log is now; a redelivery does not take the position back.
  const nextOffset = reached === undefined || (!last && position.nextOffset !== undefined && position.nextOffset > reached) ? position.nextOffset : reached;
  if (!last) return { ...position, nextOffset, parked };
  const former = position.incarnation === '' || position.incarnation === last.incarnation ? position.former : [...position.former, position.incarnation];
  return { ...position, incarnation: last.incarnation, number: last.number, lastId: last.id, nextOffset, former, parked };
}
