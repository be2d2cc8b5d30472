import { recipientOf, SUCCESSOR } from '../agreeing.ts';
import { isEnough, judgeState, refuse, subjectFacts } from '../basis.ts';
import type { ConsentFact, GateFacts, GateQuestion, GateVerdict, SubjectFacts } from '../facts.ts';
import type { ConsentLevel, Pack, Purpose } from '../pack.ts';
import { ruled } from '../rules/circumstances.ts';
import { isSensitive } from '../rules/values.ts';
import { no, yes } from './verdict.ts';

type Recipient = NonNullable<ReturnType<typeof recipientOf>>;
type Trigger = NonNullable<Pack['consent']['changed']>['triggers'][string];

/**
 * Has the person agreed to this going to that recipient? Asked before anything is handed on: the policy names the recipient,
 * its purposes and fields; sensitive data, another purpose and another holder ask for a yes of their own. Accepting the
 * policy is none of them, and a yes to one recipient is none to another.
 */
export function mayReach(pack: Pack, facts: GateFacts, question: GateQuestion): GateVerdict {
  const { recipient: id = '', purpose, fields, subject = '' } = question;
  const person = subjectFacts(facts, subject);
  if (id === SUCCESSOR) return maySucceed(pack, person, question);
  const recipient = recipientOf(pack, id);
  if (recipient === undefined) return no(ruled(pack, 'recipient-not-declared', undefined, 'recipient', undefined));
  const { clause } = recipient;
  const { affiliates } = pack.scope;
  const shown = question.evidence ?? [];
  if (
    recipient.kind === 'affiliate' &&
    !Object.hasOwn(affiliates?.members ?? {}, id) &&
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

  const changed = changeOf(pack, recipient, known, question);
  if (changed !== undefined) {
    const again = consentOf(person, `recipient.${id}.${changed.to}`);
    const behind = changed.trigger?.clause ?? pack.sharing?.sensitive?.clause ?? clause;
    if (again === undefined) return no(ruled(pack, 'reconsent-required', known, changed.at, behind));
    return changed.trigger === undefined || isEnough(again.level, changed.trigger.level)
      ? given(again, clause)
      : no(refuse(pack, 'consent-level-too-low', known, 'recipient', behind));
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

/** What was agreed to, or stands in the policy, and what is asked for now: another purpose, or another manner of use. */
function changeOf(
  pack: Pack,
  recipient: Recipient,
  known: Purpose | undefined,
  { purpose, use }: GateQuestion,
): { at: 'purpose' | 'use'; to: string; trigger?: Trigger | undefined } | undefined {
  const triggers = Object.values(pack.consent.changed?.triggers ?? {});
  const trigger = (what: Trigger['what']): Trigger | undefined =>
    triggers.find((each) => each.what === what && (each.of.length === 0 || each.of.includes(recipient.kind)));
  if (purpose !== undefined && recipient.purposes.length > 0 && !recipient.purposes.includes(purpose))
    return { at: 'purpose', to: purpose, trigger: trigger('purpose') };
  const manner = trigger('manner');
  if (use === undefined || manner === undefined || isUse(known, use)) return undefined;
  return { at: 'use', to: use, trigger: manner };
}

/** A closed list of uses; without one, the purpose itself. */
const isUse = (purpose: Purpose | undefined, use: string): boolean => purpose?.uses?.has(use) ?? purpose?.name === use;

/** Whoever takes the platform over, in an event the policy names, is bound by what was promised, or asks every person again. */
function maySucceed(pack: Pack, person: SubjectFacts, { use, evidence = [] }: GateQuestion): GateVerdict {
  const rule = pack.controllerChange;
  if (rule === undefined) return no(ruled(pack, 'recipient-not-declared', undefined, 'recipient', undefined));
  if (use !== undefined && !rule.events.includes(use))
    return no(ruled(pack, 'use-not-declared', undefined, 'use', rule.clause));
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
