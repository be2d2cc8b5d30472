import { events, http, type EventInput } from '@lethe/contracts';
import { type TenantId, type Transaction } from '@lethe/kernel';
import { crashPoint, type ServiceContext } from '@lethe/platform';
import { eraseScope } from '@lethe/policy';
import { erasureFacts } from './store/erasure-facts.ts';
import { NOTHING, type Scope } from './domain/request.ts';
import { withBroughtBack } from './domain/scope.ts';
import { legalOf, momentOf, type Moment } from './moment.ts';
import type { OutStream } from './out-stream.ts';
import { ErasureStore, type StoredRequest } from './store/erasure.store.ts';
import { RegistryStore } from './store/registry.store.ts';
import { type Recorder } from './store/recorder.ts';

/** The services that hold or know something of every person. */
const SERVICES = ['collection', 'consent', 'retention'] as const;
const NUMBER_WAIT_MS = 5_000;

/** What the saga's steps do. Each loads again under the row's lock and does nothing if somebody was there before. */
export class SagaSteps {
  constructor(
    private readonly context: ServiceContext,
    private readonly recorder: Recorder,
    private readonly out: OutStream,
  ) {}

  /** @throws Fault `unavailable` while collection does not answer */
  async scope(tenant: TenantId, one: StoredRequest): Promise<void> {
    const drawn = await this.draw(tenant, one);
    await this.while(tenant, one, async (store, sql, moment) => {
      if ('refused' in drawn) {
        await store.set(one.request, {
          progress: 'refused',
          refused_code: drawn.refused.code,
          refused_clause: drawn.refused.clause,
          refused_at: moment.legal,
          scope: drawn.scope,
        });
        return;
      }
      await store.set(one.request, { progress: 'scoped', scope: drawn.scope });
    });
  }

  async freeze(tenant: TenantId, one: StoredRequest): Promise<void> {
    await this.while(tenant, one, async (store, sql, moment) => {
      const registry = await new RegistryStore(sql, tenant).present();
      const elsewhere = one.scope?.holdings.some(({ custody, parts }) => custody === 'platform' && parts > 0) ?? false;
      // What the platform holds and nobody has registered for still has to be answered for by somebody.
      const platforms =
        registry.participants.length === 0 && elsewhere ? [http.UNNAMED_PARTICIPANT] : registry.participants;
      await store.takeNote(
        one.request,
        [
          ...SERVICES.map((participant) => ({ participant, kind: 'service' as const })),
          ...platforms.map((participant) => ({ participant, kind: 'platform' as const })),
        ],
        registry.version,
      );
      const event = await this.context.outbox.announce(
        sql,
        events.SubjectFrozenV1,
        { tenant, subject: one.subject, now: moment.machine },
        { erasure: one.request, at: moment.machine.toISOString() },
      );
      await store.set(one.request, { freeze_event: event, registry_version: registry.version });
    });
    crashPoint('erasure.freeze.announced');
  }

  /** @throws Fault `unavailable` while the relay has not numbered it */
  async numberTheFreeze(tenant: TenantId, one: StoredRequest): Promise<void> {
    const event = one.row.freeze_event;
    if (event === null) return;
    const { number } = await this.context.outbox.numberOf(event, NUMBER_WAIT_MS);
    await this.while(tenant, one, (store) => store.set(one.request, { freeze_number: number }));
  }

  async markFrozen(tenant: TenantId, one: StoredRequest): Promise<void> {
    await this.while(tenant, one, (store, _, moment) =>
      store.set(one.request, { progress: 'frozen', frozen_at: moment.legal }),
    );
    crashPoint('erasure.freeze.acked');
  }

  /**
   * Draws the scope again, now that nothing can come in any more, and gives the order.
   * @throws Fault `unavailable` while collection does not answer
   */
  async order(tenant: TenantId, one: StoredRequest): Promise<void> {
    const drawn = await this.draw(tenant, one);
    await this.while(tenant, one, async (store, sql, moment) => {
      if ('refused' in drawn) {
        await store.set(one.request, {
          progress: 'refused',
          refused_code: drawn.refused.code,
          refused_clause: drawn.refused.clause,
          refused_at: moment.legal,
          scope: drawn.scope,
        });
        await this.context.outbox.announce(
          sql,
          events.SubjectUnfrozenV1,
          { tenant, subject: one.subject, now: moment.machine },
          { erasure: one.request, at: moment.machine.toISOString() },
        );
        return;
      }
      const { scope } = drawn;
      const order: EventInput<typeof events.ErasureOrderedV1> = {
        erasure: one.request,
        shred: [...scope.shred],
        restrict: scope.restrict.map((each) => ({ ...each })),
        at: moment.machine.toISOString(),
      };
      await this.context.outbox.announce(
        sql,
        events.ErasureOrderedV1,
        { tenant, subject: one.subject, now: moment.machine },
        order,
      );
      const platforms = one.participants.filter(({ kind }) => kind === 'platform');
      if (platforms.length > 0) await this.out.tellOfOrder(sql, tenant, moment, { ...one, scope }, platforms);
      await store.set(one.request, { progress: 'ordered', ordered_at: moment.legal, scope });
    });
    crashPoint('erasure.order.given');
  }

