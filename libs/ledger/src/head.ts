import { Fault } from '@lethe/kernel';

/** How far a list or a log had got when anybody was last told, kept where no copy of its files goes. */
export interface Head {
  /** The highest number that was told; 0: none. */
  highest(): number;
  /** Not lost with the process once it returns. @throws when it cannot be kept */
  raise(number: number): void;
}

/** For files of which nobody was told before: whatever is there is believed. */
export const untold: Head = { highest: () => 0, raise: () => undefined };

/** @throws Fault `unavailable` where files end before what was told of them: they were put back, or are not there */
export function reaches(head: Head, number: number, what: string): void {
  if (number < head.highest())
    throw new Fault(
      'unavailable',
      'ledger/cut-off',
      `${what} ends at ${String(number)}, and ${String(head.highest())} was told`,
    );
  head.raise(number);
}
