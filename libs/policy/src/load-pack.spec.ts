import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PolicyFault } from './finding.ts';
import { inspectPack, loadPack } from './load-pack.ts';
import { REFUSALS, RULED_REFUSALS } from './refusals.ts';
import { damai, DAMAI_FOLDER } from './testing-damai.ts';

test('Damai’s pack is in order', () => {
  expect(inspectPack(DAMAI_FOLDER).findings).toEqual([]);
  expect(damai).toMatchObject({ pack: 'damai', version: '2020-11-18', zone: 'Asia/Shanghai', notices: ['2020-11-18'] });
  expect(damai.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(damai.clauses.size).toBe(186);
});

test('what the text does not state says who does', () => {
  expect(damai.requests.deadline.days).toEqual({ value: 15, stated: true, source: 'policy' });
  expect(damai.backups.maxDays).toEqual({ value: 90, stated: false, source: 'decision' });
});

test('every purpose, field and class is named in both languages, every code has a clause', () => {
  for (const each of [
    ...damai.purposes.values(),
    ...damai.fields.values(),
    ...damai.classes.values(),
    ...damai.clauses.values(),
  ]) {
    expect(each.names.en).not.toBe('');
    expect(each.names['zh-CN']).toMatch(/[\u4e00-\u9fff]/);
  }
  for (const code of REFUSALS.filter((each) => RULED_REFUSALS[each] === undefined))
    expect(damai.clauses.has(damai.refusals.get(code) ?? '')).toBe(true);
});

test('a folder without a policy, an empty one, one that is a list', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-pack-'));
  expect(inspectPack(folder).findings).toMatchObject([{ code: 'no-file', line: 1, column: 1 }]);
  for (const text of ['', '- a\n', 'just words', '\u0000']) {
    writeFileSync(join(folder, 'policy.yaml'), text);
    expect(() => loadPack(folder)).toThrow(PolicyFault);
  }
});
