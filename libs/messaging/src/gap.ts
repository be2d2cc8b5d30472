import { Fault } from '@lethe/kernel';
import type { Incoming, Plan, Position } from './plan.ts';
import { MISSED_AT_MOST } from './outbox.ts';
import { noFates, type PositionStore } from './position-store.ts';
import type { SlotWorkContext } from './slot-context.ts';

type Gap = NonNullable<Plan['gap']>;

/** Gets what the log has lost: from the producer's outbox, else by a restatement, else the slot stops. */
export class GapFiller {
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

  /**
   * The next of the missing records, or none when the gap was passed over.
   * @throws when the producer cannot be asked at the moment
   */
  async fill(position: Position, gap: Gap): Promise<readonly Incoming[] | 'stopped'> {
    const { options } = this.#context;
    const producer = this.#topic.split('.')[1] ?? '';
    const missed = await this.#ask(() =>
      options.missed(producer, this.#topic, this.#slot, gap.from, Math.min(gap.to, gap.from + MISSED_AT_MOST - 1)),
    );
    const whole =
      missed !== undefined &&
      missed.incarnation === gap.incarnation &&
      missed.records.length > 0 &&
      missed.records.every((record, index) => record.number === gap.from + index && record.number <= gap.to);
    if (whole) return missed.records.map((record) => ({ ...record, incarnation: gap.incarnation }));

    const restate = options.restate;
    const through = restate && (await this.#ask(() => restate(producer, this.#topic, this.#slot, gap.to)));
    if (through !== undefined) return this.#passOver(position, gap, through);
    await options.database.transaction((sql) => this.#store.stop(sql, 'gap', this.#context.now()));
    options.onAlarm?.({ kind: 'stopped', topic: this.#topic, slot: this.#slot, number: gap.from, code: 'gap' });
    return 'stopped';
  }

  async #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Fault && (error.kind === 'missing' || error.kind === 'invalid')) return undefined;
      throw error;
    }
  }

  /** Until the restatement has gone through, what is known of this slot's people counts as uncertain. */
  async #passOver(position: Position, gap: Gap, through: number): Promise<readonly Incoming[]> {
    const { options, now } = this.#context;
    await options.database.transaction(async (sql) => {
      const current = await this.#store.lock(sql);
      if (current.number !== position.number || current.incarnation !== position.incarnation) return;
      await passOver(this.#store, sql, current, gap, now());
      await this.#store.restated(sql, through);
    });
    options.onAlarm?.({
      kind: 'passed-over',
      topic: this.#topic,
      slot: this.#slot,
      number: gap.from,
      code: 'restated',
    });
    return [];
  }
}

/** Counts the numbers of a gap as passed over, and stands behind it. */
export async function passOver(
  store: PositionStore,
  sql: Parameters<PositionStore['move']>[0],
  position: Position,
  gap: Gap,
  now: Date,
): Promise<void> {
  const count = gap.to - gap.from + 1;
  const another = position.incarnation !== gap.incarnation && position.incarnation !== '';
  const to = {
    ...position,
    incarnation: gap.incarnation,
    number: gap.to,
    lastId: '',
    former: another ? [...position.former, position.incarnation] : position.former,
  };
  await store.move(
    sql,
    to,
    count,
    { ...noFates(), passedOver: count },
    { first: gap.from, last: gap.to, ids: [] },
    now,
  );
}
