import { addPeriod, type Day, disposalDay, type Zone } from '@lethe/kernel';
import { localDay, remember } from './memo.ts';
import type { Cohort, DisposalClass, Pack } from './pack.ts';

export interface DisposalDate {
  /** The local day before whose end the part is gone. All of one cohort share it. */
  readonly day: Day;
  /** The first day on which its statutory minimum lets this part go. Never after `day`. */
  readonly floor?: Day;
}

/**
 * When a part whose anchor came at this instant goes. A cohort is due on its earliest member's date (ceilings round
 * earlier), but never before the floor of its latest one has passed (floors round later).
 */
export const disposalOf = (pack: Pack, className: string, anchorAt: Date): DisposalDate =>
  dispose(classOf(pack, className), localDay(anchorAt, pack.zone));

/** The same from the local day of the anchor. */
export const dispose: (disposalClass: DisposalClass, anchorDay: Day) => DisposalDate = remember(
  (disposalClass, anchorDay) => {
    const { first, last } = cohortOf(disposalClass.cohort, anchorDay);
    const ceiling = disposalDay(first, disposalClass.period.value);
    const { floor } = disposalClass;
    if (floor === undefined) return { day: ceiling };
    const free = disposalDay(last, floor.period, 'later');
    return { day: free > ceiling ? free : ceiling, floor: disposalDay(anchorDay, floor.period, 'later') };
  },
);

/** The first and the last day of the cohort a day belongs to; weeks begin on Monday. */
export function cohortOf(cohort: Cohort, day: Day): { readonly first: Day; readonly last: Day } {
  if (cohort === 'day') return { first: day, last: day };
  if (cohort === 'month') {
    const first = `${day.slice(0, 7)}-01`;
    return { first, last: before(addPeriod(first, 'P1M')) };
  }
  const first = before(day, (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7);
  return { first, last: addPeriod(first, 'P6D') };
}

const before = (day: Day, days = 1): Day =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);

/** The day from which a part that still waits for its anchor is a finding. */
export const waitingLimit = (pack: Pack, className: string, collectedAt: Date): Day =>
  limitOf(classOf(pack, className), localDay(collectedAt, pack.zone));

const limitOf: (disposalClass: DisposalClass, collectedOn: Day) => Day = remember(({ limit, period }, collectedOn) =>
  disposalDay(collectedOn, (limit ?? period).value),
);

/** The day a backup must be gone: what was asked for, never more than the pack allows. */
export function backupPurgeDay(pack: Pack, takenAt: Date, keepDays?: number): Day {
  const most = pack.backups.maxDays.value;
  return disposalDay(localDay(takenAt, pack.zone), `P${Math.min(keepDays ?? most, most)}D`);
}

/** The day evidence of an act must be gone. */
export const evidenceDisposal = (pack: Pack, at: Date): Day =>
  disposalDay(localDay(at, pack.zone), pack.evidence.period.value);

/** The classes of the pack, in its order. */
export const retentionClasses = (pack: Pack): readonly DisposalClass[] => [...pack.classes.values()];

/** True from the first instant of the day: what is due is no longer admitted. */
export const isDue = (day: Day, now: Date, zone: Zone): boolean => day <= localDay(now, zone);

/** @throws RangeError a class the pack does not have; admission never plans one */
export function classOf(pack: Pack, className: string): DisposalClass {
  const found = pack.classes.get(className);
  if (found === undefined) throw new RangeError(`the pack has no class ${className}`);
  return found;
}

/** The last day on which a request received at this instant must be answered; the day of receipt is not counted. */
export const requestDeadline = (pack: Pack, receivedAt: Date): Day =>
  addPeriod(localDay(receivedAt, pack.zone), `P${pack.requests.deadline.days.value}D`);

/** A person is fourteen from the first instant of the fourteenth birthday in the tenant's zone; born on 29 February, on 1 March. */
export function isChild(pack: Pack, birthDay: Day, now: Date): boolean {
  return localDay(now, pack.zone) < addPeriod(birthDay, `P${pack.minors.childBelow}Y`, 'later');
}

/** The year of the last birthday counts: of fourteen or younger until the day before the fifteenth. */
export const isSensitiveAge = (pack: Pack, birthDay: Day, now: Date): boolean =>
  isChild(pack, birthDay, now) ||
  (pack.minors.sensitiveUpTo !== undefined &&
    localDay(now, pack.zone) < addPeriod(birthDay, `P${pack.minors.sensitiveUpTo + 1}Y`, 'later'));
