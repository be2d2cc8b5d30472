import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess, NODE, ROOT } from './lethe-process.ts';
import { freshKey, preference } from './people.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'lethe-versions-'));
const FIRST = readFileSync(join(ROOT, 'policies/damai/policy.yaml'), 'utf8');
/** The next version: personalized display asks for one field more. Consents under the first stand where nothing changed. */
const NEXT = FIRST.replace("version: '2020-11-18'", "version: '2026-04-01'")
  .replace(/^effectiveFrom:.*$/m, "effectiveFrom: '2026-04-01'")
  .replace(/^notices:.*\n/m, '')
  .replace(/^ {2}personalized-display:\n(?: {4}.*\n)*? {4}fields:\n/m, (block) => `${block}      event-name:\n`)
  .concat("\nnotices: ['2020-11-18']\n");

let running: LetheProcess;
beforeAll(async () => {
  running = LetheProcess.embedded(join(folder, 'home'), await freePort(), join(folder, 'lethe.log'));
  await running.start();
});
afterAll(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a version sent as text and activated by two people is judged by in every service, from its first instant on', async () => {
  const doors = new Doors(running.url, 'versions');
  const { digest: first } = await doors.ask('operator', http.SendPack, { body: { policy: FIRST } });
  await doors.ask('operator', http.OpenTenant, {
    body: { tenant: 'versions', pack: 'damai', digest: first, startAt: '2026-03-30T02:00:00Z' },
  });
  const { digest = '', findings } = await doors.ask('operator', http.SendPack, { body: { policy: NEXT } });
  expect(findings).toEqual([]);
  const lethe = doors.client();
  const subject = await lethe.subject('user-1');
  await lethe.consent([{ subject, purpose: 'personalized-display', state: 'given', level: 'opt-in' }]);

  const channels = ['policy-page', 'site-push', 'dedicated-page', 'website', 'client', 'push'];
  const publications = channels.map((channel) => ({ channel, at: '2026-03-01T00:00:00Z' }));
  const proposed = await doors.ask(
    'officer',
    http.ProposePack,
    { body: { digest, publications, decided: 'major' } },
    'ana',
  );
  expect(proposed.reconsent).toMatchObject([{ purpose: 'personalized-display' }]);
  expect(proposed.refusals).toEqual([]);
  const confirmation = { params: { proposal: proposed.proposal } };
  expect(await doors.ask('officer', http.ConfirmPack, confirmation, 'ben')).toMatchObject({ outcome: 'activated' });

  await doors.moveTo('2026-04-02T02:00:00Z');
  const collect = async (at: string) =>
    (await lethe.collect([{ ...preference(subject, at), idempotencyKey: freshKey() }]))[0];
  expect(await collect('2026-03-31T23:59:59+08:00')).toMatchObject({ outcome: 'admitted' });
  expect(await collect('2026-04-01T00:00:00+08:00')).toMatchObject({
    outcome: 'refused',
    refusal: { code: 'reconsent-required' },
  });
  const { versions } = await doors.ask('auditor', http.PackVersions);
  expect(versions.map(({ version, governs }) => [version, governs])).toEqual([
    ['2020-11-18', false],
    ['2026-04-01', true],
  ]);
  expect(await doors.ask('auditor', http.PackText, { params: { digest } })).toEqual({ policy: NEXT });
});

