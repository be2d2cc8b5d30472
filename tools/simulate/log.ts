import type { EventLog, LogRecord, SlotReader, StoredRecord, Subscription } from '@lethe/messaging';

interface Reading {
  readonly topic: string;
  readonly slot: number;
  readonly reader: SlotReader;
  next: bigint;
  stopped: boolean;
}

const SERVICES = new Set(['collection', 'consent', 'retention', 'erasure']);
/** What is kept of a slot when a seed is over: enough to see how far it went. */
const KEPT = 1;

/** The log of a simulation: what is appended lies there until a step delivers it to one of the services. */
export class StepLog implements EventLog {
  readonly #slots: number;
  readonly #streams = new Map<string, StoredRecord[]>();
  readonly #ends = new Map<string, bigint>();
  readonly #readings = new Map<string, Reading>();

  constructor(slots: number) {
    this.#slots = slots;
  }

  ensureTopics(topics: readonly string[]): Promise<void> {
    void topics;
    return Promise.resolve();
  }

  append(topic: string, slot: number, records: readonly LogRecord[]): Promise<void> {
    const key = `${topic}/${String(slot)}`;
    const stream = this.records(topic, slot);
    for (const record of records) {
      const offset = this.#ends.get(key) ?? 0n;
      stream.push({ ...record, offset });
      this.#ends.set(key, offset + 1n);
    }
    return Promise.resolve();
  }

  async subscribe(group: string, topics: readonly string[], reader: SlotReader): Promise<Subscription> {
    const mine = new Map<string, Reading>();
    for (const topic of topics)
      for (let slot = 0; slot < this.#slots; slot += 1)
        mine.set(`${group} ${topic}/${String(slot)}`, {
          topic,
          slot,
          reader,
          next: await this.#first(reader, topic, slot),
          stopped: false,
        });
    if (SERVICES.has(group)) for (const [name, reading] of mine) this.#readings.set(name, reading);
    else void this.#readOn([...mine.values()]);
    return {
      resume: async (topic, slot) => {
        const reading = mine.get(`${group} ${topic}/${String(slot)}`);
        if (reading === undefined) return;
        reading.stopped = false;
        reading.next = await this.#first(reader, topic, slot);
      },
      alive: () => true,
      stop: () => {
        for (const [name, reading] of mine) {
          reading.stopped = true;
          if (this.#readings.get(name) === reading) this.#readings.delete(name);
        }
        return Promise.resolve();
      },
    };
  }

  ends(topic: string): Promise<ReadonlyMap<number, bigint>> {
    const slots = Array.from({ length: this.#slots }, (_, slot) => slot);
    return Promise.resolve(new Map(slots.map((slot) => [slot, this.#ends.get(`${topic}/${String(slot)}`) ?? 0n])));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What lies there, oldest first. */
  records(topic: string, slot: number): StoredRecord[] {
    const key = `${topic}/${String(slot)}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const stream: StoredRecord[] = [];
    this.#streams.set(key, stream);
    return stream;
  }

  /** The deliveries that could be next, by name: who, what. */
  waiting(): readonly string[] {
    return [...this.#readings]
      .filter(
        ([, { topic, slot, next, stopped }]) => !stopped && next < (this.#ends.get(`${topic}/${String(slot)}`) ?? 0n),
      )
      .map(([name]) => name)
      .sort();
  }

  /** Slots of which nothing more is delivered until somebody has looked. */
  stopped(): readonly string[] {
    return [...this.#readings].filter(([, { stopped }]) => stopped).map(([name]) => name);
  }

  /** Delivers what comes next, `most` records at once. */
  async deliver(name: string, most: number): Promise<void> {
    const reading = this.#readings.get(name);
    if (reading !== undefined) await this.#read(reading, most);
  }

  /** Delivers the last record before the reader's place once more. */
  repeat(name: string): void {
    const reading = this.#readings.get(name);
    if (reading !== undefined && this.#from(reading, reading.next - 1n, 1).length > 0) reading.next -= 1n;
  }

  /** Forgets what everyone has read. */
  trim(): void {
    for (const stream of this.#streams.values()) stream.splice(0, Math.max(0, stream.length - KEPT));
  }

  /** Where a reader begins: where it says, or with the oldest that is kept. */
  async #first(reader: SlotReader, topic: string, slot: number): Promise<bigint> {
    return (await reader.from(topic, slot)) ?? this.records(topic, slot)[0]?.offset ?? 0n;
  }

  async #readOn(readings: readonly Reading[]): Promise<void> {
    for (const reading of readings)
      while (!reading.stopped && this.#from(reading, reading.next, 1).length > 0) await this.#read(reading, 500);
  }

  async #read(reading: Reading, most: number): Promise<void> {
    const { topic, slot, reader, next } = reading;
    const records = this.#from(reading, next, most);
    if (records.length === 0) return;
    const outcome = await reader.read({ topic, slot, records });
    reading.next = outcome.next;
    if (outcome.kind === 'stop') reading.stopped = true;
  }

  #from({ topic, slot }: Reading, offset: bigint, most: number): StoredRecord[] {
    const stream = this.records(topic, slot);
    const first = stream[0]?.offset ?? 0n;
    const start = Number(offset - first);
    return start < 0 ? [] : stream.slice(start, start + most);
  }
}
