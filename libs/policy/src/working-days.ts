import { nextDay, weekdayOf, type Day } from '@lethe/kernel';
import { weekdayNumber, type CalendarFile } from './language/calendars.ts';

/** Which days are worked, as far as somebody has published it. */
export interface WorkingCalendar {
  readonly weekend: ReadonlySet<number>;
  readonly off: ReadonlySet<Day>;
  readonly worked: ReadonlySet<Day>;
  readonly years: ReadonlySet<string>;
  /** The notices, oldest year first. */
  readonly sources: readonly string[];
}

/** A year's notice may still say which days at the end of the year before are worked. */
const MAY_STILL_CHANGE_FROM = '12-16';

export function calendarFrom({ weekend, years }: CalendarFile): WorkingCalendar {
  const said = Object.entries(years).sort(([one], [other]) => one.localeCompare(other));
  return {
    weekend: new Set(weekend.map(weekdayNumber)),
    off: new Set(said.flatMap(([, year]) => year.off.flatMap(eachDay))),
    worked: new Set(said.flatMap(([, year]) => year.worked.flatMap(eachDay))),
    years: new Set(said.map(([year]) => year)),
    sources: said.map(([, { source }]) => source),
  };
}

/** No end of a period is moved further: a month. */
export const END_MOVES_AT_MOST = 31;

/** The days of `2026-10-01/2026-10-07`, or the one day. */
export function eachDay(text: string): Day[] {
  const [from = '', to = from] = text.split('/');
  const days: Day[] = [];
  for (let day: Day = from; day <= to; day = nextDay(day)) days.push(day);
  return days;
}

/**
 * The last of so many working days; the first day is not counted (Civil Code article 201). A day of which nobody has
 * published yet whether it is worked counts as one: the end so found is never later than the true one.
 */
export function addWorkingDays(from: Day, count: number, calendar: WorkingCalendar): Day {
  let day = from;
  for (let left = count; left > 0;) {
    day = nextDay(day);
    if (mayBeWorked(day, calendar)) left -= 1;
  }
  return day;
}

/**
 * The first working day on or after a day (Civil Code article 203), for whoever must not end too early: a day of which nobody
 * has published yet whether it is worked counts as a day of rest, and so many days are passed at most.
 */
export function nextWorkingDay(from: Day, atMost: number, calendar: WorkingCalendar): Day {
  let day = from;
  for (let left = atMost; left > 0 && !isSurelyWorked(day, calendar); left -= 1) day = nextDay(day);
  return day;
}

/** How many days of rest, one after the other, the calendar has at most, by what is published. */
export function longestRest(calendar: WorkingCalendar): number {
  let [longest, run] = [0, 0];
  for (const year of calendar.years) {
    if (!calendar.years.has(String(Number(year) - 1))) run = 0;
    for (let day: Day = `${year}-01-01`; day.startsWith(year); day = nextDay(day)) {
      run = mayBeWorked(day, calendar) ? 0 : run + 1;
      longest = Math.max(longest, run);
    }
  }
  return longest;
}

function mayBeWorked(day: Day, calendar: WorkingCalendar): boolean {
  const { weekend, off, worked, years } = calendar;
  if (worked.has(day)) return true;
  if (!years.has(day.slice(0, 4))) return true;
  if (off.has(day)) return false;
  return !isSettled(day, calendar) || !weekend.has(weekdayOf(day));
}

function isSurelyWorked(day: Day, calendar: WorkingCalendar): boolean {
  const { weekend, off, worked } = calendar;
  if (worked.has(day)) return true;
  return isSettled(day, calendar) && !off.has(day) && !weekend.has(weekdayOf(day));
}

/** No notice that is still to come says anything of the day. */
const isSettled = (day: Day, { years }: WorkingCalendar): boolean =>
  years.has(day.slice(0, 4)) &&
  (day.slice(5) < MAY_STILL_CHANGE_FROM || years.has(String(Number(day.slice(0, 4)) + 1)));
