import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import { http } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { Hoard } from './hoard.ts';
import { erase, inVault, places } from './leaking.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { copyOfKeyring, LivingKeys, type KeyringCopy, type Ciphertext, type SealedName } from './living-keys.ts';
import { filesBelow, Markers } from './markers.ts';
import { Planting, type Planted } from './planting.ts';

jest.setTimeout(400_000);

const TENANT = tenantId('restored');
const START = '2024-02-05T02:00:00.000Z';
/** Before what is kept for half a year is due, and after. */
const BEFORE = '2024-07-20T04:00:00.000Z';
const AFTER = '2024-08-12T04:00:00.000Z';
/** Every backup is past its date. */
const LATE = '2024-12-01T04:00:00.000Z';
const WAIT_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'lethe-leak-restored-'));
const home = join(folder, 'home');
const logs = join(folder, 'logs');

let running: LetheProcess;
let doors: Doors;
let platform: Lethe;
let clusters: ReturnType<typeof Auditor.ofHome>;
let stays: Planted;
let gone: Planted;
let request: string;
const markers = new Markers();
/** What was sealed of everybody, while all of it was there. */
let all: readonly Ciphertext[];
/** The keyring's tables as somebody has copied them at every step of their lives. */
const copies: KeyringCopy[] = [];
/** The files as somebody has copied them then, who asks no table. */
let hoard: Hoard;
/** What the platform calls them and their matters, as it lay in the keyring then. */
let names: readonly SealedName[];
/** Backups with whatever was in the vault when each was taken: everybody's, without the erased, without what was due. */
const backups: string[] = [];

const everybody = () => [stays, gone].flatMap(({ subject, others }) => [subject, ...others]);
/** Every part of the tenant, those included of which the platform has the payload. */
const rows = async () =>
  new Set(
    (
      await clusters.data.rows<{ part: string }>('lethe_collection', 'select part from part where tenant = $1', [
        TENANT,
      ])
    ).map(({ part }) => part),
  );
const held = async () => new Set((await inVault(clusters.data, TENANT, everybody())).map(({ part }) => part));

async function copyAll(): Promise<void> {
  copies.push(await copyOfKeyring(TENANT, clusters.keys));
  await hoard.copy();
}

async function backUp(): Promise<void> {
  await copyAll();
  const { backup } = await doors.ask('operator', http.TakeBackup, { body: { keepDays: 60, waitMs: WAIT_MS } });
  await eventually('the backup is there', async () =>
    (await doors.ask('officer', http.Backups)).backups.some((one) => one.backup === backup && one.state !== 'taking'),
  );
  backups.push(backup);
}

/** The vault of the tenant is lost, and comes back from this backup, two persons agreeing. */
async function restore(backup: string): Promise<{ restored: number }> {
  await clusters.data.rows('lethe_collection', 'delete from part where tenant = $1', [TENANT]);
  await copyAll();
  return doors.restored(backup);
}

/** Of everything that was ever sealed, as rows had it and as it lies or has lain in any file, the parts that these keys open. */
const openedBy = (keys: LivingKeys): string[] => [
  ...new Set([...all, ...hoard.ciphertexts].filter((one) => keys.opens(one) !== undefined).map(({ part }) => part)),
];

/** Nothing that was planted lies anywhere in the clear, and of all that was ever sealed the living keys open these parts and no others. */
async function leaksNothingBut(parts: ReadonlySet<string>): Promise<void> {
  await hoard.copy();
  expect(places([...markers.below(home), ...markers.below(logs)])).toEqual([]);
  const keys = await LivingKeys.of(TENANT, clusters.keys, home);
  const opened = openedBy(keys);
  expect(opened.filter((part) => !parts.has(part))).toEqual([]);
  // The same attempt opens whatever is still there, so that it is known to be one.
  expect([...parts].filter((part) => !opened.includes(part as never))).toEqual([]);
}

