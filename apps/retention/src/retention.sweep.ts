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

export interface Swept extends Ordered {
  readonly backupsPurged: number;
}

/** Door clock: each round, in any number of replicas, what is due is ordered and what has reached its date is purged. */
@Injectable()
export class RetentionSweep {
  /** Tenants asked to be swept soon, and the work on them. */
  readonly #soon = new Set<TenantId>();
  #running: Promise<void> | undefined;
  /** Over all tenants; undefined between two. */
  #round: Promise<void> | undefined;
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

  /** A round over all tenants. One that is under way when the next is due is that one, too. */
  tick(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#round ??= this.sweepAll().finally(() => (this.#round = undefined));
    return this.#round;
  }

  /** One tenant's trouble never keeps another's data past its date. */
  private async sweepAll(): Promise<void> {
    const { packs, clock } = this.context;
    const tenants = await packs.tenants().catch(() => []);
    for (const { tenant } of tenants) {
      await this.sweepTenant(tenant, clock.machineNow()).catch(() => this.failed(tenant));
    }
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
    await this.#running;
  }

  /** Resolves when all is idle; none is begun after. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.idle();
  }

  private async drain(): Promise<void> {
    await Promise.resolve();
    for (const tenant of this.#soon) {
      this.#soon.delete(tenant);
      if (this.#stopped) return;
      await this.sweepTenant(tenant, this.context.clock.machineNow()).catch(() => this.failed(tenant));
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
    await this.context.standsFirm();
    const { retention, backups, catalogue, restores, findings, ends } = this.work;
    const orders = await retention.sweep(tenant, now);
    await backups.moveIsolated(tenant, now);
    await backups.removeLate(tenant);
    const backupsPurged = await backups.purgeDue(tenant, now);
    await catalogue.state(tenant, now);
    await ends.reach(tenant, now);
    await findings.look(tenant, now);
    await restores.resume(tenant);
    return { ...orders, backupsPurged };
  }
}
