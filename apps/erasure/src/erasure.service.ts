import { createHmac } from 'node:crypto';
import { events, type http, type Envelope } from '@lethe/contracts';
import { Fault, type Day, type TenantId, type Transaction } from '@lethe/kernel';
import { type AnswerOf, type Asked, type Caller, type ServiceContext } from '@lethe/platform';
import { evidenceDisposal, requestDeadline } from '@lethe/policy';
import { disbelief, type RequestState, type Statement } from './domain/request.ts';
import { identityOf } from './domain/proof.ts';
import { hasReached, next, standsAt, stateOf } from './domain/saga.ts';
import { legalOf, momentOf, type Moment } from './moment.ts';
import { rightsPack } from './rights.ts';
import type { SagaRunner } from './saga.runner.ts';
import { CertificateStore } from './store/certificate.store.ts';
import { ErasureStore, type StoredRequest } from './store/erasure.store.ts';
import { answerOf, describe, noSuchRequest, stateOfRow } from './telling.ts';
import type { Waiting } from './waiting.ts';

type Ask = Asked<typeof http.AskErasure>['body'];

/** What erasure is asked, and what it answers. */
export class ErasureService {
  constructor(
    private readonly context: ServiceContext,
    private readonly runner: SagaRunner,
    private readonly waiting: Waiting,
    /** Keys the memory of idempotency keys: 32 bytes. */
    private readonly secret: Buffer,
  ) {}

  /**
   * Takes a request, whether the person is known or not: it looks no one up. A person is erased once, so asking again
   * gives the request there is.
   * @throws Fault `conflict` for an idempotency key that was used for something else; `forbidden` for a stale proof;
   * `invalid` for a ground the pack does not have
   */
  async ask(caller: Caller, body: Ask): Promise<AnswerOf<typeof http.AskErasure>> {
    const { tenant } = caller;
    const moment = await momentOf(this.context, tenant);
    const identity = identityOf(caller, body, moment);
    const pack = await rightsPack(this.context, tenant, body.subject, moment.legal);
    if (!pack.requests.grounds.has(body.ground)) {
      throw new Fault(
        'invalid',
        'erasure/unknown-ground',
        `allowed: ${[...pack.requests.grounds.keys()].join(', ')}`,
        'ground',
      );
    }
    const idempotency = this.hmac(tenant, body.idempotencyKey);
    const asked = this.hmac(tenant, JSON.stringify([body.subject, body.kind, body.ground]));
    return this.context.database.within(tenant, async (sql) => {
      const store = new ErasureStore(sql, tenant);
      await store.lockPerson(body.subject);
      const repeated = await store.byIdempotency(idempotency);
      if (repeated && repeated.asked !== asked) {
        throw new Fault(
          'conflict',
          'erasure/idempotency-key-reused',
          'the key was used for another request',
          'idempotencyKey',
        );
      }
      const known = repeated ?? (await store.ofSubject(body.subject));
      if (known) return answerOf(known);
      const request = this.context.newId();
      await store.add({
        request,
        subject: body.subject,
        kind: body.kind,
        ground: body.ground,
        idempotency,
        asked,
        receipt: this.context.newRef(),
        deadline: requestDeadline(pack, moment.legal),
        receivedAt: moment.legal,
        disposeOn: evidenceDisposal(pack, moment.legal),
        lookAt: moment.machine,
      });
      if (identity) await this.verified(sql, tenant, request, identity, caller.sub, moment);
      else this.runner.pokeAfter(sql, tenant, request);
      const added = await store.find(request);
      if (!added) throw new Error('the request was not added');
      return answerOf(added.row);
    });
  }

