import { http } from '@lethe/contracts';
import type { z } from 'zod';
import { does } from '../step.ts';
import { instantOf } from '../time.ts';
import type { World } from '../world.ts';
import { inTheEnd } from './until.ts';

/** States what periods count from, until collection knows it: saying it again asks again. */
export async function stateAnchors(
  world: World,
  anchors: z.input<NonNullable<(typeof http.StateAnchor)['body']>>['anchors'],
): Promise<void> {
  await inTheEnd(async () => {
    const { applied } = await world.doors.ask('backend', http.StateAnchor, { body: { anchors } });
    return applied ? undefined : 'collection has not applied what periods count from yet';
  });
}

export const TIME = [
  does(
    'it is {instant}',
    'Where the clock of the scenario begins, as its first step. Without it, scenarios begin on 2 March 2026, or on the first day of the policy where that is later, at 9 in the morning.',
    (world: World, instant: string) => world.clock(instant),
  ),
  does('the clock reaches {instant}', 'Legal time moves forward to then.', (world: World, instant: string) =>
    world.clock(instant),
  ),
  does(
    'the {name} of the {name} is on {instant}',
    'What periods count from has come for a matter of the person: `the "transaction-completed" of the "order" is on 2026-03-05`.',
    async (world: World, anchor: string, kind: string, instant: string) => {
      const subject = await world.person('person');
      const matter = await world.matter(subject, kind);
      const at = instantOf(instant, world.pack.zone).toISOString();
      await stateAnchors(world, [{ matter, subject, anchor, at }]);
    },
  ),
  does(
    'the service ends on {instant}',
    'An officer states that from then on nothing more is collected, for good.',
    async (world: World, instant: string) => {
      const at = instantOf(instant, world.pack.zone).toISOString();
      await world.doors.ask('officer', http.Cease, { body: { at } });
    },
  ),
];
