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

/** A year's notice may still say that a weekend at the end of the year before is worked. */
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

function mayBeWorked(day: Day, { weekend, off, worked, years }: WorkingCalendar): boolean {
  if (worked.has(day)) return true;
  const year = day.slice(0, 4);
  if (!years.has(year)) return true;
  if (off.has(day)) return false;
  const settled = day.slice(5) < MAY_STILL_CHANGE_FROM || years.has(String(Number(year) + 1));
  return !settled || !weekend.has(weekdayOf(day));
}
