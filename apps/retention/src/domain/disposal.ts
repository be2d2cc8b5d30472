import type { Day } from '@lethe/kernel';
import type { Addressee } from './participant.ts';
import type { Custody, Method } from './tally.ts';

/** How long after an order was carried out parts that came late to its day are ordered again. Milliseconds of machine time. */
export const REORDER_AFTER_MS = 10 * 60_000;
/** An order nobody has carried out after this long is escalated. Milliseconds of machine time. */
export const ESCALATE_AFTER_MS = 60 * 60_000;

/** The count of one class on one day in one custody, as the sweep meets it. */
export interface DayTally {
  readonly class: string;
  /** The day its parts are dated for. */
  readonly day: Day;
  /** The day on which they go, where a later version has shortened what was dated for `day`. */
  readonly goes?: Day | undefined;
  readonly custody: Custody;
  readonly method: Method;
  readonly parts: number;
  readonly floor?: Day | undefined;
  /** The last order for this day and class. */
  readonly order?: { readonly closedAt?: Date | undefined } | undefined;
}

/** What the sweep orders: one class, one day, everyone who holds such parts. */
export interface DueDay {
  readonly class: string;
  readonly day: Day;
  readonly goes?: Day | undefined;
  readonly method: Method;
  readonly custody: readonly Custody[];
  /** Parts by the tally; what the participants find is what counts. */
  readonly expected: number;
  /** The latest floor on any of them; it has passed. */
  readonly floor?: Day | undefined;
}

/**
 * The days that must be ordered now: due by the tenant's calendar, no floor left on them, and no order in force.
 * A day is ordered even when its tally says nothing is left, once: its key has to die, and a count may err; a floor
 * never does. Parts that came to a day already disposed of are ordered again. `today` is the tenant's local day; `through`
 * the last day that may go on it, which is today unless the tenant has ended.
 */
export function dueDays(tallies: readonly DayTally[], today: Day, now: Date, through: Day = today): DueDay[] {
  const days = new Map<string, DueDay>();
  for (const tally of tallies) {
    if (!isDue(tally, { today, through }, now)) continue;
    const key = `${goingOn(tally)} ${tally.day} ${tally.class}`;
    const sum = days.get(key);
    days.set(key, {
      class: tally.class,
      day: tally.day,
      ...(tally.goes === undefined ? {} : { goes: tally.goes }),
      method: tally.method,
      custody: [...(sum?.custody ?? []), tally.custody],
      expected: (sum?.expected ?? 0) + Math.max(0, tally.parts),
      ...floorOf(tally.floor, sum?.floor),
    });
  }
  return [...days].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, due]) => due);
}

const floorOf = (one?: Day, other?: Day): { floor?: Day } => {
  const floor = [one, other]
    .filter((each) => each !== undefined)
    .sort()
    .at(-1);
  return floor === undefined ? {} : { floor };
};

/** The day on which it goes. */
export const goingOn = ({ day, goes }: Pick<DayTally, 'day' | 'goes'>): Day => goes ?? day;

/**
 * The first day on which a sweep orders it: no floor is left on it then; of a tenant that has ended nothing else is waited for.
 * `today` is the tenant's local day.
 */
export function orderedOn(tally: Pick<DayTally, 'day' | 'goes' | 'floor'>, today: Day, ended: boolean): Day {
  const { floor } = tally;
  const going = goingOn(tally);
  const day = ended && today < going ? today : going;
  return floor !== undefined && floor > day ? floor : day;
}

function isDue(
  tally: DayTally,
  { today, through }: { readonly today: Day; readonly through: Day },
  now: Date,
): boolean {
  const { floor, parts, order, custody } = tally;
  if (goingOn(tally) > through || (floor !== undefined && floor > today)) return false;
  if (!order) return parts > 0 || custody === 'lethe';
  return order.closedAt !== undefined && parts > 0 && now.getTime() - order.closedAt.getTime() >= REORDER_AFTER_MS;
}

/** An order and what its participants have said. */
export interface OrderState {
  readonly custody: readonly Custody[];
  readonly orderedAt: Date;
  /** Collection: the day key is dead and no cache holds it. */
  readonly effectiveAt?: Date | undefined;
  /** The platform's stores: each has disposed of it, and looked again. */
  readonly participants: readonly Addressee[];
}

/** Carried out by everyone it was addressed to; until then it is in force, and its day is not ordered again. */
export const isClosed = (order: Pick<OrderState, 'custody' | 'effectiveAt' | 'participants'>): boolean =>
  (!order.custody.includes('lethe') || order.effectiveAt !== undefined) && allAnswered(order);

/** Nobody of the platform is waited for. */
export const allAnswered = ({ participants }: Pick<OrderState, 'participants'>): boolean =>
  participants.every(({ ackedAt, closedAt }) => (ackedAt ?? closedAt) !== undefined);

export const isOverdue = (order: OrderState, now: Date): boolean =>
  !isClosed(order) && now.getTime() - order.orderedAt.getTime() >= ESCALATE_AFTER_MS;

/** A participant's statement is taken only if it adds up: all that was found is gone, and another look found nothing. */
export const addsUp = (ack: { readonly found: number; readonly deleted: number; readonly rescan: number }): boolean =>
  ack.rescan === 0 && ack.deleted >= ack.found;

/** Something that a backup may hold was really destroyed: what was found and neither held nor restricted. */
export const destroyed = (effective: {
  readonly found: number;
  readonly held: number;
  readonly restricted: number;
}): boolean => effective.found > effective.held + effective.restricted;

/** What is announced of an order, and announced again. */
export const disposalOrdered = (
  {
    order,
    class: className,
    day,
    method,
    custody,
    expected,
    participants,
  }: DueDay & { order: string; participants: readonly string[] },
  legalNow: Date,
) => ({
  order,
  class: className,
  day,
  method,
  custody: [...custody],
  expected,
  participants: [...participants],
  at: legalNow.toISOString(),
});
