import type { TenantId } from '@lethe/kernel';
import { Disposing } from './disposing.ts';
import type { Room } from './room.ts';
import { momentOf } from './room.ts';
import { Shredding } from './shredding.ts';
import { IntakeStore } from './store/intake.store.ts';
import { claim } from './store/locks.ts';

/** How long an idempotency key is remembered, days of machine time. */
const REMEMBER_DAYS = 30;

/**
 * What goes on behind the doors, tenant by tenant: keys die first, rows follow. Woken by commits; a slow round over all
 * tenants is the net. Any number of replicas may run it: each step is claimed, and repeating it changes nothing.
 */
export class Background {
  private readonly disposing: Disposing;
  private readonly shredding: Shredding;
  private readonly woken = new Set<TenantId>();
  private running: Promise<void> | undefined;
  private readonly failed = new Set<TenantId>();
  private stopped = false;

  constructor(private readonly room: Room) {
    this.disposing = new Disposing(room);
    this.shredding = new Shredding(room);
  }

  wake(tenant: TenantId): void {
    if (this.stopped) return;
    this.woken.add(tenant);
    this.running ??= this.drain().finally(() => (this.running = undefined));
  }

  /** Wakes every tenant: after a start, and now and then, whatever was missed. */
  async wakeAll(): Promise<void> {
    for (const { tenant } of await this.room.context.packs.tenants()) this.wake(tenant);
  }

  /** Tenants whose work stopped and has not been finished by a later round. */
  get unfinished(): number {
    return this.failed.size;
  }

  /** Resolves when nothing is left to do, or what is left has failed and waits for the next round. */
  async quiet(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.woken.clear();
    await this.quiet();
  }

  private async drain(): Promise<void> {
    /* Later in the loop of events: `running` must be set before the first tenant is done. */
    await Promise.resolve();
    for (const tenant of this.woken) {
      this.woken.delete(tenant);
      try {
        await this.work(tenant);
        this.failed.delete(tenant);
      } catch (error) {
        this.failed.add(tenant);
        this.room.context.logger.error(
          { tenant, code: codeOf(error) },
          'background work stopped; the next round goes on',
        );
      }
    }
  }

  /** All there is to do for one tenant now. Effects of every order come before the rows of any. */
  async work(tenant: TenantId): Promise<void> {
    await this.effects(tenant);
    for (let more = true; more && !this.stopped;) {
      more = await this.alone(tenant, 'rows', async () => {
        const rows = (await this.shredding.sweep(tenant)) || (await this.disposing.sweep(tenant));
        await this.effects(tenant);
        return rows;
      });
    }
    await this.alone(tenant, 'ends', () => this.endings(tenant));
  }

  private async effects(tenant: TenantId): Promise<void> {
    await this.alone(tenant, 'effects', async () => {
      await this.shredding.effect(tenant);
      await this.disposing.effect(tenant);
      return false;
    });
  }

  /** What ends by the calendar: floors of restricted parts, rows that were kept for a hold that has been lifted. */
  async endings(tenant: TenantId): Promise<boolean> {
    const { today } = await momentOf(this.room.context, tenant);
    while (await this.disposing.releaseUnkept(tenant, today));
    while (await this.shredding.endRestrictions(tenant, today));
    return false;
  }

  /** Forgets what was remembered for a while only, and folds counts together. */
  async prune(tenant: TenantId): Promise<void> {
    const { context } = this.room;
    const { machine, today } = await momentOf(context, tenant);
    const before = new Date(machine.getTime() - REMEMBER_DAYS * 86_400_000);
    for (let gone = 1; gone > 0;) {
      gone = await context.database.within(tenant, (sql) => new IntakeStore(sql, tenant).prune(before, today, 1000));
    }
    await context.database.within(tenant, (sql) => new IntakeStore(sql, tenant).compactCounts());
  }

  /** One replica at a time; what another is doing need not be done twice. */
  private async alone(tenant: TenantId, work: string, does: () => Promise<boolean>): Promise<boolean> {
    return this.room.context.database.within(tenant, async (sql) =>
      (await claim(sql, tenant, work)) ? does() : false,
    );
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : error instanceof Error
      ? error.name
      : 'unknown';
