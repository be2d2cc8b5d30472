import { events, type http } from '@lethe/contracts';
import type { SubjectRef, TenantId, Transaction } from '@lethe/kernel';
import type { AnswerOf, ServiceContext } from '@lethe/platform';
import { clauseOf, evidenceDisposal, refusalText, type Pack } from '@lethe/policy';
import type { z } from 'zod';
import { decideAct, type ActFacts, type Decision } from './domain/act.ts';
import { guardianAt, guardianOf, type Guardian } from './domain/guardian.ts';
import { ACTING_SERVICES, ANSWER_WITHIN_MS, settleWithdrawal } from './domain/withdrawal.ts';
import { ConsentStore, standingKey, type HistoryRow } from './store/consent.store.ts';

type ActAsked = z.output<typeof http.consentAct>;
type Outcome = AnswerOf<typeof http.ActOnConsent>['outcomes'][number];
/** What stands in the database after the transaction; a withdrawal still has to be heard. */
type Settled = Outcome | { readonly outcome: 'withdrawn'; readonly consent: string; readonly version: number };
type Unannounced = Omit<HistoryRow, 'event'>;

/** Consents, withdrawals and guardians of a tenant's people. */
export class ConsentService {
  constructor(private readonly context: ServiceContext) {}

  /**
   * Records what people did about purposes, each once, gapless per (person, purpose), and announces it.
   * A withdrawal is answered when collection and retention have applied it, or after two seconds with the end of the lease;
   * anything else when collection has, so that what is submitted next can rest on it, or after two seconds.
   * @param now machine time
   */
  async act(
    tenant: TenantId,
    acts: readonly ActAsked[],
    statedBy: 'backend' | 'subject',
    now: Date,
  ): Promise<Outcome[]> {
    const [pack, legalNow] = await Promise.all([this.context.packs.pack(tenant), this.context.clock.legalNow(tenant)]);
    const { settled, announced } = await this.context.database.within(tenant, (sql) =>
      this.record(sql, { tenant, pack, acts, statedBy, now, legalNow }),
    );
    const [outcomes] = await Promise.all([
      Promise.all(settled.map(async (one) => (one.outcome === 'withdrawn' ? this.awaitWithdrawal(tenant, one) : one))),
      this.awaitCollection(announced),
    ]);
    return outcomes;
  }

  private async record(
    sql: Transaction,
    asked: {
      tenant: TenantId;
      pack: Pack;
      acts: readonly ActAsked[];
      statedBy: 'backend' | 'subject';
      now: Date;
      legalNow: Date;
    },
  ): Promise<{ readonly settled: readonly Settled[]; readonly announced: readonly string[] }> {
    const { tenant, pack, acts, statedBy, now, legalNow } = asked;
    const store = new ConsentStore(sql, tenant);
    const subjects = acts.map((act) => act.subject);
    const persons = await store.lockPersons(subjects);
    const standings = await store.standings(subjects);
    const guardians = await store.guardianStatements(subjects);

    const rows: Unannounced[] = [];
    const settled: Settled[] = [];
    for (const act of acts) {
      const { subject, purpose, state, at, channel } = act;
      const facts: ActFacts = {
        standing: standings.get(standingKey(subject, purpose)),
        guardian: guardianAt(guardians.get(subject), legalNow),
        person: persons.get(subject)?.state ?? 'open',
      };
      const decision = decideAct(pack, facts, { ...act, at: at === undefined ? undefined : new Date(at) }, legalNow);
      if (decision.kind !== 'record') {
        settled.push(unrecorded(pack, purpose, decision));
        continue;
      }
      const consent = this.context.newId();
      const { version, recordedAt } = decision;
      const disposeOn = evidenceDisposal(pack, recordedAt);
      rows.push({ ...decision, subject, purpose, consent, state, channel, statedBy, disposeOn });
      standings.set(standingKey(subject, purpose), { consent, version, state, recordedAt });
      settled.push({ outcome: state === 'withdrawn' ? 'withdrawn' : 'recorded', consent, version });
    }
    if (rows.length === 0) return { settled, announced: [] };
    const history = await this.announce(sql, tenant, rows, now);
    await store.append(history);
    return { settled, announced: history.flatMap(({ state, event }) => (state === 'withdrawn' ? [] : [event])) };
  }

  /** One statement for all; each row learns the id of its announcement. */
  private async announce(
    sql: Transaction,
    tenant: TenantId,
    rows: readonly Unannounced[],
    now: Date,
  ): Promise<HistoryRow[]> {
    const ids = await this.context.outbox.announceAll(
      sql,
      events.ConsentChangedV1,
      now,
      rows.map(({ subject, consent, version, purpose, state, level, notice, at }) => ({
        about: { tenant, subject },
        data: { consent, version, purpose, state, level, notice, at: at.toISOString() },
      })),
    );
    return rows.map((row, index) => ({ ...row, event: ids[index] ?? '' }));
  }

