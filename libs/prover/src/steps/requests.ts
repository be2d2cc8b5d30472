import { http } from '@lethe/contracts';
import { does } from '../step.ts';
import { yes, type World } from '../world.ts';

/** A person asks, and the answer says by when it is due. */
async function asks(world: World, person: string): Promise<void> {
  const subject = await world.person(person);
  const [ground] = world.pack.requests.grounds.keys();
  await world.asking(async () => {
    const answer = await world.doors.ask('backend', http.AskErasure, {
      body: {
        subject,
        kind: 'erasure',
        ...(ground === undefined ? {} : { ground }),
        idempotencyKey: `scenario-erasure-${person}`,
      },
    });
    return yes(answer);
  });
}

export const REQUESTS = [
  does(
    '{person} asks for the erasure of everything',
    'A request of the person, whose identity nobody has verified yet; the answer says state and deadline.',
    (world: World, person: string) => asks(world, person),
  ),
];
