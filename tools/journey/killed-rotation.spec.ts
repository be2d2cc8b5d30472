import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import { http } from '@lethe/contracts';
import { tenantId, type SubjectRef } from '@lethe/kernel';
import { ROTATION_STEPS } from '@lethe/sealing';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { erase, inVault } from './leaking.ts';
import { freePort, killServers, LetheProcess } from './lethe-process.ts';
import { LivingKeys, type Ciphertext } from './living-keys.ts';
import { signIn } from './people.ts';

jest.setTimeout(600_000);

const TENANT = tenantId('rotating');
const START = '2026-03-02T04:00:00.000Z';
const folder = mkdtempSync(join(tmpdir(), 'lethe-killed-rotation-'));
const home = join(folder, 'home');

let lethe: LetheProcess;
let doors: Doors;
let platform: Lethe;
let clusters: ReturnType<typeof Auditor.ofHome>;
const living: SubjectRef[] = [];
const gone: SubjectRef[] = [];
/** What was sealed of those who are gone. */
const sealed: Ciphertext[] = [];

async function live(standAt: string): Promise<void> {
  const command = [join(import.meta.dirname, 'standing-host.ts')];
  const env = { LETHE_HOME: home, LETHE_STAND_AT: standAt };
  lethe = new LetheProcess({ command, env, port: await freePort(), logFile: join(folder, 'lethe.log') });
  await lethe.start();
  doors = new Doors(lethe.url, TENANT);
  platform = doors.client();
  clusters = Auditor.ofHome(home);
}
afterAll(async () => {
  await platform?.close();
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

let names = 0;
async function person(): Promise<SubjectRef> {
  const subject = await platform.subject(`user-${String((names += 1))}`);
  expect(await platform.collect([signIn(subject, START)])).toMatchObject([{ outcome: 'admitted' }]);
  return subject;
}
async function forget(subject: SubjectRef): Promise<void> {
  sealed.push(...(await inVault(clusters.data, TENANT, [subject])));
  await platform.onErasure(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
  await erase(platform, subject, START);
  gone.push(subject);
}
const opened = (subject: SubjectRef) =>
  platform.open({ purpose: 'security', subject }).then(({ opened: all }) => all.length);
/** Through the door, and with every key there is. */
async function asItShouldBe(): Promise<void> {
  for (const subject of living) expect([subject, await opened(subject)]).toEqual([subject, 1]);
  const keys = await LivingKeys.of(TENANT, clusters.keys, home);
  expect(sealed.filter((one) => keys.opens(one) !== undefined)).toEqual([]);
  const theirs = await inVault(clusters.data, TENANT, living);
  expect(theirs.filter((one) => keys.opens(one) === undefined)).toEqual([]);
  expect(theirs).toHaveLength(living.length);
}
const epochs = () =>
  clusters.keys.rows<{ number: number; state: string; key_name: string }>(
    'lethe_keyring',
    'select number, state, key_name from keyring.epoch order by number',
  );

test('an epoch ends though its process is killed before each of its steps: meanwhile people come, are shown what is theirs and are erased; whoever lives opens, whoever was erased never again (I34, I35)', async () => {
  await live('nowhere');
  await doors.open(START);
  for (let nth = 0; nth < 6; nth += 1) living.push(await person());
  const before = await epochs();
  expect(before).toHaveLength(1);
  const first = await person();
  await platform.close();
  await lethe.stop();
  for (const step of ROTATION_STEPS) {
    await live(step);
    const rotating = doors.ask('operator', http.RotateEpoch).catch(() => undefined);
    await eventually(`it stands before ${step}`, () => Promise.resolve(existsSync(join(home, `standing-${step}`))));
    await asItShouldBe();
    living.push(await person());
    await forget(await person());
    await asItShouldBe();
    await lethe.kill();
    killServers(home);
    await rotating;
    await platform.close();
  }
  await live('nowhere');
  await asItShouldBe();
  await forget(first);
  const left = await doors.ask('operator', http.RotateEpoch);
  expect(left.keys).toBeGreaterThan(living.length);
  await asItShouldBe();
  const after = await epochs();
  // One rotation that was killed eight times, however many were begun.
  expect(after.filter(({ state }) => state === 'current')).toEqual([
    { number: before[0]!.number + 1, state: 'current', key_name: expect.any(String) as string },
  ]);
  // The key of that epoch is in both slots, and no other is in either.
  for (const { key_name: name, state } of after)
    for (const slot of ['keys/epoch', 'secrets/keyring/epoch'])
      expect([state, existsSync(join(home, slot, name))]).toEqual([state, state === 'current']);
});
