import type { TenantId } from '@lethe/kernel';

/** What is waited for: news of one request, or of anything the tenant is told. */
export interface WaitedFor {
  readonly tenant: TenantId;
  readonly request?: string;
}

/** Long polls of this process: woken by every commit that changes what they ask; polling is the net. */
export class Waiting {
  private readonly waiters = new Map<() => void, WaitedFor>();

  /** Something has changed about this request, or about no one request. */
  wake(tenant: TenantId, request?: string): void {
    for (const [waiter, about] of this.waiters)
      if (about.tenant === tenant && (about.request === undefined || about.request === request)) waiter();
  }

  /** Reads until `read` gives something, `waitMs` of machine time are over, or the caller has gone; then what was read last. */
  async until<Found>(
    about: WaitedFor,
    waitMs: number,
    gone: AbortSignal | undefined,
    read: () => Promise<{ readonly found: Found; readonly enough: boolean }>,
  ): Promise<Found> {
    const end = performance.now() + waitMs;
    for (;;) {
      const { found, enough } = await read();
      const left = end - performance.now();
      if (enough || left <= 0 || gone?.aborted === true) return found;
      await this.next(about, Math.min(left, 500));
    }
  }

  private next(about: WaitedFor, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.waiters.set(done, about);
    });
  }
}
