import { randomUUID } from 'node:crypto';
import type { SubjectRef } from '@lethe/kernel';
import {
  acceptConsent,
  mayShow,
  refusalText,
  withdrawalWarning,
  type ConsentFact,
  type GuardianState,
  type Pack,
  type Refusal,
} from '@lethe/policy';
import type {
  ConsentAct,
  ConsentHistory,
  ConsentOutcome,
  ConsentsOfPerson,
  NoticeOutcome,
  NoticeShown,
} from '../lethe.ts';

type Act = ConsentHistory['acts'][number];
type Shown = ConsentHistory['notices'][number];

interface Person {
  readonly consents: Record<string, ConsentFact>;
  readonly acts: Act[];
  readonly notices: Shown[];
  guardian: GuardianState;
  guardianVersion: number;
}

/** What a fake knows of notices, consents and guardians: every act judged by the pack, none ever forgotten. */
export class FakeConsents {
  readonly #people = new Map<string, Person>();

  constructor(private readonly pack: Pack) {}

  get people(): ReadonlyMap<string, Pick<Person, 'consents' | 'guardian'>> {
    return this.#people;
  }

  act(act: ConsentAct, now: Date): ConsentOutcome {
    const person = this.#person(act.subject);
    const standing = person.consents[act.purpose];
    if (act.state === 'withdrawn') {
      if (standing?.state === 'withdrawn') {
        const { consent, version, at } = standing;
        return { outcome: 'effective', consent, version, at: at.toISOString() };
      }
      const warning = act.confirmed === true ? undefined : withdrawalWarning(this.pack, act.purpose);
      if (warning !== undefined)
        return {
          outcome: 'warned',
          stops: [...warning.stops],
          clause: warning.clause,
          text: warning.stops.map((name) => this.pack.purposes.get(name)?.refusing.effect.en ?? name).join('; '),
        };
    }
    const level = act.level ?? 'acceptance';
    const shown = person.notices
      .filter(({ notice, about }) => (act.shown === undefined ? about === act.purpose : notice === act.shown))
      .at(-1);
    const at = act.at === undefined ? now : new Date(act.at);
    const verdict = acceptConsent(
      this.pack,
      {
        purpose: act.purpose,
        state: act.state,
        level,
        notice: act.notice,
        bundled: act.bundled ?? false,
        implied: act.implied ?? false,
        acceptedBefore: person.acts.some(({ purpose, state }) => purpose === 'policy' && state === 'given'),
        guardian: person.guardian,
        at,
        ...(act.route === undefined ? {} : { route: act.route }),
        ...(act.choice === undefined ? {} : { choice: act.choice }),
        ...(shown && { shown: { ...shown, at: new Date(shown.at) } }),
      },
      now,
    );
    if (verdict.kind === 'refused') return refused(verdict);
    const fact: ConsentFact = {
      consent: randomUUID(),
      version: (standing?.version ?? 0) + 1,
      state: act.state,
      level: verdict.level,
      notice: verdict.notice,
      at,
      ...(act.implied === true ? { implied: true } : {}),
      ...(act.choice === undefined ? {} : { choice: act.choice }),
      ...(act.fields === undefined ? {} : { fields: act.fields }),
    };
    person.consents[act.purpose] = fact;
    person.acts.push({ ...told(act.purpose, fact), recordedAt: now.toISOString() });
    const { consent, version } = fact;
    return act.state === 'withdrawn'
      ? { outcome: 'effective', consent, version, at: now.toISOString() }
      : { outcome: 'recorded', consent, version, applied: true };
  }

  show(notice: NoticeShown, now: Date): NoticeOutcome {
    const { about, channel, says = [], asks = false } = notice;
    const person = this.#person(notice.subject);
    const at = notice.at === undefined ? now : new Date(notice.at);
    const isKnown = notice.version === undefined || this.pack.notices.includes(notice.version);
    const refusal = mayShow(this.pack, { about, channel, says, asks, at, isKnown }, person.consents[about], now);
    const finding = notice.imported === true && refusal?.field === 'version' ? refusal : undefined;
    if (refusal !== undefined && finding === undefined) return refused(refusal);
    const id = randomUUID();
    person.notices.push({
      notice: id,
      about,
      version: notice.version ?? this.pack.version,
      language: notice.language ?? 'zh-CN',
      channel,
      says: [...says],
      asks,
      at: notice.at ?? now.toISOString(),
    });
    return { outcome: 'recorded', notice: id, ...(finding === undefined ? {} : { findings: [finding] }) };
  }

  stateGuardian(subject: string, guardian: GuardianState): number {
    const person = this.#person(subject);
    person.guardian = guardian;
    return (person.guardianVersion += 1);
  }

  of(subject: SubjectRef): ConsentsOfPerson {
    const { consents, guardian } = this.#person(subject);
    return { consents: Object.entries(consents).map(([purpose, fact]) => told(purpose, fact)), guardian };
  }

  history(subject: SubjectRef): ConsentHistory {
    const { acts, notices } = this.#person(subject);
    return { acts: [...acts], notices: [...notices] };
  }

  #person(subject: string): Person {
    const known = this.#people.get(subject);
    if (known !== undefined) return known;
    const person: Person = { consents: {}, acts: [], notices: [], guardian: 'not-needed', guardianVersion: 0 };
    this.#people.set(subject, person);
    return person;
  }
}

const told = (purpose: string, { fields, at, ...fact }: ConsentFact): ConsentsOfPerson['consents'][number] => ({
  purpose,
  ...fact,
  at: at.toISOString(),
  ...(fields === undefined ? {} : { fields: [...fields] }),
});

const refused = ({ code, clause, field }: Refusal): { outcome: 'refused'; refusal: Refusal & { text: string } } => ({
  outcome: 'refused',
  refusal: { code, clause, text: refusalText(code, 'en'), ...(field === undefined ? {} : { field }) },
});
