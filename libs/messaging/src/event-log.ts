/** One event on its way: numbered by its producer's relay, unread by the log. */
export interface LogRecord {
  /** Counts the events of (topic, slot) from 1 within one incarnation, without a gap. 0 where the log could not read one. */
  readonly number: number;
  /** The life of the producer's database in which the number was given; a restore begins another. */
  readonly incarnation: string;
  /** The event's id. */
  readonly id: string;
  /** JSON of the envelope. */
  readonly value: string;
}

export interface StoredRecord extends LogRecord {
  /** Where the log keeps it; grows within (topic, slot), holes are allowed. */
  readonly offset: bigint;
  /** When it was appended, machine time; absent where the log does not know. */
  readonly at?: Date;
  /** What was appended, where it was not UTF-8: `value` shows it with replacement characters. */
  readonly raw?: Uint8Array;
}

/** What a log hands a reader: records of one slot, in order. */
export interface SlotBatch {
  readonly topic: string;
  readonly slot: number;
  readonly records: readonly StoredRecord[];
}

/**
 * What a reader answers to a batch: `next` is the offset it wants next (what it did not handle is delivered again).
 * `pause` waits that many milliseconds first; `stop` delivers nothing more of the slot until `resume`.
 */
export type ReadOutcome =
  | { readonly kind: 'go-on'; readonly next: bigint }
  | { readonly kind: 'pause'; readonly next: bigint; readonly milliseconds: number }
  | { readonly kind: 'stop'; readonly next: bigint };

/** The other side of a subscription. Neither function may throw for what a record holds. */
export interface SlotReader {
  /** First offset still wanted, asked at every assignment; undefined: from the oldest the log keeps. */
  from(topic: string, slot: number): Promise<bigint | undefined>;
  /** Never called twice at a time for one slot. */
  read(batch: SlotBatch): Promise<ReadOutcome>;
}

export interface Subscription {
  /** Delivers a stopped slot again, from the reader's own position. */
  resume(topic: string, slot: number): Promise<void>;
  /** False when the log has not been heard from for so long that a restart is the cure. */
  alive(): boolean;
  /** Resolves when no `read` runs any more. */
  stop(): Promise<void>;
}

/** An ordered, durable, partitioned log. It may deliver twice and lose; it never reorders what one append wrote. */
export interface EventLog {
  /** Makes what is missing, with the log's number of slots. @throws Fault `invalid` when a topic has another number of slots */
  ensureTopics(topics: readonly string[]): Promise<void>;
  /** Durable when it resolves, in order. @throws Fault `unavailable`; then some of it may have been written */
  append(topic: string, slot: number, records: readonly LogRecord[]): Promise<void>;
  /** One reader of each (group, topic, slot) at a time, as far as the log can tell. */
  subscribe(group: string, topics: readonly string[], reader: SlotReader): Promise<Subscription>;
  /** The offset after the last record, by slot, now; a slot that was never written may be absent or 0. */
  ends(topic: string): Promise<ReadonlyMap<number, bigint>>;
  close(): Promise<void>;
}
