import { AsyncLocalStorage } from 'node:async_hooks';

/** After so many turns of the loop of events in which nothing went on, nothing does. */
const STILL = 2;

/**
 * What is under way in the world; nothing is when all that goes on waits for a step.
 *
 * What goes on side by side takes turns, in the order in which it came to its port: a turn is a transaction, a call of the keyring
 * or a statement of the relay, and none begins before everything has come as far as it can without one. So the order of
 * things is the seed's and not the machine's.
 */
export class Activity {
  #busy = 0;
  #outside = 0;
  #pumping = false;
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #turn = new AsyncLocalStorage<{ active: boolean }>();
  #waiters: (() => void)[] = [];

  /** Work that is neither a turn nor waits for one: files, signatures. */
  async outside<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#outside += 1;
    try {
      return await this.#during(work);
    } finally {
      this.#outside -= 1;
      this.#wake();
    }
  }

  /**
   * One at a time, and what it asks for itself is part of it.
   * @param work is given what ends the turn early: what follows from it takes turns of its own
   */
  turn<Result>(work: (over: () => void) => Promise<Result>): Promise<Result> {
    if (this.#turn.getStore()?.active === true) return work(() => undefined);
    return this.#during(
      () =>
        new Promise((resolve, reject) => {
          this.#queue.push(async () => {
            const turn = { active: true };
            const over = (): void => void (turn.active = false);
            await this.#turn.run(turn, () => work(over)).then(resolve, reject);
            over();
          });
          if (!this.#pumping) void this.#pump();
        }),
    );
  }

  /** Resolves when nothing is under way. */
  over(): Promise<void> {
    return this.#still(() => this.#busy);
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    for (;;) {
      await this.#still(() => this.#outside);
      const next = this.#queue.shift();
      if (next === undefined) break;
      await next();
    }
    this.#pumping = false;
  }

  /** Resolves when nothing of what is counted has gone on for some turns of the loop of events. */
  async #still(counted: () => number): Promise<void> {
    for (let still = 0; still < STILL;) {
      while (counted() > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      still = counted() === 0 && !files() ? still + 1 : 0;
    }
  }

  async #during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#wake();
    }
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

const files = (): boolean => process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