test('a shorter period takes what is dated already, at the next sweep and nothing that came in after it', async () => {
  const doors = new Doors(running.url, 'shorter');
  const { digest: first } = await doors.ask('operator', http.SendPack, { body: { policy: FIRST } });
  await doors.ask('operator', http.OpenTenant, {
    body: { tenant: 'shorter', pack: 'damai', digest: first, startAt: '2026-01-10T02:00:00Z' },
  });
  const lethe = doors.client();
  const subject = await lethe.subject('user-1');
  const log = async () => {
    const [answer] = await lethe.collect([
      {
        idempotencyKey: freshKey(),
        subject,
        purpose: 'security',
        fields: { 'ip-address': '203.0.113.7', 'risk-rating': 'low' },
      },
    ]);
    if (answer?.outcome !== 'admitted') throw new Error('not admitted');
    return answer.parts[0]!.part;
  };
  await log();
  const { digest } = await doors.ask('operator', http.SendPack, {
    body: {
      policy: FIRST.replace("version: '2020-11-18'", "version: '2026-04-01'")
        .replace(/^effectiveFrom:.*$/m, "effectiveFrom: '2026-04-01'")
        .replace(/^notices:.*\n/m, '')
        .replace(/^ {2}security-logs:\n(?: {4}.*\n)*/m, (block) => block.replace(/ period: .*/, ' period: P2M'))
        .concat("\nnotices: ['2020-11-18']\n"),
    },
  });
  const channels = ['policy-page', 'site-push', 'dedicated-page', 'website', 'client', 'push'];
  const publications = channels.map((channel) => ({ channel, at: '2026-01-10T00:00:00Z' }));
  const body = { digest: digest ?? '', publications, decided: 'minor' as const };
  const { proposal } = await doors.ask('officer', http.ProposePack, { body }, 'ana');
  expect(await doors.ask('officer', http.ConfirmPack, { params: { proposal } }, 'ben')).toMatchObject({
    outcome: 'activated',
  });
  const logs = async () =>
    (await doors.ask('officer', http.Forecast)).tallies.filter(({ class: of }) => of.startsWith('security-logs'));
  await eventually('retention has counted it', async () => (await logs()).length === 1);
  expect(await logs()).toMatchObject([{ day: '2026-07-11', parts: 1, state: 'dated' }]);

  await doors.moveTo('2026-04-01T02:00:00Z');
  const after = await log();
  await eventually('retention has counted it', async () => (await logs()).length === 2);
  expect(await logs()).toMatchObject([
    { class: 'security-logs', day: '2026-03-11', dated: '2026-07-11', parts: 1 },
    { class: 'security-logs.2026-04-01', day: '2026-06-02', parts: 1 },
  ]);
  const swept = await doors.ask('operator', http.Sweep, { body: { waitMs: 30_000 } });
  expect(swept).toMatchObject({ ordered: 1, outstanding: 0 });
  const { opened } = await lethe.open({ purpose: 'security', subject });
  expect(opened.map(({ part }) => part)).toEqual([after]);
});

describe('an import', () => {
  const file = join(folder, 'people.jsonl');
  const lethe = (...args: string[]) =>
    spawnSync(NODE, [join(ROOT, 'apps/lethe/bin/lethe.js'), ...args], { encoding: 'utf8', cwd: folder });
  const run = () => lethe('import', file, '--tenant', 'imported', '--target', running.url);
  const doors = () => new Doors(running.url, 'imported');
  const given = (person: string, over: object = {}) => ({
    kind: 'consent',
    person,
    purpose: 'personalized-display',
    state: 'given',
    level: 'opt-in',
    notice: '2020-11-18',
    at: '2025-05-01T10:00:00+08:00',
    ...over,
  });
  const record = (person: string, id: string, over: object = {}) => ({
    kind: 'record',
    person,
    id,
    purpose: 'personalized-display',
    collectedAt: '2026-02-20T10:00:00+08:00',
    fields: { 'observed-on': '2026-02-20', 'preferred-genre': 'concert' },
    ...over,
  });

  test('takes in what was, with its dates; says what is wrong and goes on; twice is once', async () => {
    await doors().open('2026-03-02T02:00:00Z');
    const lines = [
      given('u-1'),
      given('u-2', { notice: 'unknown', at: 'unknown', level: 'unknown' }),
      { kind: 'consent', person: 'u-3' },
      record('u-1', 'r-1'),
      record('u-2', 'r-2'),
    ];
    writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
    const first = run();
    const findings = first.stdout.trim().split('\n');
    expect(findings.map((text) => text.replace(`${file}:`, '').split(':').slice(0, 2).join(':'))).toEqual([
      '3: not-a-line',
      '2: consent-level-too-low',
      expect.stringMatching(/^5: /),
    ]);
    expect(first.stdout).not.toMatch(/concert/);
    expect(first.status).toBe(1);
    expect(existsSync(`${file}.progress`)).toBe(false);

    const subject = await doors().client().subject('u-1');
    const history = () => doors().ask('backend', http.ConsentHistory, { params: { subject } });
    const { acts } = await history();
    expect(acts).toMatchObject([{ at: '2025-05-01T02:00:00.000Z', notice: '2020-11-18', imported: true }]);
    expect(run().status).toBe(1);
    expect((await history()).acts).toEqual(acts);
    const opened = await doors().client().open({ purpose: 'personalized-display', subject });
    expect(JSON.stringify(opened).match(/2026-02-20/g)).toHaveLength(1);
  });

  test('goes on where it was stopped, and refuses to go on in another file', () => {
    writeFileSync(file, `${JSON.stringify(given('u-9'))}\n${JSON.stringify(given('u-9', { state: 'maybe' }))}`);
    writeFileSync(`${file}.progress`, JSON.stringify({ digest: '0', lines: 1 }));
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('another text of this file') });
  });
});
