import { addPeriod, type Day, disposalDay, nextDay, PERIOD_AT_MOST_DAYS, type Zone } from '@lethe/kernel';
import { localDay, remember } from './memo.ts';
import type { Cohort, DisposalClass, Pack } from './pack.ts';
import { addWorkingDays, END_MOVES_AT_MOST, nextWorkingDay } from './working-days.ts';

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
  (disposalClass, anchorDay) => dateOf([boundsOf(disposalClass, anchorDay)]),
);

/**
 * When parts of a class go whose anchors have come by now. What later versions say shortens what the class says and never
 * lengthens it, for nobody agreed to longer. A statute does: the longest floor stands. Undefined while no anchor that any
 * of them counts from has come.
 * @returns `day` the day it is dated for, which `goesOn` leads to the day on which it goes under the present law
 */
export function disposalUnder(
  disposalClass: DisposalClass,
  anchors: Readonly<Record<string, Date>>,
  zone: Zone,
): DisposalDate | undefined {
  const cameOn = ({ anchor }: DisposalClass): Day | undefined => {
    const at = Object.hasOwn(anchors, anchor) ? anchors[anchor] : undefined;
    return at && localDay(at, zone);
  };
  if (disposalClass.later === undefined) {
    const on = cameOn(disposalClass);
    return on === undefined ? undefined : dispose(disposalClass, on);
  }
  const bounds = [disposalClass, ...disposalClass.later].flatMap((each) => {
    const on = cameOn(each);
    return on === undefined ? [] : [boundsOf(each, on)];
  });
  if (bounds.length === 0) return undefined;
  const date = dateOf(bounds);
  const own = cameOn(disposalClass);
  const day = own === undefined ? undefined : dispose(disposalClass, own).day;
  return {
    ...date,
    day: day !== undefined && goesOn(disposalClass, day) === date.day ? day : datedToGo(disposalClass, date),
  };
}

/** The day to date for, so that it goes on a day; or, where it then goes with others of its cohort, earlier but not before its floor. */
function datedToGo(disposalClass: DisposalClass, { day: goes, floor }: DisposalDate): Day {
  const until = plusDays(goes, AT_MOST_DAYS);
  const after = firstDay(goes, until, (day) => goesOn(disposalClass, day) > goes) ?? until;
  const day = plusDays(after, -1);
  return day >= goes && goesOn(disposalClass, day) >= (floor ?? goesOn(disposalClass, day)) ? day : after;
}

/**
 * The day on which parts of the class go that were dated for `day`: that day, or an earlier one that a later version says,
 * but not before the longest floor has passed. What was dated for one day goes together, on its earliest member's date.
 */
export const goesOn: (disposalClass: DisposalClass, day: Day) => Day = remember((disposalClass, day) => {
  const later = disposalClass.later?.filter(({ anchor }) => anchor === disposalClass.anchor) ?? [];
  if (later.length === 0) return day;
  const anchors = anchorsOf(disposalClass, day);
  const ceilings = later.map((each) => boundsOf(each, anchors.first).ceiling);
  const free = [disposalClass, ...later].flatMap((each) => boundsOf(each, anchors.last).minimum?.free ?? []);
  const shortest = ceilings.sort()[0] ?? day;
  const [longest = shortest] = free.sort().reverse();
  const said = longest > shortest ? longest : shortest;
  return said < day ? said : day;
});

/** No period is longer; two months more for its cohort, and what the end of a floor may move. */
const AT_MOST_DAYS = PERIOD_AT_MOST_DAYS + 62 + END_MOVES_AT_MOST;

/** The anchors, first and last, whose date is this day; dates never fall where anchors rise. */
function anchorsOf(disposalClass: DisposalClass, day: Day): { readonly first: Day; readonly last: Day } {
  const from = plusDays(day, -AT_MOST_DAYS);
  const dates = (anchor: Day) => dateOf([boundsOf(disposalClass, anchor)]).day;
  const first = firstDay(from, day, (anchor) => dates(anchor) >= day) ?? day;
  const after = firstDay(first, day, (anchor) => dates(anchor) > day) ?? day;
  return { first, last: after > first ? plusDays(after, -1) : first };
}

/** The first of these days of which it is so, where it is so of all after it. */
function firstDay(from: Day, to: Day, isSo: (day: Day) => boolean): Day | undefined {
  let [low, high] = [0, Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)];
  if (!isSo(to)) return undefined;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isSo(plusDays(from, middle))) high = middle;
    else low = middle + 1;
  }
  return plusDays(from, low);
}

