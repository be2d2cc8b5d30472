import type { ConsumerOptions, ConsumerPoint } from './consumer-options.ts';
import type { Decoder } from './decode.ts';

/** A test killed the consumer here: nothing it holds may be used again. */
export class Killed extends Error {}

export interface SlotWorkContext {
  readonly options: ConsumerOptions;
  readonly decoder: Decoder;
  readonly now: () => Date;
  /** The position moved, or something was un-parked. */
  readonly moved: () => void;
  /** Runs one after the other, in this process; whoever waits holds no connection meanwhile. */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** A line of work in which each piece waits for the one before, whatever became of it. */
export function line(): SlotWorkContext['inTurn'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Where a crash may fall. @throws Killed when a test kills here */
export async function reachedPoint(context: SlotWorkContext, point: ConsumerPoint): Promise<void> {
  try {
    await context.options.at?.(point);
  } catch (cause) {
    throw new Killed(point, { cause });
  }
}
