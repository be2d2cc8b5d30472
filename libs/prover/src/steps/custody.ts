import { http } from '@lethe/contracts';
import { cell, matches } from '../cells.ts';
import { checks, Disproof, does, expect, type Rows } from '../step.ts';
import type { World } from '../world.ts';

/** Long enough for a withdrawal to go through the log and the ledger; milliseconds of machine time. */
const PATIENCE_MS = 20_000;

/** Who watches the withdrawal sees this. */
export async function watched(
  world: World,
  entry: number,
): Promise<{ readonly state?: string; readonly waitingFor: readonly string[] }> {
  const { withdrawals } = await world.doors.ask('officer', http.Withdrawals);
  return withdrawals.find((one) => one.entry === entry) ?? { waitingFor: [] };
}

/** The withdrawal of the person from a purpose, as the platform's stores were told of it. */
async function ordered(world: World, purpose: string): Promise<number> {
  const subject = await world.person('person');
  const end = performance.now() + PATIENCE_MS;
  for (let after = 0; performance.now() < end;) {
    const { items } = await world.doors.ask('backend', http.Out, { query: { after, waitMs: 2_000 } });
    after = items.at(-1)?.number ?? after;
    for (const item of items) {
      const mine = item.kind === 'withdrawal-ordered' && item.subject === subject && item.data['purpose'] === purpose;
      if (mine) return Number(item.data['entry']);
    }
  }
  throw new Disproof(`the platform’s stores were not asked to let go of "${purpose}"`);
}

export const CUSTODY = [
  does(
    'the platform keeps {names} for {name} itself, at {name}',
    'Submits that the platform holds these fields itself, and where; no value is sent.',
    async (world: World, names: readonly string[], purpose: string, place: string) => {
      world.saying['held'] = [...names];
      world.saying['place'] = place;
      await world.submit('person', purpose, {});
    },
  ),
  checks(
    'the copy of {person} names as kept elsewhere',
    'A table with a head (purpose, fields, place, disposal): what the platform itself has to add to the copy.',
    async (world: World, person: string, rows: Rows) => {
      const [head = [], ...expected] = rows;
      const subject = await world.person(person);
      const { withheld } = await world.doors.ask('backend', http.Access, { body: { subject } });
      const found = withheld.flatMap(({ held }) => (held === undefined ? [] : [held as Record<string, unknown>]));
      const told = found.map((row) => head.map((key) => cell(row[key])).join(' | '));
      expect(found.length === expected.length, `named are: ${told.join('; ')}`);
      for (const [index, row] of expected.entries())
        for (const [column, wanted] of row.entries())
          expect(
            matches(wanted, found[index]?.[head[column] ?? ''], world.pack.zone),
            `expected "${wanted}"; named are: ${told.join('; ')}`,
          );
    },
  ),
  checks(
    'the platform’s stores are asked to let go of {name}',
    'The order stands in the platform’s stream, and nobody has answered for it yet.',
    async (world: World, purpose: string) => {
      const entry = await ordered(world, purpose);
      const { state } = await watched(world, entry);
      expect(state === 'ordered', `the withdrawal is "${state ?? 'unknown'}"`);
    },
  ),
  checks(
    'a store that still finds something of {name} is not believed',
    'Its statement is not taken; whoever watches sees that it is awaited.',
    async (world: World, purpose: string) => {
      const entry = await ordered(world, purpose);
      const { accepted } = await world.doors.ask('backend', http.AckWithdrawal, {
        params: { entry },
        body: { participant: 'platform', found: 1, deleted: 1, rescan: 1 },
      });
      const { waitingFor } = await watched(world, entry);
      expect(!accepted && waitingFor.includes('platform'), 'the statement was taken');
    },
  ),
  checks(
    'a store that has let go of {name} is taken at its word',
    'Its counted statement ends the withdrawal.',
    async (world: World, purpose: string) => {
      const entry = await ordered(world, purpose);
      const { accepted } = await world.doors.ask('backend', http.AckWithdrawal, {
        params: { entry },
        body: { participant: 'platform', found: 1, deleted: 1, rescan: 0 },
      });
      const { state } = await watched(world, entry);
      expect(accepted && state === 'done', `the withdrawal is "${state ?? 'unknown'}"`);
    },
  ),
];
