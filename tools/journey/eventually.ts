const LOOK_EVERY_MS = 100;

/**
 * Looks again and again until `look` gives something true, and gives that. What it throws meanwhile counts as not yet.
 * @param within milliseconds
 * @param hopeless ends the waiting early
 * @throws Error naming what did not come, with the last thing that was in the way
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  within = 120_000,
  hopeless: () => boolean = () => false,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + within;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== null && found !== false) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline || hopeless()) {
      const reason = last instanceof Error ? `: ${last.message}` : '';
      throw new Error(`${what}: not within ${String(within / 1000)} s${reason}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
