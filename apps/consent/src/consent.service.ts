import { events, type http } from '@lethe/contracts';
import { Fault, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { appliedBy, type AnswerOf, type Caller, type ServiceContext } from '@lethe/platform';
import {
  clauseOf,
  endsWith,
  evidenceDisposal,
  inForce,
  judgeInForce,
  POLICY,
  refusalText,
  type DatedPack,
  type Pack,
} from '@lethe/policy';
import type { z } from 'zod';
import { decideAct, type Act, type ActFacts, type Decision, type Standing } from './domain/act.ts';
import { decideImported, isAgain, isNoFromAhead } from './domain/importing.ts';
import { guardianAt, isSensitive, type GuardianStatement } from './domain/guardian.ts';
import { ACTING_SERVICES, ANSWER_WITHIN_MS, settleWithdrawal } from './domain/withdrawal.ts';
import { ConsentStore, standingKey, type ConsentRow, type HistoryRow, type PersonRow } from './store/consent.store.ts';
import { GuardianStore } from './store/guardian.store.ts';
import { NoticeStore, type ShownNotice } from './store/notice.store.ts';
import { TenantStore } from './store/tenant.store.ts';

export type ActAsked = z.output<typeof http.consentAct>;
type Outcome = AnswerOf<typeof http.ActOnConsent>['outcomes'][number];
/** What stands in the database after the transaction; a withdrawal still has to be heard. */
type Settled =
  | Exclude<Outcome, { outcome: 'recorded' }>
  | Omit<Extract<Outcome, { outcome: 'recorded' }>, 'applied'>
  | { readonly outcome: 'withdrawn'; readonly consent: string; readonly version: number };
type Unannounced = Omit<HistoryRow, 'event'>;

/** Who acts, under which versions of the pack, and when. */
interface Asked {
  readonly tenant: TenantId;
  readonly versions: readonly DatedPack[];
  readonly statedBy: 'backend' | 'subject';
  readonly now: Date;
  readonly legalNow: Date;
}

/** What is known of the people who act. */
interface Known {
  readonly persons: ReadonlyMap<string, PersonRow>;
  readonly guardians: ReadonlyMap<string, GuardianStatement>;
  readonly notices: readonly ShownNotice[];
  readonly ceased: Date | undefined;
  readonly standings: Map<string, ActFacts['standing'] & object>;
  readonly imported: readonly (ConsentRow & { readonly subject: SubjectRef })[];
  /** Acts of which nobody knows when they were done: none of them is later than a no. */
  readonly undated: Set<string>;
}

/** Consents and withdrawals of a tenant's people. */
export class ConsentService {
  constructor(private readonly context: ServiceContext) {}

  /**
   * Records what people did about purposes, each once, gapless per (person, purpose), and announces it.
   * A withdrawal is answered when collection and retention have applied it, or after two seconds with the end of the lease;
   * anything else when collection has, so that what is submitted next can rest on it, or after eight seconds: `applied` says which.
   * @param now machine time
   */
  async act(
    tenant: TenantId,
    acts: readonly ActAsked[],
    statedBy: 'backend' | 'subject',
    now: Date,
  ): Promise<Outcome[]> {
    const { packs, clock, database } = this.context;
    const [versions, legalNow] = await Promise.all([packs.versions(tenant), clock.legalNow(tenant)]);
    const { settled, announced } = await database.within(tenant, (sql) =>
      this.record(sql, { tenant, versions, statedBy, now, legalNow }, acts),
    );
    const heard = appliedBy(this.context, 'collection', announced);
    return Promise.all(
      settled.map(async (one): Promise<Outcome> => {
        if (one.outcome === 'withdrawn') return this.awaitWithdrawal(tenant, one);
        return one.outcome === 'recorded' ? { ...one, applied: await heard } : one;
      }),
    );
  }

  private async record(
    sql: Transaction,
    asked: Asked,
    acts: readonly ActAsked[],
  ): Promise<{ readonly settled: readonly Settled[]; readonly announced: readonly string[] }> {
    const { tenant, now } = asked;
    const store = new ConsentStore(sql, tenant);
    const subjects = acts.map((act) => act.subject);
    // Under the lock: two who send the same file at once send each act once.
    const persons = await store.lockPersons(subjects);
    const imported = acts.some((act) => act.imported) ? await store.imported(subjects) : [];
    const known: Known = {
      persons,
      standings: await store.standings(subjects),
      guardians: await new GuardianStore(sql, tenant).statements(subjects),
      notices: await new NoticeStore(sql, tenant).of(subjects),
      ceased: await new TenantStore(sql, tenant).ceased(),
      imported,
      undated: new Set(imported.flatMap(({ consent, unknown }) => (unknown.includes('at') ? [consent] : []))),
    };
    const rows: Unannounced[] = [];
    const settled = acts.map((act) => this.settle(asked, known, act, rows));
    if (rows.length === 0) return { settled, announced: [] };
    const history = await this.announce(sql, tenant, rows, now);
    await store.append(history);
    return { settled, announced: history.flatMap(({ state, event }) => (state === 'withdrawn' ? [] : [event])) };
  }

  /** Decides one act by what stands after those before it; what is to be written is added to `rows`. */
  private settle(asked: Asked, known: Known, sent: ActAsked, rows: Unannounced[]): Settled {
    const { act, at, ahead } = momentOf(sent, asked.legalNow);
    const { subject, purpose, state } = act;
    const pack = packFor(asked, act, at);
    const shown = shownBefore(known.notices, act, at ?? asked.legalNow);
    // Whoever sends an imported act again may not have heard what was found the first time: it is judged as it was then.
    const again = act.imported && [...known.imported, ...rows].find((row) => row.imported && isAgain(row, act, at));
    const facts: ActFacts = {
      standing: again ? undefined : standingFor(known, act),
      guardian: guardianAt(known.guardians.get(subject), asked.legalNow),
      person: known.persons.get(subject)?.state ?? 'open',
      acceptedBefore: known.standings.get(standingKey(subject, POLICY))?.state === 'given',
      ...(shown && { shown: { ...shown, at: shown.shownAt } }),
      ceased: known.ceased,
    };
    const done = { ...act, at, confirmed: act.confirmed ?? act.imported !== undefined };
    const today = decideAct(pack, facts, done, asked.legalNow);
    const { decision, finding = ahead } = act.imported
      ? decideImported(facts, done, asked.legalNow, today)
      : { decision: beforeAnyVersion(asked, done) ?? today };
    const found = foundIn(pack, purpose, finding);
    if (again) return { outcome: 'recorded', consent: again.consent, version: again.version, ...found };
    if (decision.kind !== 'record') return unrecorded(pack, purpose, decision);
    if (state !== 'given') {
      // The permission of the device is the consent to what needs it; its own row comes last, so that it is waited for.
      for (const other of endsWith(pack, purpose))
        if (known.standings.get(standingKey(subject, other))?.state === 'given')
          this.settle(asked, known, { ...act, purpose: other, confirmed: true }, rows);
    }
    const consent = this.context.newId();
    const { version, recordedAt } = decision;
    rows.push({
      ...decision,
      subject,
      purpose,
      consent,
      state,
      channel: act.channel,
      implied: act.implied ?? false,
      bundled: act.bundled ?? false,
      choice: act.choice,
      fields: act.fields,
      language: act.language ?? shown?.language,
      shown: shown?.notice,
      route: act.route,
      imported: act.imported !== undefined,
      unknown: act.imported?.unknown ?? [],
      statedBy: asked.statedBy,
      disposeOn: evidenceDisposal(pack, recordedAt),
    });
    if (act.imported?.unknown.includes('at') === true) known.undated.add(consent);
    known.standings.set(standingKey(subject, purpose), { consent, version, state, at: decision.at, recordedAt });
    if (act.imported) return { outcome: 'recorded', consent, version, ...found };
    return { outcome: state === 'withdrawn' ? 'withdrawn' : 'recorded', consent, version };
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
      rows.map(({ subject, consent, version, purpose, state, level, notice, at, implied, choice, fields }) => ({
        about: { tenant, subject },
        data: {
          consent,
          version,
          purpose,
          state,
          level,
          notice,
          at: at.toISOString(),
          ...(implied && { implied: true as const }),
          ...(choice === undefined ? {} : { choice }),
          ...(fields === undefined ? {} : { fields: [...fields] }),
        },
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

  /**
   * Has every service that acts on this act applied it? Waits so long for it; milliseconds of machine time.
   * @throws Fault `missing` also for another person's
   */
  async applied(caller: Caller, consent: string, waitMs: number): Promise<boolean> {
    const { database, outbox, peers, clock } = this.context;
    const { tenant } = caller;
    const deadline = clock.machineNow().getTime() + waitMs;
    const { act, event } = await database.within(tenant, async (sql) => {
      const store = new ConsentStore(sql, tenant);
      const visible = await store.visibleAct(caller, consent);
      if (visible === undefined) throw new Fault('missing', 'consent/no-such-consent', 'no such consent', 'consent');
      return { act: visible, event: await store.eventOf(consent) };
    });
    const place = await outbox.numberOf(event, waitMs).catch((fault: unknown) => {
      // No longer kept: who is still behind it has heard no heartbeat for days, and decides nothing by consent.
      if (fault instanceof Fault && fault.kind === 'missing') return 'long-ago' as const;
      return undefined;
    });
    if (place === 'long-ago') return true;
    if (place === undefined) return false;
    const left = Math.max(0, deadline - clock.machineNow().getTime());
    const services = act.state === 'withdrawn' ? ACTING_SERVICES : (['collection'] as const);
    const applied = await Promise.all(services.map((service) => peers.applied(service, { ...place, waitMs: left })));
    return applied.every(Boolean);
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
      const statement = (await new GuardianStore(sql, tenant).statements([subject], instant)).get(subject);
      const rows = await store.consentsAt(subject, instant);
      return {
        consents: rows.map(stateOf),
        guardian: guardianAt(statement, instant),
        ...(isSensitive(statement, instant) && { sensitive: true }),
      };
    });
  }

  /** How many people stand by a yes, by purpose and notice: whom a further version would have to ask again. */
  async counts(tenant: TenantId): Promise<AnswerOf<typeof http.ConsentCounts>> {
    return this.context.database.within(tenant, async (sql) => ({
      counts: await new ConsentStore(sql, tenant).counts(),
    }));
  }

  /** Every act of one person as it was recorded, and every notice that was shown. */
  async historyOf(
    tenant: TenantId,
    subject: SubjectRef,
    reader: 'person' | 'officer',
  ): Promise<AnswerOf<typeof http.ConsentHistory>> {
    return this.context.database.within(tenant, async (sql) => {
      const store = new ConsentStore(sql, tenant);
      if (reader === 'person' && (await store.personState(subject)) === 'restricted') return { acts: [], notices: [] };
      const acts = await store.historyOf(subject);
      const notices = await new NoticeStore(sql, tenant).of([subject]);
      return {
        acts: acts.map((row) => ({ ...stateOf(row), recordedAt: row.recordedAt.toISOString() })),
        notices: notices.map(({ notice, about, version, language, channel, says, asks, shownAt }) => ({
          ...{ notice, about, version, language, channel, says: [...says], asks },
          at: shownAt.toISOString(),
        })),
      };
    });
  }
}

const stateOf = ({
  imported,
  unknown,
  fields,
  at,
  channel,
  implied,
  choice,
  route,
  purpose,
  consent,
  state,
  level,
  notice,
  version,
}: ConsentRow) => ({
  ...{ purpose, consent, state, level, notice, version },
  at: at.toISOString(),
  ...(channel !== null && { channel }),
  ...(implied && { implied }),
  ...(choice !== null && { choice }),
  ...(fields !== null && { fields: [...fields] }),
  ...(route !== null && { route }),
  ...(imported && { imported, unknown: [...unknown] }),
});

/** The version in force; a yes to one that has been announced and has not begun is judged by that one. */
function packFor({ versions, legalNow }: Asked, { notice, implied, state }: ActAsked, at: Date | undefined): Pack {
  // Nobody goes on under a version that has not begun.
  const coming =
    implied === true ? undefined : versions.find(({ pack, from }) => pack.version === notice && from > legalNow);
  // Told late, a yes that names no notice was given under the version of its day.
  const told = state === 'given' && notice === undefined && at !== undefined && at < legalNow ? at : legalNow;
  return coming?.pack ?? inForce(versions, told);
}

/** When it was done; `ahead`, an imported no of a moment that has not come, is one of which nobody knows when. */
function momentOf(
  act: ActAsked,
  now: Date,
): { readonly act: ActAsked; readonly at: Date | undefined; readonly ahead?: Refused } {
  const at = act.at === undefined ? undefined : new Date(act.at);
  if (act.imported === undefined || !isNoFromAhead({ state: act.state, at }, now)) return { act, at };
  const unknown = [...new Set([...act.imported.unknown, 'at' as const])];
  return {
    act: { ...act, at: undefined, imported: { unknown } },
    at: undefined,
    ahead: { code: 'date-in-future', field: 'at' },
  };
}

/** Nobody agreed to a policy before there was one; what the platform was told earlier, it imports. */
function beforeAnyVersion({ versions }: Asked, { state, at }: Act): Decision | undefined {
  const [first] = versions;
  if (state !== 'given' || at === undefined || first === undefined) return undefined;
  const refusal = judgeInForce(first.pack, at);
  return refusal && { kind: 'refused', refusal: { code: refusal.code, clause: refusal.clause, field: 'at' } };
}

/** The notice the act names, else the latest one about the same that had been shown by then. */
const shownBefore = (notices: readonly ShownNotice[], act: ActAsked, at: Date): ShownNotice | undefined =>
  notices
    .filter(({ subject, about }) => subject === act.subject && about === act.purpose)
    .filter(({ notice, shownAt }) => (act.shown === undefined ? shownAt <= at : notice === act.shown))
    .at(-1);

/** The answer to an act of which nothing was written. */
function unrecorded(pack: Pack, purpose: string, decision: Exclude<Decision, { kind: 'record' }>): Settled {
  if (decision.kind === 'stands') {
    const { consent, version } = decision.standing;
    return { outcome: 'withdrawn', consent, version };
  }
  if (decision.kind === 'warned') {
    const stopping = decision.stops.map((name) => pack.purposes.get(name)?.refusing.effect.en ?? name);
    return { outcome: 'warned', stops: [...decision.stops], clause: decision.clause, text: stopping.join('; ') };
  }
  return { outcome: 'refused', refusal: refusalOf(pack, purpose, decision.refusal) };
}

type Refused = Extract<Decision, { kind: 'refused' }>['refusal'];

function refusalOf(pack: Pack, purpose: string, { code, clause = clauseOf(pack, code, purpose), field }: Refused) {
  return { code, clause, text: refusalText(code, 'en'), ...(field === undefined ? {} : { field }) };
}

/** What stands before an act; before an imported no, a yes of which nobody knows when it was given is the older one. */
function standingFor(
  { standings, undated }: Known,
  { subject, purpose, state, imported }: ActAsked,
): Standing | undefined {
  const standing = standings.get(standingKey(subject, purpose));
  const older = standing !== undefined && imported && state !== 'given' && undated.has(standing.consent);
  return older === true ? { ...standing, at: new Date(0) } : standing;
}

const foundIn = (pack: Pack, purpose: string, finding: Refused | undefined) =>
  finding === undefined ? {} : { findings: [refusalOf(pack, purpose, finding)] };
