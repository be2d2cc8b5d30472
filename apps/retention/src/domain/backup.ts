import type { Day } from '@lethe/kernel';

export type BackupState = 'taking' | 'available' | 'isolated' | 'purging' | 'purged';
export type IsolationCause = 'disposal' | 'erasure' | 'withdrawal';

/** Why backups are isolated, by the cause for which rows went. A correction takes the old value away as an erasure does. */
export const CAUSE_OF = {
  erased: 'erasure',
  withdrawn: 'withdrawal',
  corrected: 'erasure',
  'kept-no-longer': 'disposal',
} as const satisfies Record<string, IsolationCause>;

/** The services whose parts make a backup whole. */
export const BACKED_UP = ['collection', 'consent', 'retention', 'erasure'] as const;
export type BackedUp = (typeof BACKED_UP)[number];

/** A backup that is not whole after this long is given up, and what there is of it purged. Milliseconds of machine time. */
export const GIVE_UP_AFTER_MS = 60 * 60_000;

/** Something that a copy may hold was destroyed. `at` is machine time. */
export interface Destruction {
  readonly because: IsolationCause;
  readonly at: Date;
}

/**
 * What a backup is when one more part is in: whole, it is available; or isolated from the start, when something was
 * destroyed after it was ordered: a snapshot may be older than what it says, never older than the order.
 * Undefined: still incomplete.
 */
export function whenPartIsIn(
  backup: { readonly orderedAt: Date; readonly services: readonly string[] },
  last: Destruction | undefined,
): { state: 'available' } | { state: 'isolated'; because: IsolationCause } | undefined {
  if (!BACKED_UP.every((service) => backup.services.includes(service))) return undefined;
  return last && last.at.getTime() >= backup.orderedAt.getTime()
    ? { state: 'isolated', because: last.because }
    : { state: 'available' };
}

/** A backup on its date, or one that was never finished, must be purged now. `today` is legal, `now` machine time. */
export const mustPurge = (
  backup: { readonly state: BackupState; readonly purgeOn: Day; readonly orderedAt: Date },
  today: Day,
  now: Date,
): boolean =>
  backup.state === 'purging' ||
  (backup.state !== 'purged' && backup.purgeOn <= today) ||
  (backup.state === 'taking' && now.getTime() - backup.orderedAt.getTime() >= GIVE_UP_AFTER_MS);

/** A backup can be restored until its purge has begun; once whole. */
export const canRestore = (state: BackupState): boolean => state === 'available' || state === 'isolated';
