import type { Day, TenantId } from '@lethe/kernel';
import { Disposing } from './disposing.ts';
import { Extensions } from './extensions.ts';
import { Keeping } from './keeping.ts';
import { momentOf, type Moment, type Room } from './room.ts';
import { Shredding } from './shredding.ts';
import { Matters } from './matters.ts';
import { DisposalStore } from './store/disposal.store.ts';
import { IntakeStore } from './store/intake.store.ts';
import { claim } from './store/locks.ts';
import { TenantEnds } from './tenant-ends.ts';

/** How long an idempotency key is remembered, days of machine time. */
const REMEMBER_DAYS = 30;

/** A tenant in which nothing was open is asked only that, for this long: the round is a net, not a second path. Milliseconds of machine time. */
const TRUST_MS = 600_000;

/** Of so many turns one is for rows that are left, or for the round, whoever was woken. */
const LEFT_SHARE = 4;
const ROUND_SHARE = 16;
/** Tenants worked on at once, each with two connections at most. */
const LANES = 3;

/**
 * What goes on behind the doors, tenant by tenant: keys die first, rows follow. Woken by commits; a slow round over all
 * tenants is the net. Any number of replicas may run it: each step is claimed, and repeating it changes nothing.
 *
 * Who was woken comes before what is left of anybody's rows, and both before the round: how soon a tenant's keys die depends
 * neither on how many others there are nor on how much of theirs goes. Rows and the round have a share all the same, or they
 * would wait for as long as somebody is woken.
 */
export class Background {
  private readonly disposing: Disposing;
  private readonly shredding: Shredding;
  private readonly ends: TenantEnds;
  private readonly matters: Matters;
  private readonly extensions: Extensions;
  private readonly keeping: Keeping;
  /** Under which versions a tenant's matters have been looked at, by this process. */
  private readonly looked = new Map<TenantId, string>();
  private readonly woken = new Set<TenantId>();
  /** Whose rows are not all gone yet, or whose clock was moved. */
  private readonly left = new Set<TenantId>();
  private readonly round = new Set<TenantId>();
  private readonly queues = [this.woken, this.left, this.round];
  private turn = 0;
  /** When all there was to do for a tenant had been done: its local day, and machine milliseconds. */
  private readonly done = new Map<TenantId, { readonly day: Day; readonly at: number }>();
  private readonly lanes = new Set<Promise<void>>();
  private readonly busy = new Set<TenantId>();
  private readonly failed = new Set<TenantId>();
  private stopped = false;

  constructor(private readonly room: Room) {
    this.disposing = new Disposing(room);
    this.shredding = new Shredding(room);
    this.matters = new Matters(room);
    this.ends = new TenantEnds(room, this.matters);
    this.extensions = new Extensions(room);
    this.keeping = new Keeping(room);
  }

  wake(tenant: TenantId): void {
    if (this.stopped) return;
    this.done.delete(tenant);
    this.woken.add(tenant);
    this.run();
  }

  /** Its turn comes soon, and costs one question unless its day is another now. */
  look(tenant: TenantId): void {
    if (this.stopped) return;
    this.left.add(tenant);
    this.run();
  }

  /** The round: every tenant's turn comes, after those who were woken. */
  async wakeAll(): Promise<void> {
    for (const { tenant } of await this.room.context.packs.tenants()) if (!this.stopped) this.round.add(tenant);
    this.run();
  }

  /** Tenants whose work stopped and has not been finished by a later round. */
  get unfinished(): number {
    return this.failed.size;
  }

