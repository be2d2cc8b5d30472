import { events, http } from '@lethe/contracts';
import { Fault, type TenantId, type Transaction } from '@lethe/kernel';
import { twoPersons, type AnswerOf, type Asked, type Caller, type ServiceContext } from '@lethe/platform';
import { takesBack } from './domain/registry.ts';
import { momentOf } from './moment.ts';
import type { SagaRunner } from './saga.runner.ts';
import { ClosingStore } from './store/closing.store.ts';
import { RegistryStore, type Registered } from './store/registry.store.ts';

/** What stands in the registry concerns no one person: one slot carries it in order. */
const REGISTRY_SLOT = 0;

/** The platform's stores that take part. Retention addresses disposals to them and is told of each. */
export class RegistryService {
  private told = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly runner: Pick<SagaRunner, 'pokeAfter'>,
  ) {}

  /**
   * Registering again what stands there already changes nothing; a store that had left takes part again. No store takes back by
   * itself what it holds: nobody would ask it for that any more.
   * @throws Fault `conflict` for the name of a service, and for fewer classes than the store took part in before two persons said
   * that it left
   */
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
      const registry = new RegistryStore(sql, tenant);
      const known = await registry.lockOne(body.participant);
      if (known !== undefined && known.left?.closed === undefined && takesBack(known.classes, body.classes))
        throw new Fault(
          'conflict',
          'erasure/fewer-classes',
          'the store takes part in more than that: let an officer say that it has left, and another close it, before it registers anew',
          'classes',
        );
      const registered = await registry.register(body.participant, body.classes, caller.sub, legal);
      if (registered.changed) await this.tell(sql, tenant, registered);
      return registered;
    });
    return { participant: body.participant, registryVersion };
  }

  /**
   * A store takes part no more. What it has not answered stays as it is: late, and found. Said again it changes nothing.
   * @throws Fault `missing` for a store that is not registered
   */
  async leave(
    caller: Caller,
    participant: string,
    because: Asked<typeof http.LeaveParticipant>['body']['because'],
  ): Promise<AnswerOf<typeof http.LeaveParticipant>> {
    const { tenant, sub } = caller;
    const { legal } = await momentOf(this.context, tenant);
    return this.context.database.within(tenant, async (sql) => {
      const left = await new RegistryStore(sql, tenant).leave(participant, { because, by: sub, at: legal });
      if (!left) throw notRegistered();
      if (left.changed) await this.tell(sql, tenant, left);
      return { participant, registryVersion: left.registryVersion, leftAt: left.left.at.toISOString() };
    });
  }

  /**
   * Closes what a store that has left had not answered, so that nobody waits for it: here at once, in retention as it hears of
   * it. Asked again it closes what has come to light since.
   * @throws Fault `missing` for a store that is not registered; `conflict` for one that takes part, or for the platform itself,
   * which is asked where no store is; `forbidden` for whoever said that it left
   */
  async close(caller: Caller, participant: string): Promise<AnswerOf<typeof http.CloseParticipant>> {
    const { tenant, sub } = caller;
    if (participant === http.UNNAMED_PARTICIPANT)
      throw new Fault(
        'conflict',
        'erasure/platform-answers',
        'what no store has registered for is asked of the platform itself, and it can answer',
        'participant',
      );
    const { legal } = await momentOf(this.context, tenant);
    return this.context.database.within(tenant, async (sql) => {
      const registry = new RegistryStore(sql, tenant);
      const known = await registry.find(participant);
      if (!known) throw notRegistered();
      if (!known.left)
        throw new Fault(
          'conflict',
          'erasure/takes-part',
          'the store takes part: say first that it has left',
          'participant',
        );
      twoPersons(known.left.by, caller);
      const closing = { because: known.left.because, by: sub, at: legal };
      const store = new ClosingStore(sql, tenant);
      const requests = await store.requests(participant, closing);
      const withdrawals = await store.withdrawals(participant, closing);
      await registry.close(participant, sub, legal);
      await this.tell(sql, tenant, { ...known, left: { ...known.left, closed: { by: sub, at: legal } } });
      for (const request of requests) this.runner.pokeAfter(sql, tenant, request);
      return {
        participant,
        erasures: requests.length,
        withdrawals: withdrawals.length,
        closedAt: legal.toISOString(),
      };
    });
  }

  async list(tenant: TenantId): Promise<AnswerOf<typeof http.Participants>> {
    const all = await this.context.database.within(tenant, (sql) => new RegistryStore(sql, tenant).all());
    return {
      participants: all.map(({ classes, registeredAt, left, ...one }) => ({
        ...one,
        classes: [...classes],
        registeredAt: registeredAt.toISOString(),
        ...(left && {
          left: {
            because: left.because,
            by: left.by,
            at: left.at.toISOString(),
            ...(left.closed && { closed: { by: left.closed.by, at: left.closed.at.toISOString() } }),
          },
        }),
      })),
    };
  }

  /** Tells once in the life of a process who is registered: a store from before anyone was told, or that a restore forgot. */
  async tellAll(): Promise<void> {
    if (this.told) return;
    for (const { tenant } of await this.context.packs.tenants()) await this.state(tenant);
    this.told = true;
  }

  /** Who takes part, and who has left, for who missed it. The id of the last event. */
  state(tenant: TenantId): Promise<string | undefined> {
    return this.context.database.within(tenant, async (sql) => {
      let last: string | undefined;
      for (const one of await new RegistryStore(sql, tenant).all()) last = await this.tell(sql, tenant, one);
      return last;
    });
  }

  private tell(sql: Transaction, tenant: TenantId, one: Registered): Promise<string> {
    const { participant, classes, registryVersion, left } = one;
    const now = this.context.clock.machineNow();
    const about = { tenant, slot: REGISTRY_SLOT, now };
    const at = now.toISOString();
    return left === undefined
      ? this.context.outbox.announce(sql, events.ParticipantRegisteredV1, about, {
          participant,
          classes: [...classes],
          registryVersion,
          at,
        })
      : this.context.outbox.announce(sql, events.ParticipantLeftV1, about, {
          participant,
          because: left.because,
          closed: left.closed !== undefined,
          registryVersion,
          at,
        });
  }
}

const notRegistered = (): Fault =>
  new Fault('missing', 'erasure/no-such-participant', 'no such store is registered', 'participant');
