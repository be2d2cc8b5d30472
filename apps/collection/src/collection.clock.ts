import type { Background } from './background.ts';
import type { Epochs } from './epochs.ts';
import type { Room } from './room.ts';

/** The net under the wake-ups: how often every tenant is looked at, milliseconds of machine time. */
const ROUND_EVERY_MS = 10_000;
const PRUNE_EVERY_MS = 3_600_000;
const EPOCH_EVERY_MS = 86_400_000;
const INDEX_EVERY_MS = 30 * EPOCH_EVERY_MS;

/** Door clock: background rows, pruning, and the daily end of a key epoch. */
export class CollectionClock {
  private timers: NodeJS.Timeout[] = [];
  private beat: Promise<void> = Promise.resolve();

  constructor(
    private readonly room: Room,
    private readonly background: Background,
    private readonly epochs: Epochs,
  ) {}

  async start(): Promise<void> {
    await this.background.wakeAll();
    this.every(ROUND_EVERY_MS, () => this.background.wakeAll());
    this.every(PRUNE_EVERY_MS, () => this.prune());
    this.every(EPOCH_EVERY_MS, () => this.rotate());
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    await this.beat;
    await this.background.stop();
  }

  private every(milliseconds: number, work: () => Promise<void>): void {
    const tick = () => {
      this.beat = this.beat.then(work).catch(() => {
        this.room.context.logger.error(
          { code: 'collection/clock' },
          'timed work failed; it is tried again at its next time',
        );
      });
    };
    this.timers.push(setInterval(tick, milliseconds).unref());
  }

  private async prune(): Promise<void> {
    for (const { tenant } of await this.room.context.packs.tenants()) await this.background.prune(tenant);
  }

  private async rotate(): Promise<void> {
    const now = this.room.context.clock.machineNow();
    await this.epochs.rotate(now);
    if (now.getTime() % INDEX_EVERY_MS < EPOCH_EVERY_MS) await this.room.keyring.rebuildIndex();
  }
}
