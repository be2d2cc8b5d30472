import type { Day } from '@lethe/kernel';
import type { LeftBecause } from './request.ts';

/** A store that was asked, and its counted statement once it has made one. */
export interface AskedParticipant {
  readonly participant: string;
  readonly found: number | null;
  readonly deleted: number | null;
  readonly restricted: number | null;
  readonly doneAt: Date | null;
  /** It has left without a word, and nobody waits for it; and why it left. */
  readonly closedAt: Date | null;
  readonly closedBecause: LeftBecause | null;
}

/** A withdrawn consent whose data the platform holds itself. Legal time. */
export interface Withdrawal {
  /** Of the ledger. */
  readonly entry: number;
  readonly purpose: string;
  readonly orderedAt: Date;
  /** The last day on which a store may still be silent. */
  readonly deadline: Day;
  readonly participants: readonly AskedParticipant[];
}

export const awaited = ({ participants }: Pick<Withdrawal, 'participants'>): string[] =>
  participants
    .filter(({ doneAt, closedAt }) => doneAt === null && closedAt === null)
    .map(({ participant }) => participant);

/** `late`: somebody was silent beyond the deadline. Only everybody's statement ends it, or that nobody waits any more for who has left. */
export function withdrawalState(
  one: Pick<Withdrawal, 'participants' | 'deadline'>,
  today: Day,
): 'ordered' | 'late' | 'done' {
  if (awaited(one).length === 0) return 'done';
  return today > one.deadline ? 'late' : 'ordered';
}
