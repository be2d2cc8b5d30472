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

interface Group {
  readonly size: number;
  readonly values: Submission['fields'];
  /** Of a measure, what people have in turn. */
  readonly prices?: readonly number[];
}

/** What people submit, and when it is made anonymous. */
interface Story {
  readonly groups: readonly Group[];
  /** Preferences rest on a consent, orders on their matter. */
  readonly of: 'preferences' | 'orders';
  /** After the month in which what came at the start is due. */
  readonly folded: string;
  /** Every backup is past its date. */
  readonly late: string;
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

const PREFERENCES: Story = {
  ...{ of: 'preferences', groups: GROUPS },
  ...{ folded: '2024-09-02T04:00:00.000Z', late: '2024-12-01T04:00:00.000Z' },
};
/** Of the second and third group two have nearly all, to the end of a band or without one; of the fourth each has the same. */
const ORDERS: Story = {
  of: 'orders',
  groups: [
    { size: 24, values: { genre: 'opera' }, prices: [380, 480, 420.5] },
    { size: 20, values: { genre: 'drama' }, prices: [9000, ...Array.from({ length: 9 }, () => 20)] },
    { size: 22, values: { genre: 'sports' }, prices: [99, ...Array.from({ length: 10 }, () => 0.1)] },
    { size: 20, values: { genre: 'dance' }, prices: [300] },
  ],
  ...{ folded: '2027-04-02T04:00:00.000Z', late: '2027-07-01T04:00:00.000Z' },
};

async function crowdOf(
  platform: Lethe,
  markers: Markers,
  on: string,
  of: Story['of'],
  groups: readonly Group[],
): Promise<Crowd> {
  const at = `${on}T02:00:00.000Z`;
  const crowd = await Promise.all(
    groups.flatMap(({ size, values, prices = [] }) =>
      Array.from({ length: size }, async (_, nth) => {
        const [userId, tag] = [markers.text('user'), markers.text('tag')];
        const rest: Submission['fields'] =
          of === 'preferences'
            ? { 'observed-on': on, 'preference-tags': [tag] }
            : { 'order-number': tag, 'event-name': tag, 'event-day': on, 'order-amount': 1 };
        const price: Submission['fields'] = prices.length === 0 ? {} : { 'ticket-price': prices[nth % prices.length]! };
        // Some show more than once what they like, or pay for an order in three parts.
        const times = nth % 5 === 0 ? 3 : 1;
        return {
          subject: await platform.subject(userId),
          userId,
          tag,
          fields: { ...values, ...rest, ...price },
          times,
        };
      }),
    ),
  );
  const purpose = of === 'preferences' ? 'personalized-display' : 'order';
  const about = { purpose, state: 'given', level: 'opt-in', notice: '2020-11-18', at } as const;
  if (of === 'preferences') await platform.consent(crowd.map(({ subject }) => ({ subject, ...about })));
  const submissions = await Promise.all(
    crowd.flatMap(({ subject, tag, fields, times }) =>
      Array.from({ length: times }, async () => ({
        ...{ idempotencyKey: markers.text('key'), subject, purpose, collectedAt: at, fields },
        ...(of === 'orders' ? { matter: await platform.matter(subject, 'order', tag) } : {}),
      })),
    ),
  );
  const ids = new Map<SubjectRef, string[]>();
  for (const [nth, answer] of (await platform.collect(submissions)).entries()) {
    if (answer.outcome !== 'admitted') throw new Error(`refused: ${answer.refusal.code}`);
    const { subject } = submissions[nth]!;
    ids.set(subject, [...(ids.get(subject) ?? []), answer.record, ...answer.parts.map(({ part }) => part)]);
  }
  const orders = new Map(submissions.map(({ subject, matter }) => [matter, subject]));
  const completed = [...orders].flatMap(([matter, subject]) =>
    matter === undefined ? [] : [{ matter, subject, anchor: 'transaction-completed', at }],
  );
  if (completed.length > 0) await platform.anchor(completed);
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
  { groups, of, folded, late }: Story = PREFERENCES,
): Promise<{ links: Link[]; cells: readonly CellRow[] }> {
  const tenant = tenantId(name);
  const doors = new Doors(url, tenant);
  await doors.open(START);
  const platform = doors.client();
  const markers = new Markers();
  const clusters = Auditor.ofHome(home);
  const crowd = await crowdOf(platform, markers, '2024-02-05', of, groups);
  const dump = await inVault(clusters.data, tenant, crowd.people);
  expect(dump.length).toBeGreaterThan(crowd.people.length);
  await doors.ask('operator', http.TakeBackup, { body: { keepDays: 30, waitMs: WAIT_MS } });
  await eventually('every part has its day', async () => {
    const { tallies } = await doors.ask('officer', http.Forecast);
    return tallies.reduce((all, { day, parts }) => all + (day === undefined ? 0 : parts), 0) >= dump.length;
  });
  await doors.advance(folded);
  const seen = [await cellsOf(clusters.data, tenant)];
  // They come back, and one of those who are in a cell wants to be forgotten.
  const again = await crowdOf(platform, markers, folded.slice(0, 10).replace(/2$/, '1'), of, [
    { size: 1, values: groups[0]!.values },
  ]);
  const { request } = await erase(platform, crowd.people[1]!, folded);
  await doors.advance(late);
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

describe('with every store, every key, an old dump and a register of everybody', () => {
  let sound: Awaited<ReturnType<typeof started>>;
  beforeAll(async () => {
    sound = await started('sound', (...where) => LetheProcess.embedded(...where));
  }, 300_000);

  test('no cell leads to fewer than k people (I20)', async () => {
    const { links, cells } = await play('sound', sound.url, sound.home, sound.logs);
    expect(cells.map(({ people }) => people).sort()).toEqual([24, 24]);
    // The register leads to each cell, so that the attempt is known to be one, and nothing leads further.
    expect(links).toEqual([
      { by: 'register', people: 24 },
      { by: 'register', people: 24 },
    ]);
  });
  test('no sum tells one of a cell what another adds to it (I20)', async () => {
    const { links, cells } = await play('sums', sound.url, sound.home, sound.logs, ORDERS);
    expect(Object.fromEntries(cells.map(({ dimensions, measures }) => [dimensions['genre'], measures]))).toEqual({
      opera: { price: { sum: '14406.00', records: 34 } },
      ...Object.fromEntries(['drama', 'sports', 'dance'].map((genre) => [genre, { price: { withheld: true } }])),
    });
    expect(links.sort((one, other) => one.people - other.people)).toEqual(
      [20, 20, 22, 24].map((people) => ({ by: 'register', people })),
    );
  });
});

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
    { fault: 'sums-told', says: 'a sum stands, whoever has most of it', finds: 'sum' },
    { fault: 'day-key-lives', says: 'the key of the day outlives the cells', finds: 'key' },
  ])('$says', async ({ fault, finds }) => {
    const story =
      fault === 'records-count' ? { ...PREFERENCES, groups: BUSY } : fault === 'sums-told' ? ORDERS : PREFERENCES;
    const { links } = await play(fault, host.url, host.home, host.logs, story);
    expect(below(links)).toContain(finds);
  });
});
