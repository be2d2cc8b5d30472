import { NeverCame } from '../step.ts';

/** Long enough for what was admitted to be counted, and for a backup to be whole; milliseconds of machine time. */
const PATIENCE_MS = 30_000;
/** On a machine so busy that one look takes seconds, so many looks. */
const LOOKS = 10;
/** Soon at first, then less and less often: what has not come after a while is rarely there a moment later. */
const LOOK_AGAIN_MS = { first: 50, longest: 1_000 };
/** For what comes in the end however slow the machine is, and of which no scenario says when. Machine time. */
const IN_THE_END_MS = 180_000;

/** Asks until it is so. @throws NeverCame with what was found last */
export async function until(look: () => Promise<string | undefined>, patienceMs = PATIENCE_MS): Promise<void> {
  const end = performance.now() + patienceMs;
  let pause = LOOK_AGAIN_MS.first;
  for (let looks = 1; ; looks += 1) {
    const wrong = await look();
    if (wrong === undefined) return;
    if (performance.now() > end && looks >= LOOKS) throw new NeverCame(wrong);
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 1.5, LOOK_AGAIN_MS.longest);
  }
}

/** The same for what nobody doubts, and what the next step rests on: that a service has heard, that a record is counted. */
export const inTheEnd = (look: () => Promise<string | undefined>): Promise<void> => until(look, IN_THE_END_MS);
