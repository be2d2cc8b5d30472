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
}

/** Where a crash may fall. @throws Killed when a test kills here */
export async function reachedPoint(context: SlotWorkContext, point: ConsumerPoint): Promise<void> {
  try {
    await context.options.at?.(point);
  } catch (cause) {
    throw new Killed(point, { cause });
  }
}
