import { Fault } from '@lethe/kernel';
import type { EventLog, LogRecord, SlotReader, StoredRecord, Subscription } from './event-log.ts';
import { Pump } from './pump.ts';

const BATCH = 500;

export interface MemoryEventLogOptions {
  readonly slots: number;
  /** Each delivery is one step; a simulation runs them when and in what order it likes. Default: at once. */
  readonly schedule?: (name: string, step: () => Promise<void>) => Promise<void>;
  /** Most records in one delivery. Default 500. */
  readonly batch?: number;
}

/** A log that lives as long as the process: for tests and simulation only. */
export class MemoryEventLog implements EventLog {
  readonly #options: MemoryEventLogOptions;
  readonly #streams = new Map<string, StoredRecord[]>();
  readonly #pumps = new Map<string, Set<Pump>>();
  #down = false;

  constructor(options: MemoryEventLogOptions) {
    this.#options = options;
  }

  ensureTopics(topics: readonly string[]): Promise<void> {
    void topics;
    return Promise.resolve();
  }

  append(topic: string, slot: number, records: readonly LogRecord[]): Promise<void> {
    if (this.#down) return Promise.reject(new Fault('unavailable', 'messaging/log-down', 'the log is down'));
    const stream = this.records(topic, slot);
    for (const record of records) stream.push({ ...record, offset: BigInt(stream.length) });
    for (const pump of this.#pumps.get(`${topic}/${slot}`) ?? []) pump.wake();
    return Promise.resolve();
  }

  subscribe(group: string, topics: readonly string[], reader: SlotReader): Promise<Subscription> {
    const mine = new Map<string, Pump>();
    for (const topic of topics) {
      for (let slot = 0; slot < this.#options.slots; slot += 1) {
        const key = `${topic}/${slot}`;
        const schedule = this.#options.schedule;
        const pump = new Pump({
          topic,
          slot,
          reader,
          fetch: (from) =>
            Promise.resolve(
              this.records(topic, slot).slice(Number(from), Number(from) + (this.#options.batch ?? BATCH)),
            ),
          ...(schedule ? { schedule: (step) => schedule(`${group}/${key}`, step) } : {}),
        });
        mine.set(key, pump);
        this.#pumps.set(key, (this.#pumps.get(key) ?? new Set()).add(pump));
      }
    }
    return Promise.resolve({
      resume: (topic, slot) => Promise.resolve(mine.get(`${topic}/${slot}`)?.resume()),
      alive: () => true,
      stop: async () => {
        for (const [key, pump] of mine) this.#pumps.get(key)?.delete(pump);
        await Promise.all([...mine.values()].map((pump) => pump.end()));
      },
    });
  }

  ends(topic: string): Promise<ReadonlyMap<number, bigint>> {
    return Promise.resolve(
      new Map(
        Array.from({ length: this.#options.slots }, (_, slot) => [slot, BigInt(this.records(topic, slot).length)]),
      ),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pumps.values()].flatMap((pumps) => [...pumps].map((pump) => pump.end())));
    this.#pumps.clear();
  }

  /** Everything in one slot, oldest first: for looking at, and for losing some of it. */
  records(topic: string, slot: number): StoredRecord[] {
    const key = `${topic}/${slot}`;
    const known = this.#streams.get(key);
    if (known) return known;
    const stream: StoredRecord[] = [];
    this.#streams.set(key, stream);
    return stream;
  }

  /** Refuses every append until it is up again. */
  down(down: boolean): void {
    this.#down = down;
  }
}
