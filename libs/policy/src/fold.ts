import { isDay } from '@lethe/kernel';
import { classOf } from './disposal.ts';
import type { FieldValue } from './facts.ts';
import { amountOf, type Bounds, measured, type Measured, type Total } from './measure.ts';
import type { Dimension, Ladder, Measure, Pack } from './pack.ts';

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
  /** What the ladder sums, by its name; a sum that would tell of one person is withheld. */
  readonly measures: Readonly<Record<string, Measured>>;
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

/** What the ladder's measures say of a member, in their order; undefined where no number is said. */
type Amounts = readonly (bigint | undefined)[];
const NO_AMOUNTS: Amounts = [];

/** Members of whom the ladder's dimensions say the same. */
interface Alike {
  readonly said: Said;
  readonly people: Set<string>;
  records: number;
  /** Of each measure what its people say together, by person; who says nothing is not in it. */
  readonly totals: readonly Map<string, Total>[];
}

interface Member {
  readonly subject: string;
  said: Said;
  amounts: Amounts;
}

/**
 * A cohort on its way into cells, one part at a time: a value is generalized when it comes, and nothing finer is kept of it.
 * Parts of one record and one person are one member.
 */
export class Cohort {
  private readonly ladder: Ladder;
  private readonly generalized: readonly Map<FieldValue, string>[];
  private readonly known = new Map<string, Said>();
  private readonly members = new Map<string, Member>();

  constructor(pack: Pack, className: string) {
    this.ladder = ladderOf(pack, className);
    this.generalized = this.ladder.dimensions.map(() => new Map());
  }

  add({ subject, record, values }: FoldMember): void {
    const key = `${record} ${subject}`;
    const member = this.members.get(key);
    const says = said(this.ladder, values, this.generalized);
    const { measures } = this.ladder;
    const amounts = measures.length === 0 ? NO_AMOUNTS : measures.map((measure) => amountOf(measure, values));
    if (member === undefined) this.members.set(key, { subject, said: this.once(says), amounts });
    else {
      member.said = this.once(says.map((each, at) => each ?? member.said[at]));
      member.amounts = amounts.map((each, at) => each ?? member.amounts[at]);
    }
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
          cells.push({
            dimensions,
            people: people.size,
            records: of.reduce((sum, each) => sum + each.records, 0),
            measures: this.measures(dimensions, of),
          });
        else rest.push(...of);
      }
    }
    const forgotten = rest.reduce((sum, each) => sum + each.records, 0);
    return { cells, anonymized: this.members.size - forgotten, forgotten };
  }

  private measures(dimensions: Cell['dimensions'], of: readonly Alike[]): Cell['measures'] {
    return Object.fromEntries(
      this.ladder.measures.map((measure, at) => {
        const totals = new Map<string, Total>();
        for (const each of of) for (const [subject, total] of each.totals[at]!) addTo(totals, subject, total);
        return [
          measure.name,
          measured(measure, this.ladder.k.value, totals.values(), boundsOf(this.ladder, measure, dimensions)),
        ];
      }),
    );
  }

  private alike(): Alike[] {
    const all = new Map<Said, Alike>();
    for (const { subject, said: says, amounts } of this.members.values()) {
      let alike = all.get(says);
      if (alike === undefined) {
        alike = { said: says, people: new Set(), records: 0, totals: amounts.map(() => new Map<string, Total>()) };
        all.set(says, alike);
      }
      alike.people.add(subject);
      alike.records += 1;
      for (const [at, totals] of alike.totals.entries()) {
        const amount = amounts[at];
        if (amount !== undefined) addTo(totals, subject, { sum: amount, records: 1 });
      }
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

function addTo(totals: Map<string, Total>, subject: string, { sum, records }: Total): void {
  const known = totals.get(subject);
  totals.set(
    subject,
    known === undefined ? { sum, records } : { sum: known.sum + sum, records: known.records + records },
  );
}

/** Where a cell has a band of what a measure sums, it says of every value between what it lies. */
const boundsOf = ({ dimensions }: Ladder, { field }: Measure, cell: Cell['dimensions']): Bounds[] =>
  dimensions.flatMap((each) => {
    if (each.by !== 'band' || each.field !== field) return [];
    const above = [0, ...each.bounds.map((_, at) => at + 1)].find(
      (at) => bandName(each.bounds, at) === cell[each.name],
    );
    return above === undefined ? [] : [{ from: each.bounds[above - 1], to: each.bounds[above] }];
  });

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
      if (typeof value !== 'number') return 'other';
      return bandName(dimension.bounds, dimension.bounds.filter((bound) => value >= bound).length);
    }
  }
}

/** The band of a value that is not below so many of the bounds. */
function bandName(bounds: readonly number[], above: number): string {
  const from = bounds[above - 1];
  const to = bounds[above];
  if (from === undefined) return `below-${to ?? 0}`;
  return to === undefined ? `${from}-up` : `${from}-${to}`;
}

const isDayLike = (value: FieldValue): value is string => typeof value === 'string' && isDay(value.slice(0, 10));
