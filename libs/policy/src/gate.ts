import { refuse } from './basis.ts';
import type { GateFacts, GateQuestion, GateVerdict } from './facts.ts';
import { classify, mayJoin, mayUseDataset } from './gate/data.ts';
import { mayAskPermission, mayRunSdk } from './gate/device.ts';
import { maySend } from './gate/message.ts';
import { mayShowPage } from './gate/page.ts';
import { mayReach } from './gate/recipient.ts';
import { mayTrack } from './gate/tracker.ts';
import { mayUse } from './gate/use.ts';
import { no, yes } from './gate/verdict.ts';
import type { Pack } from './pack.ts';
import { judgeRegion } from './rules/territory.ts';

/** Every question of the gate: one room, one shape of answer. A kind's own rule is in `gate/`. */
export function judge(pack: Pack, facts: GateFacts, question: GateQuestion, now: Date): GateVerdict {
  switch (question.kind) {
    case 'collect':
    case 'use': {
      const { kind, subject = '', purpose = '' } = question;
      return mayUse(pack, facts, { ...question, kind, subject, purpose }, now);
    }
    case 'tracker':
      return mayTrack(pack, facts, question);
    case 'sdk':
      return mayRunSdk(pack, facts, question, now);
    case 'permission':
      return mayAskPermission(pack, facts, question);
    case 'message':
      return maySend(pack, facts, question, now);
    case 'recipient':
      return mayReach(pack, facts, question);
    case 'page':
      return mayShowPage(pack, facts, question);
    case 'join':
      return mayJoin(pack, facts, question, now);
    case 'dataset':
      return mayUseDataset(pack, question);
    case 'field':
      return classify(pack, facts, question);
    case 'region':
      return mayStore(pack, facts, question);
  }
}

/** May it be written there? Asked before anything is. */
function mayStore(pack: Pack, facts: GateFacts, question: GateQuestion): GateVerdict {
  const purpose = question.purpose === undefined ? undefined : pack.purposes.get(question.purpose);
  if (question.purpose !== undefined && purpose === undefined)
    return no(refuse(pack, 'undeclared-purpose', undefined, 'purpose'));
  const refusal = judgeRegion(pack, facts, purpose, question.region ?? '', question.subject, question.exception);
  return refusal === undefined ? yes(pack.territory.clause) : no(refusal);
}
