import { judgeAccepted, judgeChildRules, judgeConsentScope } from '../acceptance.ts';
import { judgeBasis, judgeGuardian, judgeState, refuse, subjectFacts } from '../basis.ts';
import type { GateFacts, GateQuestion, GateVerdict, Refusal } from '../facts.ts';
import type { Basis, FieldRule, Pack, Purpose } from '../pack.ts';
import {
  isGranted,
  judgeCeased,
  judgeDependence,
  judgeUse,
  judgeWhere,
  ruled,
  saidNo,
} from '../rules/circumstances.ts';
import { judgeException } from '../rules/exceptions.ts';
import { judgeFixed } from '../rules/fixed.ts';
import { isSensitive } from '../rules/values.ts';
import { no } from './verdict.ts';

/** A question about one person and one purpose. */
export type UseQuestion = Omit<GateQuestion, 'kind' | 'subject' | 'purpose'> & {
  readonly kind: 'collect' | 'use';
  readonly subject: string;
  readonly purpose: string;
};

/** May these fields of this person be collected or used for this purpose now? */
export function mayUse(pack: Pack, facts: GateFacts, question: UseQuestion, now: Date): GateVerdict {
  const purpose = pack.purposes.get(question.purpose);
  if (purpose === undefined) return no(refuse(pack, 'undeclared-purpose', undefined, 'purpose'));
  const person = subjectFacts(facts, question.subject);
  const barred =
    (question.kind === 'collect' ? judgeCeased(pack, purpose, facts.ceased, question.product, now) : undefined) ??
    judgeState(pack, purpose, person, 'subject') ??
    judgeWhere(pack, question.kind === 'collect' || question.channel !== undefined ? purpose : undefined, question) ??
    judgeUse(pack, purpose, question.use) ??
    judgeOccasion(pack, purpose, question);
  if (barred !== undefined) return no(barred);

  const bases = new Map<string, Basis>([[basisKey(purpose.basis), purpose.basis]]);
  for (const name of question.fields) {
    const rule = ruleOf(purpose, name, question.kind);
    if (rule === undefined) return no(refuse(pack, 'undeclared-field', purpose, `fields.${name}`));
    bases.set(basisKey(rule.basis), rule.basis);
  }
  const limited = question.use === undefined ? undefined : judgeUseLimits(pack, purpose, question, question.use);
  if (limited !== undefined) return no(limited);
  const dependence = judgeDependence(pack, purpose, person);
  if (dependence !== undefined) return no(dependence, { effect: purpose.refusing.effect });

  const cited = question.exception;
  const unguarded =
    cited !== undefined && pack.minors.grounds.includes(cited.ground)
      ? undefined
      : ((question.kind === 'collect' && cited === undefined ? judgeAccepted(pack, purpose, person) : undefined) ??
        judgeGuardian(pack, purpose, person, 'subject') ??
        judgeChildRules(pack, purpose, person));
  if (unguarded !== undefined) return no(unguarded);
  if (cited !== undefined) {
    const names = question.fields.length > 0 ? question.fields : [...purpose.fields.keys()];
    const unfounded = judgeException(
      pack,
      purpose,
      cited,
      names.some((name) => isSensitive(pack, name, person)),
    );
    const closed = unfounded ?? judgeClosed(pack, facts, purpose, question);
    if (closed !== undefined) return no(closed);
    const clause = pack.exceptions.collection.get(cited.ground)?.clause ?? purpose.clause;
    return { may: true, basis: 'exception', ...holderOf(purpose), clause };
  }
  for (const basis of bases.values()) {
    const groundless = judgeBasis(pack, facts, purpose, basis, question.subject);
    if (groundless !== undefined) return no(groundless, { effect: purpose.refusing.effect });
  }
  const narrowed = judgeConsentScope(pack, purpose, person, question.fields);
  if (narrowed !== undefined) return no(narrowed, { effect: purpose.refusing.effect });
  const closed = judgeClosed(pack, facts, purpose, question);
  if (closed !== undefined) return no(closed);
  const consent = purpose.basis.kind === 'consent' ? person.consents[purpose.name] : undefined;
  return {
    may: true,
    basis: purpose.basis.kind,
    ...(consent === undefined ? {} : { consent: consent.consent, notice: consent.notice }),
    ...holderOf(purpose),
    clause: purpose.clause,
  };
}

