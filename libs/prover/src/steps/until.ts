import { NeverCame } from '../step.ts';

/** Long enough for what was admitted to be counted, and for a backup to be whole; milliseconds of machine time. */
const PATIENCE_MS = 30_000;
/** Soon at first, then less and less often: what has not come after a while is rarely there a moment later. */
const LOOK_AGAIN_MS = { first: 50, longest: 1_000 };

/** Asks until it is so. @throws NeverCame with what was found last */
export async function until(look: () => Promise<string | undefined>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (let pause = LOOK_AGAIN_MS.first; ; pause = Math.min(pause * 1.5, LOOK_AGAIN_MS.longest)) {
    const wrong = await look();
    if (wrong === undefined) return;
    if (performance.now() > end) throw new NeverCame(wrong);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
