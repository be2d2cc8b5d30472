import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { canHaveVolumes, SmallVolume } from '@lethe/testing';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { signIn } from './people.ts';
import { played, Runbook } from './runbook.ts';

jest.setTimeout(400_000);

const TENANT = 'rehearsing';
const START = '2026-03-02T04:00:00Z';
const WAIT_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'lethe-runbooks-'));
const home = join(folder, 'home');
const log = join(folder, 'lethe.log');
const safe = join(folder, 'safe');
const root = join(home, 'secrets/keyring/keyring-root');
const slots = [join(home, 'keys/epoch'), join(home, 'secrets/keyring/epoch')] as const;

let lethe: LetheProcess;
let doors: Doors;
let platform: Lethe;
let subject: SubjectRef;

async function start(): Promise<void> {
  lethe = LetheProcess.embedded(home, await freePort(), log);
  await lethe.start();
  doors = new Doors(lethe.url, TENANT);
  platform = doors.client();
}
const run = (command: string) => played(command, { tenant: TENANT, target: lethe.url });
const opens = async () => (await platform.open({ purpose: 'security', subject })).opened.length;

beforeAll(async () => {
  await start();
  await doors.open(START);
  subject = await platform.subject('user-1');
  expect(await platform.collect([signIn(subject, '2026-03-01T04:00:00Z')])).toMatchObject([{ outcome: 'admitted' }]);
  // What the page says to keep, as it says: the root alone.
  mkdirSync(safe);
  cpSync(root, join(safe, 'keyring-root'), { preserveTimestamps: true });
});
afterAll(async () => {
  await platform?.close();
  await lethe?.stop();
  free();
  rmSync(folder, { recursive: true, force: true });
});

/** Collection does not come up; why, as it says itself. */
async function refusesToStart(): Promise<string> {
  await platform.close();
  await lethe.stop();
  lethe = LetheProcess.embedded(home, await freePort(), log);
  const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const before = lethe.printed().length;
  await expect(lethe.start()).rejects.toThrow('ended instead of starting');
  said.mockRestore();
  return lethe.printed().slice(before);
}

test('lost-root: a running process goes on, none starts without it or makes another, and the copy that was kept brings all back', async () => {
  const page = new Runbook('lost-root', 'A file');
  page.says('secrets/keyring/keyring-root');
  rmSync(root);
  const drilled = await run(page.says('lethe keyring drill TENANT'));
  expect(drilled.code).toBe(1);
  expect(drilled.stdout).toContain(page.says('sealing/no-root'));
  // 1: what runs goes on, and 4: all of it can be read out.
  expect(page.says('POST /v1/open')).toBe(`${http.Open.method} ${http.Open.path}`);
  expect(await opens()).toBe(1);
  await platform.collect([signIn(subject, '2026-03-01T05:00:00Z')]);
  await doors.askUntil('operator', http.RotateEpoch);
  expect(await opens()).toBe(2);
  expect(await refusesToStart()).toContain(page.says('sealing/no-root'));
  expect(existsSync(root)).toBe(false);

  // 2: what lies there must be a root that nobody else reads.
  cpSync(join(safe, 'keyring-root'), root);
  chmodSync(root, 0o644);
  expect(await refusesToStart()).toContain(page.says('sealing/open-root'));
  rmSync(root);
  writeFileSync(root, 'too short', { mode: 0o400 });
  expect(await refusesToStart()).toContain(page.says('sealing/bad-root'));
  rmSync(root);

  // 3: the copy, which is from before an epoch ended.
  cpSync(join(safe, 'keyring-root'), root);
  await start();
  expect(await opens()).toBe(2);
  expect(page.undone()).toEqual([]);
});

test('lost-keyring-copy: without one slot no epoch ends until it is back or begun anew, without both nothing opens, and either brings all back', async () => {
  const page = new Runbook('lost-keyring-copy');
  const drill = () => run(page.says('lethe keyring drill TENANT'));
  for (const slot of slots) {
    const names = readdirSync(slot);
    rmSync(slot, { recursive: true });
    expect(await opens()).toBe(2);
    expect((await drill()).code).toBe(1);
    const restart = async () => {
      await platform.close();
      await lethe.stop();
      await start();
    };
    await restart();
    expect(readdirSync(slot)).toEqual([]);
    const ending = doors.ask('operator', http.RotateEpoch);
    await expect(ending).rejects.toMatchObject({ code: page.says('sealing/slot-missing') });
    const waits = await run(`${page.says('lethe attention')} TENANT`);
    expect([waits.code, waits.stdout.includes(page.says('key-missing'))]).toEqual([1, true]);
    writeFileSync(join(slot, page.says('begin-anew')), '');
    await restart();
    expect(readdirSync(slot)).toEqual(names);
    expect((await drill()).code).toBe(0);
    expect(await opens()).toBe(2);
  }
  await platform.close();
  await lethe.stop();
  const aside = slots.map((slot, nth) => {
    renameSync(slot, join(safe, `slot-${String(nth)}`));
    return join(safe, `slot-${String(nth)}`);
  });
  expect(await refusesToStart()).toContain(page.says('sealing/epoch-gone'));
  rmSync(slots[1], { recursive: true, force: true });
  renameSync(aside[1]!, slots[1]);
  page.reads(/Put back either of them, if its volume is anywhere, and begin the other anew as above/);
  writeFileSync(join(slots[0], 'begin-anew'), '');
  await start();
  expect(await opens()).toBe(2);
  expect((await drill()).code).toBe(0);
  expect(page.undone()).toEqual([]);
});

const mounts: SmallVolume[] = [];
/** Something over the folder that nobody can remove. */
const stuck = (path: string): void => void mounts.push(new SmallVolume(path, 1_048_576));
const free = (): void => {
  for (const volume of mounts.splice(0)) volume.release();
};

// Not run where this machine mounts no file system for the test.
(canHaveVolumes() ? test : test.skip)(
  'purge-failed: what cannot be removed is said with its runbook, nothing is final meanwhile, and once it can be it is purged',
  async () => {
    const page = new Runbook('purge-failed');
    const { backup } = await doors.ask('operator', http.TakeBackup, { body: { keepDays: 2, waitMs: WAIT_MS } });
    const listed = async () => (await doors.ask('officer', http.Backups)).backups.find((one) => one.backup === backup);
    await eventually('the backup is there', async () => (await listed())?.state === 'available');
    stuck(join(home, 'backups', TENANT, backup, 'lost+found'));
    await doors.moveTo('2026-03-06T04:00:00Z');
    expect(page.says('POST /v1/sweeps')).toBe(`${http.Sweep.method} ${http.Sweep.path}`);
    const sweep = () => doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
    await sweep();
    const { code, stdout } = await run('lethe attention TENANT');
    expect([code, stdout.includes('purge-failed.md'), stdout.includes(backup)]).toEqual([1, true, true]);
    expect(page.says('GET /v1/backups')).toBe(`${http.Backups.method} ${http.Backups.path}`);
    expect(await listed()).toMatchObject({ state: 'purging', purgeOn: '2026-03-05' });
    expect(lethe.printed()).toContain(page.says('retention/purge-failed'));

    free();
    await sweep();
    await eventually('it is purged', async () => {
      await sweep();
      return (await listed())?.state === page.says('purged');
    });
    // The list of findings is of the last sweep.
    await eventually('nothing waits any more', async () => {
      await sweep();
      return (await run('lethe attention TENANT')).stdout === 'nothing\n';
    });
  },
);
