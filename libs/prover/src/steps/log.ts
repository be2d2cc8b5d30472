import { setTimeout as pause } from 'node:timers/promises';
import { checks, does, expect, throughLog } from '../step.ts';
import type { World } from '../world.ts';
import { watched } from './custody.ts';

/** What is shorter may stand in a random text by chance. */
const SHORTEST = 4;
/** For a statement on its way; milliseconds of machine time. */
const PATIENCE_MS = 20_000;

/** A text as it may lie readable in a message: plain, escaped, percent-encoded, as hex, and as base64 at each of its three beginnings. */
function faces(text: string): string[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64url');
    // The first and the last letter hold bits of what stands beside it.
    return shifted.slice(shift === 0 ? 0 : shift + 1, -1);
  });
  const escaped = [...text].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  return [text, escaped, encodeURIComponent(text), bytes.toString('hex'), ...base64].filter(
    (each) => each.length >= SHORTEST,
  );
}

export const LOG = [
  throughLog(
    does(
      'the platform submits through the log',
      'From here on submissions travel sealed through the platform’s topic `lethe.in.…`, and their answers are read in `lethe.out.…`. Everything else is asked over HTTP as before.',
      (world: World) => {
        world.throughLog = true;
      },
    ),
  ),
  does(
    'the platform sends the same again',
    'The last submission once more, under the same idempotency key; the answer says whether it was replayed.',
    (world: World) => world.submitAgain(),
  ),
  throughLog(
    checks(
      'nothing that travelled through the log can be read',
      'Of the values of the last submission none stands in a message that the platform sent or heard, in any usual encoding.',
      async (world: World) => {
        const { travelled } = await world.doors.log();
        const values = Object.values(world.submitted.fields).flatMap((value) =>
          (Array.isArray(value) ? value : [value]).map(String),
        );
        const sought = values.filter((value) => Buffer.byteLength(value) >= SHORTEST);
        expect(sought.length > 0, 'the submission has no value long enough to be looked for');
        expect(travelled.length > 1, 'nothing has travelled through the log');
        for (const value of sought)
          for (const face of faces(value))
            expect(!travelled.some((message) => message.includes(face)), 'a value can be read in the log');
      },
    ),
  ),
  throughLog(
    checks(
      'a store that reads the log is asked to let go of {name}, and its word ends the withdrawal',
      'The order comes in the platform’s topic `lethe.out.…`; a store that has nothing left answers for it.',
      async (world: World, purpose: string) => {
        const order = await (await world.doors.log()).letGo(purpose);
        expect(order.subject === (await world.person('person')), 'the order is about another person');
        const end = performance.now() + PATIENCE_MS;
        while ((await watched(world, order.entry)).state !== 'done' && performance.now() < end) await pause(50);
        expect((await watched(world, order.entry)).state === 'done', 'the statement of the store was not taken');
      },
    ),
  ),
];
