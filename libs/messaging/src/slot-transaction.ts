import { createHash } from 'node:crypto';
import type { Transaction } from '@lethe/kernel';
import { Applying, type Item, type Verdict } from './applying.ts';
import { Blocked } from './blocked.ts';
import type { ConsumerAlarm } from './consumer-options.ts';
import { isAboutNobody, type Decoded } from './decode.ts';
import type { Incoming, Plan, Position } from './plan.ts';
import { retryAfter } from './retry-after.ts';
import { noFates, type Fates, type ParkedRow, type PositionStore, type RefusedRow } from './position-store.ts';
import { reachedPoint, type SlotWorkContext } from './slot-context.ts';

/** What one transaction left to tell. */
export type Committed =
  | { readonly kind: 'moved-by-another' }
  | { readonly kind: 'stopped'; readonly alarm: ConsumerAlarm }
  | { readonly kind: 'done'; readonly position: Position; readonly alarms: readonly ConsumerAlarm[] };

/** The one transaction in which a batch has its effect, is counted, and moves the position. */
export class SlotTransaction {
  readonly #context: SlotWorkContext;
  readonly #store: PositionStore;
  readonly #topic: string;
  readonly #slot: number;

  constructor(context: SlotWorkContext, store: PositionStore, topic: string, slot: number) {
    this.#context = context;
    this.#store = store;
    this.#topic = topic;
    this.#slot = slot;
  }

  #alarm(kind: ConsumerAlarm['kind'], number: number, code: string): ConsumerAlarm {
    return { kind, topic: this.#topic, slot: this.#slot, number, code };
  }

  /**
   * @param careful each failure alone, its message parked; else the first failure ends the transaction
   * @throws the first failure when not careful; when something needed is down, always
   */
  async run(
    sql: Transaction,
    position: Position,
    plan: Plan,
    decoded: readonly (Decoded | undefined)[],
    careful: boolean,
  ): Promise<Committed> {
    const now = this.#context.now();
    if (isPassedOver(plan, decoded)) return this.#passOver(sql, position, plan, now);
    const current = await this.#store.lock(sql);
    if (
      current.number !== position.number ||
      current.incarnation !== position.incarnation ||
      current.stopped !== position.stopped
    )
      return { kind: 'moved-by-another' };
    const alarms: ConsumerAlarm[] = [];
    const fates = noFates();

    const wrong = await this.#check(sql, plan, fates, alarms);
    if (wrong) {
      await this.#store.stop(sql, wrong.reason, now);
      return { kind: 'stopped', alarm: this.#alarm('stopped', wrong.number, wrong.reason) };
    }

    const fresh = plan.planned.flatMap((entry, index) =>
      entry.kind === 'new' ? [{ record: entry.record, decoded: decoded[index]! }] : [],
    );
    if (fresh.some(({ decoded: what }) => isAboutNobody(what))) await this.#store.takeTurn(sql);
    const blocked = current.parked > 0 ? await this.#store.blocked(sql) : new Blocked();
    const verdicts = await this.#apply(sql, fresh, blocked, careful || current.parked > 0);
    await reachedPoint(this.#context, 'effect');

    const parked: ParkedRow[] = [];
    const refused: RefusedRow[] = plan.planned
      .filter(({ kind }) => kind === 'stray')
      .map(({ record }) => evidence(record, 'no-number'));
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
          retryAt: first ? retryAfter(1, now) : undefined,
        });
        fates.parked += 1;
        if (first) alarms.push(this.#alarm('parked', record.number, verdict.code));
      }
    }
    for (const row of refused) alarms.push(this.#alarm('refused', row.number, row.code));
    const last = fresh.at(-1)?.record;
    alarms.push(...this.#begins(position, last));
    await this.#store.park(sql, parked, now);
    await this.#store.refuse(sql, refused, now);

    const to = after(position, plan, last, current.parked + parked.length);
    const heard = last && {
      first: fresh[0]!.record.number,
      last: last.number,
      ids: fresh.map(({ record }) => record.id),
    };
    await this.#store.move(sql, to, plan.planned.length, fates, heard, now);
    return { kind: 'done', position: to, alarms };
  }

  /** Nothing of it is for this service: the position moves in one statement, if it still is where it was. */
  async #passOver(sql: Transaction, position: Position, plan: Plan, now: Date): Promise<Committed> {
    await reachedPoint(this.#context, 'effect');
    const records = plan.planned.map(({ record }) => record);
    const last = records.at(-1)!;
    const heard = { first: records[0]!.number, last: last.number, ids: records.map(({ id }) => id) };
    const to = after(position, plan, last, position.parked);
    const parked = await this.#store.passOver(sql, position, to, heard, now);
    if (parked === undefined) return { kind: 'moved-by-another' };
    return { kind: 'done', position: { ...to, parked }, alarms: this.#begins(position, last) };
  }

  /** The producer has begun another life. */
  #begins(position: Position, last: Incoming | undefined): ConsumerAlarm[] {
    return last && position.incarnation !== '' && last.incarnation !== position.incarnation
      ? [this.#alarm('incarnation', last.number, 'begun')]
      : [];
  }

  /** Counts what was heard before; the first number that now comes with another id, or whose id nobody remembers. */
  async #check(
    sql: Transaction,
    plan: Plan,
    fates: Fates,
    alarms: ConsumerAlarm[],
  ): Promise<{ readonly reason: 'another-id' | 'unknown-history'; readonly number: number } | undefined> {
    const inBatch = new Map(
      plan.planned.flatMap(({ kind, record }) =>
        kind === 'new' ? [[`${record.incarnation} ${record.number}`, record.id] as const] : [],
      ),
    );
    const past = plan.planned.filter(({ kind }) => kind === 'known' || kind === 'stale');
    for (const incarnation of new Set(past.map(({ record }) => record.incarnation))) {
      const entries = past.filter(({ record }) => record.incarnation === incarnation);
      const ids = await this.#store.heard(
        sql,
        incarnation,
        entries.map(({ record }) => record.number),
      );
      for (const { kind, record } of entries) {
        const id = inBatch.get(`${incarnation} ${record.number}`) ?? ids.get(record.number);
        if (id === record.id || id === '') fates.duplicate += 1;
        else if (kind === 'stale') {
          // Told by a life of the producer that has ended, after it had ended.
          fates.passedOver += 1;
          alarms.push(this.#alarm('stale', record.number, 'ended-incarnation'));
        } else return { reason: id === undefined ? 'unknown-history' : 'another-id', number: record.number };
      }
    }
    return undefined;
  }

  async #apply(
    sql: Transaction,
    fresh: readonly { readonly record: Incoming; readonly decoded: Decoded }[],
    blocked: Blocked,
    careful: boolean,
  ): Promise<Map<Incoming, Verdict>> {
    const verdicts = new Map<Incoming, Verdict>();
    const applying = new Applying(sql, this.#topic, this.#slot);
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
}

const isPassedOver = ({ planned }: Plan, decoded: readonly (Decoded | undefined)[]): boolean =>
  planned.length > 0 && planned.every(({ kind }, index) => kind === 'new' && decoded[index]?.kind === 'pass-over');

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
  const nextOffset =
    reached === undefined || (!last && position.nextOffset !== undefined && position.nextOffset > reached)
      ? position.nextOffset
      : reached;
  if (!last) return { ...position, nextOffset, parked };
  const former =
    position.incarnation === '' || position.incarnation === last.incarnation
      ? position.former
      : [...position.former, position.incarnation];
  return {
    ...position,
    incarnation: last.incarnation,
    number: last.number,
    lastId: last.id,
    nextOffset,
    former,
    parked,
  };
}
