import type { Background } from './background.ts';
import type { Epochs } from './epochs.ts';
import type { Room } from './room.ts';

/** The net under the wake-ups: how often every tenant is looked at, milliseconds of machine time. */
const ROUND_EVERY_MS = 10_000;
const PRUNE_EVERY_MS = 3_600_000;
/** How often it is asked whether an epoch or the index key is old enough: a process that is started anew each day must not forget it. */
const LOOK_EVERY_MS = 3_600_000;
/** How old each may grow, milliseconds of machine time. */
const EPOCH_AT_MOST_MS = 86_400_000;
const INDEX_AT_MOST_MS = 30 * EPOCH_AT_MOST_MS;

/** Door clock: background rows, pruning at the start and every hour, and the daily end of a key epoch. */
export class CollectionClock {
  private timers: NodeJS.Timeout[] = [];
  private beat: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly room: Room,
    private readonly background: Background,
    private readonly epochs: Epochs,
  ) {}

  async start(): Promise<void> {
    await this.background.wakeAll();
    this.every(ROUND_EVERY_MS, () => this.background.wakeAll());
    this.every(PRUNE_EVERY_MS, () => this.prune());
    this.every(LOOK_EVERY_MS, () => this.renew());
    // What grew too old, or came to its date, while nothing ran does not wait for the hour.
    this.next(() => this.renew());
    this.next(() => this.prune());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    await this.beat;
    await this.background.stop();
  }

  private every(milliseconds: number, work: () => Promise<void>): void {
    this.timers.push(setInterval(() => this.next(work), milliseconds).unref());
  }

  private next(work: () => Promise<void>): void {
    this.beat = this.beat.then(work).catch((error: unknown) => this.failed(error));
  }

  /** One tenant's trouble never keeps another's. */
  private async prune(): Promise<void> {
    for (const { tenant } of await this.room.context.packs.tenants()) {
      if (this.stopped) return;
      await this.background.prune(tenant).catch((error: unknown) => this.failed(error));
    }
  }

  /** Ends an epoch that is a day old, and makes the blind index anew under another key when that key is 30 days old. */
  async renew(): Promise<void> {
    const { keyring, context } = this.room;
    const { epochMs, indexMs } = await keyring.ages();
    // An epoch that cannot end while a slot is away keeps no name under an old index key.
    if (indexMs >= INDEX_AT_MOST_MS) await keyring.rebuildIndex();
    if (epochMs >= EPOCH_AT_MOST_MS) await this.epochs.rotate(context.clock.machineNow());
  }

  private failed(error: unknown): void {
    this.room.context.logger.error(
      { error, code: 'collection/clock' },
      'timed work failed; it is tried again at its next time',
    );
  }
}