  /** @throws Fault `conflict` once it has been decided */
  async verify(
    caller: Caller,
    request: string,
    body: Asked<typeof http.VerifyRequest>['body'],
  ): Promise<AnswerOf<typeof http.VerifyRequest>> {
    const { tenant } = caller;
    const moment = await momentOf(this.context, tenant);
    const { clause } = (await this.context.packs.pack(tenant)).requests.identity;
    return this.context.database.within(tenant, async (sql) => {
      const store = new ErasureStore(sql, tenant);
      const one = await this.existing(store, request, 'lock');
      if (one.progress !== 'received')
        throw new Fault('conflict', 'erasure/already-decided', 'the identity has been decided on');
      if (body.outcome === 'verified') await this.verified(sql, tenant, request, body.method, caller.sub, moment);
      else {
        await store.set(request, {
          progress: 'refused',
          refused_code: body.code,
          refused_clause: clause,
          refused_at: moment.legal,
          decided_by: caller.sub,
        });
        sql.afterCommit(() => this.waiting.wake(tenant, request));
      }
      return { request, state: body.outcome };
    });
  }

  /** The platform's statement. One that is not believed is kept, counted, and stands in the way until another comes. */
  async ack(
    caller: Caller,
    request: string,
    body: Asked<typeof http.AckErasure>['body'],
  ): Promise<AnswerOf<typeof http.AckErasure>> {
    const { tenant } = caller;
    return this.context.database.within(tenant, async (sql) => {
      const one = await this.existing(new ErasureStore(sql, tenant), request, 'lock');
      if (!one.participants.some(({ participant, kind }) => participant === body.participant && kind === 'platform')) {
        throw new Fault(
          'missing',
          'erasure/no-such-participant',
          'no such participant takes part in this request',
          'participant',
        );
      }
      if (['received', 'verified', 'scoped', 'frozen', 'refused'].includes(one.progress)) {
        throw new Fault('conflict', 'erasure/not-ordered', 'the erasure has not been ordered');
      }
      const statement: Statement = {
        found: body.found,
        deleted: body.deleted,
        restricted: body.restricted,
        rescan: body.rescan,
        position: 0,
      };
      return { accepted: await this.stated(sql, tenant, one, body.participant, statement) };
    });
  }

  /** A service's statement. */
  async serviceAcked(
    sql: Transaction,
    event: Envelope<
      | typeof events.CollectionErasureAckedV1
      | typeof events.ConsentErasureAckedV1
      | typeof events.RetentionErasureAckedV1
    >,
  ): Promise<void> {
    const { tenant, data } = event;
    const participant = event.type.slice(0, event.type.indexOf('.'));
    const store = new ErasureStore(sql, tenant);
    const one = await store.find(data.erasure, 'lock');
    if (!one) return;
    if (data.stage === 'done') await this.stated(sql, tenant, one, participant, data);
    else await store.frozen(data.erasure, participant, data.position);
    this.runner.pokeAfter(sql, tenant, data.erasure);
  }

  /** A person sees their own request only; another's is not there. */
  async state(
    caller: Caller,
    request: string,
    until: RequestState | undefined,
    waitMs: number,
    gone: AbortSignal,
  ): Promise<AnswerOf<typeof http.RequestState>> {
    const { tenant } = caller;
    return this.waiting.until({ tenant, request }, waitMs, gone, async () => {
      const { today } = await momentOf(this.context, tenant);
      const found = await this.context.database.within(tenant, async (sql) => {
        const store = new ErasureStore(sql, tenant);
        const one = await this.existing(store, request, 'look');
        if (caller.role === 'subject' && caller.subject !== one.subject) throw noSuchRequest();
        return describe(one, await this.waitedFor(store, one, today));
      });
      return { found, enough: until === undefined || hasReached(found.state, until) };
    });
  }

  async requests(
    { tenant }: Caller,
    { state, which, after, limit }: Asked<typeof http.Requests>['query'],
  ): Promise<AnswerOf<typeof http.Requests>> {
    const { today } = await momentOf(this.context, tenant);
    return this.context.database.within(tenant, async (sql) => {
      const store = new ErasureStore(sql, tenant);
      const rows = await store.newest(state && standsAt(state), limit, {
        after,
        lateOn: which === 'late' ? today : undefined,
      });
      const told: Told[] = [];
      for (const row of rows) {
        told.push({
          request: row.request,
          state: stateOfRow(row),
          deadline: row.deadline,
          ...(row.certificate === null ? {} : { certificate: row.certificate }),
          ...(which === 'late'
            ? { waitingFor: [...(await this.waitedFor(store, await this.existing(store, row.request, 'look'), today))] }
            : {}),
        });
      }
      const counts: Record<string, number> = {};
      for (const { count, ...one } of await store.counts()) {
        const name = stateOf(one);
        counts[name] = (counts[name] ?? 0) + count;
      }
      return { requests: told, counts };
    });
  }

