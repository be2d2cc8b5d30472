import { nextDay, type Day } from '@lethe/kernel';

/**
 * The day a matter's parts get when its anchor says `due`: that day, or, where it is past or closed already, the first
 * day from today on that still takes something in. Late news never resurrects a dead day and never leaves a part without one.
 */
export function firstOpenDay(due: Day, today: Day, closed: (day: Day) => boolean): Day {
  let day = due < today ? today : due;
  while (closed(day)) day = nextDay(day);
  return day;
}
