import type { events } from '@lethe/contracts';
import type { z } from 'zod';

export type HoldScope = z.output<typeof events.holdScope>;
export type HoldState = 'placing' | 'in-force' | 'too-late' | 'released';

/** Parts that a hold named and that were going already. */
export type Late = z.output<typeof events.goingAlready>;

/** What collection said about a hold under the locks of the days it touches. */
export interface HoldRecorded {
  readonly outcome: 'recorded' | 'too-late';
  readonly parts: number;
}

/** By what goes what a hold came too late for, for whoever placed it. */
export const goesBy = (late: readonly Late[]): string =>
  [
    ...new Set(
      late.flatMap(({ order, entry }) => {
        if (order !== undefined) return [`order ${order}`];
        return entry === undefined ? [] : [`ledger entry ${String(entry)}`];
      }),
    ),
  ].join(', ') || 'what kept it has ended';

/**
 * What a hold is after collection has spoken. A hold on more than one person is recorded slot by slot: it is in force
 * once it is in force anywhere, and what another slot says later adds parts; what was answered is never taken back.
 */
export function afterRecorded(state: HoldState, said: HoldRecorded): HoldState {
  if (state === 'released') return 'released';
  if (said.outcome === 'recorded') return state === 'too-late' ? 'too-late' : 'in-force';
  return state === 'placing' ? 'too-late' : state;
}

/** A hold that is over, or never was, is not looked at again. */
export const canReview = (state: HoldState): boolean => state === 'in-force' || state === 'placing';

/**
 * Why a sweep orders nothing. `held`: a hold on the whole tenant, from the moment it is being placed. `placing`: collection has not
 * answered another yet, so it may keep what would be ordered, and an order would come before it.
 */
export function stopsSweep(
  holds: readonly { readonly scope: HoldScope; readonly state: HoldState }[],
): 'held' | 'placing' | undefined {
  const standing = holds.filter(({ state }) => state === 'placing' || state === 'in-force');
  if (standing.some(({ scope }) => scope.kind === 'tenant')) return 'held';
  return standing.some(({ state }) => state === 'placing') ? 'placing' : undefined;
}

/** Whoever had stated what came back with the database: no event says. A hold without its words keeps what it kept, and is due for review at once. */
export const RECOVERED = 'recovered';

/**
 * Who answers for a hold, and so does not release it: whoever placed it. Of one that was recovered nobody knows who that was;
 * whoever has reviewed it since answers for it, and before that nobody may release it.
 */
export const answersFor = (hold: { readonly placedBy: string; readonly reviewedBy: string | null }): string | null =>
  hold.placedBy === RECOVERED ? hold.reviewedBy : hold.placedBy;
