/** How often a waiter looks by itself: the net under `wake`. */
const LOOK_EVERY_MS = 100;

/** Long polls on one condition: looked at again at each `wake`, and now and then without one. */
export class Waiters {
  readonly #sleepers = new Set<() => void>();

  wake(): void {
    for (const sleeper of [...this.#sleepers]) sleeper();
  }

  /** The first defined answer of `look`, or undefined when `waitMs` have passed without one. `look` is told whether a wake called it. */
  async until<Answer>(
    waitMs: number,
    look: (woken: boolean) => Promise<Answer | undefined>,
  ): Promise<Answer | undefined> {
    const deadline = performance.now() + waitMs;
    for (let called = false; ;) {
      let woken = false;
      let rouse = (): void => undefined;
      const wakeUp = (): void => {
        woken = true;
        rouse();
      };
      this.#sleepers.add(wakeUp);
      try {
        const answer = await look(called);
        const left = deadline - performance.now();
        if (answer !== undefined || left <= 0) return answer;
        if (!woken)
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, Math.min(left, LOOK_EVERY_MS));
            rouse = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        called = woken;
      } finally {
        this.#sleepers.delete(wakeUp);
      }
    }
  }
}
