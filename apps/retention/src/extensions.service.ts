import { events, type Envelope, type http } from '@lethe/contracts';
import { Fault, nextDay, type TenantId, type Transaction } from '@lethe/kernel';
import type { AnswerOf, Caller, ServiceContext } from '@lethe/platform';
import { judgeExtension, refusalText } from '@lethe/policy';
import type { LongPoll } from './long-poll.ts';
import { ExtensionStore, type ExtensionRow, type ExtensionScope } from './store/extension.store.ts';

/** How long agreeing waits for collection's word. Milliseconds of machine time. */
const RECORDED_WITHIN_MS = 15_000;
/** How long withdrawing waits for it. */
const ENDED_WITHIN_MS = 2_000;
/** What of the evidence is a consent: the extension stands while that does. */
const CONSENT = 'consent';

/** The consent on which an extension rests; none where it rests on something else. */
export const consentOf = (evidence: ExtensionRow['evidence']): string | undefined =>
  evidence.find(({ name }) => name === CONSENT)?.reference;

/** Longer periods agreed for a record or a matter: on the pack's grounds only, and only until they are withdrawn. */
export class ExtensionsService {
  constructor(
    private readonly context: ServiceContext,
    private readonly longPoll: LongPoll,
  ) {}

  /**
   * Agrees to a longer period, and answers once collection has recorded it under the day's lock. @param now machine time
   * @throws Fault `conflict` `retention/too-late` naming the order that came first; `invalid` `retention/nothing-to-extend` where
   * nothing of the person lies under what the scope names; `unavailable` when collection is silent: the
   * extension stands, and is in force as soon as collection hears of it
   */
  async agree(
    { tenant, sub }: Pick<Caller, 'tenant' | 'sub'>,
    asked: {
      readonly scope: ExtensionScope;
      readonly ground: string;
      readonly evidence: ExtensionRow['evidence'];
      readonly until: string;
    },
    now: Date,
  ): Promise<AnswerOf<typeof http.AgreeExtension>> {
    const { clock, packs, outbox, database } = this.context;
    const [pack, agreedAt] = await Promise.all([packs.pack(tenant), clock.legalNow(tenant)]);
    const { scope, ground, until } = asked;
    const refusal = judgeExtension(pack, { ground, until, evidence: asked.evidence.map(({ name }) => name) }, agreedAt);
    if (refusal) return { outcome: 'refused', refusal: { ...refusal, text: refusalText(refusal.code, 'en') } };
    const { clause } = pack.retention?.extensions[ground] ?? { clause: '' };
    const extension = this.context.newId();
    const consent = consentOf(asked.evidence);
    await database.within(tenant, async (sql) => {
      await new ExtensionStore(sql, tenant).add({ ...asked, extension, clause, agreedAt, agreedBy: sub });
      await outbox.announce(
        sql,
        events.ExtensionAgreedV2,
        { tenant, subject: scope.subject, now },
        {
          ...{ extension, scope, goes: nextDay(until), ...(consent && { consent }), at: agreedAt.toISOString() },
          ...{ ground, evidence: [...asked.evidence] },
        },
      );
    });
    const judged = await this.longPoll.until(RECORDED_WITHIN_MS, async () => {
      const row = await database.within(tenant, (sql) => new ExtensionStore(sql, tenant).lock(extension));
      return row && row.state !== 'placing' ? row : undefined;
    });
    if (!judged)
      throw new Fault(
        'unavailable',
        'retention/extension-not-recorded',
        'collection has not answered yet; the extension stands as being placed',
      );
    if (judged.state === 'too-late')
      throw new Fault(
        'conflict',
        'retention/too-late',
        `what the extension names is being disposed of under order ${judged.tooLateFor ?? 'unknown'}`,
        'scope',
      );
    if (judged.state === 'nothing')
      throw new Fault(
        'invalid',
        'retention/nothing-to-extend',
        `nothing of the person lies under this ${scope.kind}`,
        `scope.${scope.kind}`,
      );
    if (judged.state === 'no-consent')
      return {
        outcome: 'refused',
        refusal: { code: 'no-consent', clause, field: 'evidence', text: refusalText('no-consent', 'en') },
      };
    return { outcome: 'agreed', extension, parts: judged.parts, clause };
  }

  /** What collection said, in the consumer's transaction. */
  async recorded(
    sql: Transaction,
    tenant: TenantId,
    { extension, outcome, parts, order }: Envelope<typeof events.ExtensionRecordedV1>['data'],
  ): Promise<void> {
    const state = outcome === 'recorded' ? (parts === 0 ? 'nothing' : 'in-force') : outcome;
    await new ExtensionStore(sql, tenant).record(extension, { state, parts: state === 'in-force' ? parts : 0, order });
    sql.afterCommit(() => this.longPoll.wake());
  }

  async ended(
    sql: Transaction,
    tenant: TenantId,
    { extension, because, at }: Envelope<typeof events.ExtensionEndedV1>['data'],
  ): Promise<void> {
    await new ExtensionStore(sql, tenant).end(extension, because, new Date(at));
    sql.afterCommit(() => this.longPoll.wake());
  }

  /**
   * The person no longer agrees. `ended` once collection has let go; `withdrawn` where it has not answered yet. Said again, it
   * changes nothing. @param now machine time @throws Fault `missing`, `conflict`
   */
  async withdraw(tenant: TenantId, extension: string, now: Date): Promise<AnswerOf<typeof http.WithdrawExtension>> {
    const legalNow = await this.context.clock.legalNow(tenant);
    const { database, outbox } = this.context;
    await database.within(tenant, async (sql) => {
      const store = new ExtensionStore(sql, tenant);
      const row = await store.lock(extension);
      if (!row) throw new Fault('missing', 'retention/no-such-extension', 'no such extension', 'extension');
      if (row.state === 'too-late' || row.state === 'no-consent' || row.state === 'nothing')
        throw new Fault('conflict', 'retention/extension-not-in-force', 'it was never in force', 'extension');
      if (row.state === 'ended' || row.state === 'withdrawn') return;
      await store.withdraw(extension);
      await outbox.announce(
        sql,
        events.ExtensionWithdrawnV1,
        { tenant, subject: row.scope.subject, now },
        { extension, at: legalNow.toISOString() },
      );
    });
    const ended = await this.longPoll.until(ENDED_WITHIN_MS, async () => {
      const row = await database.within(tenant, (sql) => new ExtensionStore(sql, tenant).lock(extension));
      return row?.state === 'ended' ? row : undefined;
    });
    return { extension, state: ended === undefined ? 'withdrawn' : 'ended' };
  }

  async all(tenant: TenantId): Promise<AnswerOf<typeof http.Extensions>> {
    const rows = await this.context.database.within(tenant, (sql) => new ExtensionStore(sql, tenant).list());
    return {
      extensions: rows.map(({ tooLateFor: _, agreedAt, endedAt, endedBecause, evidence, ...row }) => ({
        ...row,
        evidence: [...evidence],
        agreedAt: agreedAt.toISOString(),
        ...(endedAt ? { endedAt: endedAt.toISOString() } : {}),
        ...(endedBecause ? { endedBecause } : {}),
      })),
    };
  }
}
