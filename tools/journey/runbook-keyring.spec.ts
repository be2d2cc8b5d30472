import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { erase } from './leaking.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { signIn } from './people.ts';
import { Runbook } from './runbook.ts';

jest.setTimeout(400_000);

const START = '2026-03-02T04:00:00.000Z';
const folder = mkdtempSync(join(tmpdir(), 'lethe-runbook-keyring-'));
const home = join(folder, 'home');
const log = join(folder, 'lethe.log');
const cluster = join(home, 'keys/cluster');
const page = new Runbook('lost-keyring-copy');

let lethe: LetheProcess;
let platform: Lethe | undefined;
let doors: Doors;

async function start(): Promise<void> {
  lethe = LetheProcess.embedded(home, await freePort(), log);
  await lethe.start();
  doors = new Doors(lethe.url, 'rehearsing');
  platform = doors.client();
}
async function stop(): Promise<void> {
  await platform?.close();
  platform = undefined;
  await lethe.stop();
  await eventually('its server has ended', () => Promise.resolve(!existsSync(join(cluster, 'cluster/postmaster.pid'))));
}
/** With its owner and modes, as a snapshot of the volume has them. */
const copied = (name: string) => execFileSync('cp', ['-a', cluster, join(folder, name)]);
const swapped = (aside: string, back: string): void => {
  renameSync(cluster, join(folder, aside));
  renameSync(join(folder, back), cluster);
};
async function person(userId: string): Promise<SubjectRef> {
  const subject = await platform!.subject(userId);
  expect(await platform!.collect([signIn(subject, '2026-03-01T04:00:00Z')])).toMatchObject([{ outcome: 'admitted' }]);
  return subject;
}
const opened = async (subject: SubjectRef) => (await platform!.open({ purpose: 'security', subject })).opened.length;

/** Collection does not come up; the code with which it says why. */
async function refusesToStart(): Promise<string | undefined> {
  lethe = LetheProcess.embedded(home, await freePort(), log);
  const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const before = lethe.printed().length;
  await expect(lethe.start()).rejects.toThrow('ended instead of starting');
  said.mockRestore();
  return /\((sealing\/[a-z-]+)\)/.exec(lethe.printed().slice(before))?.[1];
}

beforeAll(async () => {
  await start();
  await doors.open(START);
});
afterAll(async () => {
  await platform?.close();
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('lost-keyring-copy: without its cluster, with a copy of this epoch, with an older one, the keyring says what the page says', async () => {
  page.says('keys');
  const known = await person('known');
  await stop();
  copied('of-this-epoch');
  await start();
  const later = await person('later');
  await stop();

  // Nothing is there, and no key was ever destroyed: nothing takes its place, however often it is tried.
  renameSync(cluster, join(folder, 'lost'));
  for (const tried of [1, 2])
    expect([tried, await refusesToStart()]).toEqual([tried, page.says('sealing/keyring-gone')]);

  // The copy, after the empty one was taken away: what was made since is lost.
  page.reads(/Take the empty cluster away before you put another one there/);
  swapped('empty', 'of-this-epoch');
  await start();
  expect([await opened(known), await opened(later)]).toEqual([1, 0]);
  page.reads(/whoever was made known since is somebody new/);
  expect(await platform!.subject('known')).toBe(known);
  expect(await platform!.subject('later')).not.toBe(later);

  // Keys are destroyed: a copy from before them opens nothing, and the newer cluster brings all back.
  const forgotten = await person('forgotten');
  await stop();
  copied('of-before');
  await start();
  await platform!.onErasure(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
  await erase(platform!, forgotten, START);
  await stop();
  swapped('newest', 'of-before');
  expect(await refusesToStart()).toBe(page.says('sealing/rolled-back'));
  page.says('marks/keyring.marks');
  swapped('put-back', 'newest');
  await start();
  expect([await opened(known), await opened(forgotten).catch(() => 0)]).toEqual([1, 0]);

  // A copy of an earlier epoch opens nothing either.
  await stop();
  copied('of-an-earlier-epoch');
  await start();
  await doors.askUntil('operator', http.RotateEpoch);
  await stop();
  swapped('of-this', 'of-an-earlier-epoch');
  expect(await refusesToStart()).toBe('sealing/rolled-back');

  // Nor does an empty one where keys were destroyed, which is said as what it is.
  rmSync(cluster, { recursive: true });
  expect(await refusesToStart()).toBe('sealing/keyring-gone');
  swapped('emptied', 'of-this');
  await start();
  expect(await opened(known)).toBe(1);
  expect(page.undone()).toEqual(['lethe keyring drill TENANT', 'lethe attention']);
});
