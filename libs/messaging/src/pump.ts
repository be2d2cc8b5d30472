import type { SlotReader, StoredRecord } from './event-log.ts';
import { backoff, Signal } from './signal.ts';

export interface PumpOptions {
  readonly topic: string;
  readonly slot: number;
  readonly reader: SlotReader;
  /** Records from that offset on, oldest first; none when there is nothing new. */
  readonly fetch: (from: bigint) => Promise<readonly StoredRecord[]>;
  /** Runs one step; a simulation decides when. Default: at once. */
  readonly schedule?: (step: () => Promise<void>) => Promise<void>;
  readonly onError?: (error: unknown) => void;
}

const UNTIL_WOKEN = Infinity;

/** Takes one slot of a log to one reader, in order, one batch at a time, for logs that cannot do it themselves. */
export class Pump {
  readonly #options: PumpOptions;
  readonly #signal = new Signal();
  readonly #running: Promise<void>;
  /** What is wanted next; undefined until the reader has been asked. */
  #next: bigint | undefined;
  #stopped = false;
  #ended = false;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get next(): bigint {
    return this.#next ?? 0n;
  }

  wake(): void {
    this.#signal.wake();
  }

  /** Asks the reader anew where it stands, and goes on from there. */
  resume(): void {
    this.#stopped = false;
    this.#next = undefined;
    this.#signal.wake();
  }

  /** From the oldest record the log keeps. */
  rewind(): void {
    this.#next = 0n;
    this.#signal.wake();
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#signal.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const schedule = this.#options.schedule ?? ((step) => step());
    let failures = 0;
    while (!this.#ended) {
      let rest = 0;
      await schedule(async () => {
        try {
          rest = await this.#step();
          failures = 0;
        } catch (error) {
          failures += 1;
          rest = backoff(failures, 50, 5_000);
          this.#options.onError?.(error);
        }
      });
      if (this.#ended) break;
      if (rest === UNTIL_WOKEN) await this.#signal.wait();
      else if (rest > 0) await this.#pause(rest);
    }
  }

  /** A pause is not cut short by news: only by the end or by `resume`. */
  async #pause(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    while (!this.#ended && this.#next !== undefined && performance.now() < until)
      await this.#signal.wait(until - performance.now());
    this.#signal.wake();
  }

  /** Milliseconds to rest. */
  async #step(): Promise<number> {
    const { topic, slot, reader, fetch } = this.#options;
    if (this.#stopped) return UNTIL_WOKEN;
    const next = this.#next ?? (await reader.from(topic, slot)) ?? 0n;
    this.#next = next;
    const records = await fetch(next);
    if (records.length === 0) return UNTIL_WOKEN;
    const outcome = await reader.read({ topic, slot, records });
    // A `resume` meanwhile has asked for the reader's own position.
    if (this.#next !== undefined) this.#next = outcome.next;
    if (outcome.kind === 'stop') this.#stopped = true;
    return outcome.kind === 'pause' ? outcome.milliseconds : 0;
  }
}
