import type { Day } from '@lethe/kernel';
import type { Custody, Method } from './tally.ts';

/** How long after an order was carried out parts that came late to its day are ordered again. Milliseconds of machine time. */
export const REORDER_AFTER_MS = 10 * 60_000;
/** An order nobody has carried out after this long is escalated. Milliseconds of machine time. */
export const ESCALATE_AFTER_MS = 60 * 60_000;

/** The count of one class on one day in one custody, as the sweep meets it. */
export interface DayTally {
  readonly class: string;
  readonly day: Day;
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
  readonly method: Method;
  readonly custody: readonly Custody[];
  /** Parts by the tally; what the participants find is what counts. */
  readonly expected: number;
}

/**
 * The days that must be ordered now: due by the tenant's calendar, no floor left on them, and no order in force.
 * A day is ordered even when its tally says nothing is left, once: its key has to die, and a count may err; a floor
 * never does. Parts that came to a day already disposed of are ordered again. `today` is the tenant's local day.
 */
export function dueDays(tallies: readonly DayTally[], today: Day, now: Date): DueDay[] {
  const days = new Map<string, DueDay>();
  for (const tally of tallies) {
    if (!isDue(tally, today, now)) continue;
    const key = `${tally.day} ${tally.class}`;
    const sum = days.get(key);
    days.set(key, {
      class: tally.class,
      day: tally.day,
      method: tally.method,
      custody: [...(sum?.custody ?? []), tally.custody],
      expected: (sum?.expected ?? 0) + Math.max(0, tally.parts),
    });
  }
  return [...days].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, due]) => due);
}

function isDue({ day, floor, parts, order, custody }: DayTally, today: Day, now: Date): boolean {
  if (day > today || (floor !== undefined && floor > today)) return false;
  if (!order) return parts > 0 || custody === 'lethe';
  return order.closedAt !== undefined && parts > 0 && now.getTime() - order.closedAt.getTime() >= REORDER_AFTER_MS;
}

/** An order and what its participants have said. */
export interface OrderState {
  readonly custody: readonly Custody[];
  readonly orderedAt: Date;
  /** Collection: the day key is dead and no cache holds it. */
  readonly effectiveAt?: Date | undefined;
  /** The platform: its own stores have disposed of it, and looked again. */
  readonly platformAckedAt?: Date | undefined;
}

/** Carried out by everyone it was addressed to; until then it is in force, and its day is not ordered again. */
export const isClosed = (order: Pick<OrderState, 'custody' | 'effectiveAt' | 'platformAckedAt'>): boolean =>
  order.custody.every((custody) => (custody === 'lethe' ? order.effectiveAt : order.platformAckedAt) !== undefined);

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
