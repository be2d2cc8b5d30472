/** A wake-up that is not lost when it comes before the wait. */
export class Signal {
  #pending = false;
  #rouse: (() => void) | undefined;

  wake(): void {
    this.#pending = true;
    this.#rouse?.();
  }

  /** Resolves at once when woken since the last wait, else at the next `wake` or after `milliseconds` (absent: never by itself). */
  async wait(milliseconds?: number): Promise<void> {
    if (!this.#pending) {
      await new Promise<void>((resolve) => {
        const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
        this.#rouse = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#rouse = undefined;
    this.#pending = false;
  }
}

/** Milliseconds to wait before attempt `attempt` (from 1): doubling from `first` to `most`, the upper half at random. */
export const backoff = (attempt: number, first: number, most: number): number => {
  const whole = Math.min(most, first * 2 ** Math.min(attempt - 1, 20));
  return whole / 2 + (Math.random() * whole) / 2;
};

/** What the work comes to, or undefined where it takes longer; it goes on all the same. */
export async function within<Outcome>(milliseconds: number, work: Promise<Outcome>): Promise<Outcome | undefined> {
  let bell: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    bell = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(bell);
  }
}
