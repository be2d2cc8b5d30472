import { events } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Restating } from './restating.ts';
import { claimsStatement, nextBeat } from './store/tenant.store.ts';

/** How often consent, as a lease, is renewed. Milliseconds of machine time. */
export const BEAT_EVERY_MS = 5_000;
/**
 * How often every tenant is stated, so that the event log, which reaches back seven days, always says which there are: whoever
 * loses every database knows them from there. Milliseconds of machine time.
 */
const STATE_EVERY_MS = 24 * 60 * 60_000;
/** How often it is looked whether they are due. Milliseconds of machine time. */
const STATE_LOOK_MS = 10 * 60_000;
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

  @Interval(STATE_LOOK_MS)
  async state(): Promise<void> {
    await this.stateTenants(this.context.clock.machineNow()).catch(() => {
      this.context.logger.warn({ code: 'consent/not-stated' }, 'the tenants could not be stated');
    });
  }

  /**
   * States every tenant, unless that was begun within a day. True when it did. What is broken off is done again the next day: the
   * log reaches back seven. The claim is committed first, so that no beat waits for the statement.
   */
  async stateTenants(now: Date): Promise<boolean> {
    const before = new Date(now.getTime() - STATE_EVERY_MS);
    const ours = await this.context.database.transaction((sql) => claimsStatement(sql, now, before));
    if (ours) await new Restating(this.context).stateTenants();
    return ours;
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
