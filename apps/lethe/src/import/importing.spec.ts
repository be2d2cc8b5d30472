import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { home, instance, lethe, running, runsWithTenant } from '../running.contract.ts';

runsWithTenant('imported');

const about = (person: string, kind: string, over: object) => ({ person, kind, ...over });
const consent = (person: string, over: object) =>
  about(person, 'consent', {
    purpose: 'personalized-display',
    state: 'given',
    level: 'opt-in',
    notice: '2020-11-18',
    at: '2021-05-01T10:00:00+08:00',
    ...over,
  });
const anchor = (person: string, over: object) =>
  about(person, 'anchor', {
    matter: { kind: 'order', id: '501' },
    anchor: 'transaction-completed',
    at: '2026-02-01T22:00:00+08:00',
    ...over,
  });
const guardian = (person: string, over: object) =>
  about(person, 'guardian', { guardianVerified: true, at: '2021-05-01T10:00:00+08:00', ...over });
const notice = (over: object) =>
  about('u-1', 'notice', {
    about: 'policy',
    version: '2020-11-18',
    at: '2021-05-01T10:00:00+08:00',
    channel: 'app',
    ...over,
  });

/** Each line with the finding it is to have, by its code and field; `undefined`: none. */
const LINES: readonly (readonly [object | string, string | undefined])[] = [
  [consent('u-1', { at: '2039-05-01T10:00:00+08:00' }), 'date-in-future at'],
  [consent('u-1', {}), undefined],
  [consent('u-1', {}), undefined],
  [consent('u-1', { state: 'refused', at: '2039-05-01T10:00:00+08:00' }), 'date-in-future at'],
  [consent('u-2', { at: '2021-02-30T10:00:00+08:00' }), 'not-a-line at'],
  [consent('u-2', { notice: '2019-01-01' }), 'notice-not-current notice'],
  [consent('u-2', { purpose: 'fortune-telling' }), 'undeclared-purpose purpose'],
  [consent('u-2', { bundle: true }), 'not-a-line bundle'],
  [notice({ at: '2039-05-01T10:00:00+08:00' }), 'date-in-future at'],
  [notice({}), undefined],
  [notice({ version: '2019-01-01' }), 'notice-not-current version'],
  [guardian('u-3', { birthday: '2031-05-02' }), 'date-in-future birthday'],
  [guardian('u-3', { birthday: '2014-02-30' }), 'not-a-line birthday'],
  [guardian('u-3', { child: true, at: '2039-05-01T10:00:00+08:00' }), 'date-in-future at'],
  [anchor('u-1', {}), undefined],
  [anchor('u-1', { anchor: 'transaction-complete' }), 'anchor-undeclared anchor'],
  [anchor('u-1', { matter: { kind: 'order', id: '502' } }), undefined],
  ['not JSON', 'not-json'],
  ['{"kind":"consent","person":"u-4","purp', 'not-json'],
];

test('whatever is wrong with a line is a finding of that line, repeats no value, and keeps nothing else out', async () => {
  const file = join(home, 'people.jsonl');
  writeFileSync(file, LINES.map(([line]) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  const run = async () => {
    const { code, stdout } = await lethe('import', file, '--tenant', 'imported', '--target', running.url, '--json');
    const told = stdout.trim().split('\n');
    const findings = told
      .map((text) => JSON.parse(text) as { line?: number; code: string; field?: string; text?: string })
      .filter(({ line }) => line !== undefined);
    return { code, stdout, findings };
  };
  const { code, stdout, findings } = await run();
  expect(code).toBe(1);
  const byLine = new Map(findings.map((finding) => [finding.line, finding]));
  expect(
    LINES.map((_, index) => {
      const finding = byLine.get(index + 1);
      return finding && [finding.code, finding.field].filter(Boolean).join(' ');
    }),
  ).toEqual(LINES.map(([, expected]) => expected));
  expect(findings).toHaveLength(LINES.filter(([, expected]) => expected !== undefined).length);
  for (const { text } of findings) expect(text).toMatch(/\w/);
  expect(stdout).not.toMatch(/2039|2031|02-30|fortune|u-\d|transaction-complete|502/);

  // What was right is there, once, also after the same file once more.
  expect((await run()).findings).toEqual(findings);
  const platform = instance.platform();
  const { acts } = await platform.consentHistory(await platform.subject('u-1'));
  expect(acts.map(({ state, unknown }) => [state, unknown])).toEqual([
    ['given', []],
    ['refused', ['at']],
  ]);
  await platform.close();
});
