/** Milliseconds after each failed attempt, give or take; after the last only a person, or the next start, tries again. */
const WAITS = [1_000, 10_000, 60_000, 300_000];

/** When a message that has failed so often is tried again by itself; undefined: never. */
export function retryAfter(attempts: number, now: Date): Date | undefined {
  const wait = WAITS[attempts - 1];
  return wait === undefined ? undefined : new Date(now.getTime() + wait * (0.75 + Math.random() / 2));
}
