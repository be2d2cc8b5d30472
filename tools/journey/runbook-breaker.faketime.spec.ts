import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess, ROOT } from './lethe-process.ts';
import { signIn } from './people.ts';
import { played, Runbook } from './runbook.ts';

jest.setTimeout(400_000);

const TENANT = 'rehearsing';
const LIBRARY = process.env['LETHE_TEST_FAKETIME'] ?? '';
const DAYS_AWAY = 200;
const folder = mkdtempSync(join(tmpdir(), 'lethe-runbook-breaker-'));
const home = join(folder, 'home');

let lethe: LetheProcess;
let doors: Doors;
afterAll(async () => {
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});
/** Parts that are there still. */
const parts = async () =>
  (await doors.ask('auditor', http.Forecast)).tallies
    .filter(({ state }) => state !== 'effective' && state !== 'swept')
    .reduce((sum, tally) => sum + tally.parts, 0);

test('breaker: after half a year in which nothing ran, the page leads from what stopped disposal to nothing that waits', async () => {
  const page = new Runbook('breaker');
  const door = ({ method, path }: { method: string; path: string }) => page.says(`${method} ${path}`);
  lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  doors = new Doors(lethe.url, TENANT);
  await doors.open(new Date().toISOString());
  const platform = doors.client();
  const subject = await platform.subject('user-1');
  expect(await platform.collect([signIn(subject, new Date().toISOString())])).toMatchObject([{ outcome: 'admitted' }]);
  await platform.close();
  await eventually('it is counted', async () => (await parts()) === 1);
  await doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
  await lethe.stop();

  lethe = new LetheProcess({
    command: [join(ROOT, 'apps/lethe/bin/lethe.js'), 'start'],
    env: {
      LETHE_HOME: home,
      LD_PRELOAD: LIBRARY,
      FAKETIME: `+${String(DAYS_AWAY)}d`,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_RESET: '1',
    },
    port: await freePort(),
    logFile: join(folder, 'lethe.log'),
  });
  await lethe.start();
  doors = new Doors(lethe.url, TENANT);
  const run = (command: string) => played(command, { tenant: TENANT, target: lethe.url });
  const sweep = () => doors.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
  await sweep();
  const attention = await run(page.says('lethe attention'));
  expect([attention.code, attention.stdout.includes('breaker.md')]).toEqual([1, true]);
  expect(attention.stdout).toContain(page.says('disposal-stopped'));
  const metrics = await (await fetch(`${lethe.url}/metrics`)).text();
  expect(metrics).toMatch(new RegExp(`^${page.says('lethe_disposals_stopped')}(\\{[^}]*\\})? [1-9]`, 'm'));

  // 1, 2: why, and what would go.
  door(http.Breaker);
  const seen = await doors.ask('officer', http.Breaker);
  expect(seen.stopped).toBe(page.says('days-skipped'));
  expect(seen.backlog).toMatchObject([{ class: 'security-logs', parts: 1 }]);
  const dryRun = page.says('lethe retention forecast TENANT --dry-run');
  expect((await run(dryRun)).stdout).toBe('nothing\n');
  // Another way to stop, and another person who lets it go on.
  page.says('stopped-by-officer');
  door(http.StopDisposal);
  await doors.ask('officer', http.StopDisposal, { body: { reason: 'looking' } }, 'one');
  door(http.ResumeDisposal);
  await expect(doors.ask('officer', http.ResumeDisposal, {}, 'one')).rejects.toMatchObject({ kind: 'forbidden' });
  await doors.ask('officer', http.ResumeDisposal, {}, 'another');

  // 3: two persons.
  door(http.ProposePass);
  const { pass } = await doors.ask('officer', http.ProposePass, { body: { reason: 'nothing-ran' } }, 'one');
  door(http.ConfirmPass);
  const confirm = (who: string) => doors.ask('officer', http.ConfirmPass, { params: { pass } }, who);
  await expect(confirm('one')).rejects.toMatchObject({ kind: 'forbidden' });
  expect(await confirm('another')).toMatchObject({ parts: 1 });
  expect((await run(dryRun)).stdout).toContain('security-logs');
  await eventually('what both saw has gone', async () => {
    await sweep();
    return (await parts()) === 0;
  });
  // 4
  expect(await run(page.says('lethe attention TENANT'))).toEqual({ code: 0, stdout: 'nothing\n', stderr: '' });
  // Nobody has changed the policy here.
  expect(page.undone()).toEqual(['lethe policy diff … --tenant']);
}, 400_000);
