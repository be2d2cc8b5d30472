import { addPeriod, dayOf, nextDay, type Day } from '@lethe/kernel';
import { backupPurgeDay, type Pack } from '@lethe/policy';
import type { Progress } from './request.ts';

/** Days for which the event log, and with it what may be heard again, reaches back. */
const LOG_REACHES = 'P7D';

/** What is known about an entry of the ledger whose ref may be dropped. */
export interface RefFacts {
  /** The legal day on which what it destroys was dead. */
  readonly deadOn: Day;
  /** A key epoch has ended that began after it was. */
  readonly epochEnded: boolean;
  /** Of the request, where the entry is of one that is not disposed of yet. */
  readonly request?: Progress | undefined;
  /** The platform's stores have not all answered for what was withdrawn. */
  readonly unanswered: boolean;
  /** Parts of an erased person that only a law or a hold keeps; of others nothing is asked. */
  readonly kept: number;
}

/** A backup of the catalogue that is not purged: the legal day from which it has something. */
export interface OlderCopy {
  readonly backup: string;
  readonly from: Day;
}

/** Why a ref is still needed. */
export type Need = 'not-final' | 'unanswered' | 'key-epoch' | 'backup' | 'a-copy-of-the-policy' | 'something-is-kept';

/**
 * The first day on which no copy that keeps to the policy has anything from before: the longest that a backup taken on the day
 * itself may be kept, known to the catalogue or not, and never less than the event log reaches.
 */
export function firstLook(pack: Pack, deadAt: Date): Day {
  const on = dayOf(deadAt, pack.zone);
  const log = addPeriod(on, LOG_REACHES);
  const copies = backupPurgeDay(pack, deadAt);
  return nextDay(copies > log ? copies : log);
}

/**
 * Why the ref of an entry is still needed; undefined: nothing that is left could bring the person back, or what they withdrew,
 * and nothing is left that a replay would have to find by it.
 */
export function neededFor(
  facts: RefFacts,
  now: { readonly today: Day; readonly firstLook: Day; readonly copies: readonly OlderCopy[] },
): Need | undefined {
  if (facts.request !== undefined && facts.request !== 'final') return 'not-final';
  if (facts.unanswered) return 'unanswered';
  if (!facts.epochEnded) return 'key-epoch';
  if (now.copies.some(({ from }) => from <= facts.deadOn)) return 'backup';
  if (now.today < now.firstLook) return 'a-copy-of-the-policy';
  return facts.kept > 0 ? 'something-is-kept' : undefined;
}
