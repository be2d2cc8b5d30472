import { http } from '@lethe/contracts';
import { matches, cell } from '../cells.ts';
import { checks, Disproof, expect, type Rows } from '../step.ts';
import { sample, type Value } from '../usual.ts';
import type { World } from '../world.ts';
import { aboutOf } from './questions.ts';
import { all, say } from './submitting.ts';

/** Columns that say what is answered; every other one says what is asked. */
const ANSWERED = new Set([
  'answer',
  'under',
  'at',
  'basis',
  'classified',
  'treatment',
  'held by',
  'default',
  'optional',
  'until',
  'class',
  'compartment',
  'sensitive',
  'dropped',
]);
const YES = ['yes', 'admitted'];

type Pairs = readonly (readonly [key: string, value: string])[];
interface Row {
  readonly number: number;
  readonly asked: Pairs;
  readonly expected: Pairs;
}

/** The rows below the head, without the cells that are empty. */
function rowsOf([head = [], ...body]: Rows): Row[] {
  if (!head.includes('answer')) throw new Disproof('the table has no column "answer"');
  return body.map((row, index) => {
    const pairs = head.map((key, column) => [key, row[column] ?? ''] as const).filter(([, value]) => value !== '');
    return {
      number: index + 1,
      asked: pairs.filter(([key]) => !ANSWERED.has(key)),
      expected: pairs.filter(([key]) => ANSWERED.has(key)),
    };
  });
}

/** What came back, in the words of the columns. */
type Found = Readonly<Record<string, unknown>>;

function compare(world: World, rows: readonly Row[], found: readonly Found[]): void {
  for (const [index, { number, expected, asked }] of rows.entries()) {
    for (const [key, value] of expected) {
      const is = found[index]?.[key];
      const wanted = key === 'answer' && YES.includes(value) ? 'yes' : value;
      expect(
        matches(wanted, is, world.pack.zone),
        `row ${String(number)} (${asked.map(([, said]) => said).join(' ')}): expected "${key}" to be "${wanted}"; it was "${cell(is)}"`,
      );
    }
  }
}

interface Refused {
  readonly code: string;
  readonly clause?: string | undefined;
  readonly field?: string | undefined;
}
const refusedAs = ({ code, clause, field }: Refused): Found => ({ answer: code, under: clause, at: field });

/** Asks the gate every row in one go. */
async function askAll(world: World, table: Rows): Promise<void> {
  const rows = rowsOf(table);
  const questions: unknown[] = [];
  for (const { asked } of rows) {
    const { about, question } = await aboutOf(world, asked);
    questions.push({ ...(about === '-' ? {} : { subject: await world.person(about) }), ...question });
  }
  const { answers } = await world.doors.ask('backend', http.MayUse, { body: { questions: questions as never } });
  const found = answers.map(({ may, refusal, clause, ...said }): Found => ({
    under: clause,
    ...said,
    'held by': said.heldBy,
    ...(may ? { answer: 'yes' } : refusedAs(refusal ?? { code: 'unanswered' })),
  }));
  compare(world, rows, found);
}

const valuesOf = (world: World, names: string | undefined): Record<string, Value> =>
  Object.fromEntries((names?.split(', ') ?? []).map((name) => [name, sample(world.pack, name)]));

/** Of all parts, what they have in common: one value, or all of them. */
const common = (parts: readonly Readonly<Record<string, unknown>>[], key: string): unknown => {
  const values = [...new Set(parts.flatMap((part) => part[key] ?? []))];
  return values.length === 1 ? values[0] : values.sort();
};

/** Submits every row in one go; rows of one person are judged each by itself. */
async function submitAll(world: World, table: Rows): Promise<void> {
  const rows = rowsOf(table);
  const submissions: unknown[] = [];
  for (const { asked } of rows) {
    const { person, purpose = '', fields, also, other, as, tells, ...rest } = Object.fromEntries(asked) as Said;
    say(
      world,
      asked.filter(([key]) => key in rest),
    );
    if (other !== undefined)
      world.others.push({
        subject: await world.person(whom(other)),
        declaration: as ?? world.pack.purposes.get(purpose)?.others?.declaration ?? '',
        fields: valuesOf(world, tells),
      });
    const given = fields === undefined ? all(world, purpose) : valuesOf(world, fields);
    submissions.push(
      await world.submission(await world.person(whom(person ?? 'person')), purpose, {
        ...given,
        ...valuesOf(world, also),
      }),
    );
    world.saying = {};
    world.others = [];
  }
  const { answers } = await world.doors.ask('backend', http.Collect, { body: { submissions: submissions as never } });
  const found = answers.map((answer): Found => {
    if (answer.outcome === 'refused') return refusedAs(answer.refusal);
    const { parts, dropped } = answer;
    return {
      answer: 'yes',
      dropped,
      until: common(parts, 'disposal'),
      class: common(parts, 'class'),
      compartment: common(parts, 'compartment'),
      sensitive: common(parts, 'sensitive'),
    };
  });
  compare(world, rows, found);
}

type Said = Readonly<Partial<Record<string, string>>>;
const whom = (text: string): string => text.replace(/^(?:an?|the) /, '');

export const TABLES = [
  checks(
    'the platform is answered',
    'A table whose head names what is asked (as in `the platform asks`) and what is answered: `answer` (yes, or the code of the refusal), `under` (the clause), `at` (what was wrong), `basis`, `classified`, `treatment`, `held by`, `default`, `optional`. One row a question; an empty cell says nothing.',
    (world: World, table: Rows) => askAll(world, table),
  ),
  checks(
    'what the platform submits is answered',
    'A table whose head names what is submitted (purpose; fields, by name, or all that the purpose requires; also, further ones; person; other, another person, with what the submission tells of them, as what; and all of `the submission says`) and what is answered: `answer` (admitted, or the code of the refusal), `under`, `at`, `dropped`, and of the parts `until`, `class`, `compartment`, `sensitive`. One row a submission; an empty cell says nothing.',
    (world: World, table: Rows) => submitAll(world, table),
  ),
];
