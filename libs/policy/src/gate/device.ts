import { subjectFacts } from '../basis.ts';
import type { GateFacts, GateQuestion, GateVerdict, Refusal } from '../facts.ts';
import type { Pack } from '../pack.ts';
import type { Sdk } from '../pack-sections.ts';
import { ruled, saidYes } from '../rules/circumstances.ts';
import { isOff, mayUse } from './use.ts';
import { no, yes } from './verdict.ts';

/** May this device permission be asked for, for this purpose, at this moment? */
export function mayAskPermission(pack: Pack, facts: GateFacts, question: GateQuestion): GateVerdict {
  const { permission = '', purpose } = question;
  const rule = pack.permissions?.get(permission);
  if (rule === undefined) return no(ruled(pack, 'permission-not-declared', undefined, 'permission', undefined));
  // The client learns how the switch stands before anybody has touched it, and whether the person may go on without.
  const { default: before, optional, refusing } = rule;
  const remarks = { default: before, optional, ...(refusing === undefined ? {} : { effect: refusing.effect }) };
  if (purpose !== undefined && !rule.for.includes(purpose))
    return no(ruled(pack, 'permission-not-declared', pack.purposes.get(purpose), 'purpose', rule.clause));
  if (isOff(facts, question.subject, `permission.${permission}`))
    return no(ruled(pack, 'permission-required', undefined, 'permission', rule.clause), remarks);
  const moments = rule.moment ?? (purpose === undefined ? undefined : pack.purposes.get(purpose)?.moment);
  if (moments !== undefined && !moments.anyOf.some((each) => isGoingOn(question, each)))
    return no(ruled(pack, 'moment-not-declared', undefined, 'moment', moments.clause), remarks);
  return yes(rule.clause, remarks);
}

/** What it is to start an SDK by itself, as a use. */
const SELF_START = 'self-start';

/** May this SDK run, and have these fields? Every field needs a flow that carries it, as it is used, now. */
export function mayRunSdk(pack: Pack, facts: GateFacts, question: GateQuestion, now: Date): GateVerdict {
  const id = question.sdk ?? '';
  const sdk = pack.sdks.get(id);
  if (sdk === undefined) return no(ruled(pack, 'sdk-not-declared', undefined, 'sdk', undefined));
  if (isOff(facts, question.subject, `sdk.${id}`)) return no(ruled(pack, 'switched-off', undefined, 'sdk', sdk.clause));
  if (question.purpose !== undefined && question.purpose !== sdk.purpose)
    return no(ruled(pack, 'use-not-declared', pack.purposes.get(question.purpose), 'purpose', sdk.clause));
  if (question.use === SELF_START) return maySelfStart(pack, facts, question, sdk);
  const kept = judgeSdkPermission(pack, facts, question, sdk);
  if (kept !== undefined) return no(kept);
  const remarks =
    question.permission === undefined
      ? {}
      : { optional: sdk.permissions?.required.includes(question.permission) !== true };
  for (const field of question.fields) {
    const carrying = sdk.flows.filter((flow) => flow.fields.includes(field));
    const first = carrying[0];
    if (first === undefined) return no(ruled(pack, 'undeclared-field', undefined, `fields.${field}`, sdk.clause));
    const used = carrying.filter(({ uses }) => question.use === undefined || uses.includes(question.use));
    const flow = used[0];
    if (flow === undefined) return no(ruled(pack, 'use-not-declared', undefined, 'use', first.clause ?? sdk.clause));
    const flowing = used.find(({ when }) => when === undefined || isGoingOn(question, when));
    if (flowing === undefined)
      return no(ruled(pack, 'moment-not-declared', undefined, `fields.${field}`, flow.clause ?? sdk.clause));
    if (flowing.switch !== undefined && !isOn(facts, question, flowing.switch))
      return no(ruled(pack, 'switched-off', undefined, `fields.${field}`, flowing.switch.clause));
  }
  const missing =
    question.declarations === undefined
      ? undefined
      : sdk.permissions?.required.find((each) => !isGoingOn(question, `permission.${each}`));
  if (missing !== undefined) return no(ruled(pack, 'permission-required', undefined, 'declarations', sdk.clause));
  if (question.subject === undefined) return yes(sdk.clause, remarks);
  const asked = { kind: 'use', subject: question.subject, purpose: sdk.purpose, fields: [] } as const;
  const verdict = mayUse(pack, facts, asked, now);
  return verdict.may ? { ...verdict, ...remarks, clause: sdk.clause } : verdict;
}

/** An SDK has the permissions of the device that it is declared with, needed or optional, while the person leaves them on. */
function judgeSdkPermission(
  pack: Pack,
  facts: GateFacts,
  { permission, subject }: GateQuestion,
  { permissions, clause }: Sdk,
): Refusal | undefined {
  if (permission === undefined) return undefined;
  const declared = [...(permissions?.required ?? []), ...(permissions?.optional ?? [])];
  if (!declared.includes(permission)) return ruled(pack, 'permission-not-declared', undefined, 'permission', clause);
  return isOff(facts, subject, `permission.${permission}`)
    ? ruled(pack, 'permission-required', undefined, 'permission', clause)
    : undefined;
}

function maySelfStart(pack: Pack, facts: GateFacts, question: GateQuestion, sdk: Sdk): GateVerdict {
  const rule = sdk.selfStart;
  if (rule === undefined) return no(ruled(pack, 'use-not-declared', undefined, 'use', sdk.clause));
  const on = isOn(facts, question, { name: SELF_START, default: rule.default });
  return on ? yes(rule.clause) : no(ruled(pack, 'switched-off', undefined, 'use', rule.clause));
}

const isGoingOn = (question: GateQuestion, name: string): boolean =>
  question.moment === name || (question.declarations?.includes(name) ?? false);

/** A switch as the person left it, or as it is before anybody has touched it. */
function isOn(
  facts: GateFacts,
  question: GateQuestion,
  { name, default: otherwise }: { readonly name: string; readonly default: 'off' | 'on' },
): boolean {
  if (isOff(facts, question.subject, name)) return false;
  const person = question.subject === undefined ? undefined : subjectFacts(facts, question.subject);
  return otherwise === 'on' || isGoingOn(question, name) || saidYes(person, name);
}