  /** Resolves when nothing is left to do, or what is left has failed and waits for the next round. */
  async quiet(): Promise<void> {
    while (this.lanes.size > 0) await Promise.all(this.lanes);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const queue of this.queues) queue.clear();
    await this.quiet();
  }

  /** One lane more, up to all of them: whoever is woken while others are worked on need not wait for them. */
  private run(): void {
    if (this.lanes.size === LANES) return;
    if (this.lanes.size === 0) this.turn = 0;
    const lane: Promise<void> = this.drain().finally(() => this.lanes.delete(lane));
    this.lanes.add(lane);
  }

  private async drain(): Promise<void> {
    /* Later in the loop of events: the lane must be known before the first tenant is done. */
    await Promise.resolve();
    for (let tenant = this.next(); tenant !== undefined; tenant = this.next()) {
      try {
        if (!(await this.nothingToDo(tenant)) && (await this.work(tenant)) && !this.stopped) this.left.add(tenant);
        this.failed.delete(tenant);
      } catch (error) {
        this.done.delete(tenant);
        this.failed.add(tenant);
        this.room.context.logger.error(
          { tenant, code: codeOf(error) },
          'background work stopped; the next round goes on',
        );
      } finally {
        this.busy.delete(tenant);
      }
    }
  }

  private next(): TenantId | undefined {
    this.turn += 1;
    const first = this.turn % ROUND_SHARE === 0 ? this.round : this.turn % LEFT_SHARE === 0 ? this.left : this.woken;
    for (const queue of [first, ...this.queues])
      for (const tenant of queue) {
        // Its turn comes when the lane that has it is done.
        if (this.busy.has(tenant)) continue;
        for (const one of this.queues) one.delete(tenant);
        this.busy.add(tenant);
        return tenant;
      }
    return undefined;
  }

  /** Nothing was left the last time, nothing has been heard or has come with the calendar since, and nothing is open. */
  private async nothingToDo(tenant: TenantId): Promise<boolean> {
    const { machine, today } = await momentOf(this.room.context, tenant);
    const before = this.done.get(tenant);
    if (before?.day !== today || machine.getTime() - before.at >= TRUST_MS) return false;
    return !(await this.room.context.database.within(tenant, (sql) => new DisposalStore(sql, tenant).anythingOpen()));
  }

  /** Effects of every order, then a chunk of rows or of what ends by the calendar. True if more may be left. */
  private async work(tenant: TenantId): Promise<boolean> {
    const at = await momentOf(this.room.context, tenant);
    // Marked first: whoever is woken while this goes on takes the mark away again.
    this.done.set(tenant, { day: at.today, at: at.machine.getTime() });
    await this.effects(tenant);
    await this.shortened(tenant);
    const more =
      (await this.alone(tenant, 'rows', async () => {
        const people = await this.shredding.sweep(tenant);
        // Both: those of a day wait behind nobody's.
        return (await this.disposing.sweep(tenant)) || people;
      })) || (await this.alone(tenant, 'ends', () => this.endings(tenant, at)));
    if (more) this.done.delete(tenant);
    return more;
  }

  /** Once a version: what it makes go earlier by another anchor. */
  private async shortened(tenant: TenantId): Promise<void> {
    const { digest } = await this.room.context.packs.pack(tenant);
    if (this.looked.get(tenant) === digest) return;
    await this.alone(tenant, 'shortened', async () => {
      await this.matters.shortened(tenant);
      this.looked.set(tenant, digest);
      return false;
    });
  }

  private async effects(tenant: TenantId): Promise<void> {
    await this.alone(tenant, 'effects', async () => {
      await this.shredding.effect(tenant);
      await this.disposing.effect(tenant);
      return false;
    });
  }

  /** What ends: floors of restricted parts, longer periods, rows kept for a hold that has been lifted, and when no row is left, the tenant. */
  private async endings(tenant: TenantId, at: Moment): Promise<boolean> {
    const goes = await this.room.context.goesByDate(tenant);
    const more = goes && (await this.byDate(tenant, at));
    if (!more) await this.ends.work(tenant, at);
    // What waits is asked about again by the next round.
    if (!goes) this.done.delete(tenant);
    return more;
  }

  private async byDate(tenant: TenantId, at: Moment): Promise<boolean> {
    await this.extensions.over(tenant, at);
    await this.keeping.dropOver(tenant);
    const released = await this.disposing.releaseUnkept(tenant, at.today);
    return (await this.shredding.endRestrictions(tenant, at.today)) || released;
  }

  /** Forgets what was remembered for a while only and matters that are over, and folds counts together. */
  async prune(tenant: TenantId): Promise<void> {
    const { context } = this.room;
    const { machine, today } = await momentOf(context, tenant);
    const before = new Date(machine.getTime() - REMEMBER_DAYS * 86_400_000);
    // Before the dates that say of whom a matter was.
    await this.shredding.forgetEmptied(tenant);
    await context.database.within(tenant, (sql) => new IntakeStore(sql, tenant).compactCounts());
    if (!(await context.goesByDate(tenant))) return;
    for (let gone = 1; gone > 0;) {
      gone = await context.database.within(tenant, (sql) => new IntakeStore(sql, tenant).prune(before, today, 1000));
    }
    await this.matters.forgetOver(tenant);
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
