import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { canHaveVolumes, SmallVolume } from '@lethe/testing';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { played, Runbook } from './runbook.ts';

jest.setTimeout(400_000);

const folder = mkdtempSync(join(tmpdir(), 'lethe-full-disk-'));
const home = join(folder, 'home');
const ledger = join(home, 'ledger');

const volume = canHaveVolumes() ? new SmallVolume(ledger, 64 * 1_048_576) : undefined;
let lethe: LetheProcess | undefined;
let doors: Doors;

afterAll(async () => {
  await lethe?.stop();
  volume?.release();
  rmSync(folder, { recursive: true, force: true });
});

/** Entries of the replay list of this kind. */
const recorded = (kind: string): number =>
  readdirSync(join(ledger, 'ledger'))
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(ledger, 'ledger', name), 'utf8').split('\n'))
    .filter((line) => line.includes(`"kind":"${kind}"`)).length;

const parts = async (subject: SubjectRef) => (await doors.client().copyOf(subject)).parts.length;

// Not run where this machine mounts no file system for the test.
(volume === undefined ? test.skip : test)(
  'the volume of the ledger is full: what is due is ordered and nothing dies; with room again it goes, and is written once',
  async () => {
    lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
    await lethe.start();
    doors = new Doors(lethe.url, 'ticketing');
    await doors.open('2026-03-02T04:00:00Z');
    const platform = doors.client();
    const subject = await platform.subject('user-1');
    const fields = { 'ip-address': '203.0.113.7', 'risk-rating': 'low' };
    const submission = { idempotencyKey: 'full-disk-0001', subject, purpose: 'security', fields };
    expect(await platform.collect([submission])).toMatchObject([{ outcome: 'admitted' }]);
    await eventually('it is counted', async () => {
      const { tallies } = await doors.ask('auditor', http.Forecast);
      return tallies.length > 0;
    });
    await doors.moveTo('2026-09-02T04:00:00Z');
    const page = new Runbook('full-disk');
    const full = async () => {
      const [status, answer] = await fetch(`${lethe!.url}${page.says('/health/ready')}`).then(
        async (told) => [told.status, (await told.json()) as Record<string, unknown>] as const,
      );
      return { status, full: answer[page.says('full')] };
    };
    const attention = () => played(page.says('lethe attention'), { tenant: 'ticketing', target: lethe!.url });
    volume!.fill();
    expect(volume!.room()).toBe(0);
    // It is said, and what needs no room is answered.
    expect(await full()).toEqual({ status: 200, full: [page.says('ledger')] });
    const { code, stdout } = await attention();
    expect([code, stdout.includes(page.says('disk-full')), stdout.includes('full-disk.md')]).toEqual([1, true, true]);
    await doors.moveTo('2026-09-03T04:00:00Z');
    const swept = await doors.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
    expect(swept).toMatchObject({ ordered: 1, outstanding: 1 });
    expect(recorded('disposed')).toBe(0);
    expect(await parts(subject)).toBe(1);

    await eventually('it was tried', () => Promise.resolve(lethe!.printed().includes(page.says('ledger/not-written'))));
    // And erasure is ready all the same.
    expect((await full()).status).toBe(200);
    page.says('erasure');

    volume!.empty();
    // Without a restart, as the page says.
    page.reads(/nothing has to be started anew/);
    expect(await full()).toEqual({ status: 200, full: undefined });
    await eventually('the order is carried out', async () => {
      const { outstanding } = await doors.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
      return outstanding === 0;
    });
    expect(await parts(subject)).toBe(0);
    expect(recorded('disposed')).toBe(1);
    // Afterwards: nothing is overdue, and nothing waits.
    page.says('disposal-overdue');
    await eventually('nothing waits any more', async () => (await attention()).stdout === 'nothing\n');
    // What is done about backups is not tried here.
    expect(page.undone()).toEqual(['GET /v1/backups', 'POST /v1/sweeps']);
    await platform.close();
  },
);
