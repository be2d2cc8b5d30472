import type { events, Envelope } from '@lethe/contracts';
import type { Day } from '@lethe/kernel';

export type Custody = 'lethe' | 'platform';
export type Method = 'delete' | 'anonymize';

/** What one or more events change in the count of a class on a day. Counts commute, so slots need not wait for each other. */
export interface DayChange {
  readonly class: string;
  readonly day: Day;
  readonly custody: Custody;
  readonly method?: Method | undefined;
  /** The latest floor seen: no part of the day goes before it. */
  readonly floor?: Day | undefined;
  /** Parts more, or fewer. */
  readonly parts: number;
}

/** The same for parts that wait for their matter's anchor. */
export interface WaitingChange {
  readonly class: string;
  readonly matter: string;
  readonly custody: Custody;
  readonly method?: Method | undefined;
  /** The day from which waiting is a finding; the earliest seen. */
  readonly limit?: Day | undefined;
  readonly parts: number;
}

export interface TallyChanges {
  readonly days: readonly DayChange[];
  readonly waiting: readonly WaitingChange[];
}

type PartsAdmitted = Envelope<typeof events.PartsAdmittedV1>['data'];
type MatterDated = Envelope<typeof events.MatterDatedV1>['data'];
type PartsRemoved = Pick<Envelope<typeof events.PartsRemovedV2>['data'], 'tallies'>;

export const admitted = (batch: readonly PartsAdmitted[]): TallyChanges =>
  merge(
    batch.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.disposal ? [{ ...part, day: part.disposal, parts: 1 }] : [])),
    ),
    batch.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.disposal || !part.matter ? [] : [{ ...part, matter: part.matter, parts: 1 }])),
    ),
  );

/** A matter's anchor came (from waiting) or moved (from a day): its parts count for another day. */
export const dated = (batch: readonly MatterDated[]): TallyChanges =>
  merge(
    batch.flatMap((matter) => {
      const { from, to, parts } = matter;
      return [
        ...(from ? [{ ...matter, day: from, floor: undefined, parts: -parts }] : []),
        { ...matter, day: to, parts },
      ];
    }),
    batch.flatMap((matter) => (matter.from ? [] : [{ ...matter, parts: -matter.parts }])),
  );

/** What collection states of a slot: every count of it as it is. */
export const stated = (tallies: Envelope<typeof events.TalliesStatedV1>['data']['tallies']): TallyChanges =>
  merge(
    tallies.flatMap((tally) => (tally.disposal ? [{ ...tally, day: tally.disposal }] : [])),
    tallies.flatMap((tally) => (tally.disposal || !tally.matter ? [] : [{ ...tally, matter: tally.matter }])),
  );

export const removed = (batch: readonly PartsRemoved[]): TallyChanges =>
  merge(
    batch.flatMap(({ tallies }) =>
      tallies.flatMap((tally) => (tally.disposal ? [{ ...tally, day: tally.disposal, parts: -tally.parts }] : [])),
    ),
    batch.flatMap(({ tallies }) =>
      tallies.flatMap((tally) =>
        tally.disposal || !tally.matter ? [] : [{ ...tally, matter: tally.matter, parts: -tally.parts }],
      ),
    ),
  );

/** One change a row, in one order everywhere: transactions of several slots then never wait for each other in a circle. */
function merge(days: readonly DayChange[], waiting: readonly WaitingChange[]): TallyChanges {
  return {
    days: sumBy(
      days,
      (change) => `${change.class} ${change.day} ${change.custody}`,
      (one, other) => ({
        class: one.class,
        day: one.day,
        custody: one.custody,
        method: other.method ?? one.method,
        floor: latest(one.floor, other.floor),
        parts: one.parts + other.parts,
      }),
    ),
    waiting: sumBy(
      waiting,
      (change) => `${change.class} ${change.matter} ${change.custody}`,
      (one, other) => ({
        class: one.class,
        matter: one.matter,
        custody: one.custody,
        method: other.method ?? one.method,
        limit: earliest(one.limit, other.limit),
        parts: one.parts + other.parts,
      }),
    ),
  };
}

function sumBy<Change>(
  changes: readonly Change[],
  keyOf: (change: Change) => string,
  add: (one: Change, other: Change) => Change,
): Change[] {
  const sums = new Map<string, Change>();
  for (const change of changes) {
    const key = keyOf(change);
    const present = sums.get(key);
    sums.set(key, present ? add(present, change) : change);
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, change]) => change);
}

const latest = (one?: Day, other?: Day): Day | undefined =>
  one && other ? (one > other ? one : other) : (one ?? other);
const earliest = (one?: Day, other?: Day): Day | undefined =>
  one && other ? (one < other ? one : other) : (one ?? other);
