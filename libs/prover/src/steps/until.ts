import { Disproof } from '../step.ts';

/** Long enough for what was admitted to be counted, and for a backup to be whole; milliseconds of machine time. */
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 100;

/** Asks until it is so. @throws Disproof with what was found last */
export async function until(look: () => Promise<string | undefined>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const wrong = await look();
    if (wrong === undefined) return;
    if (performance.now() > end) throw new Disproof(wrong);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
