import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import { canHaveVolumes, SmallVolume } from '@lethe/testing';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { signIn } from './people.ts';
import { played, Runbook } from './runbook.ts';

jest.setTimeout(400_000);

const TENANT = 'without-room';
const folder = mkdtempSync(join(tmpdir(), 'lethe-full-backups-'));
const home = join(folder, 'home');
const volumes = new Map<string, SmallVolume>();
let lethe: LetheProcess | undefined;

afterAll(async () => {
  await lethe?.stop();
  for (const volume of volumes.values()) volume.release();
  rmSync(folder, { recursive: true, force: true });
});

/** Services that have a part of this backup in this volume. */
function lying(volume: 'backups' | 'isolation', backup: string): number {
  try {
    return readdirSync(join(home, volume, TENANT, backup)).filter((name) => name.endsWith('.sealed')).length;
  } catch {
    return 0;
  }
}

// Not run where this machine mounts no file system for the test.
(canHaveVolumes() ? test : test.skip)(
  'the volumes of backups and of isolated ones are full: copies wait and are taken, what is isolated is moved, and nothing is lost',
  async () => {
    for (const name of ['backups', 'isolation'] as const)
      volumes.set(name, new SmallVolume(join(home, name), 64 * 1_048_576));
    const running = (lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log')));
    await lethe.start();
    const doors = new Doors(lethe.url, TENANT);
    await doors.open('2026-03-02T04:00:00Z');
    const platform = doors.client();
    const subject = await platform.subject('user-1');
    expect(await platform.collect([signIn(subject, '2026-03-01T04:00:00Z')])).toMatchObject([{ outcome: 'admitted' }]);

    const attention = (page: Runbook) => played(page.says('lethe attention'), { tenant: TENANT, target: running.url });
    const isSaidFull = async (page: Runbook, name: string): Promise<void> => {
      const ready = await fetch(`${running.url}${page.says('/health/ready')}`);
      const answer = (await ready.json()) as Record<string, unknown>;
      expect([ready.status, answer[page.says('full')]]).toEqual([200, [name]]);
      const { code, stdout } = await attention(page);
      expect([code, stdout.includes(page.says('disk-full')), stdout.includes(name)]).toEqual([1, true, true]);
    };
    // The list of findings is of the last sweep.
    const quiet = async (page: Runbook): Promise<void> => {
      await doors.sweep();
      expect((await attention(page)).stdout).toBe('nothing\n');
    };
    const take = (keepDays: number) => doors.ask('operator', http.TakeBackup, { body: { keepDays, waitMs: 0 } });
    const listed = async (backup: string) =>
      (await doors.ask('officer', http.Backups)).backups.find((one) => one.backup === backup);
    const untilIn = (backup: string, state: string) =>
      eventually(`${backup} is ${state}`, async () => (await listed(backup))?.state === state);

    // A backup that is near its date; then there is no room.
    const { backup: old } = await take(2);
    await untilIn(old, 'available');
    volumes.get('backups')!.fill();
    const page = Runbook.row('full-disk', 'backups');
    await isSaidFull(page, 'backups');
    const { backup } = await take(30);
    await eventually('it cannot be written', () =>
      Promise.resolve(running.printed().includes(page.says('a backup waits'))),
    );
    expect(page.says('GET /v1/backups')).toBe(`${http.Backups.method} ${http.Backups.path}`);
    expect(await listed(backup)).toMatchObject({ state: page.says('taking') });
    // Purges go on: what is past its date makes room.
    await doors.moveTo('2026-03-06T04:00:00Z');
    expect(page.says('POST /v1/sweeps')).toBe(`${http.Sweep.method} ${http.Sweep.path}`);
    await doors.sweep();
    await untilIn(old, 'purged');
    expect(lying('backups', old)).toBe(0);
    page.reads(/(Grow it)/);
    volumes.get('backups')!.grow();
    await untilIn(backup, 'available');
    expect(lying('backups', backup)).toBe(4);
    page.says('keepDays');
    page.says('disposal-overdue');
    await quiet(page);
    expect(page.undone()).toEqual([]);

    // Something in one goes, and where isolated ones lie is full.
    await doors.advance('2026-09-01T04:00:00Z');
    const second = await take(30);
    await untilIn(second.backup, 'available');
    const isolation = Runbook.row('full-disk', 'isolation');
    volumes.get('isolation')!.fill();
    await isSaidFull(isolation, 'isolation');
    await doors.advance('2026-09-02T04:00:00Z');
    await untilIn(second.backup, isolation.says('isolated'));
    const failed = isolation.says('retention/isolation-failed');
    const why = await eventually('it cannot be moved', () =>
      Promise.resolve(
        running
          .printed()
          .split('\n')
          .find((line) => line.includes(failed)),
      ),
    );
    expect(JSON.parse(why)).toMatchObject({ tenant: TENANT, cause: 'ENOSPC' });
    expect(lying('backups', second.backup)).toBe(4);

    isolation.reads(/(Grow it)/);
    volumes.get('isolation')!.grow();
    isolation.says('POST /v1/sweeps');
    isolation.reads(/then (`POST \/v1\/sweeps`) moves them/);
    await doors.sweep();
    expect([lying('backups', second.backup), lying('isolation', second.backup)]).toEqual([0, 4]);
    isolation.says('disposal-overdue');
    await quiet(isolation);
    expect(isolation.undone()).toEqual([]);

    // And it is whole: it can be restored, and brings nothing back that has gone.
    const { unrecoverable } = await doors.restored(second.backup);
    expect(unrecoverable).toBe(0);
    expect((await platform.copyOf(subject)).parts).toEqual([]);
    await platform.close();
  },
);
