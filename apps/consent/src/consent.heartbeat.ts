import { events } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { nextBeat } from './store/tenant.store.ts';

/** How often consent, as a lease, is renewed. Milliseconds of machine time. */
export const BEAT_EVERY_MS = 5_000;
/** The name under which facts of the installation, not of a tenant, are announced. */
const INSTALLATION = tenantId('lethe');

/** Door clock: renews the lease of consent in every slot. Any number of replicas; one of them beats. */
@Injectable()
export class ConsentHeartbeat {
  constructor(private readonly context: ServiceContext) {}

  @Interval(BEAT_EVERY_MS)
  async tick(): Promise<void> {
    await this.beat(this.context.clock.machineNow()).catch(() => {
      this.context.logger.warn({ code: 'consent/no-heartbeat' }, 'the lease of consent could not be renewed');
    });
  }

  /** Announces the next beat, unless another replica has just done so. True when it did. */
  async beat(now: Date): Promise<boolean> {
    return this.context.database.transaction(async (sql) => {
      const beat = await nextBeat(sql, now, new Date(now.getTime() - BEAT_EVERY_MS / 2));
      if (beat === undefined) return false;
      await this.context.outbox.announceEverywhere(sql, events.HeartbeatV1, { tenant: INSTALLATION, now }, { beat });
      return true;
    });
  }
}
