import { Temporal } from 'temporal-polyfill';

/** A local calendar day, `YYYY-MM-DD`. */
export type Day = string & { readonly day?: never };
/** An ISO 8601 period of years, months, weeks and days: `P3Y`, `P6M`, `P15D`. */
export type Period = string & { readonly period?: never };
/** An IANA time zone, `Asia/Shanghai`. */
export type Zone = string;

const PERIOD = /^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** No period reaches further: about 120 years. */
export const PERIOD_AT_MOST_DAYS = 44_000;

/** Written as a period, and no longer than `PERIOD_AT_MOST_DAYS`. */
export function isPeriod(text: string): text is Period {
  const found = PERIOD.exec(text);
  if (found === null) return false;
  const [years, months, weeks, days] = found.slice(1).map((count) => Number.parseInt(count ?? '0', 10)) as [
    number,
    number,
    number,
    number,
  ];
  return years * 366 + months * 31 + weeks * 7 + days <= PERIOD_AT_MOST_DAYS;
}

export function isDay(text: string): text is Day {
  const found = DAY.exec(text);
  if (found === null) return false;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && isLeap ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
  return day >= 1 && day <= last;
}

/** From here on every zone is apart from UTC by whole minutes: a local day begins and ends with a minute of UTC. */
const WHOLE_MINUTES_SINCE = Date.UTC(1973, 0);
const MINUTE_MS = 60_000;
/** The minute asked about last, by zone: what asks for today asks many times a minute. */
const latest = new Map<Zone, { readonly minute: number; readonly day: Day }>();

/** The local day on which an instant falls in a zone. */
export function dayOf(instant: Date, zone: Zone): Day {
  const ms = instant.getTime();
  const minute = Math.floor(ms / MINUTE_MS);
  const known = latest.get(zone);
  if (known?.minute === minute) return known.day;
  const day = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate().toString();
  if (ms >= WHOLE_MINUTES_SINCE) latest.set(zone, { minute, day });
  return day;
}

/**
 * The last day of a period that starts on `from`: the start day is not counted, the last day is the corresponding day,
 * or the last of its month (Civil Code articles 201 and 202: 29 February and three years end on 28 February).
 * `round: 'later'` is for floors: where the corresponding day does not exist it is the first of the next month. Weeks and
 * days are counted from the day so found.
 */
export function addPeriod(from: Day, period: Period, round: 'earlier' | 'later' = 'earlier'): Day {
  const start = Temporal.PlainDate.from(from);
  const { years, months, weeks, days } = Temporal.Duration.from(period);
  const corresponding = start.add({ years, months });
  const clipped = corresponding.day < start.day;
  return corresponding.add({ weeks, days: clipped && round === 'later' ? days + 1 : days }).toString();
}

/** Whether this machine has the time zone of that name. */
export function isZone(text: string): text is Zone {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** Monday is 1, Sunday 7. */
export const weekdayOf = (day: Day): number => Temporal.PlainDate.from(day).dayOfWeek;

export const nextDay = (day: Day): Day => Temporal.PlainDate.from(day).add({ days: 1 }).toString();

export const dayBefore = (day: Day): Day => Temporal.PlainDate.from(day).subtract({ days: 1 }).toString();

/** The first local day after the period: what it dates must be gone before that day ends. */
export const disposalDay = (from: Day, period: Period, round: 'earlier' | 'later' = 'earlier'): Day =>
  nextDay(addPeriod(from, period, round));

export const startOfDay = (day: Day, zone: Zone): Date =>
  new Date(Temporal.PlainDate.from(day).toZonedDateTime(zone).epochMilliseconds);

/** The instant at which the day is over in the zone (exclusive). */
export const endOfDay = (day: Day, zone: Zone): Date => startOfDay(nextDay(day), zone);
