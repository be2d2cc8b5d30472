import { events, TENANT_SLOT, type Envelope } from '@lethe/contracts';
import { dayOf, type Day, type TenantId, type Transaction } from '@lethe/kernel';
import { waitsOn, type ServiceContext, type Waits } from '@lethe/platform';
import { goesThrough, sweptBefore } from './domain/breaker.ts';
import { RECOVERED } from './domain/hold.ts';
import { BreakerStore } from './store/breaker.store.ts';

/** Whoever had lifted a stop that the database, as it was put back, still had. */
const RECOVERED_RELEASE = 'recovered-release';

/**
 * Tells the services that hold no breaker how far anything goes by its date: the days near the last one that was swept, and
 * nothing while an officer has stopped disposal (docs/decisions/0065).
 */
export class Clearing {
  constructor(private readonly context: Pick<ServiceContext, 'outbox' | 'clock'>) {}

  /** Tells it if it is another than was told last. Under the tenant's guard. The id of the event. @param now machine time */
  async tell(sql: Transaction, tenant: TenantId, now: Date): Promise<string | undefined> {
    const store = new BreakerStore(sql, tenant);
    const { through, stop, told } = await this.present(store);
    if (through === told.through && stop?.stop === told.stop) return undefined;
    return this.announce(sql, tenant, { through, stop }, now);
  }

  /** Tells it again, to whoever missed it. The id of the event, where there is anything to tell. @param now machine time */
  async state(sql: Transaction, tenant: TenantId, now: Date): Promise<string | undefined> {
    const { told, ...present } = await this.present(new BreakerStore(sql, tenant));
    if (present.through === undefined && present.stop === undefined && told.stop === undefined) return undefined;
    return this.announce(sql, tenant, present, now);
  }

  /** What was told before the database was put back stands again: a stop that was forgotten would keep nothing. */
  async recover(
    sql: Transaction,
    tenant: TenantId,
    { data, time }: Pick<Envelope<typeof events.DisposalClearedV1>, 'data' | 'time'>,
  ): Promise<void> {
    const store = new BreakerStore(sql, tenant);
    const { through, stop } = data;
    const present = await store.stopInForce();
    if (present !== undefined && present.stop !== stop?.stop)
      await store.liftStop(present.stop, RECOVERED_RELEASE, new Date(time));
    if (stop !== undefined && present?.stop !== stop.stop)
      await store.addStop(stop.stop, RECOVERED, RECOVERED, new Date(stop.at));
    await store.ensureGuard();
    if (through !== undefined) await store.markSeen(sweptBefore(through));
    await store.markTold(through, stop?.stop);
  }

  /**
   * Why nothing goes by its date here either, by what the other services are told: a stop, or days that the machine's clock
   * skipped. Under the tenant's guard. @param now machine time
   */
  async waits(sql: Transaction, tenant: TenantId, now: Date): Promise<Waits | undefined> {
    const { through = null, stop } = await this.present(new BreakerStore(sql, tenant));
    return waitsOn(dayOf(now, await this.context.clock.zone(tenant)), { through, stopped: stop !== undefined });
  }

  private async present(store: BreakerStore) {
    const [guard, stop] = [await store.guard(), await store.stopInForce()];
    return {
      through: guard?.sweptOn ? goesThrough(guard.sweptOn) : undefined,
      stop,
      told: { through: guard?.toldThrough ?? undefined, stop: guard?.toldStop ?? undefined },
    };
  }

  private async announce(
    sql: Transaction,
    tenant: TenantId,
    {
      through,
      stop,
    }: {
      readonly through: Day | undefined;
      readonly stop: { readonly stop: string; readonly stoppedAt: Date } | undefined;
    },
    now: Date,
  ): Promise<string> {
    await new BreakerStore(sql, tenant).markTold(through, stop?.stop);
    return this.context.outbox.announce(
      sql,
      events.DisposalClearedV1,
      { tenant, slot: TENANT_SLOT, now },
      {
        ...(through === undefined ? {} : { through }),
        ...(stop === undefined ? {} : { stop: { stop: stop.stop, at: stop.stoppedAt.toISOString() } }),
        at: now.toISOString(),
      },
    );
  }
}
