import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess, ROOT } from './lethe-process.ts';

jest.setTimeout(400_000);

/** Debian's libfaketime: the whole process, and the servers it starts, believe another clock. */
const LIBRARY = process.env['LETHE_TEST_FAKETIME'] ?? '';
const DAYS_AHEAD = 400;
const folder = mkdtempSync(join(tmpdir(), 'lethe-clock-ahead-'));
const home = join(folder, 'home');
let lethe: LetheProcess | undefined;

afterAll(async () => {
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const parts = async (doors: Doors, subject: SubjectRef) => (await doors.client().copyOf(subject)).parts.length;

test('a machine whose clock jumps 400 days ahead destroys nothing, and a clock put right goes on by itself (I21)', async () => {
  lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  let doors = new Doors(lethe.url, 'ticketing');
  await doors.open(new Date().toISOString());
  const platform = doors.client();
  const subject = await platform.subject('user-1');
  const fields = { 'ip-address': '203.0.113.7', 'risk-rating': 'low' };
  const submission = { idempotencyKey: 'clock-ahead-0001', subject, purpose: 'security', fields };
  expect(await platform.collect([submission])).toMatchObject([{ outcome: 'admitted' }]);
  await platform.close();
  await eventually('it is counted', async () => {
    const { tallies } = await doors.ask('auditor', http.Forecast);
    return tallies.length > 0;
  });
  expect(await doors.ask('operator', http.Sweep, { body: { waitMs: 0 } })).toMatchObject({ ordered: 0 });
  await lethe.stop();

  const port = await freePort();
  lethe = new LetheProcess({
    command: [join(ROOT, 'apps/lethe/bin/lethe.js'), 'start'],
    env: {
      LETHE_HOME: home,
      LD_PRELOAD: LIBRARY,
      FAKETIME: `+${String(DAYS_AHEAD)}d`,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_RESET: '1',
    },
    port,
    logFile: join(folder, 'lethe.log'),
  });
  await lethe.start();
  doors = new Doors(lethe.url, 'ticketing');
  const { at } = (await (await fetch(`${lethe.url}/health/ready`)).json()) as { at: string };
  expect(Date.parse(at) - Date.now()).toBeGreaterThan((DAYS_AHEAD - 1) * 86_400_000);
  const swept = await doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
  expect(swept).toMatchObject({ ordered: 0, outstanding: 0, stopped: 'days-skipped' });
  expect(await doors.ask('officer', http.Breaker)).toMatchObject({
    stopped: 'days-skipped',
    backlog: [{ parts: 1 }],
  });
  await lethe.stop();

  lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  doors = new Doors(lethe.url, 'ticketing');
  const after = await doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
  expect(after.stopped).toBeUndefined();
  expect(after.ordered).toBe(0);
  expect(await parts(doors, subject)).toBe(1);
});