  /**
   * The ledger first, durably; then, and only then, the order that destroys keys, or rows alone where the law keeps something everywhere.
   * @throws Fault `unavailable` while collection does not answer
   */
  async record(tenant: TenantId, one: StoredRequest): Promise<void> {
    // The person is frozen, so nothing came in but by a restore.
    const scope = withBroughtBack(one.scope ?? NOTHING, (await this.draw(tenant, one)).scope);
    await this.while(tenant, one, async (store, sql, moment) => {
      const at = moment.machine.toISOString();
      const about = { tenant, subject: one.subject, erasure: one.request, at };
      const [recorded] = await this.recorder.record(sql, tenant, erasureFacts(about, scope));
      crashPoint('erasure.ledger.written');
      if (!recorded) throw new Error('nothing was recorded');
      const { entry } = recorded;
      const person = { tenant, subject: one.subject, now: moment.machine };
      const { outbox } = this.context;
      if (scope.shred.length === 0)
        await outbox.announce(sql, events.ErasureRecordedV1, person, { entry, erasure: one.request, at });
      else
        await outbox.announce(sql, events.ShredOrderedV1, person, {
          entry,
          erasure: one.request,
          cause: 'erased',
          compartments: [...scope.shred],
          at,
        });
      await store.set(one.request, { progress: 'shredding', scope, ledger_entry: entry });
    });
    crashPoint('erasure.shred.ordered');
  }

  /** Late: said once, to the platform and to whoever watches. The freeze, if there is one, stays: storage and security only. */
  async escalate(tenant: TenantId, one: StoredRequest, waitingFor: readonly string[]): Promise<void> {
    await this.while(tenant, one, async (store, sql, moment) => {
      await store.set(one.request, { escalated_at: moment.legal });
      if (one.progress === 'received') return;
      await this.out.tell(sql, tenant, moment, {
        kind: 'subject-restricted',
        subject: one.subject,
        data: { request: one.request, deadline: one.deadline, waitingFor: [...waitingFor] },
      });
    });
    this.context.logger.error(
      { tenant, request: one.request, count: waitingFor.length, code: 'erasure/late' },
      'a request is late and was escalated',
    );
  }

  /** Collection has destroyed the keys that entry names. Told again, or of another entry, it changes nothing. */
  async shredded(
    sql: Transaction,
    tenant: TenantId,
    request: string,
    told: { entry: number; keys: number; effectiveAt: Date; time: Date },
  ): Promise<void> {
    const store = new ErasureStore(sql, tenant);
    const one = await store.find(request, 'lock');
    if (one?.progress !== 'shredding' || one.row.ledger_entry !== told.entry) return;
    const moment = await momentOf(this.context, tenant);
    await store.set(request, {
      progress: 'effective',
      keys_destroyed: told.keys,
      effective_at: legalOf(told.effectiveAt, moment),
      keys_dead_by: told.time > told.effectiveAt ? told.time : told.effectiveAt,
    });
  }

  /** The rows are gone, and a second look found none. One that found some is no end. */
  async swept(
    sql: Transaction,
    tenant: TenantId,
    request: string,
    told: { entry: number; rescan: number; at: Date },
  ): Promise<void> {
    const store = new ErasureStore(sql, tenant);
    const one = await store.find(request, 'lock');
    if (one?.progress !== 'effective' || one.row.ledger_entry !== told.entry) return;
    if (told.rescan > 0) {
      await store.disbelieve(request, 'collection');
      this.context.logger.error(
        { tenant, request, count: told.rescan },
        'a second look found rows of an erased person',
      );
      return;
    }
    const moment = await momentOf(this.context, tenant);
    await store.set(request, { progress: 'swept', swept_at: legalOf(told.at, moment) });
  }

  private async draw(
    tenant: TenantId,
    one: StoredRequest,
  ): Promise<
    | { readonly scope: Scope }
    | { readonly scope: Scope; readonly refused: { readonly code: string; readonly clause: string } }
  > {
    const { holdings } = await this.context.peers.ask(http.Holdings, { tenant, params: { subject: one.subject } });
    const [pack, legal] = await Promise.all([this.context.packs.pack(tenant), this.context.clock.legalNow(tenant)]);
    const { shred, restrict, refuse } = eraseScope(pack, holdings, legal);
    const scope: Scope = {
      shred,
      restrict,
      holdings: holdings.map(({ compartment, class: name, custody, method, parts, held }) => ({
        compartment,
        class: name,
        custody,
        method,
        parts,
        held,
      })),
    };
    return refuse ? { scope, refused: refuse } : { scope };
  }

  /** Works under the row's lock, if the request still stands where it stood when the step was decided. */
  private async while(
    tenant: TenantId,
    before: StoredRequest,
    work: (store: ErasureStore, sql: Transaction, moment: Moment) => Promise<void>,
  ): Promise<void> {
    const moment = await momentOf(this.context, tenant);
    await this.context.database.within(tenant, async (sql) => {
      const store = new ErasureStore(sql, tenant);
      const now = await store.find(before.request, 'lock');
      const same =
        now?.progress === before.progress &&
        now.freezing === before.freezing &&
        now.freezeNumber === before.freezeNumber &&
        now.escalated === before.escalated;
      if (same) await work(store, sql, moment);
    });
  }
}
