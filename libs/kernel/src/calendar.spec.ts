import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import {
  addPeriod,
  dayBefore,
  dayOf,
  disposalDay,
  endOfDay,
  isDay,
  isPeriod,
  isZone,
  nextDay,
  startOfDay,
} from './calendar.ts';

test('29 February and three years end on 28 February; as a floor on 1 March', () => {
  expect(addPeriod('2024-02-29', 'P3Y')).toBe('2027-02-28');
  expect(addPeriod('2024-02-29', 'P3Y', 'later')).toBe('2027-03-01');
});

test('what is longer than its months is a floor for all of them: days are counted from the later corresponding day', () => {
  expect(addPeriod('2024-08-31', 'P1M1D')).toBe('2024-10-01');
  expect(addPeriod('2024-08-31', 'P1M1D', 'later')).toBe('2024-10-02');
  expect(addPeriod('2024-02-29', 'P1Y1W')).toBe('2025-03-07');
  expect(addPeriod('2024-02-29', 'P1Y1W', 'later')).toBe('2025-03-08');
  // The corresponding day is there, and the days after it lead into another month: nothing is rounded.
  expect(addPeriod('2026-01-20', 'P1M15D', 'later')).toBe('2026-03-07');
});

test('a period ends within the calendar', () => {
  for (const text of ['P0D', 'P1W', 'P3Y1M', 'P1Y2W', 'P120Y']) expect(isPeriod(text)).toBe(true);
  for (const text of ['P', 'PT24H', 'P1.5Y', '-P1Y', 'P1D1Y', 'P121Y', 'P9999999999Y', `P${'9'.repeat(400)}D`])
    expect(isPeriod(text)).toBe(false);
});

test('a zone is one that this machine knows', () => {
  for (const zone of ['UTC', 'Asia/Shanghai', 'America/Port-au-Prince', 'America/Argentina/Buenos_Aires'])
    expect(isZone(zone)).toBe(true);
  for (const zone of ['Mars/Base', 'Asia/Shangai', '']) expect(isZone(zone)).toBe(false);
});

test('the disposal day is the day after the last day of the period', () => {
  expect(disposalDay('2026-01-01', 'P3Y')).toBe('2029-01-02');
  expect(disposalDay('2026-01-31', 'P1M')).toBe('2026-03-01');
});

test('a day is the tenant’s, not the machine’s', () => {
  expect(dayOf(new Date('2026-09-30T16:30:00Z'), 'Asia/Shanghai')).toBe('2026-10-01');
  expect(endOfDay('2026-10-01', 'Asia/Shanghai').toISOString()).toBe('2026-10-01T16:00:00.000Z');
});