beforeAll(async () => {
  mkdirSync(logs);
  running = LetheProcess.embedded(home, await freePort(), join(logs, 'lethe.log'));
  await running.start();
  doors = new Doors(running.url, TENANT);
  await doors.open(START);
  platform = doors.client();
  await platform.onErasure(() => Promise.resolve({ found: 1, deleted: 1, rescan: 0 }));
  await platform.onDisposal(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
  const planting = new Planting(platform, markers);
  stays = await planting.person();
  gone = await planting.person();
  clusters = Auditor.ofHome(home);
  all = await inVault(clusters.data, TENANT, everybody());
  names = await LivingKeys.names(TENANT, clusters.keys);
  const then = await LivingKeys.of(TENANT, clusters.keys, home);
  expect(names.filter((one) => then.nameOf(one) === undefined)).toEqual([]);
  hoard = new Hoard(TENANT, home, clusters, all);
  await copyAll();
  // While all of it is there, files alone give every ciphertext, from heap and write-ahead log, and every key.
  const everything = new Set<string>(all.map(({ part }) => part));
  for (const place of ['heap', 'write-ahead log'])
    expect(all.filter(({ part }) => hoard.placesOf(part).has(place)).length).toBeGreaterThan(all.length / 2);
  expect(new Set(hoard.ciphertexts.map(({ part }) => part))).toEqual(everything);
  expect(new Set(openedBy(await hoard.keys()))).toEqual(everything);
  await doors.advance(BEFORE);
  await backUp();
  for (const subject of [gone.subject, ...gone.others]) ({ request } = await erase(platform, subject, BEFORE));
  await backUp();
  await doors.advance(AFTER);
  await backUp();
});
afterAll(async () => {
  await platform?.close();
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('after the day on which it was due no living key opens what was disposed of, as little as what was erased (I22)', async () => {
  const left = await held();
  const due = all.filter(({ part, subject }) => subject === stays.subject && !left.has(part));
  expect(new Set(due.map((one) => one.class)).size).toBeGreaterThan(1);
  await leaksNothingBut(left);
});

test('a backup of any age brings back what is still held and nothing else, and leaks nothing on the way (I23, I37)', async () => {
  const [left, sealed] = [await rows(), await held()];
  for (const backup of backups) {
    const { restored } = await restore(backup);
    expect([backup, restored]).toEqual([backup, left.size]);
    expect(await rows()).toEqual(left);
    await leaksNothingBut(sealed);
  }
});

test('until they are purged whoever has copied files of backups opens each of them, with what lies in copies of the keyring’s files and in the slots', async () => {
  const opened = await hoard.openedBackups();
  expect(hoard.backups.length).toBeGreaterThanOrEqual(2 * backups.length);
  expect(opened).toHaveLength(hoard.backups.length);
  // They are copies of the vault: what was sealed of everybody lies in them.
  const inAny = all.filter(({ sealed }) =>
    opened.some((content) => content.includes(sealed.subarray(0, 40).toString('hex'))),
  );
  expect(inAny.length).toBeGreaterThan(all.length / 2);
});

test('after final no backup is left, and nothing that was sealed of somebody erased opens under any key (I22, I23)', async () => {
  await doors.advance(LATE);
  await eventually('every backup is purged', async () => {
    await doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
    const { backups: known } = await doors.ask('officer', http.Backups);
    return known.every(({ state }) => state === 'purged');
  });
  for (const place of ['backups', 'isolation'])
    expect(existsSync(join(home, place, TENANT)) ? filesBelow(join(home, place, TENANT)) : []).toEqual([]);
  // Until its epoch ends a copy from before, with the slots of now, opens whatever it was a copy of: this is what `final` waits for.
  const hoarded = await LivingKeys.from(TENANT, copies, home);
  expect(all.filter((one) => hoarded.opens(one) === undefined)).toEqual([]);
  await hoard.copy();
  expect(new Set(openedBy(await hoard.keys()))).toEqual(new Set(all.map(({ part }) => part)));
  await doors.askUntil('operator', http.RotateEpoch);
  await eventually(
    'the certificate is final',
    async () => (await platform.request(request, 'final', WAIT_MS)).state === 'final',
  );
  await leaksNothingBut(await held());
});

test('after final the platform’s own ids of somebody erased are gone, and no copy of the keyring from before opens a name of a person or of a matter (I22, I23)', async () => {
  const keys = await LivingKeys.of(TENANT, clusters.keys, home);
  const present = await LivingKeys.names(TENANT, clusters.keys);
  const called = present.map((one) => keys.nameOf(one));
  expect(called).not.toContain(undefined);
  // A copy of the keyring from before has them all, under an epoch that has ended.
  expect(names.filter((one) => keys.nameOf(one) !== undefined)).toEqual([]);
  const left = new Set(present.map(({ ref }) => ref));
  for (const ref of [gone.subject, ...gone.others]) expect(left.has(ref)).toBe(false);
  for (const ref of [stays.subject, ...stays.others]) expect(left.has(ref)).toBe(true);
  const ofThem = new Set(gone.matters.map(({ ref }) => ref));
  expect(ofThem.size).toBeGreaterThan(2);
  expect(names.filter(({ ref }) => ofThem.has(ref as never))).toHaveLength(ofThem.size);
  const kept = await inVault(clusters.data, TENANT, [gone.subject]);
  expect(new Set(kept.map((one) => one.class))).toEqual(new Set(['orders']));
  // Beside what the law keeps: a matter in which a guest had something is looked at within the hour.
  const rowsLeft = await clusters.data.rows<{ matter: string }>(
    'lethe_collection',
    'select matter from part where subject = $1',
    [gone.subject],
  );
  const guests = all.filter(({ subject }) => gone.others.includes(subject));
  const needed = new Set([...rowsLeft, ...guests].map(({ matter }) => matter));
  const stillCalled = [...ofThem].filter((ref) => left.has(ref));
  expect(stillCalled.filter((ref) => !needed.has(ref))).toEqual([]);
  expect(stillCalled.length).toBeGreaterThan(0);
  expect(stillCalled.length).toBeLessThan(ofThem.size / 2);
});

test('after final whoever has copied the keyring’s cluster at every step, and everything that was sealed, and has the slots and the root, opens what is held and nothing else (I22, I23)', async () => {
  expect(copies.length).toBeGreaterThan(6);
  const sealed = await held();
  const keys = await LivingKeys.from(TENANT, [...copies, await copyOfKeyring(TENANT, clusters.keys)], home);
  const opened = all.filter((one) => keys.opens(one) !== undefined).map(({ part }) => part);
  expect(new Set(opened)).toEqual(sealed);
});

test('after final so does whoever has copied files alone at every step: dead rows and write-ahead log of both clusters, and every file of a backup (I22, I23)', async () => {
  await hoard.copy();
  const before = hoard.tried;
  expect(hoard.wraps).toBeGreaterThan(all.length);
  expect(await hoard.openedBackups()).toEqual([]);
  const keys = await hoard.keys();
  expect(hoard.tried - before).toBeGreaterThan(hoard.wraps);
  expect(new Set(openedBy(keys))).toEqual(await held());
  for (const content of hoard.backups) expect(places(markers.in(content, 'backup'))).toEqual([]);
});
