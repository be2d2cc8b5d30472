import { isAboutNobody, type Decoded } from './decode.ts';
import type { ReadOutcome, SlotBatch } from './event-log.ts';
import { GapFiller } from './gap.ts';
import { planBatch, type Incoming, type Plan, type Position } from './plan.ts';
import { PositionStore } from './position-store.ts';
import { backoff } from './signal.ts';
import { Killed, line, reachedPoint, type SlotWorkContext } from './slot-context.ts';
import { SlotTransaction, type Committed } from './slot-transaction.ts';
import { isUnavailable } from './unavailable.ts';

/** One consumer in one slot: takes batches from the log, and owns the position. */
export class SlotWork {
  readonly #context: SlotWorkContext;
  readonly #store: PositionStore;
  readonly #gaps: GapFiller;
  readonly #transaction: SlotTransaction;
  /** As of the last commit here; only a hint, the transaction compares. */
  #position: Position | undefined;
  /** What the log brings and what it has lost are applied one after the other. */
  readonly #inTurn = line();
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
    this.#transaction = new SlotTransaction(context, this.#store, topic, slot);
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

  /** The last number gone through, as of the last commit here. */
  get reached(): number | undefined {
    return this.#position?.number;
  }

  get waiting(): Incoming | undefined {
    return this.#waiting;
  }

  async read({ records }: SlotBatch): Promise<ReadOutcome> {
    let next = records[0]!.offset;
    try {
      if (this.#killed) return { kind: 'stop', next };
      this.#waiting = records[0];
      const stopped = await this.#inTurn(() => this.#work(records, (offset) => (next = offset)));
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

  /**
   * Goes as far as the producer has told, without the log. What the log brings after all is known by then.
   * @throws when the producer cannot be asked at the moment
   */
  async catchUp(incarnation: string, number: number): Promise<void> {
    await this.#inTurn(async () => {
      for (;;) {
        if (this.#killed) return;
        const position = (this.#position = await this.#load());
        if (position.stopped !== undefined || position.former.includes(incarnation)) return;
        const from = position.incarnation === incarnation ? position.number + 1 : 1;
        if (from > number) return;
        const filled = await this.#gaps.fill(position, { incarnation, from, to: number });
        this.#position = undefined;
        if (filled === 'stopped' || (await this.#work(filled, () => undefined))) return;
      }
    });
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
        plan.planned.map(async ({ kind, record }) =>
          kind === 'new' ? this.#context.decoder.decode(this.topic, record) : undefined,
        ),
      );
      const commit = (): Promise<Committed> => this.#commit(position, plan, decoded);
      const committed = await (decoded.some(isAboutNobody) ? this.#context.inTurn(commit) : commit());
      this.#position = committed.kind === 'done' ? committed.position : undefined;
      if (committed.kind === 'stopped') {
        this.#context.options.onAlarm?.(committed.alarm);
        return true;
      }
      if (committed.kind === 'moved-by-another') continue;
      this.#mark(committed.position);
      rest = rest.slice(plan.planned.length);
      const first = rest.find((record) => record.offset !== undefined);
      if (first?.offset !== undefined) reached(first.offset);
      this.#waiting = first;
      for (const alarm of committed.alarms) this.#context.options.onAlarm?.(alarm);
      this.#context.moved();
      await reachedPoint(this.#context, 'committed');
    }
    return false;
  }

  #mark({ incarnation, number }: Position): void {
    const { marks } = this.#context.options;
    if (number === 0) return;
    const { topic, slot } = this;
    marks?.kept.raise({ kind: 'heard', under: marks.under(), topic, slot, incarnation, number });
  }

  #load(): Promise<Position> {
    return this.#context.options.database.transaction((sql) => this.#store.load(sql));
  }

  /** First all at once; when a message fails, again with each failure alone. */
  async #commit(position: Position, plan: Plan, decoded: readonly (Decoded | undefined)[]): Promise<Committed> {
    const { database } = this.#context.options;
    try {
      return await database.transaction((sql) => this.#transaction.run(sql, position, plan, decoded, false));
    } catch (error) {
      if (error instanceof Killed || isUnavailable(error)) throw error;
      return database.transaction((sql) => this.#transaction.run(sql, position, plan, decoded, true));
    }
  }
}
