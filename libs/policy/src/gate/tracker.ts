import { judgeBasis, subjectFacts } from '../basis.ts';
import type { GateFacts, GateQuestion, GateVerdict, Refusal } from '../facts.ts';
import type { Pack } from '../pack.ts';
import { ruled, saidNo } from '../rules/circumstances.ts';
import { no, yes } from './verdict.ts';

type Question = Pick<GateQuestion, 'tracker' | 'purpose' | 'subject' | 'fields' | 'level' | 'doNotTrack'>;

/** May this tracker be set, for this, with this person's choice? Essential ones whatever was chosen. */
export function mayTrack(pack: Pack, facts: GateFacts, question: Question): GateVerdict {
  const refusal = judgeTracker(pack, facts, question);
  const rule = ruleOf(pack, question.purpose);
  if (refusal !== undefined) return no(refusal, rule === undefined ? {} : { effect: rule.refusing.effect });
  return yes(rule?.clause ?? pack.trackers?.clause ?? pack.controller.clause);
}

const ruleOf = (pack: Pack, purpose = '') => {
  const purposes = pack.trackers?.purposes ?? {};
  return Object.hasOwn(purposes, purpose) ? purposes[purpose] : undefined;
};

/**
 * The same as a refusal. A purpose of the pack that is none of the trackers' own may be fed by any kind that is declared,
 * as long as trackers are not refused altogether.
 */
export function judgeTracker(pack: Pack, facts: GateFacts, question: Question): Refusal | undefined {
  const { trackers } = pack;
  const { tracker = '', purpose = '', subject, fields } = question;
  const unknown = (field: string, clause?: string): Refusal =>
    ruled(pack, 'tracker-not-declared', undefined, field, clause);
  if (trackers === undefined) return unknown('tracker');
  const kind = Object.hasOwn(trackers.kinds, tracker) ? trackers.kinds[tracker] : undefined;
  if (kind === undefined) return unknown('tracker', trackers.clause);
  const stray = kind.fields && fields.find((each) => !kind.fields?.includes(each));
  if (stray !== undefined) return ruled(pack, 'undeclared-field', undefined, `fields.${stray}`, kind.clause);
  const rule = ruleOf(pack, purpose);
  if (rule === undefined && !pack.purposes.has(purpose)) return unknown('purpose', trackers.clause);
  if (rule !== undefined && !rule.kinds.includes(tracker)) return unknown('tracker', rule.clause);
  if (rule?.essential === true) return undefined;

  const off = (clause: string): Refusal => ruled(pack, 'tracker-refused', undefined, 'tracker', clause);
  if (trackers.doNotTrack?.honored === true && question.doNotTrack === true) return off(trackers.doNotTrack.clause);
  const person = subject === undefined ? undefined : subjectFacts(facts, subject);
  const clause = rule?.refusing.clause ?? trackers.levels?.clause ?? trackers.clause;
  if (saidNo(person, `tracker.${purpose}`) || saidNo(person, 'trackers')) return off(clause);
  if (trackers.levels !== undefined) {
    // What was chosen here and what the browser says may differ: either can say no.
    const said = [person?.consents['trackers']?.choice, question.level].filter((each) => each !== undefined);
    const { levels } = trackers;
    const runs = (chosen: string): boolean => {
      if (rule === undefined) return chosen !== 'none';
      return (
        (chosen === 'all' || chosen === 'reduced' || chosen === 'none') && levels[chosen]?.includes(purpose) === true
      );
    };
    if (!(said.length > 0 ? said : [levels.default]).every(runs)) return off(levels.clause);
  }
  const needed = rule?.consent === undefined ? undefined : pack.purposes.get(rule.consent);
  if (needed === undefined || subject === undefined) return undefined;
  return judgeBasis(pack, facts, needed, needed.basis, subject);
}
