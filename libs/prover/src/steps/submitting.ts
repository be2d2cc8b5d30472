import { does, expect, type Rows } from '../step.ts';
import { requiredFields, sample, valueOf, type Value } from '../usual.ts';
import type { World } from '../world.ts';

const LISTS = new Set(['declarations']);
/** Rows of `the submission says` that stand inside another one on the wire. */
const SOURCE: Readonly<Record<string, string>> = {
  source: 'kind',
  party: 'party',
  attestations: 'attestations',
  covers: 'covers',
  since: 'since',
};
const EXCEPTION: Readonly<Record<string, string>> = { exception: 'ground', evidence: 'evidence' };

/** `-` says nothing at all, where something would have been said; lists are separated by commas. */
function say(world: World, rows: Rows): void {
  const inner = (name: string, key: string, value: unknown): void => {
    world.saying[name] = { ...(world.saying[name] as object | undefined), [key]: value };
  };
  for (const [key = '', text = ''] of rows) {
    const list = text === '-' ? [] : text.split(', ');
    const source = SOURCE[key];
    const exception = EXCEPTION[key];
    if (source !== undefined) inner('source', source, ['attestations', 'covers'].includes(key) ? list : text);
    else if (exception !== undefined) inner('exception', exception, key === 'evidence' ? list : text);
    else if (LISTS.has(key)) world.saying[key] = list;
    else world.saying[key] = text === '-' ? undefined : text;
  }
}

const fieldsOf = (world: World, rows: Rows): Record<string, Value> =>
  Object.fromEntries(rows.map(([name = '', text = '…']) => [name, valueOf(world.pack, name, text)]));

const without = (fields: Record<string, Value>, names: readonly string[]): Record<string, Value> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

const all = (world: World, purpose: string): Record<string, Value> =>
  requiredFields(world.pack, world.purpose(purpose));

export const SUBMITTING = [
  does(
    'the submission says',
    'What the next submission says beside its fields, as a table: channel, product, collector, region, use, notice, collectedAt, tracker, matter (`order`, or `order 2`), declarations, source (person, automatic, indirect, public), party, attestations, covers, since, exception, evidence. Lists are separated by commas; `-` says nothing. What is not in the table is as the purpose asks for it.',
    (world: World, rows: Rows) => say(world, rows),
  ),
  does(
    '{person} is also named, as {name}, with',
    'The next submission also tells something about another person, under this declaration; the table gives the fields.',
    async (world: World, person: string, declaration: string, rows: Rows) => {
      world.others.push({ subject: await world.person(person), declaration, fields: fieldsOf(world, rows) });
    },
  ),
  does(
    'the platform submits {name} with',
    'Submits exactly the fields of the table for the person; `…` is any value the field takes.',
    (world: World, purpose: string, rows: Rows) => world.submit('person', purpose, fieldsOf(world, rows)),
  ),
  does(
    'the platform submits {name} of {person} with',
    'The same, for another person of the scenario.',
    (world: World, purpose: string, person: string, rows: Rows) => world.submit(person, purpose, fieldsOf(world, rows)),
  ),
  does(
    'the platform submits {name}',
    'Submits all that the purpose requires, with made-up values.',
    (world: World, purpose: string) => world.submit('person', purpose, all(world, purpose)),
  ),
  does(
    'the platform submits {name} of {person}',
    'The same, for another person of the scenario.',
    (world: World, purpose: string, person: string) => world.submit(person, purpose, all(world, purpose)),
  ),
  does(
    'the platform submits {name} without {names}',
    'Submits all that the purpose requires but these fields.',
    (world: World, purpose: string, names: readonly string[]) => {
      const fields = all(world, purpose);
      for (const name of names)
        expect(name in fields, `"${purpose}" does not require "${name}": leaving it out shows nothing`);
      return world.submit('person', purpose, without(fields, names));
    },
  ),
  does(
    'the platform submits {name} and also {names}',
    'Submits all that the purpose requires, and these fields.',
    (world: World, purpose: string, names: readonly string[]) =>
      world.submit('person', purpose, {
        ...all(world, purpose),
        ...Object.fromEntries(names.map((name) => [name, sample(world.pack, name)])),
      }),
  ),
  does(
    'the platform submits {name} and also',
    'Submits all that the purpose requires, and the fields of the table.',
    (world: World, purpose: string, rows: Rows) =>
      world.submit('person', purpose, { ...all(world, purpose), ...fieldsOf(world, rows) }),
  ),
];
