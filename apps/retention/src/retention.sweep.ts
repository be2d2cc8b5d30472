import type { TenantId } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { BackupsService } from './backups.service.ts';
import type { RetentionService } from './retention.service.ts';

/** Milliseconds of machine time. */
export const SWEEP_EVERY_MS = 60 * 60_000;

export interface Swept {
  readonly ordered: readonly string[];
  readonly backupsPurged: number;
}

/** Door clock: each hour, in any number of replicas, what is due is ordered and what has reached its date is purged. */
@Injectable()
export class RetentionSweep {
  constructor(
    private readonly context: ServiceContext,
    private readonly retention: RetentionService,
    private readonly backups: BackupsService,
  ) {}

  /** One tenant's trouble never keeps another's data past its date. */
  @Interval(SWEEP_EVERY_MS)
  async tick(): Promise<void> {
    const { packs, clock, logger } = this.context;
    const tenants = await packs.tenants().catch(() => []);
    for (const { tenant } of tenants) {
      await this.sweepTenant(tenant, clock.machineNow()).catch(() => {
        logger.error({ tenant, code: 'retention/sweep-failed' }, 'a sweep stopped; the next one goes on from there');
      });
    }
  }

  /** @param now machine time */
  async sweepTenant(tenant: TenantId, now: Date): Promise<Swept> {
    const ordered = await this.retention.sweep(tenant, now);
    await this.backups.moveIsolated(tenant, now);
    return { ordered, backupsPurged: await this.backups.purgeDue(tenant, now) };
  }
}
