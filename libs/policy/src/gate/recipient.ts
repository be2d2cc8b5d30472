import { recipientOf, SUCCESSOR } from '../agreeing.ts';
import { isEnough, judgeState, refuse, subjectFacts } from '../basis.ts';
import type { ConsentFact, GateFacts, GateQuestion, GateVerdict, SubjectFacts } from '../facts.ts';
import type { ConsentLevel, Pack } from '../pack.ts';
import { ruled } from '../rules/circumstances.ts';
import { isSensitive } from '../rules/values.ts';
import { no, yes } from './verdict.ts';

/**
 * Has the person agreed to this going to that recipient? Asked before anything is handed on: the policy names the recipient,
 * its purposes and fields; sensitive data, another purpose and another holder ask for a yes of their own. Accepting the
 * policy is none of them, and a yes to one recipient is none to another.
 */
export function mayReach(pack: Pack, facts: GateFacts, question: GateQuestion): GateVerdict {
  const { recipient: id = '', purpose, fields, subject = '' } = question;
  const person = subjectFacts(facts, subject);
  if (id === SUCCESSOR) return maySucceed(pack, person, question.evidence ?? []);
  const recipient = recipientOf(pack, id);
  if (recipient === undefined) return no(ruled(pack, 'recipient-not-declared', undefined, 'recipient', undefined));
  const { clause } = recipient;
  const { affiliates } = pack.scope;
  const shown = question.evidence ?? [];
  if (
    pack.recipients.get(id)?.kind === 'affiliate' &&
    affiliates?.needs?.every((each) => shown.includes(each)) === false
  )
    return no(ruled(pack, 'affiliate-unproven', undefined, 'evidence', affiliates.clause));
  const known = purpose === undefined ? undefined : pack.purposes.get(purpose);
  const barred = known && judgeState(pack, known, person, 'subject');
  if (barred !== undefined) return no(barred);
  const outside = fields.find(
    (name) => recipient.except.includes(name) || (recipient.fields.length > 0 && !recipient.fields.includes(name)),
  );
  if (outside !== undefined) return no(refuse(pack, 'undeclared-field', known, `fields.${outside}`, clause));
  if (facts.lease === 'stale' || person.unsettled === true) return no(refuse(pack, 'basis-uncertain', known));

  if (purpose !== undefined && recipient.purposes.length > 0 && !recipient.purposes.includes(purpose)) {
    const again = consentOf(person, `recipient.${id}.${purpose}`);
    return again === undefined
      ? no(ruled(pack, 'reconsent-required', known, 'purpose', pack.sharing?.sensitive?.clause ?? clause))
      : given(again, clause);
  }
  const act = consentOf(person, `recipient.${id}`);
  const sensitive = fields.some((name) => isSensitive(pack, name, person)) ? pack.sharing?.sensitive : undefined;
  if (sensitive !== undefined && (act === undefined || !isEnough(act.level, sensitive.level)))
    return no(ruled(pack, 'reconsent-required', known, 'recipient', sensitive.clause));
  const ground = groundOf(pack, recipient.ground);
  if (ground?.level === undefined) return act === undefined ? yes(clause) : given(act, clause);
  if (act === undefined) return no(refuse(pack, 'no-consent', known, 'recipient', ground.clause));
  return isEnough(act.level, ground.level)
    ? given(act, ground.clause)
    : no(refuse(pack, 'consent-level-too-low', known, 'recipient', ground.clause));
}

/** Whoever takes the platform over is bound by what was promised, or asks every person again. */
function maySucceed(pack: Pack, person: SubjectFacts, evidence: readonly string[]): GateVerdict {
  const rule = pack.controllerChange;
  if (rule === undefined) return no(ruled(pack, 'recipient-not-declared', undefined, 'recipient', undefined));
  if (rule.needs.every((each) => evidence.includes(each))) return yes(rule.clause);
  const act = consentOf(person, `recipient.${SUCCESSOR}`);
  return act === undefined
    ? no(ruled(pack, 'reconsent-required', undefined, 'recipient', rule.clause))
    : given(act, rule.clause);
}

const given = (act: ConsentFact, clause: string): GateVerdict => ({
  may: true,
  basis: 'consent',
  consent: act.consent,
  notice: act.notice,
  clause,
});

/** A yes that stands; one that only followed from use is none. */
function consentOf(person: SubjectFacts, about: string): ConsentFact | undefined {
  const act = Object.hasOwn(person.consents, about) ? person.consents[about] : undefined;
  return act?.state === 'given' && act.implied !== true ? act : undefined;
}

function groundOf(
  pack: Pack,
  name: string | undefined,
): { level?: ConsentLevel | undefined; clause: string } | undefined {
  if (name === undefined) return undefined;
  const { sharing, transfer, publication } = pack;
  return sharing?.grounds[name] ?? transfer?.grounds[name] ?? publication?.grounds[name];
}