/** What never changes again is not asked for again. */
function judgeClosed(pack: Pack, facts: GateFacts, purpose: Purpose, question: UseQuestion): Refusal | undefined {
  if (question.kind !== 'collect') return undefined;
  const rules =
    question.fields.length > 0 ? question.fields.map((name) => purpose.fields.get(name)) : [...purpose.fields.values()];
  const classes = rules.flatMap((rule) => rule?.class ?? []);
  return judgeFixed(pack, facts, purpose, question.subject, classes, question.matter);
}

/** What must be going on: the moment of a collection, the matter to which a use keeps, the permission a field needs. */
function judgeOccasion(pack: Pack, purpose: Purpose, question: UseQuestion): Refusal | undefined {
  const { moment, onlyMatter } = purpose;
  if (onlyMatter !== undefined && question.kind === 'use' && question.matter === undefined)
    return ruled(pack, 'matter-required', purpose, 'matter', onlyMatter.clause);
  if (question.kind === 'use') return undefined;
  const said = (name: string): boolean => question.moment === name || (question.declarations?.includes(name) ?? false);
  if (moment !== undefined && !moment.anyOf.some(said))
    return ruled(pack, 'moment-not-declared', purpose, 'moment', moment.clause);
  if (question.declarations === undefined) return undefined;
  for (const name of question.fields) {
    const field = pack.fields.get(name);
    if (field?.permission === undefined || !purpose.fields.has(name) || said(`permission.${field.permission}`))
      continue;
    if (!isGranted(pack, field.permission, question.declarations))
      return refuse(pack, 'permission-required', purpose, `fields.${name}`, field.clause);
  }
  return undefined;
}

/** What a use may not have: single people, fields of other categories, what a permission no longer lets it have. */
function judgeUseLimits(pack: Pack, purpose: Purpose, question: UseQuestion, use: string): Refusal | undefined {
  const rule = pack.uses.get(use);
  if (rule === undefined) return undefined;
  if (rule.only !== undefined && question.kind === 'use')
    return ruled(pack, 'aggregate-only', purpose, 'use', rule.clause);
  for (const name of question.fields) {
    const field = pack.fields.get(name);
    if (field === undefined) continue;
    if (rule.categories !== undefined && !rule.categories.includes(field.category))
      return ruled(pack, 'undeclared-field', purpose, `fields.${name}`, rule.clause);
    if (rule.whilePermitted && field.permission !== undefined) {
      if (!isGranted(pack, field.permission, question.declarations ?? []))
        return ruled(pack, 'permission-required', purpose, `fields.${name}`, rule.clause);
    }
  }
  return undefined;
}

/** A field of the purpose, of the people it declares beside the person, or of a purpose whose fields may also serve this one. */
function ruleOf(purpose: Purpose, field: string, kind: UseQuestion['kind']): FieldRule | undefined {
  const own = purpose.fields.get(field) ?? purpose.others?.fields.get(field);
  return own !== undefined || kind === 'collect' ? own : purpose.borrowed.get(field);
}

const holderOf = ({ custody }: Purpose): { heldBy?: 'platform' } => (custody === 'platform' ? { heldBy: custody } : {});

const basisKey = (basis: Basis): string => `${basis.kind} ${basis.level ?? ''}`;

/** The device setting as the person last left it. */
export const isOff = (facts: GateFacts, subject: string | undefined, name: string): boolean =>
  subject !== undefined && saidNo(subjectFacts(facts, subject), name);
