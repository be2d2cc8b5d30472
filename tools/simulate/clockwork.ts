/**
 * Time of a simulation. Machine time stands, and is put forward by `advance`; timers fire then and never otherwise, so that
 * nothing happens that no step has asked for.
 */
interface Timer {
  due: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

/** Timers of pools, which mind the network and not the simulation: connecting takes 10 s at most, an idle connection stays 30 s. */
const OF_POOLS = new Set([10_000, 30_000]);

const REMEMBERED = 1_000;
/** To wait on without any work. */
const NOTHING = new Int32Array(new SharedArrayBuffer(4));

export class Clockwork {
  readonly #timers = new Map<object, Timer>();
  readonly #began = performance.now();
  readonly #base = Date.now();
  #offset = 0;
  /** From which instant of the servers' clock on machine time stood where. */
  readonly #stood: { readonly from: number; readonly at: number }[] = [];

  /** Machine time. */
  readonly now = (): Date => new Date(this.#base + this.#offset);

  /** Where machine time stood at an instant of the servers' clock, which cannot be made to stand. */
  readonly at = (instant: Date): Date => {
    const stood = this.#stood.findLast(({ from }) => from <= instant.getTime());
    return new Date(stood?.at ?? this.#base);
  };

  /** Nothing fires: what comes later is later. */
  tick(): void {
    this.#offset += 1;
  }

  /** From here on the process has these timers and no others. */
  install(): void {
    const set =
      (every: boolean) =>
      (run: (...values: unknown[]) => void, ms?: number, ...values: unknown[]) => {
        const after = Math.max(1, ms ?? 1);
        const handle = {
          ref: () => handle,
          unref: () => handle,
          hasRef: () => false,
          close: () => this.#clear(handle),
        };
        if (every || !OF_POOLS.has(after))
          this.#timers.set(handle, {
            due: this.#now() + after,
            every: every ? after : undefined,
            run: () => run(...values),
          });
        return handle;
      };
    const clear = (handle: unknown): void => this.#clear(handle);
    performance.now = () => this.#now();
    Object.assign(globalThis, {
      setTimeout: set(false),
      setInterval: set(true),
      clearTimeout: clear,
      clearInterval: clear,
    });
  }

  /** What comes round begins its round here: when it comes next does not depend on how long the world has stood. */
  begin(): void {
    for (const timer of this.#timers.values()) if (timer.every !== undefined) timer.due = this.#now() + timer.every;
  }

  /** Time passes; each timer that is due by then fires once. */
  advance(milliseconds: number): void {
    // What the servers have dated so far lies before, and what they date from here on after, a millisecond earlier included.
    const past = Date.now();
    while (Date.now() < past + 2) Atomics.wait(NOTHING, 0, 0, 1);
    this.#offset += milliseconds;
    this.#stood.push({ from: past + 1, at: this.#base + this.#offset });
    if (this.#stood.length > REMEMBERED) this.#stood.shift();
    const due = [...this.#timers].filter(([, timer]) => timer.due <= this.#now()).sort((a, b) => a[1].due - b[1].due);
    for (const [handle, timer] of due) {
      if (!this.#timers.has(handle)) continue;
      if (timer.every === undefined) this.#timers.delete(handle);
      else timer.due = this.#now() + timer.every;
      timer.run();
    }
  }

  #now(): number {
    return this.#began + this.#offset;
  }

  #clear(handle: unknown): void {
    if (typeof handle === 'object' && handle !== null) this.#timers.delete(handle);
  }
}
