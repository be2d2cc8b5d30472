import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import type { Envelope } from '@cucumber/messages';
import { htmlPage } from './html.ts';
import { select } from './prove.ts';
import { packReport } from './report.ts';
import type { Outcome } from './run.ts';

const [damai] = select(fileURLToPath(new URL('../../../policies', import.meta.url)), {
  packs: ['damai'],
  tags: '@DM-SEC-05',
}).selected;
const run = { from: new Date('2026-03-02T01:00:00Z'), to: new Date('2026-03-02T01:00:09Z') };

const pageOf = (outcomes: readonly Outcome[]): Promise<string> =>
  htmlPage({ packs: { damai: packReport(damai!.clauses, outcomes) } }, outcomes, run);
/** As a browser reads them. */
const messagesIn = (page: string): Envelope[] =>
  runInNewContext(/CUCUMBER_MESSAGES = (\[.*\]);/.exec(page)![1]!) as Envelope[];

test('the page holds the table of each concern, every clause, and Cucumber’s report of every step', async () => {
  const scenarios = damai!.scenarios.slice(0, 2);
  const outcomes = scenarios.map((scenario, nth): Outcome =>
    nth === 0
      ? { scenario, passed: true, disproved: false, ms: 1_200 }
      : { scenario, passed: false, disproved: true, step: 2, at: 'there', message: 'it was <refused>', ms: 40 },
  );
  const page = await pageOf(outcomes);
  expect(page).toContain('<tr><td>security</td><td>1</td><td>0</td><td>1</td><td>0</td><td>0</td></tr>');
  expect(page).toContain('<td>DM-SEC-05</td>');
  const messages = messagesIn(page);
  const pickles = messages.flatMap(({ pickle }) => pickle ?? []);
  expect(pickles.map(({ name }) => name)).toEqual(scenarios.map(({ name }) => name));
  expect(pickles[0]!.tags.map(({ name }) => name)).toEqual(['@DM-SEC-05', '@security', '@owner-collection']);
  const results = messages.flatMap(({ testStepFinished }) => testStepFinished?.testStepResult.status ?? []);
  const [first, second] = scenarios.map(({ steps }) => steps.length);
  expect(results).toEqual([
    ...Array<string>(first!).fill('PASSED'),
    'PASSED',
    'PASSED',
    'FAILED',
    ...Array<string>(second! - 3).fill('SKIPPED'),
  ]);
  expect(messages.find(({ testRunFinished }) => testRunFinished)?.testRunFinished?.success).toBe(false);
  expect(page).not.toContain('it was <refused>');
});
