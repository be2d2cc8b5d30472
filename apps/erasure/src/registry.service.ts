import { events, type http } from '@lethe/contracts';
import { Fault, type TenantId, type Transaction } from '@lethe/kernel';
import type { AnswerOf, Asked, Caller, ServiceContext } from '@lethe/platform';
import { momentOf } from './moment.ts';
import { RegistryStore, type Registered } from './store/registry.store.ts';

/** What stands in the registry concerns no one person: one slot carries it in order. */
const REGISTRY_SLOT = 0;

/** The platform's stores that take part. Retention addresses disposals to them and is told of each. */
export class RegistryService {
  private told = false;

  constructor(private readonly context: ServiceContext) {}

  /** Registering again what stands there already changes nothing. @throws Fault `conflict` for the name of a service */
  async register(
    caller: Caller,
    body: Asked<typeof http.RegisterParticipant>['body'],
  ): Promise<AnswerOf<typeof http.RegisterParticipant>> {
    const { tenant } = caller;
    if (['collection', 'consent', 'retention', 'erasure', 'disclosure'].includes(body.participant)) {
      throw new Fault('conflict', 'erasure/name-taken', 'a service of Lethe has this name', 'participant');
    }
    const { legal } = await momentOf(this.context, tenant);
    const { registryVersion } = await this.context.database.within(tenant, async (sql) => {
      const registered = await new RegistryStore(sql, tenant).register(
        body.participant,
        body.classes,
        caller.sub,
        legal,
      );
      if (registered.changed) await this.tell(sql, tenant, registered);
      return registered;
    });
    return { participant: body.participant, registryVersion };
  }

  /** Tells once in the life of a process who is registered: a store from before anyone was told, or that a restore forgot. */
  async tellAll(): Promise<void> {
    if (this.told) return;
    for (const { tenant } of await this.context.packs.tenants())
      await this.context.database.within(tenant, async (sql) => {
        for (const one of await new RegistryStore(sql, tenant).all()) await this.tell(sql, tenant, one);
      });
    this.told = true;
  }

  private async tell(sql: Transaction, tenant: TenantId, { participant, classes, registryVersion }: Registered) {
    const now = this.context.clock.machineNow();
    await this.context.outbox.announce(
      sql,
      events.ParticipantRegisteredV1,
      { tenant, slot: REGISTRY_SLOT, now },
      { participant, classes: [...classes], registryVersion, at: now.toISOString() },
    );
  }
}
