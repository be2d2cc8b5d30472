import { AsyncLocalStorage } from 'node:async_hooks';

/** After so many turns of the loop of events in which nothing went on, nothing does. */
const STILL = 2;

interface Turn {
  active: boolean;
  /** It has claimed something for longer than a turn. */
  claims: boolean;
  /** Others have their turns before it ends. */
  readonly aside: () => void;
  /** What it does to end is counted again. */
  readonly back: () => void;
}

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
  readonly #turn = new AsyncLocalStorage<Turn>();
  readonly #bySteps = new AsyncLocalStorage<true>();
  /** Work that waits until a step lets it go on, in the order in which it came there, and whose it is. */
  readonly #held: { readonly owner: object; readonly go: () => void }[] = [];
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
          this.#queue.push(
            () =>
              new Promise((done) => {
                let isAside = false;
                const over = (): void => void (turn.active = false);
                const turn: Turn = {
                  ...{ active: true, claims: false },
                  aside: () => {
                    over();
                    isAside = true;
                    this.#busy -= 1;
                    this.#wake();
                    done();
                  },
                  back: () => {
                    if (isAside) this.#busy += 1;
                    isAside = false;
                  },
                };
                void this.#turn
                  .run(turn, async () => work(over))
                  .finally(turn.back)
                  .then(resolve, reject)
                  .then(() => (over(), done()));
              }),
          );
          if (!this.#pumping) void this.#pump();
        }),
    );
  }

  /** Work that goes on by steps: before whatever takes a turn it waits for the next one. */
  bySteps<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#bySteps.run(true, work);
  }

  /** The turn has claimed something that it keeps for as long as its work takes. */
  claims(): void {
    const turn = this.#turn.getStore();
    if (turn !== undefined) turn.claims = true;
  }

  /** The work for which the turn has let others go before is done. */
  back(): void {
    this.#turn.getStore()?.back();
  }

  /** Resolves when this may take a turn. @param owner who ends with it what waits here */
  async may(owner: object): Promise<void> {
    if (this.#bySteps.getStore() === undefined) return;
    const turn = this.#turn.getStore();
    if (turn?.active === true) {
      if (!turn.claims) return;
      turn.aside();
    }
    await new Promise<void>((go) => this.#held.push({ owner, go }));
  }

  /** Whether something waits for a step. */
  get waits(): boolean {
    return this.#held.length > 0;
  }

  /** What has waited longest takes its turn. */
  goOn(): void {
    this.#held.shift()?.go();
  }

  /** Whose end it is waits for nothing any more. */
  leave(owner: object): void {
    for (const one of this.#held.filter((held) => held.owner === owner)) {
      this.#held.splice(this.#held.indexOf(one), 1);
      one.go();
    }
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
