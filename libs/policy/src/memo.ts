import { type Day, dayOf, type Zone } from '@lethe/kernel';

/**
 * Calendar arithmetic is dear and its questions repeat: a batch asks about a handful of days. These remember answers of
 * pure functions, a bounded number of them, and change no verdict.
 */
const MOST = 4096;

/** Remembers what `answer` says about each key of an owner, for as long as the owner lives. */
export function remember<Owner extends object, Answer>(
  answer: (owner: Owner, key: string) => Answer,
): (owner: Owner, key: string) => Answer {
  const owners = new WeakMap<Owner, Map<string, Answer>>();
  return (owner, key) => {
    let known = owners.get(owner);
    if (known === undefined || known.size >= MOST) owners.set(owner, (known = new Map<string, Answer>()));
    const before = known.get(key);
    if (before !== undefined) return before;
    const fresh = answer(owner, key);
    known.set(key, fresh);
    return fresh;
  };
}

const QUARTER_MS = 15 * 60_000;
/** Since 1972 zones are whole quarters of an hour from UTC, so a day never changes within one. */
const SINCE_MS = Date.UTC(1972, 0, 1);
const days = new Map<string, Day>();

/** `dayOf` of kernel, remembered by the quarter of an hour. */
export function localDay(instant: Date, zone: Zone): Day {
  const time = instant.getTime();
  if (!(time >= SINCE_MS)) return dayOf(instant, zone);
  const key = `${zone} ${Math.floor(time / QUARTER_MS)}`;
  const before = days.get(key);
  if (before !== undefined) return before;
  if (days.size >= MOST) days.clear();
  const fresh = dayOf(instant, zone);
  days.set(key, fresh);
  return fresh;
}
