import { subjectFacts } from '../basis.ts';
import type { GateFacts, GateQuestion, GateVerdict } from '../facts.ts';
import type { Pack } from '../pack.ts';
import { ruled, saidNo } from '../rules/circumstances.ts';
import { mayUse } from './use.ts';
import { no } from './verdict.ts';

/** May this be sent to this person? Kinds the pack names only; commercial ones until the person says no. */
export function maySend(pack: Pack, facts: GateFacts, question: GateQuestion, now: Date): GateVerdict {
  const { message = '', subject = '', channel } = question;
  const rule = pack.messages.get(message);
  if (rule === undefined) return no(ruled(pack, 'message-not-declared', undefined, 'message', undefined));
  const purpose = pack.purposes.get(rule.purpose);
  const person = subjectFacts(facts, subject);
  const unwanted = saidNo(person, `message.${message}`) || (rule.marketing && saidNo(person, rule.purpose));
  if (unwanted) return no(ruled(pack, 'marketing-refused', purpose, 'message', rule.clause));
  if (rule.invites && pack.minors.invitations?.allowed === false && person.guardian !== 'not-needed')
    return no(ruled(pack, 'invitation-to-child', purpose, 'message', pack.minors.invitations.clause));
  if (rule.channels !== undefined && channel !== undefined && !rule.channels.includes(channel))
    return no(ruled(pack, 'channel-undeclared', purpose, 'channel', rule.clause));
  const asked = { kind: 'use', subject, purpose: rule.purpose, fields: question.fields } as const;
  const verdict = mayUse(pack, facts, asked, now);
  return verdict.may ? { ...verdict, clause: rule.clause } : verdict;
}
