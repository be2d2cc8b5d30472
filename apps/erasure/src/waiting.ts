/** Long polls of this process: woken by every commit that changes what can be asked; polling is the net. */
export class Waiting {
  private readonly waiters = new Set<() => void>();

  wake(): void {
    for (const waiter of this.waiters) waiter();
    this.waiters.clear();
  }

  /** Reads until `read` gives something, `waitMs` of machine time are over, or the caller has gone; then what was read last. */
  async until<Found>(
    waitMs: number,
    gone: AbortSignal | undefined,
    read: () => Promise<{ readonly found: Found; readonly enough: boolean }>,
  ): Promise<Found> {
    const end = performance.now() + waitMs;
    for (;;) {
      const { found, enough } = await read();
      const left = end - performance.now();
      if (enough || left <= 0 || gone?.aborted === true) return found;
      await this.next(Math.min(left, 500));
    }
  }

  private next(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.waiters.add(done);
    });
  }
}
