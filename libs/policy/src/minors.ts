import { addPeriod, nextDay, startOfDay, type Day } from '@lethe/kernel';
import { localDay } from './memo.ts';
import type { Pack } from './pack.ts';

/** The instants at which the lines of a pack end for a person: of childhood, and of everything being sensitive. */
export interface AgeLines {
  readonly childUntil: Date;
  readonly sensitiveUntil?: Date;
}

/**
 * A person is fourteen from the first instant of the fourteenth birthday; "fourteen and younger" lasts until the fifteenth.
 * Born on 29 February, the birthday of other years is 1 March.
 */
export function ageLines({ minors, zone }: Pack, birthday: Day): AgeLines {
  const from = (age: number): Date => startOfDay(addPeriod(birthday, `P${String(age)}Y`, 'later'), zone);
  return {
    childUntil: from(minors.childBelow),
    ...(minors.sensitiveUpTo === undefined ? {} : { sensitiveUntil: from(minors.sensitiveUpTo + 1) }),
  };
}

/** When a span is over: hours to the hour, days with the end of the local day. */
export function addSpan(at: Date, span: string, zone: string): Date {
  const hours = /^PT(\d+)H$/.exec(span)?.[1];
  if (hours !== undefined) return new Date(at.getTime() + Number(hours) * 3_600_000);
  return startOfDay(nextDay(addPeriod(localDay(at, zone), span)), zone);
}
