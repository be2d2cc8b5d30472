import type { Zone } from '@lethe/kernel';
import type { GateFacts, Refusal, SubjectFacts } from './facts.ts';
import { localDay } from './memo.ts';
import { type Basis, CONSENT_LEVELS, type ConsentLevel, type Pack, type Purpose } from './pack.ts';
import { type RefusalCode, RULED_REFUSALS } from './refusals.ts';

/** A platform's clock may be this far ahead or behind before the order of two of its acts is doubted. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** A moment that has not come: nothing can have happened then. */
export const isAhead = (at: Date, now: Date): boolean => at.getTime() > now.getTime() + CLOCK_TOLERANCE_MS;

const UNKNOWN: SubjectFacts = { consents: {}, guardian: 'not-needed', state: 'open' };

/** What is known of a person; one of whom nothing is known has given nothing. */
export const subjectFacts = (facts: GateFacts, subject: string): SubjectFacts =>
  Object.hasOwn(facts.subjects, subject) ? (facts.subjects[subject] ?? UNKNOWN) : UNKNOWN;

/** The clause behind a code: the purpose's own where it has one, else the pack's. */
export function clauseOf(pack: Pack, code: RefusalCode, purpose?: Purpose | string): string {
  const about = typeof purpose === 'string' ? pack.purposes.get(purpose) : purpose;
  const beside = RULED_REFUSALS[code];
  return (
    about?.refusals.get(code) ??
    pack.refusals.get(code) ??
    (beside === undefined ? pack.controller.clause : clauseOf(pack, beside, about))
  );
}

export const refuse = (
  pack: Pack,
  code: RefusalCode,
  purpose: Purpose | undefined,
  field?: string,
  clause?: string,
): Refusal => ({
  code,
  clause: clause ?? clauseOf(pack, code, purpose),
  ...(field === undefined ? {} : { field }),
});

/** A stronger level satisfies a weaker one; the caller sees to it that both are about the same purpose. */
export const isEnough = (given: ConsentLevel, needed: ConsentLevel): boolean =>
  CONSENT_LEVELS.indexOf(given) >= CONSENT_LEVELS.indexOf(needed);

/** Whether a yes about a child is as strong as a guardian's must be. */
export const isGuardians = (pack: Pack, level: ConsentLevel): boolean =>
  isEnough(level, pack.minors.guardian?.level ?? 'guardian');

const BARRED = {
  frozen: 'subject-frozen',
  restricted: 'restricted',
  erased: 'subject-erased',
  unknown: 'subject-unknown',
} as const satisfies Record<string, RefusalCode>;

/** Of a frozen, restricted or erased person, and of one nobody made known, nothing is taken and nothing used. */
export function judgeState(pack: Pack, purpose: Purpose, person: SubjectFacts, field: string): Refusal | undefined {
  return person.state === 'open' ? undefined : refuse(pack, BARRED[person.state], purpose, field);
}

/** A policy that had not begun governs nothing. */
export function judgeInForce(pack: Pack, at: Date, zone?: Zone): Refusal | undefined {
  if (localDay(at, zone ?? pack.zone) >= pack.effectiveFrom) return undefined;
  return refuse(pack, 'policy-not-in-force', undefined, 'collectedAt');
}

/** A child's data needs a guardian verified before it was collected; only a statute goes without. */
export function judgeGuardian(
  pack: Pack,
  purpose: Purpose,
  person: SubjectFacts,
  field: string,
  when?: { readonly at: Date; readonly stated: boolean },
): Refusal | undefined {
  if (purpose.basis.kind === 'statute') return undefined;
  const late =
    person.guardian === 'verified' &&
    when?.stated === true &&
    person.guardianAt !== undefined &&
    person.guardianAt.getTime() > when.at.getTime();
  return person.guardian === 'missing' || late ? refuse(pack, 'guardian-consent-required', purpose, field) : undefined;
}

/**
 * Is there a valid basis at `at`, as far as can be known now? `stated` is set where the platform itself says when it
 * collected: what it took after a withdrawal is refused as that, what came late is refused because using it would be
 * processing after the withdrawal.
 */
export function judgeBasis(
  pack: Pack,
  facts: GateFacts,
  purpose: Purpose,
  basis: Basis,
  subject: string,
  when?: { readonly at: Date; readonly stated: boolean },
): Refusal | undefined {
  if (basis.kind !== 'consent') return undefined;
  const person = subjectFacts(facts, subject);
  const no = (code: RefusalCode): Refusal =>
    refuse(pack, code, purpose, undefined, purpose.refusals.get(code) ?? basis.clause);
  if (facts.lease === 'stale' || person.unsettled === true) return refuse(pack, 'basis-uncertain', purpose);
  const needed = basis.level ?? 'acceptance';
  const consent = Object.hasOwn(person.consents, purpose.name) ? person.consents[purpose.name] : undefined;
  if (consent === undefined) return no(needed === 'separate' ? 'separate-consent-required' : 'no-consent');
  if (consent.state === 'refused') return no('consent-refused');
  if (consent.state === 'withdrawn') {
    return no(when?.stated === true && when.at >= consent.at ? 'collected-after-withdrawal' : 'consent-withdrawn');
  }
  if (person.guardian === 'verified' && !isGuardians(pack, consent.level))
    return judgeGuardian(pack, purpose, { ...person, guardian: 'missing' }, 'subject');
  if (!isEnough(consent.level, needed))
    return no(needed === 'separate' ? 'separate-consent-required' : 'consent-level-too-low');
  if (!pack.notices.includes(consent.notice)) return refuse(pack, 'notice-not-current', purpose);
  if (pack.reconsent?.get(consent.notice)?.has(purpose.name) === true) return no('reconsent-required');
  if (when !== undefined && consent.at.getTime() > when.at.getTime() + CLOCK_TOLERANCE_MS) return no('no-consent');
  return undefined;
}
