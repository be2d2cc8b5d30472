import { http } from '@lethe/contracts';
import { does, expect, type Rows } from '../step.ts';
import { instantOf } from '../time.ts';
import { requiredFields, sample, valueOf, type Value } from '../usual.ts';
import { no, yes, type World } from '../world.ts';

/** Rows that stand inside another word on the wire: `party` is `source.party`. */
const INSIDE: Readonly<Record<string, readonly [within: string, key: string]>> = {
  source: ['source', 'kind'],
  party: ['source', 'party'],
  attestations: ['source', 'attestations'],
  since: ['source', 'since'],
  covers: ['source', 'covers'],
  'held for': ['source', 'purpose'],
  exception: ['exception', 'ground'],
  evidence: ['exception', 'evidence'],
  abroad: ['abroad', 'ground'],
  'abroad evidence': ['abroad', 'evidence'],
};
const LISTS = new Set(['declarations', 'attestations', 'covers', 'evidence', 'abroad evidence']);
const TIMES = new Set(['since', 'collectedAt']);

/** `-` says nothing at all, where something would have been said; lists are separated by commas. */
export function say(world: World, rows: Rows): void {
  for (const [key = '', text = ''] of rows) {
    const value = LISTS.has(key)
      ? text === '-'
        ? []
        : text.split(', ')
      : text === '-'
        ? undefined
        : TIMES.has(key) && !text.includes('T')
          ? instantOf(text, world.pack.zone).toISOString()
          : key === 'doNotTrack'
            ? text === 'yes'
            : text;
    const inside = INSIDE[key];
    if (inside === undefined) world.saying[key] = value;
    else world.saying[inside[0]] = { ...(world.saying[inside[0]] as object | undefined), [inside[1]]: value };
  }
}

const fieldsOf = (world: World, rows: Rows): Record<string, Value> =>
  Object.fromEntries(rows.map(([name = '', text = '…']) => [name, valueOf(world.pack, name, text)]));

const without = (fields: Record<string, Value>, names: readonly string[]): Record<string, Value> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

export const all = (world: World, purpose: string): Record<string, Value> =>
  requiredFields(world.pack, world.purpose(purpose));

export const SUBMITTING = [
  does(
    'the submission says',
    'What the next submission says beside its fields, as a table: channel, product, collector, region, use, tracker, doNotTrack (yes or no), notice, collectedAt, matter (`order`, or `order 2`), declarations, source (person, automatic, indirect, public, reused), party, attestations, since, covers, `held for` (a purpose), exception and evidence, abroad and `abroad evidence`. Lists are separated by commas; `-` says nothing. What is not in the table is as the purpose asks for it.',
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
    'the platform submits {name} over plain HTTP',
    'Submits all that the purpose requires, in a request that is said to have travelled without encryption.',
    async (world: World, purpose: string) => {
      const subject = await world.person('person');
      const submission = { idempotencyKey: 'scenario-plain', subject, purpose, fields: all(world, purpose) };
      await world.asking(async () => {
        const { status, code } = await world.doors.plain('backend', http.Collect, { submissions: [submission] });
        return status === 200 ? yes({}) : no({ code });
      });
    },
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
