import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CucumberHtmlStream } from '@cucumber/html-formatter';
import { messagesOf, type Run } from './messages.ts';
import { named } from './pages.ts';
import type { Report } from './report.ts';
import type { Outcome } from './run.ts';

const CONTENT = '<div id="content">';

/** One page that needs nothing else: clause by clause what is proved, and Cucumber's report of every scenario below it. */
export async function htmlPage(report: Report, outcomes: readonly Outcome[], run: Run): Promise<string> {
  const formatter = new CucumberHtmlStream();
  const page = text(formatter.pipe(new PassThrough()));
  for (const message of messagesOf(outcomes, run)) formatter.write(message);
  formatter.end();
  const cucumber = await page;
  const [before, after] = [cucumber.slice(0, cucumber.indexOf(CONTENT)), cucumber.slice(cucumber.indexOf(CONTENT))];
  return `${before}${clauses(report)}${after}`;
}

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const row = (cells: readonly (string | number)[], cell = 'td'): string =>
  `<tr>${cells.map((each) => `<${cell}>${escaped(String(each))}</${cell}>`).join('')}</tr>`;
const COUNTED = ['proved', 'failed', 'missing', 'later'] as const;

/** The table per pack and concern, and the clauses of each pack behind it. */
function clauses({ packs }: Report): string {
  const sections = Object.entries(packs).map(([pack, { enforceable, clauses }]) => {
    const concerns = [
      ...Map.groupBy(
        clauses.filter((clause) => clause.class === 'enforceable'),
        ({ concern }) => concern,
      ),
    ];
    const counted = concerns.map(([concern, mine]) =>
      row([concern, mine.length, ...COUNTED.map((result) => mine.filter((clause) => clause.result === result).length)]),
    );
    const total = row(['all', enforceable.total, ...COUNTED.map((result) => enforceable[result])]);
    const each = clauses.map(({ id, concern, service = '–', result, scenarios }) =>
      row([id, concern, service, named(result), scenarios.join(', ')]),
    );
    return `<h2>${escaped(pack)}</h2><table>${row(['concern', 'enforceable', ...COUNTED], 'th')}${counted.join('')}${total}</table><details><summary>clause by clause</summary><table>${row(['clause', 'concern', 'service', 'result', 'scenarios'], 'th')}${each.join('')}</table></details>`;
  });
  const style =
    '.proved{font:15px/1.4 system-ui;margin:2em}.proved td,.proved th{text-align:left;padding:.15em .8em}.proved tr:nth-child(even){background:#8882}';
  return `<style>${style}</style><section class="proved"><h1>What is proved</h1>${sections.join('')}<h1>Every scenario</h1></section>`;
}
