import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { cell } from '../cells.ts';
import { checks, Disproof, does, expect, type Rows } from '../step.ts';
import { instantOf } from '../time.ts';
import { requiredFields, usualOf, valueOf, type Value } from '../usual.ts';
import type { World } from '../world.ts';
import { allAgree } from './consents.ts';
import { stateAnchors } from './time.ts';
import { inTheEnd, until } from './until.ts';

/** How many people of each scenario have come in crowds. */
const crowds = new WeakMap<World, number>();

/** The fields of one of many: the values of each row are taken in turn. */
function fieldsOfOne(world: World, purpose: string, rows: Rows, index: number): Record<string, Value> {
  const own = rows.map(([name = '', values = '']): [string, Value] => {
    const all = values.split(', ');
    return [name, valueOf(world.pack, name, all[index % all.length] ?? '')];
  });
  return { ...requiredFields(world.pack, world.purpose(purpose)), ...Object.fromEntries(own) };
}

async function submitAll(
  world: World,
  count: number,
  purpose: string,
  rows: Rows,
  anchored?: { readonly anchor: string; readonly at: string },
): Promise<void> {
  const before = crowds.get(world) ?? 0;
  crowds.set(world, before + count);
  const people = Array.from({ length: count }, (_, index) => world.person(`one of many ${String(before + index)}`));
  const subjects: readonly SubjectRef[] = await Promise.all(people);
  const declared = world.purpose(purpose);
  const usual = usualOf(
    world.pack,
    declared,
    rows.map(([name = '']) => name),
  );
  const permissions = usual.declarations.filter((each) => each.startsWith('permission.'));
  await allAgree(
    world,
    subjects,
    purpose,
    permissions.map((permission) => ({ purpose: permission, state: 'given', level: 'device-permission' })),
  );
  if (anchored !== undefined) {
    const { matter: kind } = usual;
    if (kind === undefined) throw new Disproof(`nothing of "${purpose}" counts from a matter`);
    const anchor = anchored.anchor;
    const at = instantOf(anchored.at, world.pack.zone).toISOString();
    const anchors = subjects.map(async (subject) => ({
      matter: await world.matter(subject, kind),
      subject,
      anchor,
      at,
    }));
    await stateAnchors(world, await Promise.all(anchors));
  }
  const submissions = subjects.map((subject, index) =>
    world.submission(subject, purpose, fieldsOfOne(world, purpose, rows, index)),
  );
  const answers = await world.submitTogether(await Promise.all(submissions));
  await counted(
    world,
    answers.flatMap((answer) => (answer.outcome === 'admitted' ? answer.parts : [])),
  );
}

/** How many parts of each class and day have come in crowds. */
const expected = new WeakMap<World, Map<string, number>>();

/** All that came in stands in retention's counts: a sweep cannot miss it. */
async function counted(
  world: World,
  parts: readonly { readonly class: string; readonly disposal?: string | undefined }[],
): Promise<void> {
  const all = expected.get(world) ?? new Map<string, number>();
  expected.set(world, all);
  for (const { class: of, disposal = '' } of parts)
    all.set(`${of} ${disposal}`, (all.get(`${of} ${disposal}`) ?? 0) + 1);
  await inTheEnd(async () => {
    const { tallies } = await world.doors.ask('officer', http.Forecast);
    const missing = [...all].find(([key, wanted]) => {
      const found = tallies.filter((tally) => `${tally.class} ${tally.dated ?? tally.day ?? ''}` === key);
      return found.reduce((sum, tally) => sum + tally.parts, 0) < wanted;
    });
    return missing === undefined ? undefined : `"${missing[0]}" was not counted`;
  });
}

export const CROWDS = [
  does(
    '{int} people submit {name}, with in turn',
    'So many people nobody has heard of, each of whom has agreed to all that it asks for: all that the purpose requires, and the fields of the table; the values of a row, separated by commas, are taken in turn.',
    (world: World, count: number, purpose: string, rows: Rows) => submitAll(world, count, purpose, rows),
  ),
  does(
    '{int} people submit {name}, the {name} of which is on {instant}, with in turn',
    'The same, where what the period counts from has come already.',
    (world: World, count: number, purpose: string, anchor: string, at: string, rows: Rows) =>
      submitAll(world, count, purpose, rows, { anchor, at }),
  ),
  checks(
    'what is left of {name} are these cells',
    'A table with a head (people, records, cohort and the dimensions and measures of the class, in any order): exactly the aggregates that stand of the class, in any order. A measure is `9600.00 of 20` (the sum, and of how many records), or `withheld`.',
    async (world: World, name: string, rows: Rows) => {
      const [head = [], ...wanted] = rows;
      await until(async () => {
        const { cells } = await world.doors.ask('officer', http.Cells, { query: { class: name } });
        const found = cells.map(({ dimensions, measures, ...rest }) => {
          const sums = Object.entries(measures).map(([measure, each]): [string, string] => [
            measure,
            'withheld' in each ? 'withheld' : `${each.sum} of ${String(each.records)}`,
          ]);
          const all: Readonly<Record<string, unknown>> = { ...rest, ...dimensions, ...Object.fromEntries(sums) };
          return head.map((key) => cell(all[key])).join(' | ');
        });
        const asked = wanted.map((row) => row.join(' | '));
        return found.sort().join('; ') === asked.sort().join('; ') ? undefined : `the cells are: ${found.join('; ')}`;
      });
    },
  ),
  checks(
    'no cell is left of {name}',
    'Nothing of the class stands as an aggregate.',
    async (world: World, name: string) => {
      const { cells } = await world.doors.ask('officer', http.Cells, { query: { class: name } });
      expect(cells.length === 0, `there are ${String(cells.length)} cells`);
    },
  ),
];
