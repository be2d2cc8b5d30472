import { http } from '@lethe/contracts';
import { Disproof, does, type Rows } from '../step.ts';
import { no, yes, type World } from '../world.ts';

/** The last extension that was agreed. */
const agreed = new WeakMap<World, string>();

/** Asks for a longer period of what was submitted last; the answer is the last answer. */
async function extend(world: World, until: string, ground: string, rows: Rows): Promise<void> {
  const { subject } = world.submitted;
  const scope = { kind: 'record' as const, record: world.record, subject };
  const evidence = rows.map(([name = '', reference = '']) => ({
    name,
    reference: reference === 'the consent' ? (world.consent ?? '') : reference,
  }));
  await world.asking(async () => {
    const answer = await world.doors.ask('backend', http.AgreeExtension, { body: { scope, ground, evidence, until } });
    if (answer.outcome === 'refused') return no(answer.refusal, answer);
    agreed.set(world, answer.extension);
    return yes(answer);
  });
}

export const EXTENDING = [
  does(
    'it is to be kept until {day}, on the ground {name}',
    'A longer period for what was submitted last, with nothing to show for it. The answer is yes, or a refusal.',
    (world: World, until: string, ground: string) => extend(world, until, ground, []),
  ),
  does(
    'it is to be kept until {day}, on the ground {name} with',
    'The same, with rows of what shows it (consent, reference, citation) and the id of that; `the consent` is the last one that was recorded.',
    (world: World, until: string, ground: string, rows: Rows) => extend(world, until, ground, rows),
  ),
  does('the longer period is taken back', 'What was agreed last counts no more.', async (world: World) => {
    const extension = agreed.get(world);
    if (extension === undefined) throw new Disproof('no longer period has been agreed yet');
    await world.doors.ask('backend', http.WithdrawExtension, { params: { extension } });
  }),
];
