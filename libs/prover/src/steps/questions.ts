import { http } from '@lethe/contracts';
import { does, type Rows } from '../step.ts';
import { no, yes, type World } from '../world.ts';

async function gate(world: World, person: string, question: Record<string, unknown>): Promise<void> {
  const subject = await world.person(person);
  await world.asking(async () => {
    const questions = [{ subject, ...question }] as never;
    const { answers } = await world.doors.ask('backend', http.MayUse, { body: { questions } });
    const answer = answers[0];
    return answer?.may === true ? yes(answer) : no(answer?.refusal ?? { code: 'unanswered' }, answer ?? {});
  });
}

const LISTS = new Set(['fields', 'declarations', 'evidence', 'uses', 'attestations']);

export const QUESTIONS = [
  does(
    'the platform asks whether {names} may be used for {name}',
    'The gate: may these fields of the person be used for this purpose now?',
    (world: World, fields: readonly string[], purpose: string) =>
      gate(world, 'person', { kind: 'use', purpose, fields }),
  ),
  does(
    'the platform asks whether {names} of {person} may be used for {name}',
    'The same, for another person of the scenario.',
    (world: World, fields: readonly string[], person: string, purpose: string) =>
      gate(world, person, { kind: 'use', purpose, fields }),
  ),
  does(
    'the platform asks whether {names} may be collected for {name}',
    'The gate, before the person is asked to give them.',
    (world: World, fields: readonly string[], purpose: string) =>
      gate(world, 'person', { kind: 'collect', purpose, fields }),
  ),
  does(
    'the platform asks',
    'Any other question of the gate as a table: `kind` (use, collect, tracker, sdk, permission, region, message, page) and what goes with it; lists are separated by commas.',
    (world: World, rows: Rows) =>
      gate(
        world,
        'person',
        Object.fromEntries(rows.map(([key = '', value = '']) => [key, LISTS.has(key) ? value.split(', ') : value])),
      ),
  ),
  does(
    'the platform opens {names} for {name}',
    'Asks for the values of these fields of the person, to use them for this purpose.',
    async (world: World, fields: readonly string[], purpose: string) => {
      const subject = await world.person('person');
      await world.asking(async () => {
        const { opened, refused } = await world.doors.ask('backend', http.Open, {
          body: { subject, purpose, fields: [...fields] },
        });
        const first = refused[0];
        if (opened.length === 0) return no(first?.refusal ?? { code: 'nothing-there' });
        return yes(Object.assign({}, ...opened.map((part) => part.fields)) as object);
      });
    },
  ),
];
