import { addPeriod, type Day } from '@lethe/kernel';
import type { ClauseId, Pack } from './pack.ts';

/** How a control of the pack stands. */
export interface ControlState {
  readonly control: string;
  readonly clause: ClauseId;
  /** The kind of evidence that shows it. */
  readonly evidence: string;
  /** `missing`: nothing was ever filed; `overdue`: what was filed is older than the interval. */
  readonly state: 'missing' | 'current' | 'overdue';
  /** The last local day on which what was filed still shows it. */
  readonly until?: Day;
}

/** How each control stands on a local day, given when evidence of it was last filed. An interval rounds earlier. */
export function controlStates(pack: Pack, filed: ReadonlyMap<string, Day>, today: Day): ControlState[] {
  return Object.entries(pack.security?.controls ?? {}).map(([control, { clause, evidence, interval }]) => {
    const on = filed.get(control);
    if (on === undefined) return { control, clause, evidence, state: 'missing' };
    const until = addPeriod(on, interval.value);
    return { control, clause, evidence, state: today <= until ? 'current' : 'overdue', until };
  });
}

/** What every part has whoever gave it: an algorithm and the two keys it is sealed under. */
export interface Protection {
  /** How it came in: by the person, from somebody else, logged. */
  readonly source: string;
  readonly controls: readonly string[];
}

/** The sources whose data lacks a control that some other data has: protected less. Each named once, in order. */
export function weakerSources(protections: readonly Protection[]): string[] {
  const all = new Set(protections.flatMap(({ controls }) => controls));
  const weaker = protections.filter(({ controls }) => [...all].some((control) => !controls.includes(control)));
  return [...new Set(weaker.map(({ source }) => source))].sort();
}
