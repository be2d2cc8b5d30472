import type { TenantId } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { Injectable } from '@nestjs/common';
import type { BackupsService } from './backups.service.ts';
import type { CatalogueService } from './catalogue.service.ts';
import type { EndsService } from './ends.service.ts';
import type { FindingsService } from './findings.service.ts';
import type { RestoresService } from './restores.service.ts';
import type { Ordered, RetentionService } from './retention.service.ts';

/** Milliseconds of machine time from one round to the next, unless the installation says another. */
const SWEEP_EVERY_MS = 60 * 60_000;
/** How long a sweep waits until all has been heard that collection had told. Machine milliseconds. */
const HEARD_WITHIN_MS = 5_000;
/** How soon a sweep that was behind is tried again, and how long a round goes by one look. Machine milliseconds. */
const AGAIN_MS = 5_000;

export interface Swept {
  readonly ordered: Ordered['ordered'];
  /** `behind`: not all has been heard that collection has told, or it does not answer. */
  readonly stopped?: Ordered['stopped'] | 'behind';
  readonly backupsPurged: number;
}

/** Door clock: each round, in any number of replicas, what is due is ordered and what has reached its date is purged. */
@Injectable()
export class RetentionSweep {
  /** Tenants asked to be swept soon, and the work on them. */
  readonly #soon = new Set<TenantId>();
  #running: Promise<void> | undefined;
  /** Orders over all tenants, and what follows from them; undefined between two. */
  #round: Promise<void> | undefined;
  #after: Promise<void> | undefined;
  /** Tenants of which nothing was ordered by itself because too little had been heard. */
  readonly #behind = new Set<TenantId>();
  #again: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly work: {
      readonly retention: RetentionService;
      readonly backups: BackupsService;
      readonly catalogue: CatalogueService;
      readonly restores: RestoresService;
      readonly findings: FindingsService;
      readonly ends: EndsService;
    },
  ) {}

  /** Milliseconds of machine time from one round to the next. */
  get everyMs(): number {
    return this.context.config.sweepEveryMs ?? SWEEP_EVERY_MS;
  }

  /** What fell due while nothing ran does not wait for the next round. */
  start(): void {
    void this.tick();
  }

  /**
   * A round over all tenants. One that is under way when the next is due is that one, too. Orders come first and wait for no
   * store of backups: what one takes long to move, or never answers, keeps nothing past its date.
   */
  tick(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#round ??= this.orderAll().finally(() => {
      this.#round = undefined;
      this.#after ??= this.eachTenant((tenant, now) => this.follow(tenant, now)).finally(
        () => (this.#after = undefined),
      );
    });
    return this.#round;
  }

  private orderAll(): Promise<void> {
    let look: { readonly at: number; readonly heard: boolean } | undefined;
    return this.eachTenant(async (tenant, now) => {
      // One look for many tenants, and none that is old.
      if (look === undefined || performance.now() - look.at >= AGAIN_MS)
        look = { heard: await this.heard(), at: performance.now() };
      const { stopped } = await this.order(tenant, now, look.heard);
      if (stopped === 'behind') this.later(tenant);
    });
  }

  /** One tenant's trouble never keeps another's data past its date. */
  private async eachTenant(work: (tenant: TenantId, now: Date) => Promise<unknown>): Promise<void> {
    const { packs, clock } = this.context;
    const tenants = await packs.tenants().catch(() => []);
    for (const { tenant } of tenants) {
      if (this.#stopped) return;
      await work(tenant, clock.machineNow()).catch(() => this.failed(tenant));
    }
  }

  /**
   * Collection destroys what it has, not what is counted here: what it has told and is not counted yet may be more than the
   * breaker would let go (I21). So nothing is ordered before all has been heard that collection had told when it was asked.
   */
  private heard(): Promise<boolean> {
    return this.context.abreast('collection', HEARD_WITHIN_MS).catch(() => false);
  }

  /** Is swept as soon as enough has been heard; that is looked for every few seconds, once for all. */
  private later(tenant: TenantId): void {
    if (this.#behind.size === 0)
      this.context.logger.warn(
        { code: 'retention/behind' },
        'nothing is ordered before all is heard that collection has told; it is looked for again in seconds',
      );
    this.#behind.add(tenant);
    this.lookAgain();
  }

  private lookAgain(): void {
    if (this.#stopped) return;
    this.#again ??= setTimeout(() => {
      void this.heard().then((heard) => {
        this.#again = undefined;
        if (!heard) return this.lookAgain();
        const waited = [...this.#behind];
        this.#behind.clear();
        for (const tenant of waited) this.soon(tenant);
      });
    }, AGAIN_MS).unref();
  }

  /** Sweeps a tenant as soon as may be, once for all who ask meanwhile: one that has ended waits for no round. */
  soon(tenant: TenantId): void {
    if (this.#stopped) return;
    this.#soon.add(tenant);
    this.#running ??= this.drain().finally(() => (this.#running = undefined));
  }

  /** Resolves when the round that is under way has ended, and no sweep that was asked for is. */
  async idle(): Promise<void> {
    await this.#round;
    await this.#after;
    await this.#running;
  }

  /** Resolves when all is idle; none is begun after. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#again);
    await this.idle();
  }

  private async drain(): Promise<void> {
    await Promise.resolve();
    for (const tenant of this.#soon) {
      this.#soon.delete(tenant);
      if (this.#stopped) return;
      await this.sweepTenant(tenant, this.context.clock.machineNow()).then(
        ({ stopped }) => stopped === 'behind' && this.later(tenant),
        () => this.failed(tenant),
      );
    }
  }

  private failed(tenant: TenantId): void {
    this.context.logger.error(
      { tenant, code: 'retention/sweep-failed' },
      'a sweep stopped; the next one goes on from there',
    );
  }

  /** @param now machine time */
  async sweepTenant(tenant: TenantId, now: Date): Promise<Swept> {
    const orders = await this.order(tenant, now, await this.heard());
    return { ...orders, backupsPurged: await this.follow(tenant, now) };
  }

  private async order(tenant: TenantId, now: Date, heard: boolean): Promise<Omit<Swept, 'backupsPurged'>> {
    await this.context.standsFirm();
    return heard ? this.work.retention.sweep(tenant, now) : { ordered: [], stopped: 'behind' };
  }

  /** What is left to do of backups, ends, findings and restores. @returns how many purges were ordered */
  private async follow(tenant: TenantId, now: Date): Promise<number> {
    await this.context.standsFirm();
    const { backups, catalogue, restores, findings, ends } = this.work;
    await backups.moveIsolated(tenant, now);
    await backups.removeLate(tenant);
    const backupsPurged = await backups.purgeDue(tenant, now);
    await catalogue.state(tenant, now);
    await ends.reach(tenant, now);
    await findings.look(tenant, now);
    await restores.resume(tenant);
    return backupsPurged;
  }
}
