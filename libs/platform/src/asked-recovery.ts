import { within } from '@lethe/messaging';
import type { Logger } from './logger.ts';
import type { RecoveryReport } from './recovery.ts';

/** How long a proposal to recover waits for a second person. Machine milliseconds. */
const PROPOSAL_MS = 15 * 60_000;

/** What whoever asks for a recovery is told. */
export interface RecoveryAnswer {
  readonly state: 'serving' | 'proposed' | 'running' | 'recovered';
  readonly report?: RecoveryReport;
}

export interface AskedRecoveryOptions {
  /** Does it serve nobody, so that there is something to recover? */
  readonly isClosed: () => boolean;
  /** @param by the two persons who decided it */
  readonly recover: (by: readonly string[]) => Promise<RecoveryReport>;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** A recovery is decided by two persons, done once, and asked for until it is done. It lives as long as its process. */
export class AskedRecovery {
  #proposed: { readonly by: string; readonly at: number } | undefined;
  #running: Promise<RecoveryReport> | undefined;

  constructor(private readonly options: AskedRecoveryOptions) {}

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Waits up to `waitMs` for the end of it; `running`: it goes on, and whoever asks again waits for the same one.
   * @param by `iss#sub` of whoever asks: two different ones within a quarter of an hour
   * @throws whatever it failed for; nothing has changed then, and two persons ask anew
   */
  async ask(by: string, waitMs: number): Promise<RecoveryAnswer> {
    if (this.#running === undefined) {
      if (!this.options.isClosed()) return { state: 'serving' };
      const proposed = this.#proposed;
      const now = this.options.now().getTime();
      if (proposed === undefined || proposed.by === by || now - proposed.at > PROPOSAL_MS) {
        this.#proposed = { by, at: now };
        return { state: 'proposed' };
      }
      this.#running = this.#run([proposed.by, by]);
    }
    const report = await within(waitMs, this.#running);
    return report === undefined ? { state: 'running' } : { state: 'recovered', report };
  }

  async #run(by: readonly string[]): Promise<RecoveryReport> {
    try {
      return await this.options.recover(by);
    } catch (error) {
      // Whoever asked may have gone.
      this.options.logger.error({ error }, 'the recovery failed; the database serves as little as before');
      throw error;
    } finally {
      this.#proposed = undefined;
      this.#running = undefined;
    }
  }
}
