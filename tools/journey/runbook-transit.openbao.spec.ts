import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { OpenBao } from './open-bao.ts';
import { signIn } from './people.ts';
import { played, Runbook } from './runbook.ts';

jest.setTimeout(600_000);

const TENANT = 'rehearsing';
const AWAY = { kind: 'unavailable', code: 'sealing/root-unavailable' };
/** An epoch key that was read stays in memory for a minute at most. */
const FORGOTTEN_WITHIN_MS = 90_000;
const folder = mkdtempSync(join(tmpdir(), 'lethe-transit-'));
const home = join(folder, 'home');
const log = join(folder, 'lethe.log');
const page = new Runbook('lost-root', 'Vault or OpenBao');
const tokenFile = join(home, 'secrets/keyring/transit-token');

let bao: OpenBao;
let lethe: LetheProcess;
let doors: Doors;

const withToken = (token: string): void => {
  mkdirSync(join(home, 'secrets/keyring'), { recursive: true, mode: 0o700 });
  rmSync(tokenFile, { force: true });
  writeFileSync(tokenFile, token, { mode: 0o400 });
};
async function processOf(): Promise<LetheProcess> {
  const { options } = LetheProcess.embedded(home, await freePort(), log);
  return new LetheProcess({ ...options, env: { ...options.env, LETHE_TRANSIT_URL: bao.address } });
}
async function start(): Promise<void> {
  lethe = await processOf();
  await lethe.start();
  doors = new Doors(lethe.url, TENANT);
}
const opens = async (subject: SubjectRef): Promise<number> =>
  (await doors.ask('backend', http.Open, { body: { purpose: 'security', subject } })).opened.length;
const submitted = (subject: SubjectRef) =>
  doors.ask('backend', http.Collect, { body: { submissions: [signIn(subject, '2026-03-01T04:00:00Z')] } });
/** With what it was refused. */
const said = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (error: unknown) => error,
  );
const drill = () => played(page.says('lethe keyring drill TENANT'), { tenant: TENANT, target: lethe.url });

beforeAll(async () => {
  bao = new OpenBao(process.env['LETHE_TEST_OPENBAO'] ?? '', folder, [await freePort(), await freePort()]);
  await bao.start();
  await bao.unseal();
  await bao.ask('sys/mounts/transit', { type: 'transit' });
  await bao.ask('transit/keys/lethe', {});
  withToken(await bao.tokenFor('lethe'));
  await start();
  await doors.open('2026-03-02T04:00:00Z');
});
afterAll(async () => {
  await lethe?.stop();
  await bao?.kill();
  rmSync(folder, { recursive: true, force: true });
});

test('lost-root: with the root in OpenBao, what people hear while it is away, sealed, or refuses, and that nothing is lost', async () => {
  const { subject } = await doors.ask('backend', http.SubjectOf, { body: { userId: 'user-1' } });
  expect(await submitted(subject)).toMatchObject({ answers: [{ outcome: 'admitted' }] });
  await lethe.stop();
  await start();
  expect(await opens(subject)).toBe(1);
  expect((await drill()).code).toBe(0);
  expect(await doors.ask('operator', http.RotateEpoch)).toMatchObject({ epoch: 1 });
  expect(await opens(subject)).toBe(1);

  // Killed: within a minute nobody is served who needs another key, and everybody hears why; everything else goes on.
  await bao.kill();
  expect(await drill()).toMatchObject({ code: 1, stdout: expect.stringContaining('sealing/root-unavailable') });
  await expect(doors.ask('operator', http.RotateEpoch)).rejects.toMatchObject(AWAY);
  page.reads(/for a minute at most after it last read it/);
  let tried = 0;
  const missed = await eventually(
    'the root is missed',
    () => said(doors.ask('backend', http.SubjectOf, { body: { userId: `new-${String((tried += 1))}` } })),
    FORGOTTEN_WITHIN_MS,
  );
  expect(missed).toMatchObject({ ...AWAY, code: page.says('sealing/root-unavailable') });
  page.reads(/what it has opened with it for another/);
  expect(await eventually('nothing opens', () => said(opens(subject)), FORGOTTEN_WITHIN_MS)).toMatchObject(AWAY);
  await expect(submitted(subject)).rejects.toMatchObject(AWAY);
  expect((await doors.ask('auditor', http.Forecast)).tallies).toHaveLength(1);

  // Back, and sealed: as before. Unsealed: it goes on, without a restart, also over the end of an epoch.
  await bao.start();
  await expect(opens(subject)).rejects.toMatchObject(AWAY);
  page.reads(/Sealed: unseal it\. Away: bring it back\. Nothing is lost meanwhile\./);
  await bao.unseal();
  expect(await opens(subject)).toBe(1);
  expect(await submitted(subject)).toMatchObject({ answers: [{ outcome: 'admitted' }] });
  expect(await doors.ask('operator', http.RotateEpoch)).toMatchObject({ epoch: 2 });
  expect(await opens(subject)).toBe(2);

  // The token is refused, and another is written in its place.
  page.says('secrets/keyring/transit-token');
  withToken('refused');
  expect((await drill()).code).toBe(1);
  await expect(doors.ask('operator', http.RotateEpoch)).rejects.toMatchObject(AWAY);
  page.reads(/write a new one to .*; no restart/);
  withToken(await bao.tokenFor('lethe'));
  expect((await drill()).code).toBe(0);
  expect(await doors.ask('operator', http.RotateEpoch)).toMatchObject({ epoch: 3 });

  // The key is deleted, and the storage put back from its copy, which is older than the present epoch.
  await bao.kill();
  cpSync(bao.storage, join(folder, 'snapshot'), { recursive: true });
  await bao.start();
  await bao.unseal();
  expect(await doors.ask('operator', http.RotateEpoch)).toMatchObject({ epoch: 4 });
  await bao.ask('transit/keys/lethe/config', { deletion_allowed: true });
  await bao.ask('transit/keys/lethe', {}, 'DELETE');
  expect((await drill()).code).toBe(1);
  await lethe.stop();
  lethe = await processOf();
  const silent = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  await expect(lethe.start()).rejects.toThrow('sealing/root-unavailable');
  silent.mockRestore();
  await bao.kill();
  rmSync(bao.storage, { recursive: true });
  page.reads(/restore the engine's storage from its snapshot/);
  cpSync(join(folder, 'snapshot'), bao.storage, { recursive: true });
  await bao.start();
  await bao.unseal();
  await start();
  expect(await opens(subject)).toBe(2);
  expect((await drill()).code).toBe(0);
  expect(page.undone()).toEqual([]);
});
