import { cell, matches } from '../cells.ts';
import { checks, Disproof, expect, type Rows } from '../step.ts';
import type { Answered, World } from '../world.ts';

const heard = ({ yes, code, clause, field }: Answered): string =>
  yes
    ? 'the answer was yes'
    : `it was refused with "${code ?? ''}"${clause === undefined ? '' : ` under ${clause}`}${field === undefined ? '' : ` at "${field}"`}`;

function refused(world: World, code: string, clause?: string, field?: string): void {
  const answer = world.answered;
  expect(!answer.yes && answer.code === code, `expected a refusal with "${code}"; ${heard(answer)}`);
  if (clause !== undefined) expect(answer.clause === clause, `expected clause ${clause}; ${heard(answer)}`);
  if (field !== undefined) expect(answer.field === field, `expected "${field}"; ${heard(answer)}`);
}

interface Part {
  readonly [key: string]: unknown;
}
const partsOf = (world: World): readonly Part[] => {
  expect(world.answered.yes, `expected it to be admitted; ${heard(world.answered)}`);
  const parts = world.answered.said['parts'];
  if (!Array.isArray(parts) || parts.length === 0) throw new Disproof('nothing was kept');
  return parts as Part[];
};

/** A direct identifier in whose place something stands that leads to nobody. */
const REPLACED = 'replaced';

export const ANSWERS = [
  checks('it is admitted', 'The submission was admitted.', (world: World) => {
    expect(world.answered.yes, `expected it to be admitted; ${heard(world.answered)}`);
  }),
  checks('the answer is yes', 'What was asked is allowed.', (world: World) => {
    expect(world.answered.yes, `expected yes; ${heard(world.answered)}`);
  }),
  checks(
    'it is refused with {name}',
    'The last submission, question or act was refused with this code.',
    (world: World, code: string) => refused(world, code),
  ),
  checks(
    'it is refused with {name} under {clause}',
    'The same, and the refusal names this clause.',
    (world: World, code: string, clause: string) => refused(world, code, clause),
  ),
  checks(
    'it is refused with {name} at {path}',
    'The same, and the refusal names what was wrong.',
    (world: World, code: string, path: string) => refused(world, code, undefined, path),
  ),
  checks(
    'it is refused with {name} under {clause} at {path}',
    'The same, with the clause and what was wrong.',
    (world: World, code: string, clause: string, path: string) => refused(world, code, clause, path),
  ),
  checks('the door stays shut', 'Whoever asked has no right to: nothing was judged, nothing shown.', (world: World) => {
    const { yes, code = '' } = world.answered;
    expect(!yes && code.includes('/'), `expected a door that stays shut; ${heard(world.answered)}`);
  }),
  checks(
    'the answer says',
    'Rows of a name and a value that the last answer must show, e.g. `basis`, `notice`, `clause`, `dropped`, `warnings`, `stops`; lists by commas, yes and no, `-` for nothing, `…` for anything, a local day or time for an instant.',
    (world: World, rows: Rows) => {
      const { said, clause, code, field } = world.answered;
      const all: Readonly<Record<string, unknown>> = { code, clause, field, ...said };
      for (const [key = '', value = ''] of rows)
        expect(
          matches(value, all[key], world.pack.zone),
          `expected "${key}" to be "${value}"; it was "${cell(all[key])}"`,
        );
    },
  ),
  checks(
    'nothing is kept',
    'Of what was just submitted, nothing stands in the person’s copy.',
    async (world: World) => {
      expect((await world.unanswered()).length === 0, 'something of what was refused is kept');
    },
  ),
  checks(
    'what is kept is',
    'The table gives exactly the fields that are kept of the last submission, with their values (`…`: any; `replaced`: something else than was submitted).',
    async (world: World, rows: Rows) => {
      const kept = await world.kept();
      const names = rows.map(([name = '']) => name).sort();
      expect(
        Object.keys(kept).sort().join() === names.join(),
        `expected ${names.join(', ')} to be kept; it is ${Object.keys(kept).sort().join(', ')}`,
      );
      for (const [name = '', value = '…'] of rows)
        expect(
          value === '…' ||
            (value === REPLACED
              ? cell(kept[name]) !== cell(world.submitted.fields[name])
              : matches(value, kept[name], world.pack.zone)),
          `"${name}" is kept with another value`,
        );
    },
  ),
  checks(
    'it is kept until {day}',
    'Every part of it is disposed of on this local day.',
    (world: World, day: string) => {
      for (const { disposal } of partsOf(world))
        expect(disposal === day, `expected the disposal day ${day}; it is ${cell(disposal)}`);
    },
  ),
  checks(
    'it lies in {string}',
    'The region that stands with what is kept of the last submission, in the person’s own copy.',
    async (world: World, region: string) => {
      const regions = await world.regions();
      expect(regions.size === 1 && regions.has(region), `it lies in ${[...regions].join(', ') || 'no region'}`);
    },
  ),
  checks(
    'it waits for its day',
    'No part has a disposal day yet: what it counts from has not come.',
    (world: World) => {
      for (const { disposal } of partsOf(world))
        expect(disposal === undefined, `expected no disposal day; it is ${cell(disposal)}`);
    },
  ),
  checks(
    'its parts are',
    'A table whose head names what is looked at (class, compartment, disposal, floor), one row a part, in any order.',
    (world: World, rows: Rows) => {
      const [head = [], ...expected] = rows;
      const found = partsOf(world).map((part) => head.map((key) => cell(part[key])).join(' | '));
      const wanted = expected.map((row) => row.join(' | '));
      expect(found.sort().join('\n') === wanted.sort().join('\n'), `the parts are: ${found.join('; ')}`);
    },
  ),
];
