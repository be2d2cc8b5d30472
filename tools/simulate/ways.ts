import { POINTS } from './points.ts';

/** Kinds of deeds. */
export type Deed =
  | 'admit'
  | 'admit tickets'
  | 'admit all'
  | 'consent'
  | 'withdraw'
  | 'hold'
  | 'release'
  | 'erase'
  | 'days'
  | 'many days'
  | 'sweep'
  | 'minute'
  | 'repeat'
  | 'activate'
  | 'back up'
  | 'propose'
  | 'lose'
  | 'confirm'
  | 'restore'
  | 'rotate'
  | 'work'
  | 'advance'
  | 'deliver'
  | 'deliver all'
  | 'past floors';

/** What leads to a point that not every history comes to; the first that fits. */
const WAYS: readonly (readonly [RegExp, readonly Deed[]])[] = [
  [/ forgetName$/, ['admit tickets', 'erase', 'advance', 'deliver all']],
  [/ (?:before|after) keep$/, ['admit all', 'hold', 'many days', 'sweep', 'deliver all']],
  // What only a floor keeps of an erased person goes on the day after it.
  [/ restriction\.keys-dead$/, ['admit tickets', 'erase', 'past floors', 'deliver all']],
  // At the first of its few passes, and not at a second that may never come.
  [/^retention (?:before|after) the commit of disposal_order$/, ['admit all', 'many days', 'sweep', 'deliver all']],
  // What is refused as the lease of consent is over leaves nothing but a count.
  [/ commit of counted$/, ['admit', 'minute']],
  [
    / commit of restore\b| was unpacked$| commit of quarantine$| file was read$| restore\./,
    ['back up', 'propose', 'confirm', 'restore', 'deliver all'],
  ],
  [/ file was isolated$| isolateBackupKey$/, ['admit all', 'back up', 'withdraw', 'many days', 'sweep', 'deliver all']],
  [/ackup| file was | commit of finding$/, ['back up', 'deliver all']],
  [/ commit of hold| releaseKept$| disposal\.kept$/, ['hold', 'release', 'deliver all']],
  [
    / forgetSubject$| request| certificate| freeze\.| order\.given$| ledger\.| shred\.ordered$| final\.| commit of (?:matter|person|subject_state|outbox|shred)$/,
    ['admit', 'erase', 'deliver all'],
  ],
  [/ commit of (?:pack_proposal|known_version)$/, ['activate', 'deliver all']],
  [/ withdrawal| destroySubjectKeys$/, ['withdraw', 'deliver all']],
];
export const wayTo = (point: string): readonly Deed[] => WAYS.find(([fits]) => fits.test(point))?.[1] ?? [];
/** How much likelier a deed is on the way to the point of a seed. */
export const LIKELIER = 5;

/** Whether a point is one that not every history comes to. */
export const isSeldom = (point: string): boolean => wayTo(point).length > 0;

/** Of all histories that go toward one of these about half come to it: they have more seeds. */
const HARD = POINTS.filter((point) =>
  / (?:before|after) (?:forgetName|keep|the commit of counted)$| file was isolated$| restriction\.keys-dead$/.test(
    point,
  ),
);
const TURNS: readonly string[] = [...POINTS, ...HARD, ...HARD];
/** Neighbors on the list of points are of a kind: seeds that follow one another take them from all over it. */
const STRIDE = 61;

/** The point toward which a seed goes, and at which it crashes: one in three has one. */
export const pointOf = (seed: number): string | undefined =>
  seed % 3 === 1 ? TURNS[(Math.floor(seed / 3) * STRIDE) % TURNS.length] : undefined;

/** So many seeds from one on that go toward a point. */
export function seedsToward(point: string, from: number, most: number): number[] {
  const found: number[] = [];
  if (TURNS.includes(point))
    for (let seed = from; found.length < most; seed += 1) if (pointOf(seed) === point) found.push(seed);
  return found;
}
