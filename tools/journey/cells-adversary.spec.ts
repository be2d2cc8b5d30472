import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe, Submission } from '@lethe/client';
import { http } from '@lethe/contracts';
import { tenantId, type SubjectRef } from '@lethe/kernel';
import { Adversary, cellsOf, type CellRow, type Known, type Link } from './adversary.ts';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { erase, inVault } from './leaking.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { LivingKeys } from './living-keys.ts';
import { Markers } from './markers.ts';

jest.setTimeout(400_000);

const START = '2024-02-05T02:00:00.000Z';
/** After the month in which preferences of then are due. */
const FOLDED = '2024-09-02T04:00:00.000Z';
/** Every backup is past its date. */
const LATE = '2024-12-01T04:00:00.000Z';
const K = 20;
const WAIT_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'lethe-adversary-'));

const processes: LetheProcess[] = [];
afterAll(async () => {
  await Promise.all(processes.map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
});

interface Crowd {
  readonly register: readonly Known[];
  readonly people: readonly SubjectRef[];
}

/** Groups that make a fine cell, a coarser one of two that are too small, and some that make none. */
const GROUPS = [
  { size: 24, values: { 'preferred-genre': 'opera', 'group-profile': 'family' } },
  { size: 13, values: { 'preferred-genre': 'drama', 'group-profile': 'student' } },
  { size: 11, values: { 'preferred-genre': 'drama', 'group-profile': 'traveler' } },
  { size: 6, values: { 'preferred-genre': 'dance', 'group-profile': 'enthusiast' } },
];

/** Fewer than k people, and more than k records. */
const BUSY = [{ size: 15, values: { 'preferred-genre': 'opera', 'group-profile': 'family' } }];

async function crowdOf(platform: Lethe, markers: Markers, observedOn: string, groups = GROUPS): Promise<Crowd> {
  const at = `${observedOn}T02:00:00.000Z`;
  const crowd = await Promise.all(
    groups.flatMap(({ size, values }) =>
      Array.from({ length: size }, async (_, nth) => {
        const [userId, tag] = [markers.text('user'), markers.text('tag')];
        const fields: Submission['fields'] = { ...values, 'observed-on': observedOn, 'preference-tags': [tag] };
        // Some show more than once what they like.
        return { subject: await platform.subject(userId), userId, tag, fields, times: nth % 5 === 0 ? 3 : 1 };
      }),
    ),
  );
  const about = { purpose: 'personalized-display', state: 'given', level: 'opt-in', notice: '2020-11-18', at } as const;
  await platform.consent(crowd.map(({ subject }) => ({ subject, ...about })));
  const submissions = crowd.flatMap(({ subject, fields, times }) =>
    Array.from({ length: times }, () => ({
      ...{ idempotencyKey: markers.text('key'), subject, purpose: 'personalized-display', collectedAt: at, fields },
    })),
  );
  const ids = new Map<SubjectRef, string[]>();
  for (const [nth, answer] of (await platform.collect(submissions)).entries()) {
    if (answer.outcome !== 'admitted') throw new Error(`refused: ${answer.refusal.code}`);
    const { subject } = submissions[nth]!;
    ids.set(subject, [...(ids.get(subject) ?? []), answer.record, ...answer.parts.map(({ part }) => part)]);
  }
  return {
    people: crowd.map(({ subject }) => subject),
    register: crowd.map(({ subject, userId, tag, fields, times }) => ({
      names: [subject, userId, tag, ...(ids.get(subject) ?? [])],
      records: Array.from({ length: times }, () => fields),
    })),
  };
}

/** From the first preference to the last copy of anything; then the adversary comes. */
async function play(
  name: string,
  url: string,
  home: string,
  logs: string,
  groups = GROUPS,
): Promise<{ links: Link[]; cells: readonly CellRow[] }> {
  const tenant = tenantId(name);
  const doors = new Doors(url, tenant);
  await doors.open(START);
  const platform = doors.client();
  const markers = new Markers();
  const clusters = Auditor.ofHome(home);
  const crowd = await crowdOf(platform, markers, '2024-02-05', groups);
  const dump = await inVault(clusters.data, tenant, crowd.people);
  expect(dump.length).toBeGreaterThan(crowd.people.length);
  await doors.ask('operator', http.TakeBackup, { body: { keepDays: 30, waitMs: WAIT_MS } });
  await doors.advance(FOLDED);
  const seen = [await cellsOf(clusters.data, tenant)];
  // They come back, and one of those who are in a cell wants to be forgotten.
  const again = await crowdOf(platform, markers, '2024-09-01', [{ size: 1, values: GROUPS[0]!.values }]);
  const { request } = await erase(platform, crowd.people[1]!, FOLDED);
  await doors.advance(LATE);
  await eventually('every backup is purged', async () => {
    await doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
    return (await doors.ask('officer', http.Backups)).backups.every(({ state }) => state === 'purged');
  });
  await doors.askUntil('operator', http.RotateEpoch);
  await eventually(
    'the certificate is final',
    async () => (await platform.request(request, 'final', WAIT_MS)).state === 'final',
  );
  await clusters.data.checkpoint();
  await clusters.keys.checkpoint();
  seen.push(await cellsOf(clusters.data, tenant));
  const keys = await LivingKeys.of(tenant, clusters.keys, home);
  // The same attempt opens what is of today, so that it is known to be one.
  const alive = await inVault(clusters.data, tenant, again.people);
  expect(alive.map((one) => keys.opens(one) !== undefined)).toEqual(alive.map(() => true));
  expect(alive.length).toBeGreaterThan(0);
  const loot = { tenant, data: clusters.data, keys, folders: [home, logs], markers, dump, seen };
  const links = await new Adversary(loot, crowd.register).links();
  await platform.close();
  return { links, cells: seen.at(-1) ?? [] };
}

async function started(name: string, lethe: (home: string, port: number, log: string) => LetheProcess) {
  const [home, logs] = [join(folder, name), join(folder, `${name}-logs`)];
  mkdirSync(logs);
  const running = lethe(home, await freePort(), join(logs, 'lethe.log'));
  processes.push(running);
  await running.start();
  return { url: running.url, home, logs };
}
const below = (links: readonly Link[]) => [...new Set(links.filter(({ people }) => people < K).map(({ by }) => by))];

test('with every store, every key, an old dump and a register of everybody, no cell leads to fewer than k people (I20)', async () => {
  const { url, home, logs } = await started('sound', (...where) => LetheProcess.embedded(...where));
  const { links, cells } = await play('sound', url, home, logs);
  expect(cells.map(({ people }) => people).sort()).toEqual([24, 24]);
  // The register leads to each cell, so that the attempt is known to be one, and nothing leads further.
  expect(links).toEqual([
    { by: 'register', people: 24 },
    { by: 'register', people: 24 },
  ]);
}, 400_000);

describe('where anonymization is broken, the same adversary finds it', () => {
  let host: Awaited<ReturnType<typeof started>>;
  beforeAll(async () => {
    host = await started('faulty', (home, port, logFile) => {
      const command = [join(import.meta.dirname, 'faulty-host.ts')];
      return new LetheProcess({ command, env: { LETHE_HOME: home }, port, logFile });
    });
  }, 300_000);

  test.each([
    { fault: 'records-count', says: 'records are counted for people', finds: 'register' },
    { fault: 'token', says: 'a cell keeps something computed from one of its people', finds: 'token' },
    { fault: 'row', says: 'a row beside says of whom a cell was made', finds: 'row' },
    { fault: 'recount', says: 'a cell is counted anew when somebody in it is erased', finds: 'difference' },
    { fault: 'day-key-lives', says: 'the key of the day outlives the cells', finds: 'key' },
  ])('$says', async ({ fault, finds }) => {
    const { links } = await play(fault, host.url, host.home, host.logs, fault === 'records-count' ? BUSY : GROUPS);
    expect(below(links)).toContain(finds);
  });
});