  /** @throws Fault `missing` when there is none, or it is another person's */
  async certificate(caller: Caller, certificate: string): Promise<AnswerOf<typeof http.CertificateOf>> {
    const { tenant } = caller;
    const row = await this.context.database.within(tenant, (sql) =>
      new CertificateStore(sql, tenant).document(certificate),
    );
    if (!row || (caller.role === 'subject' && caller.subject !== row.subject)) {
      throw new Fault('missing', 'erasure/no-such-certificate', 'no such certificate');
    }
    return { document: JSON.parse(row.document) as Record<string, unknown> };
  }

  private async verified(
    sql: Transaction,
    tenant: TenantId,
    request: string,
    method: string,
    by: string,
    moment: Moment,
  ): Promise<void> {
    const store = new ErasureStore(sql, tenant);
    await store.set(request, {
      progress: 'verified',
      verified_at: moment.legal,
      identity_method: method,
      decided_by: by,
      look_at: moment.machine,
    });
    const one = await this.existing(store, request, 'look');
    if (one.kind === 'close-account') {
      await this.context.outbox.announce(
        sql,
        events.AccountClosedV1,
        { tenant, subject: one.subject, now: moment.machine },
        { erasure: request, at: moment.legal.toISOString() },
      );
    }
    this.runner.pokeAfter(sql, tenant, request);
  }

  /** Once keys are being destroyed a statement changes nothing any more; one that repeats the truth is still welcome. */
  private async stated(
    sql: Transaction,
    tenant: TenantId,
    one: StoredRequest,
    participant: string,
    statement: Statement,
  ): Promise<boolean> {
    const wrong = disbelief(statement);
    if (one.progress !== 'ordered') return wrong === undefined;
    const store = new ErasureStore(sql, tenant);
    const moment = await momentOf(this.context, tenant);
    const closed = one.participants.some((each) => each.participant === participant && each.closed !== undefined);
    // Of what was closed only a statement that is believed takes the place.
    if (wrong === undefined || !closed) {
      await store.done(one.request, participant, statement, legalOf(moment.machine, moment));
      if (one.participants.some((each) => each.participant === participant && each.kind === 'platform'))
        await this.context.outbox.announce(
          sql,
          events.PlatformErasureAckedV1,
          { tenant, subject: one.subject, now: moment.machine },
          { erasure: one.request, participant, ...countsOf(statement), at: moment.legal.toISOString() },
        );
    }
    if (wrong !== undefined) {
      await store.disbelieve(one.request, participant);
      this.context.logger.warn({ tenant, request: one.request, code: wrong }, 'a statement was not believed');
    }
    this.runner.pokeAfter(sql, tenant, one.request);
    return wrong === undefined;
  }

  private async waitedFor(store: ErasureStore, one: StoredRequest, today: Day): Promise<readonly string[]> {
    const step = next(one, await store.sagaFacts(one, today));
    return 'waitingFor' in step ? [...step.waitingFor] : [];
  }

  private async existing(store: ErasureStore, request: string, lock: 'lock' | 'look'): Promise<StoredRequest> {
    const one = await store.find(request, lock);
    if (!one) throw noSuchRequest();
    return one;
  }

  private hmac(tenant: TenantId, text: string): string {
    return createHmac('sha256', this.secret).update(`${tenant}\n${text}`).digest('base64url');
  }
}

type Told = AnswerOf<typeof http.Requests>['requests'][number];

const countsOf = ({ found, deleted, restricted, rescan }: Statement) => ({ found, deleted, restricted, rescan });
