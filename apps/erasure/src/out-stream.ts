import { events, onOut, outTopic, TENANT_SLOT, type EventInput } from '@lethe/contracts';
import type { Day, SubjectRef, TenantId, Transaction } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import type { Moment } from './moment.ts';
import type { Participant, Scope } from './domain/request.ts';
import { OutStore, type OutKind } from './store/out.store.ts';

type Told = EventInput<typeof events.PlatformToldV3>;

/** What the platform is told, in both of its forms: read over HTTP by long poll, and in `lethe.out.<tenant>`. */
export class OutStream {
  private readonly topics = new Set<TenantId>();

  constructor(private readonly context: Pick<ServiceContext, 'log' | 'outbox' | 'newId'>) {}

  /**
   * Told when `sql` commits; both forms carry the same item and number.
   * @throws Fault `unavailable` while a new tenant's topic cannot be made
   */
  async tell(
    sql: Transaction,
    tenant: TenantId,
    moment: Moment,
    item: {
      readonly kind: OutKind;
      readonly subject?: SubjectRef;
      readonly data: Omit<Told, 'item' | 'number' | 'kind' | 'at'>;
    },
  ): Promise<void> {
    if (!this.topics.has(tenant)) {
      await this.context.log.ensureTopics([outTopic(tenant)]);
      this.topics.add(tenant);
    }
    const id = this.context.newId();
    const { kind, subject, data } = item;
    const about = { ...(subject === undefined ? {} : { subject }) };
    const number = await new OutStore(sql, tenant).put({ id, kind, at: moment.legal, ...about, data });
    await this.context.outbox.announce(
      sql,
      onOut(events.PlatformToldV3, tenant),
      { tenant, ...(subject === undefined ? { slot: TENANT_SLOT } : { subject }), now: moment.machine },
      { item: id, number, kind, at: moment.legal.toISOString(), ...data },
    );
  }

  /** An erasure is ordered: these of the platform's stores are asked for their statements. */
  async tellOfOrder(
    sql: Transaction,
    tenant: TenantId,
    moment: Moment,
    one: { readonly request: string; readonly subject: SubjectRef; readonly deadline: Day; readonly scope?: Scope },
    stores: readonly Participant[],
  ): Promise<void> {
    await this.tell(sql, tenant, moment, {
      kind: 'erasure-ordered',
      subject: one.subject,
      data: {
        request: one.request,
        participants: stores.map(({ participant }) => participant),
        shred: [...(one.scope?.shred ?? [])],
        restrict: (one.scope?.restrict ?? []).map((each) => ({ ...each })),
        deadline: one.deadline,
      },
    });
  }
}
