import { z } from 'zod';
import { day, name, words } from './words.ts';

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** One day, or all from one to another: `2026-10-01/2026-10-07`. */
const days = z.string().refine((text) => {
  const ends = text.split('/');
  return ends.length <= 2 && ends.every((each) => day.safeParse(each).success) && ends[0]! <= ends.at(-1)!;
}, 'not a day, nor two days with `/` between them');
const yearName = z.string().regex(/^\d{4}$/, 'not a year');

/**
 * Which days a country works, as somebody publishes it year by year. A year says the days off, and the days of a weekend
 * that are worked instead; some of the December before it may be among them. What lies past the last year is in no calendar.
 */
export const calendars = z.record(
  name,
  z.strictObject({
    weekend: z.array(z.enum(WEEKDAYS)).default(['saturday', 'sunday']),
    years: z.record(
      yearName,
      z.strictObject({
        /** Who published it: the notice, its number and day. */
        source: words,
        off: z.array(days),
        worked: z.array(days).default([]),
      }),
    ),
  }),
);
export type CalendarFile = z.output<typeof calendars>[string];

export const weekdayNumber = (name: Weekday): number => WEEKDAYS.indexOf(name) + 1;
