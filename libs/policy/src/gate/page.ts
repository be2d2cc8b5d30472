import { refuse, subjectFacts } from '../basis.ts';
import type { GateFacts, GateQuestion, GateVerdict } from '../facts.ts';
import type { Pack, Purpose } from '../pack.ts';
import { judgeDependence, judgeWhere, ruled, saidNo } from '../rules/circumstances.ts';
import { no, yes } from './verdict.ts';

/**
 * May this page be shown: does it ask for what the purpose declares, and make nothing a condition that the person may
 * leave out? What was refused stays away, and only that.
 */
export function mayShowPage(pack: Pack, facts: GateFacts, question: GateQuestion): GateVerdict {
  const purpose = pack.purposes.get(question.purpose ?? '');
  if (purpose === undefined) return no(refuse(pack, 'undeclared-purpose', undefined, 'purpose'));
  const { effect } = purpose.refusing;
  const elsewhere = judgeWhere(pack, undefined, question);
  if (elsewhere !== undefined) return no(elsewhere);
  for (const name of [...question.fields, ...(question.required ?? [])])
    if (!purpose.fields.has(name) && purpose.others?.fields.has(name) !== true)
      return no(refuse(pack, 'undeclared-field', purpose, `fields.${name}`));
  const optional = question.required?.find((name) => !isNeeded(purpose, name));
  if (optional !== undefined)
    return no(ruled(pack, 'field-optional', purpose, `required.${optional}`, purpose.refusing.clause), { effect });
  if (question.subject !== undefined) {
    const person = subjectFacts(facts, question.subject);
    const dependence = judgeDependence(pack, purpose, person);
    if (dependence !== undefined) return no(dependence, { effect });
    if (saidNo(person, purpose.name))
      return no(refuse(pack, 'consent-refused', purpose, 'purpose', purpose.refusing.clause), { effect });
  }
  return yes(purpose.clause, { effect });
}

/** Required by the pack, or part of every variant. */
const isNeeded = (purpose: Purpose, name: string): boolean =>
  (purpose.fields.get(name) ?? purpose.others?.fields.get(name))?.required === true ||
  (purpose.variants.length > 0 && purpose.variants.every((variant) => variant.includes(name)));
