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

test('of a version that counts from another anchor it says what has come already, and that is what then goes', async () => {
  const anchors = new Instance(running.url, 'anchors');
  await anchors.open('damai', new Date('2026-03-02T04:00:00Z'));
  const platform = anchors.platform();
  const { version: notice } = await anchors.ask('backend', http.CurrentNotice);
  const register = async (user: string) => {
    const subject = await platform.subject(user);
    const matter = await platform.matter(subject, 'account', user);
    const fields = {
      'account-name': user,
      nickname: '小明',
      password: 'correct horse',
      'mobile-number': '13800000000',
    };
    const [answer] = await platform.collect([
      { idempotencyKey: `anchors-${user}-0001`, subject, purpose: 'registration', matter, notice, fields },
    ]);
    expect(answer).toMatchObject({ outcome: 'admitted' });
    return { subject, matter };
  };
  const closed = await register('closed');
  await register('open');
  await anchors.ask('operator', http.MoveClock, { body: { to: '2026-03-10T04:00:00Z' } });
  const account = { ...closed, anchor: 'account-closed', at: '2026-03-08T04:00:00Z' };
  await anchors.ask('backend', http.StateAnchor, { body: { anchors: [account] } });
  await register('late');
  await platform.close();
  const accounts = async () =>
    (await anchors.ask('auditor', http.Forecast)).tallies.flatMap(({ class: of, day, parts }) =>
      of === 'account' && parts > 0 ? [{ day, parts }] : [],
    );
  const before = [{ day: '2026-03-24', parts: 1 }, { parts: 2 }];
  await eventually(async () => JSON.stringify(await accounts()) === JSON.stringify(before), WHOLE_LETHE);

  const next = join(home, 'other-anchor');
  mkdirSync(next);
  const policy = readFileSync(join(PACK, 'policy.yaml'), 'utf8')
    .replace("version: '2020-11-18'", "version: '2026-03-18'")
    .replace(/^effectiveFrom:.*$/m, "effectiveFrom: '2026-03-18'")
    .replace(/^notices:.*\n/m, '')
    .replace(/^ {2}account:\n(?: {4}.*\n)*/m, (block) => block.replace('anchor: account-closed', 'anchor: collection'))
    .concat("\nnotices: ['2020-11-18']\n");
  writeFileSync(join(next, 'policy.yaml'), policy);
  await anchors.ask('operator', http.MoveClock, { body: { to: '2026-03-17T04:00:00Z' } });
  const diff = (...args: string[]) =>
    lethe('policy', 'diff', PACK, next, '--tenant', 'anchors', '--target', running.url, ...args);
  const { tomorrow } = JSON.parse((await diff('--json')).stdout) as { tomorrow: Tomorrow };
  expect(tomorrow).toEqual({
    day: '2026-03-18',
    ask: [],
    go: [{ class: 'account', method: 'delete', parts: 2, sooner: 2 }],
    periods: [
      {
        ...{ class: 'account', change: 'other-anchor', anchor: 'collection' },
        ...{ waiting: 2, getDay: 2, dated: 1, sooner: 1 },
      },
    ],
  });
  expect((await diff()).stdout).toContain(
    'account counts from collection: 2 of 2 parts that wait get their day by it, 1 of 1 dated ones go sooner',
  );

  const { digest = '' } = await anchors.ask('operator', http.SendPack, { body: { policy } });
  const channels = ['policy-page', 'site-push', 'dedicated-page', 'website', 'client', 'push'];
  const publications = channels.map((channel) => ({ channel, at: '2026-03-01T00:00:00Z' }));
  const body = { digest, publications, decided: 'minor' as const };
  const { proposal } = await anchors.ask('officer', http.ProposePack, { body }, 'ana');
  const confirmed = await anchors.ask('officer', http.ConfirmPack, { params: { proposal } }, 'ben');
  expect(confirmed).toMatchObject({ outcome: 'activated', effectiveFrom: '2026-03-17T16:00:00.000Z' });
  await anchors.ask('operator', http.MoveClock, { body: { to: '2026-03-18T04:00:00Z' } });
  const after = [
    { day: '2026-03-18', parts: 2 },
    { day: '2026-03-26', parts: 1 },
  ];
  await eventually(async () => JSON.stringify(await accounts()) === JSON.stringify(after), {
    ...WHOLE_LETHE,
    what: async () => JSON.stringify(await accounts()),
  });
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
