import type { ReadOutcome, SlotReader, StoredRecord } from './event-log.ts';
import { backoff } from './signal.ts';

interface Partition {
  readonly topic: string;
  readonly partitions: number[];
}

/** What is done to the partitions of a group member. A consumer of kafkajs is one. */
export interface Partitions {
  seek(to: { readonly topic: string; readonly partition: number; readonly offset: string }): void;
  pause(partitions: Partition[]): void;
  resume(partitions: Partition[]): void;
}

/** One slot as assigned to this member. */
interface Assigned {
  readonly topic: string;
  readonly slot: number;
  /** First offset wanted: 0 when the reader has no position; undefined until it has been asked. */
  next: bigint | undefined;
  asking: Promise<void> | undefined;
  stopped: boolean;
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

/** The slots a group member holds: each read from the reader's own position, one batch at a time. */
export class AssignedSlots {
  readonly #partitions: Partitions;
  readonly #reader: SlotReader;
  readonly #prefix: string;
  readonly #onError: (error: unknown) => void;
  readonly #assigned = new Map<string, Assigned>();
  /** The newest read of each slot: what was taken away and given back waits for what still runs. */
  readonly #reading = new Map<string, Promise<void>>();
  #ended = false;

  constructor(options: {
    readonly partitions: Partitions;
    readonly reader: SlotReader;
    readonly prefix: string;
    readonly onError: (error: unknown) => void;
  }) {
    this.#partitions = options.partitions;
    this.#reader = options.reader;
    this.#prefix = options.prefix;
    this.#onError = options.onError;
  }

  /** kafkajs says nothing of what was taken away: whatever was known of any slot is forgotten, and each is begun anew. */
  joined(assignment: Readonly<Record<string, number[]>>): void {
    for (const assigned of this.#assigned.values()) clearTimeout(assigned.timer);
    this.#assigned.clear();
    for (const [topic, slots] of Object.entries(assignment)) for (const slot of slots) void this.assign(topic, slot);
  }

  /** Begins a slot at the reader's own position; the group's committed offset is never asked for. */
  async assign(topic: string, slot: number): Promise<void> {
    const key = `${topic}/${slot}`;
    clearTimeout(this.#assigned.get(key)?.timer);
    const assigned: Assigned = {
      topic,
      slot,
      next: undefined,
      asking: undefined,
      stopped: false,
      failures: 0,
      timer: undefined,
    };
    this.#assigned.set(key, assigned);
    this.#resume(assigned);
    await this.#position(assigned);
  }

  /** Resolves when nothing is read any more. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const assigned of this.#assigned.values()) clearTimeout(assigned.timer);
    await Promise.allSettled(this.#reading.values());
  }

  /** Never rejects. `resolve` takes the last offset dealt with; `end` is the offset after the log's last. */
  async read(
    topic: string,
    slot: number,
    records: readonly StoredRecord[],
    end: bigint,
    resolve: (offset: bigint) => void,
  ): Promise<void> {
    const key = `${topic}/${slot}`;
    const before = this.#reading.get(key);
    const reading = (async () => {
      await before;
      const assigned = this.#assigned.get(key);
      if (assigned) await this.#read(assigned, records, end, resolve).catch(this.#onError);
    })();
    this.#reading.set(key, reading);
    await reading;
    if (this.#reading.get(key) === reading) this.#reading.delete(key);
  }

  async #read(
    assigned: Assigned,
    records: readonly StoredRecord[],
    end: bigint,
    resolve: (offset: bigint) => void,
  ): Promise<void> {
    await this.#position(assigned);
    const { topic, slot, next } = assigned;
    if (next === undefined || assigned.stopped || !this.#current(assigned)) return;
    // A log that ends before our position was made anew: offsets begin again, numbers do not, and they are what counts.
    const wanted = next > end ? records : records.filter(({ offset }) => offset >= next);
    const first = wanted[0];
    if (!first) return;
    const outcome = await this.#reader.read({ topic: topic.slice(this.#prefix.length), slot, records: wanted });
    if (this.#current(assigned)) this.#follow(assigned, outcome, first.offset, resolve);
  }

  #follow(assigned: Assigned, outcome: ReadOutcome, first: bigint, resolve: (offset: bigint) => void): void {
    assigned.failures = 0;
    assigned.next = outcome.next;
    if (outcome.next > first) resolve(outcome.next - 1n);
    else this.#seek(assigned);
    if (outcome.kind === 'pause') this.#pause(assigned, outcome.milliseconds);
    if (outcome.kind === 'stop') {
      assigned.stopped = true;
      this.#pause(assigned, undefined);
    }
  }

  /** Asks the reader where it stands, once; when it cannot say, the slot rests and is asked again with the next batch. */
  async #position(assigned: Assigned): Promise<void> {
    if (assigned.next !== undefined) return;
    assigned.asking ??= this.#ask(assigned).finally(() => (assigned.asking = undefined));
    await assigned.asking;
  }

  async #ask(assigned: Assigned): Promise<void> {
    try {
      assigned.next = (await this.#reader.from(assigned.topic.slice(this.#prefix.length), assigned.slot)) ?? 0n;
      assigned.timer = undefined;
      // Also to 0, which may be older than the log: the broker then gives its oldest, not what the group once committed.
      if (this.#current(assigned)) this.#seek(assigned);
    } catch (error) {
      this.#onError(error);
      assigned.failures += 1;
      this.#pause(assigned, backoff(assigned.failures, 200, 10_000));
    }
  }

  #current(assigned: Assigned): boolean {
    return this.#assigned.get(`${assigned.topic}/${assigned.slot}`) === assigned && !this.#ended;
  }

  #seek({ topic, slot, next }: Assigned): void {
    this.#partitions.seek({ topic, partition: slot, offset: String(next ?? 0n) });
  }

  #resume(assigned: Assigned): void {
    if (this.#current(assigned) && !assigned.stopped)
      this.#partitions.resume([{ topic: assigned.topic, partitions: [assigned.slot] }]);
  }

  #pause(assigned: Assigned, milliseconds: number | undefined): void {
    if (!this.#current(assigned)) return;
    this.#partitions.pause([{ topic: assigned.topic, partitions: [assigned.slot] }]);
    if (milliseconds !== undefined) assigned.timer = setTimeout(() => this.#resume(assigned), milliseconds);
  }
}