  /** Asks every service that acts on the purpose whether it has applied the withdrawal, for two seconds at most. */
  private async awaitWithdrawal(
    tenant: TenantId,
    { consent, version }: Settled & { outcome: 'withdrawn' },
  ): Promise<Outcome> {
    const { database, outbox, peers, clock } = this.context;
    const deadline = clock.machineNow().getTime() + ANSWER_WITHIN_MS;
    const applied = await database
      .within(tenant, (sql) => new ConsentStore(sql, tenant).eventOf(consent))
      .then((event) => outbox.numberOf(event, ANSWER_WITHIN_MS))
      .then((place) => {
        const waitMs = Math.max(0, deadline - clock.machineNow().getTime());
        return Promise.all(ACTING_SERVICES.map((service) => peers.applied(service, { ...place, waitMs })));
      })
      .catch(() => []);
    const settled = settleWithdrawal(applied, await clock.legalNow(tenant));
    return settled.outcome === 'effective'
      ? { outcome: 'effective', consent, version, at: settled.at.toISOString() }
      : { outcome: 'accepted', consent, version, effectiveBy: settled.effectiveBy.toISOString() };
  }

  /** Resolves when collection has applied these announcements, or after two seconds: nothing that was recorded depends on it. */
  private async awaitCollection(announced: readonly string[]): Promise<void> {
    const { outbox, peers, clock } = this.context;
    const deadline = clock.machineNow().getTime() + ANSWER_WITHIN_MS;
    const places = await Promise.all(announced.map((event) => outbox.numberOf(event, ANSWER_WITHIN_MS))).catch(
      () => [],
    );
    const last = new Map<string, (typeof places)[number]>();
    for (const place of places) {
      const key = `${place.topic}/${String(place.slot)}`;
      if (place.number > (last.get(key)?.number ?? -1)) last.set(key, place);
    }
    const waitMs = Math.max(0, deadline - clock.machineNow().getTime());
    await Promise.all([...last.values()].map((place) => peers.applied('collection', { ...place, waitMs })));
  }

  /** The consents of one person, now or at a past instant of legal time: what stood then is what was enforced then. */
  async consentsOf(
    tenant: TenantId,
    subject: SubjectRef,
    reader: 'person' | 'officer',
    at?: Date,
  ): Promise<AnswerOf<typeof http.ConsentsOf>> {
    const instant = at ?? (await this.context.clock.legalNow(tenant));
    return this.context.database.within(tenant, async (sql) => {
      const store = new ConsentStore(sql, tenant);
      // Restricted evidence is stored and secured, nothing else: it answers like a person nobody knows.
      if (reader === 'person' && (await store.personState(subject)) === 'restricted')
        return { consents: [], guardian: 'not-needed' };
      const statements = await store.guardianStatements([subject], instant);
      const rows = await store.consentsAt(subject, instant);
      return {
        consents: rows.map((row) => ({ ...row, at: row.at.toISOString() })),
        guardian: guardianAt(statements.get(subject), instant),
      };
    });
  }

  /** Writes what the platform says about a person's guardian. Ends by itself at `until`. @param now machine time */
  async stateGuardian(
    tenant: TenantId,
    stated: {
      readonly subject: SubjectRef;
      readonly child: boolean;
      readonly guardianVerified: boolean;
      readonly until?: Date | undefined;
    },
    now: Date,
  ): Promise<{ guardian: Guardian; version: number }> {
    const [pack, legalNow] = await Promise.all([this.context.packs.pack(tenant), this.context.clock.legalNow(tenant)]);
    const { event, ...answer } = await this.context.database.within(tenant, async (sql) => {
      const store = new ConsentStore(sql, tenant);
      const { subject, until } = stated;
      await store.lockPersons([subject]);
      const latest = (await store.guardianStatements([subject])).get(subject);
      const guardian = guardianOf(stated);
      const version = (latest?.version ?? 0) + 1;
      const ends = stated.child ? until : undefined;
      await store.appendGuardian(
        subject,
        { version, guardian, ...(ends ? { until: ends } : {}) },
        legalNow,
        evidenceDisposal(pack, legalNow),
      );
      const event = await this.context.outbox.announce(
        sql,
        events.GuardianshipChangedV1,
        { tenant, subject, now },
        {
          version,
          guardian,
          at: legalNow.toISOString(),
          ...(ends ? { until: ends.toISOString() } : {}),
        },
      );
      return {
        event,
        guardian: guardianAt({ version, guardian, ...(ends ? { until: ends } : {}) }, legalNow),
        version,
      };
    });
    await this.awaitCollection([event]);
    return answer;
  }
}

/** The answer to an act of which nothing was written. */
function unrecorded(pack: Pack, purpose: string, decision: Exclude<Decision, { kind: 'record' }>): Settled {
  if (decision.kind === 'stands') {
    const { consent, version } = decision.standing;
    return { outcome: 'withdrawn', consent, version };
  }
  const { code, clause = clauseOf(pack, code, purpose), field } = decision.refusal;
  const text = refusalText(code, 'en');
  return { outcome: 'refused', refusal: { code, clause, text, ...(field === undefined ? {} : { field }) } };
}