/** Days that are not there (Apia), midnights that are not (São Paulo, Beirut), half hours (Lord Howe, Kathmandu). Where a day came twice (St John's until 2011, for an hour) no answer is right. */
const turns: readonly (readonly [zone: string, around: string])[] = [
  ['Asia/Shanghai', '1991-04-14T00:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
  ['Asia/Beirut', '2024-03-30T22:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30:00Z'],
  ['Europe/London', '2026-10-25T01:00:00Z'],
];

test('in whatever zone an instant lies within its day, which is the one that the zone’s calendar shows; around every turn of its clocks too', () => {
  // Moments are now or before: the library's zones are exact until 2037.
  const anywhere = fc
    .record({
      turn: fc.constantFrom(...turns),
      instant: fc.date({ min: new Date('1990-01-01'), max: new Date('2037-01-01'), noInvalidDate: true }),
    })
    .map(({ turn: [zone], instant }) => ({ zone, instant }));
  const around = fc
    .record({ turn: fc.constantFrom(...turns), by: fc.integer({ min: -2 * 86_400_000, max: 2 * 86_400_000 }) })
    .map(({ turn: [zone, at], by }) => ({ zone, instant: new Date(Date.parse(at) + by) }));
  fc.assert(
    fc.property(fc.oneof(anywhere, around), ({ zone, instant }) => {
      const day = dayOf(instant, zone);
      expect(day).toBe(new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(instant));
      expect(startOfDay(day, zone).getTime()).toBeLessThanOrEqual(instant.getTime());
      expect(endOfDay(day, zone).getTime()).toBeGreaterThan(instant.getTime());
      expect(dayOf(startOfDay(day, zone), zone)).toBe(day);
      expect(dayOf(new Date(endOfDay(day, zone).getTime() - 1), zone)).toBe(day);
    }),
  );
});

test('a floor never ends before the ceiling of the same period', () => {
  const day = fc
    .date({ min: new Date('2000-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
    .map((d) => dayOf(d, 'UTC'));
  fc.assert(
    fc.property(day, fc.constantFrom('P1M', 'P6M', 'P1Y', 'P3Y', 'P15D', 'P1Y6M'), (from, period) => {
      expect(addPeriod(from, period, 'later') >= addPeriod(from, period)).toBe(true);
    }),
  );
});

test('asked again within the minute, a day is still the right one on both sides of midnight', () => {
  const before = new Date('2026-03-01T15:59:59.999Z');
  const after = new Date('2026-03-01T16:00:00.000Z');
  for (const [instant, day] of [
    [before, '2026-03-01'],
    [before, '2026-03-01'],
    [after, '2026-03-02'],
    [new Date('2026-03-01T16:00:59.999Z'), '2026-03-02'],
    [before, '2026-03-01'],
  ] as const)
    expect(dayOf(instant, 'Asia/Shanghai')).toBe(day);
  expect(dayOf(after, 'UTC')).toBe('2026-03-01');
});

const days = fc
  .date({ min: new Date('1999-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((instant) => dayOf(instant, 'UTC'));

test('the last day is the corresponding day, or the last of its month where there is none (Civil Code 202)', () => {
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 120 }), (from, months) => {
      const end = addPeriod(from, `P${String(months)}M`);
      const [year, month] = [Number(from.slice(0, 4)), Number(from.slice(5, 7)) - 1 + months];
      const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
      const day = Math.min(Number(from.slice(8)), lastOfMonth);
      expect(end).toBe(new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10));
      // A floor rounds later only where the corresponding day does not exist.
      const later = addPeriod(from, `P${String(months)}M`, 'later');
      expect(later === end).toBe(Number(from.slice(8)) <= lastOfMonth);
    }),
  );
});

test('the first day is not counted: a period of days ends that many days later (Civil Code 201), and dates follow anchors', () => {
  fc.assert(
    fc.property(days, days, fc.integer({ min: 1, max: 4000 }), (one, other, count) => {
      const period = `P${String(count)}D`;
      expect((Date.parse(addPeriod(one, period)) - Date.parse(one)) / 86_400_000).toBe(count);
      const [first, last] = [one, other].sort() as [string, string];
      for (const each of [period, 'P1M', 'P1Y6M', 'P3Y'])
        for (const round of ['earlier', 'later'] as const)
          expect(addPeriod(first, each, round) <= addPeriod(last, each, round)).toBe(true);
    }),
  );
});

test('a day before and a day after lead back, over every month end and leap day', () => {
  fc.assert(fc.property(days, (day) => expect(dayBefore(nextDay(day))).toBe(day)));
});

test('a text is a day exactly where the calendar has it', () => {
  const isInCalendar = (text: string): boolean => {
    try {
      return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text;
    } catch {
      return false;
    }
  };
  const digits = (length: number, max: number) =>
    fc.integer({ min: 0, max }).map((number) => String(number).padStart(length, '0'));
  fc.assert(
    fc.property(digits(4, 9999), digits(2, 13), digits(2, 32), (year, month, day) => {
      const text = `${year}-${month}-${day}`;
      expect(isDay(text)).toBe(isInCalendar(text));
    }),
    { numRuns: 2_000 },
  );
  for (const text of ['2000-02-29', '2024-02-29', '1900-02-29', '2023-02-29', '2024-04-31', '2024-12-31'])
    expect(isDay(text)).toBe(isInCalendar(text));
  for (const text of ['', '2024-1-1', '2024-01-01T00:00', ' 2024-01-01', '20240101', '+002024-01-01'])
    expect(isDay(text)).toBe(false);
});
