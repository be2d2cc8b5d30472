import { Fault } from '@lethe/kernel';
import type { Caller } from './caller.ts';

/**
 * An approval names two different token subjects: whoever proposed may not confirm.
 * @throws Fault `forbidden` `platform/same-person`
 */
export function twoPersons(proposedBy: string, confirmedBy: Pick<Caller, 'sub'>): void {
  if (proposedBy === confirmedBy.sub)
    throw new Fault('forbidden', 'platform/same-person', 'a second person must confirm');
}
