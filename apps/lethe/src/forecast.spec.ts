import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import type { Due } from './commands/retention.ts';
import { Instance } from './demo/instance.ts';
import type { Tomorrow } from './tomorrow.ts';
import { home, instance, lethe, running, runsWithTenant } from './running.contract.ts';

const PACK = fileURLToPath(new URL('../../../policies/damai', import.meta.url));

runsWithTenant('forecast');
beforeAll(() => new Instance(running.url, 'empty').open('damai', new Date('2026-03-02T04:00:00Z')));

const said = (...args: string[]) => lethe('retention', 'forecast', ...args);
const due = async (...args: string[]) =>
  JSON.parse((await said(...args, '--json', '--target', running.url)).stdout) as Due[];

test('of a running instance it says what goes when, and what waits without a date', async () => {
  const platform = instance.platform();
  const subject = await platform.subject('user-1');
  const matter = await platform.matter(subject, 'account', 'user-1');
  const { version: notice } = await instance.ask('backend', http.CurrentNotice);
  const answers = await platform.collect([
    { ...from(subject, 'logon'), purpose: 'security', fields: { 'ip-address': '203.0.113.7', 'risk-rating': 'low' } },
    {
      ...from(subject, 'account'),
      purpose: 'registration',
      matter,
      notice,
      fields: { 'account-name': 'u1', nickname: '小明', password: 'correct horse', 'mobile-number': '13800000000' },
    },
  ]);
  expect(answers).toMatchObject([{ outcome: 'admitted' }, { outcome: 'admitted' }]);
  await platform.close();
  await counted(answers.length);

  const logs = { tenant: 'forecast', class: 'security-logs', date: '2026-09-03', records: 1, method: 'delete' };
  const all = await due('forecast');
  expect(all).toContainEqual(logs);
  expect(all.at(-1)).toMatchObject({ date: null, records: 1 });
  expect(await due()).toEqual(all);
  const table = (await said('forecast', '--target', running.url)).stdout;
  expect(table).toMatch(/security-logs .*P6M \(not stated by the policy, but by decision\)/);
  expect(await due('forecast', '--dry-run')).toEqual([]);

  await instance.ask('operator', http.MoveClock, { body: { to: '2026-09-03T04:00:00Z' } });
  expect(await due('forecast', '--dry-run')).toEqual([logs]);
  expect(await due('forecast', '--dry-run')).toEqual([logs]);
  expect(await instance.ask('operator', http.Sweep, { body: { waitMs: 30_000 } })).toMatchObject({ ordered: 1 });
  expect(await due('forecast', '--dry-run')).toEqual([]);
}, 300_000);

test('where nobody answers it says so, and does not run', async () => {
  const { code, stderr, stdout } = await said('forecast', '--target', 'http://127.0.0.1:9');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('does not answer');
  expect(stderr).toContain('`npm start`');
  const misspelt = await said('Zhang San', '--target', running.url);
  expect(misspelt).toMatchObject({ code: 2, stdout: '' });
  expect(misspelt.stderr).toContain('small letters');
}, 300_000);

test('of a further version it says whom it would ask, what goes by tomorrow, and whom another period reaches', async () => {
  const platform = instance.platform();
  const subjects = [await platform.subject('user-2'), await platform.subject('user-3')];
  for (const subject of subjects)
    await platform.consent([{ subject, purpose: 'personalized-display', state: 'given', level: 'opt-in' }]);
  await platform.collect([
    {
      ...from(subjects[0]!, 'dated'),
      collectedAt: '2026-09-02T04:00:00Z',
      purpose: 'security',
      fields: { 'ip-address': '203.0.113.7', 'risk-rating': 'low' },
    },
  ]);
  await platform.close();
  await counted(2);
  const next = join(home, 'next');
  const first = readFileSync(join(PACK, 'policy.yaml'), 'utf8');
  mkdirSync(next);
  const later = first
    .replace("version: '2020-11-18'", "version: '2026-12-01'")
    .replace(/^ {2}account:\n(?: {4}.*\n)*/m, (block) => block.replace('use: P15D', 'use: P10D'))
    .replace(/^ {2}security-logs:\n(?: {4}.*\n)*/m, (block) => block.replace(/ period: .*/, ' period: P1D'))
    .replace(/^ {2}personalized-display:\n(?: {4}.*\n)*? {4}fields:\n/m, (block) => `${block}      event-name:\n`);
  writeFileSync(join(next, 'policy.yaml'), later);
  const diff = (...args: string[]) => lethe('policy', 'diff', PACK, next, ...args);

  const { stdout, code } = await diff('--tenant', 'forecast', '--target', running.url, '--json');
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as { tomorrow: Tomorrow }).tomorrow).toMatchObject({
    day: '2026-09-04',
    ask: [{ purpose: 'personalized-display', people: 2 }],
    go: [{ class: 'security-logs', method: 'delete', parts: 1, sooner: 1 }],
    periods: [
      { class: 'account', change: 'shorter', waiting: 1, dated: 0, sooner: 0 },
      { class: 'security-logs', change: 'shorter', waiting: 0, dated: 1, sooner: 1 },
    ],
  });
  const said = await diff('--tenant', 'forecast', '--target', running.url);
  expect(said.stdout).toContain('people to ask: 2, for personalized-display');
  expect(said.stdout).toContain('account is kept shorter: 1 parts that wait');

  const alone = await diff();
  expect(alone.stderr).toContain('counted by a running instance');
  expect(alone.stdout).not.toContain('people to ask');
  expect(await diff('--target', running.url)).toMatchObject({ code: 2, stdout: '' });
  // Another policy is no version of this one; a folder with what its deployer says is compared with that.
  const dated = join(PACK, '../reservations');
  expect(await lethe('policy', 'diff', PACK, dated)).toMatchObject({ code: 2, stdout: '' });
  expect(await lethe('policy', 'diff', dated, dated)).toMatchObject({ code: 0 });
}, 300_000);

const from = (subject: SubjectRef, key: string) => ({
  idempotencyKey: `forecast-${key}-0001`,
  subject,
  collectedAt: '2026-03-02T04:00:00Z',
});

/** Looks until retention has counted so many parts. */
const counted = (parts: number): Promise<true> =>
  eventually(
    async () => {
      const { tallies } = await instance.ask('auditor', http.Forecast);
      return tallies.reduce((sum, tally) => sum + tally.parts, 0) >= parts;
    },
    { ...WHOLE_LETHE, what: `${String(parts)} parts counted by retention` },
  );