const plusDays = (day: Day, days: number): Day => before(day, -days);

interface Bounds {
  readonly ceiling: Day;
  /** The first day on which the floor of the whole cohort has passed, and that of this anchor. */
  readonly minimum?: { readonly free: Day; readonly floor: Day };
}

const boundsOf: (disposalClass: DisposalClass, anchorDay: Day) => Bounds = remember((disposalClass, anchorDay) => {
  const { first, last } = cohortOf(disposalClass.cohort, anchorDay);
  const ceiling = disposalDay(first, disposalClass.period.value);
  const { floor } = disposalClass;
  if (floor === undefined) return { ceiling };
  const [free, own] = [last, anchorDay].map((day) => nextDay(floorEnd(floor, day)));
  return { ceiling, minimum: { free: free!, floor: own! } };
});

/** The last day of a floor. */
function floorEnd({ period, end }: NonNullable<DisposalClass['floor']>, anchorDay: Day): Day {
  const last = addPeriod(anchorDay, period, 'later');
  return end === undefined ? last : nextWorkingDay(last, end.atMost.value, end.published);
}

function dateOf(bounds: readonly Bounds[]): DisposalDate {
  const ceiling = bounds.map((each) => each.ceiling).sort()[0]!;
  const minima = bounds.flatMap(({ minimum }) => (minimum === undefined ? [] : [minimum]));
  if (minima.length === 0) return { day: ceiling };
  const free = minima
    .map((each) => each.free)
    .sort()
    .at(-1)!;
  const floor = minima
    .map((each) => each.floor)
    .sort()
    .at(-1)!;
  return { day: free > ceiling ? free : ceiling, floor };
}

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

/** The last day whose evidence must be gone by this day. */
export function evidenceOver(pack: Pack, today: Day): Day {
  const period = pack.evidence.period.value;
  // As far back as the period reaches forward; month ends and leap days put it a few days off at most.
  const reach = Date.parse(disposalDay(today, period)) - Date.parse(today);
  let day = before(today, Math.round(reach / 86_400_000));
  while (disposalDay(day, period) > today) day = before(day);
  while (disposalDay(nextDay(day), period) <= today) day = nextDay(day);
  return day;
}

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

/**
 * The last day on which a request received at this instant must be answered; the day of receipt is not counted. Working days
 * are counted by the pack's calendar, and past its last published year as calendar days: earlier than the truth, never later.
 */
export function requestDeadline(pack: Pack, receivedAt: Date): Day {
  const { days, calendar, holidays } = pack.requests.deadline;
  const received = localDay(receivedAt, pack.zone);
  const known = calendar === 'working-days' ? pack.calendars.get(holidays ?? '') : undefined;
  return known === undefined ? addPeriod(received, `P${days.value}D`) : addWorkingDays(received, days.value, known);
}

/** A person is fourteen from the first instant of the fourteenth birthday in the tenant's zone; born on 29 February, on 1 March. */
export function isChild(pack: Pack, birthDay: Day, now: Date): boolean {
  return localDay(now, pack.zone) < addPeriod(birthDay, `P${pack.minors.childBelow}Y`, 'later');
}

/** The year of the last birthday counts: of fourteen or younger until the day before the fifteenth. */
export const isSensitiveAge = (pack: Pack, birthDay: Day, now: Date): boolean =>
  isChild(pack, birthDay, now) ||
  (pack.minors.sensitiveUpTo !== undefined &&
    localDay(now, pack.zone) < addPeriod(birthDay, `P${pack.minors.sensitiveUpTo + 1}Y`, 'later'));

/**
 * Whether whatever is still submitted for a matter is already due: all classes that wait for an event of its kind have their date, and
 * it has come. A matter of which nothing has come is not over.
 * @param anchors what has come of it
 */
export function isMatterOver(
  pack: Pack,
  anchors: Readonly<Record<string, Date>>,
  now: { readonly today: Day; readonly zone: Zone },
): boolean {
  const kindOf = (anchor: string): string | undefined => pack.anchors.get(anchor)?.matter;
  const kinds = new Set(Object.keys(anchors).flatMap((anchor) => kindOf(anchor) ?? []));
  const waiting = [...pack.classes.values()].filter(({ anchor }) => kinds.has(kindOf(anchor) ?? ''));
  const isOver = (one: DisposalClass): boolean => {
    const date = disposalUnder(one, anchors, now.zone);
    return date !== undefined && goesOn(one, date.day) <= now.today;
  };
  return waiting.length > 0 && waiting.every(isOver);
}
