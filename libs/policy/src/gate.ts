import { judgeAccepted, judgeChildRules } from './acceptance.ts';
import { judgeBasis, judgeGuardian, judgeState, refuse, subjectFacts } from './basis.ts';
import type { GateFacts, GateQuestion, GateVerdict, Refusal } from './facts.ts';
import type { Basis, FieldRule, Pack, Purpose } from './pack.ts';

/** May these fields of this person be collected or used for this purpose now? */
export function mayUse(pack: Pack, facts: GateFacts, question: GateQuestion, _now: Date): GateVerdict {
  const purpose = pack.purposes.get(question.purpose);
  if (purpose === undefined) return no(refuse(pack, 'undeclared-purpose', undefined, 'purpose'));
  const person = subjectFacts(facts, question.subject);
  const barred = judgeState(pack, purpose, person, 'subject');
  if (barred !== undefined) return no(barred);

  const bases = new Map<string, Basis>([[basisKey(purpose.basis), purpose.basis]]);
  for (const name of question.fields) {
    const rule = ruleOf(pack, purpose, name, question.kind);
    if (rule === undefined) return no(refuse(pack, 'undeclared-field', purpose, `fields.${name}`));
    bases.set(basisKey(rule.basis), rule.basis);
  }
  const unguarded =
    (question.kind === 'collect' ? judgeAccepted(pack, purpose, person) : undefined) ??
    judgeGuardian(pack, purpose, person, 'subject') ??
    judgeChildRules(pack, purpose, person);
  if (unguarded !== undefined) return no(unguarded);
  for (const basis of bases.values()) {
    const groundless = judgeBasis(pack, facts, purpose, basis, question.subject);
    if (groundless !== undefined) return no(groundless);
  }
  const consent = purpose.basis.kind === 'consent' ? person.consents[purpose.name] : undefined;
  return {
    may: true,
    basis: purpose.basis.kind,
    ...(consent === undefined ? {} : { consent: consent.consent, notice: consent.notice }),
    clause: purpose.clause,
  };
}

/** A field of the purpose, of the people it declares beside the person, or of a purpose whose fields may also serve this one. */
function ruleOf(pack: Pack, purpose: Purpose, field: string, kind: GateQuestion['kind']): FieldRule | undefined {
  const own = purpose.fields.get(field) ?? purpose.others?.fields.get(field);
  if (own !== undefined || kind === 'collect') return own;
  for (const source of pack.purposes.values()) {
    const lent = source.alsoUsedFor.includes(purpose.name) ? source.fields.get(field) : undefined;
    if (lent !== undefined) return { ...lent, basis: purpose.basis };
  }
  return undefined;
}

const basisKey = (basis: Basis): string => `${basis.kind} ${basis.level ?? ''}`;
const no = (refusal: Refusal): GateVerdict => ({ may: false, ...refusal });
