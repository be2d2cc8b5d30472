import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http, type Asking } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { canHaveVolumes, SmallVolume } from '@lethe/testing';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { played, Runbook } from './runbook.ts';

jest.setTimeout(500_000);

/** Submissions a round; one person each. */
const AT_ONCE = 50;
/** More than any room that is left in tables and log of an empty cluster. */
const ROUNDS_AT_MOST = 400;

const folder = mkdtempSync(join(tmpdir(), 'lethe-full-volumes-'));
const VOLUMES = ['data', 'keys'] as const;
/** Where the page lets somebody look for what takes the room. */
const LOOKS = {
  data: ['select pid, xact_start from pg_stat_activity'],
  keys: ['select slot_name, active from pg_replication_slots'],
} as const;
const mounts: SmallVolume[] = [];
let lethe: LetheProcess | undefined;

afterEach(() => lethe?.stop());
afterAll(() => {
  for (const volume of mounts) volume.release();
  rmSync(folder, { recursive: true, force: true });
});

type Submissions = NonNullable<Asking<typeof http.Collect>['body']>['submissions'];

// Not run where this machine mounts no file system for the test.
(canHaveVolumes() ? test.each(VOLUMES) : test.skip.each(VOLUMES))(
  'the volume of the %s cluster is full: what cannot be kept is said, nothing is half; with room again all of it is there once (I1)',
  async (name) => {
    const home = join(folder, name);
    const volume = new SmallVolume(join(home, name), 400 * 1_048_576);
    mounts.push(volume);
    const page = Runbook.row('full-disk', name);
    const running = (lethe = new LetheProcess({
      ...LetheProcess.embedded(home, await freePort(), join(folder, `${name}.log`)).options,
      supervised: true,
    }));
    await lethe.start();
    const doors = new Doors(lethe.url, 'ticketing');
    await doors.open('2026-03-02T04:00:00Z');
    const person = (userId: string) =>
      doors.ask('backend', http.SubjectOf, { body: { userId } }).then(({ subject }) => subject);
    const fields = { 'ip-address': '203.0.113.7', 'risk-rating': 'low' };
    const known = await person('known');
    const answered = new Map<string, string>();
    const submit = async (submissions: Submissions): Promise<void> => {
      const { answers } = await doors.ask('backend', http.Collect, { body: { submissions } });
      for (const answer of answers) {
        if (answer.outcome !== 'admitted') throw new Error(`refused: ${answer.refusal.code}`);
        const before = answered.get(answer.idempotencyKey);
        expect(before ?? answer.record).toBe(answer.record);
        answered.set(answer.idempotencyKey, answer.record);
      }
    };
    const round = async (number: number): Promise<void> => {
      const people: SubjectRef[] =
        name === 'data'
          ? Array<SubjectRef>(AT_ONCE).fill(known)
          : await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => person(`user-${String(number)}-${String(n)}`)));
      const submissions = people.map((subject, n) => ({
        ...{ idempotencyKey: `full-${String(number)}-${String(n)}`, subject, purpose: 'security', fields },
      }));
      await submit(submissions);
    };
    await submit([{ idempotencyKey: 'full-before-0', subject: known, purpose: 'security', fields }]);
    await round(0);
    let rounds = 1;

    let refused: unknown;
    for (; refused === undefined; rounds += 1) {
      if (rounds > ROUNDS_AT_MOST) throw new Error('the volume never got full');
      volume.fill();
      await round(rounds).catch((error: unknown) => (refused = error));
    }
    expect(refused).toMatchObject({
      ...{ kind: page.says('unavailable'), code: page.says('platform/database-unavailable') },
      message: page.says('SQLSTATE 53100'),
    });
    const logged = running
      .printed()
      .split('\n')
      .filter((line) => line.includes(page.says('sqlState')));
    expect(logged.map((line) => (JSON.parse(line) as { sqlState: string }).sqlState)).toContain('53100');

    // It is said, and what needs no room is answered.
    const health = async () => {
      const answer = await fetch(`${running.url}${page.says('/health/ready')}`);
      return ((await answer.json()) as Record<string, unknown>)[page.says('full')];
    };
    const attention = () => played(page.says('lethe attention'), { tenant: 'ticketing', target: running.url });
    await eventually('it is said', health);
    expect(await health()).toEqual([name]);
    const { code, stdout } = await attention();
    expect([code, stdout.includes(page.says('disk-full')), stdout.includes('full-disk.md')]).toEqual([1, true, true]);
    await doors.ask('auditor', http.Forecast);
    if (name === 'keys') {
      const { opened } = await doors.ask('backend', http.Open, { body: { purpose: 'security', subject: known } });
      expect(opened).toHaveLength(1);
    }
    for (const looked of LOOKS[name]) await Auditor.ofHome(home)[name].rows('postgres', page.says(looked));

    page.reads(/(Grow it)/);
    volume.grow();
    await lethe.ready();
    expect(await health()).toBeUndefined();
    // Whoever had no answer asks again, and whoever had one, too: nothing comes twice.
    for (let number = 0; number < rounds; number += 1)
      await eventually('it is admitted', () => round(number).then(() => true));
    expect(answered.size).toBe(rounds * AT_ONCE + 1);
    const held = await eventually('all is counted', async () => {
      const { tallies } = await doors.ask('auditor', http.Forecast);
      const parts = tallies.reduce((sum, tally) => sum + tally.parts, 0);
      return parts >= answered.size && parts;
    });
    expect(held).toBe(answered.size);
    page.says('disposal-overdue');
    await eventually('nothing waits any more', async () => (await attention()).stdout === 'nothing\n');
    expect(page.undone()).toEqual([]);
  },
);
