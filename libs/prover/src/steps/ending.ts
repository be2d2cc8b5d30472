import { http } from '@lethe/contracts';
import { checks, does, expect } from '../step.ts';
import type { World } from '../world.ts';
import { counted } from './disposal.ts';
import { inTheEnd, until } from './until.ts';

const CONFIRM_WITHIN_MS = 20_000;

/** A key epoch is the whole installation's: once the keys are dead, somebody else's rotation may make an end final at any moment. */
const isSoFar = (state: string | undefined, wanted: string): boolean =>
  state === wanted || (wanted === 'shredded' && state === 'final');

export const ENDING = [
  does(
    'two officers end the service',
    'One proposes it, another confirms: nothing more is collected, what no floor keeps goes at once, the rest on its dates.',
    async (world: World) => {
      await counted(world);
      const { end } = await world.doors.ask('officer', http.ProposeEnd, { body: { reason: 'the-service-stops' } });
      const asked = { params: { end }, body: { waitMs: CONFIRM_WITHIN_MS } };
      let { state }: { state?: string | undefined } = await world.doors.ask(
        'officer',
        http.ConfirmEnd,
        asked,
        'second',
      );
      await inTheEnd(async () => {
        if (state === 'proposed' || state === 'ordered') ({ state } = await world.doors.ask('officer', http.End));
        return state === 'proposed' || state === 'ordered' ? 'collecting has not stopped' : undefined;
      });
    },
  ),
  checks(
    'nothing is left but what a floor keeps',
    'After the end of the service: no part without a floor is counted, nothing waits for an anchor, no order is outstanding.',
    async (world: World) => {
      await until(async () => {
        await world.doors.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
        const { left, outstanding } = await world.doors.ask('officer', http.End);
        return left.atOnce + left.waiting + outstanding === 0
          ? undefined
          : `left: ${String(left.atOnce)}, waiting: ${String(left.waiting)}, outstanding: ${String(outstanding)}`;
      });
    },
  ),
  checks(
    'a floor keeps something until {day}',
    'After the end of the service: the last day on which anything is kept by a floor; that day it goes.',
    async (world: World, day: string) => {
      const { lastDay } = await world.doors.ask('officer', http.End);
      expect(lastDay === day, `the last day is ${lastDay ?? 'none'}`);
    },
  ),
  does(
    'the key epoch ends',
    'As it does each day: every key that lives is wrapped anew, and no older copy of the keyring opens.',
    async (world: World) => {
      await world.doors.ask('operator', http.RotateEpoch);
    },
  ),
  checks(
    'the end of the service is {name}',
    'stopped (what is left goes on its dates), reached (no part is left with anybody), shredded (every key is dead; or further, for a key epoch ends for everybody), final (no copy of a key and no backup is left). Shredded and final are stated in a signed document.',
    async (world: World, wanted: string) => {
      await until(async () => {
        await world.doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
        const { state } = await world.doors.ask('officer', http.End);
        return isSoFar(state, wanted) ? undefined : `the end is "${state ?? 'not proposed'}"`;
      });
      if (wanted !== 'shredded' && wanted !== 'final') return;
      await until(async () => {
        const stated = await world.doors.ask('auditor', http.EndStatement).catch(() => undefined);
        if (stated === undefined) return 'no statement was handed out';
        return wanted !== 'final' || 'final' in stated.document ? undefined : 'the statement is not final yet';
      });
    },
  ),
];
