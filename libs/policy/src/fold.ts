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
  const ladder = ladderOf(pack, className);
  return cellAt(ladder, said(ladder, values), step);
}

/** What the ladder's dimensions say of a member, generalized, in their order; undefined where it says nothing. */
type Said = readonly (string | undefined)[];

/** Members of whom the ladder's dimensions say the same. */
interface Alike {
  readonly said: Said;
  readonly people: Set<string>;
  records: number;
}

/**
 * A cohort on its way into cells, one part at a time: a value is generalized when it comes, and nothing finer is kept of it.
 * Parts of one record are one member.
 */
export class Cohort {
  private readonly ladder: Ladder;
  private readonly generalized: readonly Map<FieldValue, string>[];
  private readonly known = new Map<string, Said>();
  private readonly members = new Map<string, { readonly subject: string; said: Said }>();

  constructor(pack: Pack, className: string) {
    this.ladder = ladderOf(pack, className);
    this.generalized = this.ladder.dimensions.map(() => new Map());
  }

  add({ subject, record, values }: FoldMember): void {
    const member = this.members.get(record);
    const says = said(this.ladder, values, this.generalized);
    if (member === undefined) this.members.set(record, { subject, said: this.once(says) });
    else member.said = this.once(says.map((each, at) => each ?? member.said[at]));
  }

  /**
   * The whole cohort at once: cells of k people or more are kept, the rest is tried again at the next coarser step, and what is
   * still too small at the last is forgotten. Each record is counted in one cell at most; the order in which parts came changes nothing.
   */
  fold(): Folded {
    const cells: Cell[] = [];
    let rest = this.alike();
    for (const step of this.ladder.steps.keys()) {
      const groups = new Map<string, { readonly dimensions: Cell['dimensions']; readonly of: Alike[] }>();
      for (const each of rest) {
        const dimensions = cellAt(this.ladder, each.said, step);
        const key = JSON.stringify(dimensions);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, { dimensions, of: [each] });
        else group.of.push(each);
      }
      rest = [];
      for (const [, { dimensions, of }] of [...groups].sort(([one], [other]) => (one < other ? -1 : 1))) {
        const people = new Set<string>();
        for (const each of of) for (const person of each.people) people.add(person);
        if (people.size >= this.ladder.k.value)
          cells.push({ dimensions, people: people.size, records: of.reduce((sum, each) => sum + each.records, 0) });
        else rest.push(...of);
      }
    }
    const forgotten = rest.reduce((sum, each) => sum + each.records, 0);
    return { cells, anonymized: this.members.size - forgotten, forgotten };
  }

  private alike(): Alike[] {
    const all = new Map<Said, Alike>();
    for (const { subject, said: says } of this.members.values()) {
      let alike = all.get(says);
      if (alike === undefined) all.set(says, (alike = { said: says, people: new Set(), records: 0 }));
      alike.people.add(subject);
      alike.records += 1;
    }
    return [...all.values()];
  }

  /** The same list for members of whom the same is said. */
  private once(says: Said): Said {
    const key = JSON.stringify(says);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.known.set(key, says);
    return says;
  }
}

function ladderOf(pack: Pack, className: string): Ladder {
  const { ladder } = classOf(pack, className);
  if (ladder === undefined) throw new RangeError(`class ${className} has no ladder`);
  return ladder;
}

/** A cohort has few days and genres: each is generalized once. Beyond so many, values are free and seldom come again. */
const REMEMBERED = 1000;

const said = (
  ladder: Ladder,
  values: Readonly<Record<string, FieldValue>>,
  generalized?: readonly Map<FieldValue, string>[],
): Said =>
  ladder.dimensions.map((dimension, at) => {
    if (!Object.hasOwn(values, dimension.field)) return undefined;
    const value = values[dimension.field]!;
    const known = generalized?.[at];
    let says = known?.get(value);
    if (says === undefined) {
      says = generalize(dimension, value);
      if (known !== undefined && known.size < REMEMBERED) known.set(value, says);
    }
    return says;
  });

function cellAt(ladder: Ladder, says: Said, step: number): Readonly<Record<string, string>> {
  const kept = ladder.steps[step] ?? [];
  return Object.fromEntries(
    ladder.dimensions.flatMap(({ name }, at) => (kept.includes(name) ? [[name, says[at] ?? 'unknown']] : [])),
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
