import { isDay } from '@lethe/kernel';
import { classOf } from './disposal.ts';
import type { FieldValue } from './facts.ts';
import type { Dimension, Ladder, Pack } from './pack.ts';

/** One member of a cohort. `subject` and `record` are counted, never stored. */
export interface FoldMember {
  readonly subject: string;
  readonly record: string;
  readonly values: Readonly<Record<string, FieldValue>>;
}
/** An aggregate of k people or more. */
export interface Cell {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly people: number;
  readonly records: number;
}
export interface Folded {
  readonly cells: readonly Cell[];
  /** Records that live on in a cell. */
  readonly anonymized: number;
  /** Records of cells too small at every step. */
  readonly forgotten: number;
}

/**
 * The cell of one member at a step of the ladder (0 is the finest). Only what the ladder names survives; a value it
 * does not list is `other`, one that is absent `unknown`, so that no free text ever reaches a cell.
 */
export function foldKey(
  pack: Pack,
  className: string,
  values: Readonly<Record<string, FieldValue>>,
  step = 0,
): Readonly<Record<string, string>> {
  return keyAt(ladderOf(pack, className), values, step);
}

/**
 * Folds a whole cohort at once: cells of k people or more are kept, the rest is tried again at the next coarser step,
 * and what is still too small at the last is forgotten. Each record is counted in one cell at most.
 */
export function foldCohort(pack: Pack, className: string, members: readonly FoldMember[]): Folded {
  const ladder = ladderOf(pack, className);
  const cells: Cell[] = [];
  const all = new Set(members.map((member) => member.record)).size;
  let rest = merge(members);
  for (const step of ladder.steps.keys()) {
    const groups = new Map<
      string,
      { readonly dimensions: Readonly<Record<string, string>>; readonly members: FoldMember[] }
    >();
    for (const member of rest) {
      const dimensions = keyAt(ladder, member.values, step);
      const key = JSON.stringify(dimensions);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { dimensions, members: [member] });
      else group.members.push(member);
    }
    rest = [];
    for (const group of groups.values()) {
      const people = new Set(group.members.map((member) => member.subject)).size;
      if (people >= ladder.k.value) cells.push({ dimensions: group.dimensions, people, records: group.members.length });
      else rest.push(...group.members);
    }
  }
  return { cells, anonymized: all - rest.length, forgotten: rest.length };
}

/** Parts of one record of one person are one member. */
function merge(members: readonly FoldMember[]): FoldMember[] {
  const records = new Map<string, FoldMember>();
  for (const member of members) {
    const known = records.get(member.record);
    records.set(
      member.record,
      known === undefined ? member : { ...known, values: { ...known.values, ...member.values } },
    );
  }
  return [...records.values()];
}

function ladderOf(pack: Pack, className: string): Ladder {
  const { ladder } = classOf(pack, className);
  if (ladder === undefined) throw new RangeError(`class ${className} has no ladder`);
  return ladder;
}

function keyAt(
  ladder: Ladder,
  values: Readonly<Record<string, FieldValue>>,
  step: number,
): Readonly<Record<string, string>> {
  const kept = ladder.steps[step] ?? [];
  return Object.fromEntries(
    ladder.dimensions
      .filter((dimension) => kept.includes(dimension.name))
      .map((dimension) => [
        dimension.name,
        generalize(dimension, Object.hasOwn(values, dimension.field) ? values[dimension.field] : undefined),
      ]),
  );
}

function generalize(dimension: Dimension, value: FieldValue | undefined): string {
  if (value === undefined || value === '') return 'unknown';
  switch (dimension.by) {
    case 'month':
      return isDayLike(value) ? value.slice(0, 7) : 'other';
    case 'year':
      return isDayLike(value) ? value.slice(0, 4) : 'other';
    case 'decade':
      return isDayLike(value) ? `${value.slice(0, 3)}0s` : 'other';
    case 'value':
      return typeof value === 'string' && dimension.values.includes(value) ? value : 'other';
    case 'map':
      return (
        Object.entries(dimension.groups).find(
          ([, members]) => typeof value === 'string' && members.includes(value),
        )?.[0] ?? 'other'
      );
    case 'band': {
      const above = dimension.bounds.filter((bound) => typeof value === 'number' && value >= bound);
      const from = above.at(-1);
      const to = dimension.bounds[above.length];
      if (from === undefined) return typeof value === 'number' ? `below-${dimension.bounds[0] ?? 0}` : 'other';
      return to === undefined ? `${from}-up` : `${from}-${to}`;
    }
  }
}

const isDayLike = (value: FieldValue): value is string => typeof value === 'string' && isDay(value.slice(0, 10));
