import { isAhead, type ConsentLevel, type RefusalCode } from '@lethe/policy';
import type { Act, ActFacts, Decision } from './act.ts';

/** The notice of an act of which nobody knows any more what was shown. No pack has this version. */
export const UNKNOWN_NOTICE = '0-unknown';

/** What is only recorded with a finding: the gate judges by it as by anything else, and it carries nothing. */
const FINDINGS: readonly RefusalCode[] = [
  'notice-not-current',
  'notice-not-shown',
  'notice-incomplete',
  'consent-level-too-low',
  'separate-consent-required',
  'guardian-consent-required',
];

type Recorded = Extract<Decision, { kind: 'record' }>;
type Refused = Extract<Decision, { kind: 'refused' }>;

/**
 * An act that was done before Lethe was here, as it was: under the notice it names, at the level it had, of the weakest
 * level where nobody knows. It never stands above what the person did later. `recorded` as today's rules would have it.
 */
export function decideImported(
  facts: ActFacts,
  act: Act,
  now: Date,
  today: Decision,
): { readonly decision: Decision; readonly finding?: Refused['refusal'] } {
  const { standing } = facts;
  const at = act.at ?? now;
  if (standing !== undefined && standing.at.getTime() >= at.getTime())
    return { decision: { kind: 'refused', refusal: { code: 'superseded', field: 'at' } } };
  if (today.kind === 'record') {
    const decision = { ...today, ...asItWas(act, today.level) };
    const unknown = act.state === 'given' && act.notice === undefined;
    return { decision, ...(unknown && { finding: { code: 'notice-not-current', field: 'notice' } }) };
  }
  if (today.kind !== 'refused' || !FINDINGS.includes(today.refusal.code)) return { decision: today };
  const recorded: Recorded = {
    kind: 'record',
    version: (standing?.version ?? 0) + 1,
    ...asItWas(act, act.bundled === true || act.implied === true ? 'acceptance' : act.level),
    at: at.getTime() < now.getTime() ? at : now,
    recordedAt: standing !== undefined && standing.recordedAt > now ? standing.recordedAt : now,
  };
  return { decision: recorded, finding: today.refusal };
}

/** A no that is said to have been said at a moment that has not come: it stands, and nobody knows since when. */
export const isNoFromAhead = ({ state, at }: Pick<Act, 'state' | 'at'>, now: Date): boolean =>
  state !== 'given' && at !== undefined && isAhead(at, now);

const asItWas = (act: Act, level: ConsentLevel): Pick<Recorded, 'level' | 'notice'> => ({
  level,
  notice: act.notice ?? UNKNOWN_NOTICE,
});

/** An imported act that was sent before: the same person, thing, yes or no, and moment, as far as that is known. */
export const isAgain = (
  row: Pick<Act, 'purpose' | 'state'> & {
    readonly subject: string;
    readonly notice: string;
    readonly at: Date;
    readonly unknown: readonly string[];
  },
  act: Pick<Act, 'purpose' | 'state' | 'notice'> & { readonly subject: string },
  at: Date | undefined,
): boolean =>
  row.subject === act.subject &&
  row.purpose === act.purpose &&
  row.state === act.state &&
  row.notice === (act.notice ?? row.notice) &&
  (at === undefined ? row.unknown.includes('at') : row.at.getTime() === at.getTime());
