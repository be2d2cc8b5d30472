const LOOK_EVERY_MS = 20;
/** Longer than anything takes that is going to happen, on a machine that does other things too. Machine time. */
const PATIENCE_MS = 50_000;

export interface Patience {
  /** What is waited for; said when it does not come. A function says it as things stand then. */
  readonly what?: string | (() => string | Promise<string>);
  /** Milliseconds of machine time. */
  readonly withinMs?: number;
}

/** For all of Lethe in one process, where a look may meet a boot or a recovery. */
export const WHOLE_LETHE: Patience = { withinMs: 120_000 };

/**
 * Looks again and again until `look` gives something, and gives that: neither `undefined` nor `false` is something.
 * @throws Error naming what did not come; whatever `look` throws, at once
 */
export async function eventually<Found>(
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  { what = 'what was waited for', withinMs = PATIENCE_MS }: Patience = {},
): Promise<Found> {
  for (const end = performance.now() + withinMs; ;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end)
      throw new Error(`not within ${String(withinMs)} ms: ${typeof what === 'string' ? what : await what()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
