import { http } from '@lethe/contracts';
import { checks, expect, type Rows } from '../step.ts';
import { cell, matches } from '../cells.ts';
import { instantOf } from '../time.ts';
import type { World } from '../world.ts';

/** A table with a head against what was found: the same rows, in order. */
function table(world: World, rows: Rows, found: readonly object[]): void {
  const [head = [], ...expected] = rows;
  const seen = found.map((row) => head.map((key) => cell((row as Record<string, unknown>)[key])));
  const told = seen.map((row) => row.join(' | ')).join('; ');
  expect(seen.length === expected.length, `expected ${String(expected.length)} rows; found: ${told}`);
  for (const [index, row] of expected.entries())
    for (const [column, wanted] of row.entries()) {
      const value = (found[index] as Record<string, unknown>)[head[column] ?? ''];
      expect(matches(wanted, value, world.pack.zone), `expected "${wanted}"; found: ${told}`);
    }
}

export const RECORDS = [
  checks(
    'the consents of {person} on {instant} were',
    'A table with a head (purpose, state, level, notice, channel, choice, route, implied): what stood at a past instant.',
    async (world: World, person: string, instant: string, rows: Rows) => {
      const subject = await world.person(person);
      const at = instantOf(instant, world.pack.zone).toISOString();
      const { consents } = await world.doors.ask('officer', http.ConsentsOf, { params: { subject }, query: { at } });
      table(
        world,
        rows,
        consents.filter(({ state }) => state !== 'never-asked'),
      );
    },
  ),
  checks(
    'the history of {person} is',
    'A table with a head (purpose, state, level, notice, channel, choice, route, implied, at), every act, oldest first.',
    async (world: World, person: string, rows: Rows) => {
      const subject = await world.person(person);
      const { acts } = await world.doors.ask('officer', http.ConsentHistory, { params: { subject } });
      table(world, rows, acts);
    },
  ),
  checks(
    'the notices shown to {person} are',
    'A table with a head (about, version, language, channel, says, asks, at), oldest first.',
    async (world: World, person: string, rows: Rows) => {
      const subject = await world.person(person);
      const { notices } = await world.doors.ask('officer', http.ConsentHistory, { params: { subject } });
      table(world, rows, notices);
    },
  ),
  checks(
    'the guardian of {person} is {name}',
    'not-needed, missing or verified.',
    async (world: World, person: string, state: string) => {
      const subject = await world.person(person);
      const { guardian } = await world.doors.ask('officer', http.ConsentsOf, { params: { subject } });
      expect(guardian === state, `it is "${guardian}"`);
    },
  ),
  checks(
    'the rights of {person} are those of version {string}',
    'The version by which this person’s rights are judged.',
    async (world: World, person: string, version: string) => {
      const subject = await world.person(person);
      const found = await world.doors.ask('backend', http.RightsOf, { params: { subject } });
      expect(found.version === version, `they are those of version ${found.version}`);
    },
  ),
  checks(
    'the receipt of the act says',
    'Rows of a dotted path into the signed receipt and its value.',
    async (world: World, rows: Rows) => {
      const consent = String(world.answered.said['consent']);
      const receipt: unknown = await world.doors.ask('backend', http.ReceiptOf, { params: { consent } });
      for (const [path = '', wanted = ''] of rows) {
        const value = path
          .split('.')
          .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], receipt);
        expect(matches(wanted, value, world.pack.zone), `"${path}" is "${cell(value)}"`);
      }
    },
  ),
  checks(
    'the counts say',
    'Rows such as `admitted | 1`, `refused | 2`, `refusedByClause.DM-COL-01 | 1`, `refusedByCode.missing-field | 1`.',
    async (world: World, rows: Rows) => {
      const counts: unknown = await world.doors.ask('officer', http.Counts);
      for (const [path = '', wanted = ''] of rows) {
        const value = path
          .split('.')
          .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], counts);
        expect(cell(value ?? 0) === wanted, `"${path}" is ${cell(value ?? 0)}`);
      }
    },
  ),
];
