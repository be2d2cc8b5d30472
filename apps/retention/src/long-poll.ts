/** How often a waiter looks by itself: the net under `wake`, for what another replica has heard. Milliseconds. */
const LOOK_EVERY_MS = 100;

/** Answers that wait for something this service hears: looked at after each `wake`, and now and then without one. */
export class LongPoll {
  private readonly sleepers = new Set<() => void>();

  wake(): void {
    for (const rouse of [...this.sleepers]) rouse();
  }

  /** The first defined answer of `look`, or undefined when `waitMs` of machine time have passed without one. */
  async until<Answer>(waitMs: number, look: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        const rouse = (): void => {
          this.sleepers.delete(rouse);
          resolve();
        };
        this.sleepers.add(rouse);
        setTimeout(rouse, LOOK_EVERY_MS).unref();
      });
      const answer = await look();
      if (answer !== undefined || performance.now() >= deadline) return answer;
      await woken;
    }
  }
}
