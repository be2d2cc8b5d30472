import { CHILD_RULES, POLICY } from './agreeing.ts';
import { isGuardians, refuse } from './basis.ts';
import type { Refusal, SubjectFacts } from './facts.ts';
import type { Pack, Purpose } from './pack.ts';

const consentOf = (person: SubjectFacts, about: string) =>
  Object.hasOwn(person.consents, about) ? person.consents[about] : undefined;

/**
 * Where the policy must be agreed to before anything is collected: has the person, and does that version still stand? By
 * using the service only where the pack says that this counts; what a statute asks for goes without.
 */
export function judgeAccepted(pack: Pack, purpose: Purpose, person: SubjectFacts): Refusal | undefined {
  const rule = pack.consent.acceptance;
  const act = consentOf(person, POLICY);
  if (purpose.basis.kind === 'statute') return undefined;
  // Whoever said no to the policy has said no to all of it, whether or not it had to be asked for.
  if (rule === undefined) return act?.state === 'refused' ? refuse(pack, 'policy-not-accepted', purpose) : undefined;
  const stands =
    act?.state === 'given' && (rule.newest ? act.notice === pack.version : pack.notices.includes(act.notice));
  return stands ? undefined : refuse(pack, 'policy-not-accepted', purpose, 'notice', rule.clause);
}

/** A person may narrow a consent to some fields of the purpose: what rests on it ends there. */
export function judgeConsentScope(
  pack: Pack,
  purpose: Purpose,
  person: SubjectFacts,
  fields: readonly string[],
): Refusal | undefined {
  const scope = consentOf(person, purpose.name)?.fields;
  const outside = scope && fields.find((name) => ruleOf(purpose, name) === 'consent' && !scope.includes(name));
  return outside === undefined
    ? undefined
    : refuse(pack, 'outside-consent-scope', purpose, `fields.${outside}`, purpose.basis.clause);
}

const ruleOf = (purpose: Purpose, field: string) => purpose.fields.get(field)?.basis.kind;

/** A child is taken in only when the guardian has agreed to the rules about children, where there are such. */
export function judgeChildRules(pack: Pack, purpose: Purpose, person: SubjectFacts): Refusal | undefined {
  const rules = pack.minors.guardian?.rules;
  if (rules === undefined || person.guardian !== 'verified' || purpose.basis.kind === 'statute') return undefined;
  const act = consentOf(person, CHILD_RULES);
  return act?.state === 'given' && isGuardians(pack, act.level)
    ? undefined
    : refuse(pack, 'guardian-consent-required', purpose, 'subject', rules.clause);
}
