import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, type Running } from '@lethe/platform';
import { count } from '../commands/demo.ts';
import { installationOf } from '../installation.ts';
import { SERVICES } from '../services.ts';
import { losing, type Lose } from './drill.ts';
import { Instance } from './instance.ts';
import { Player } from './play.ts';
import { storyOf } from './story.ts';

const home = mkdtempSync(join(tmpdir(), 'lethe-restarted-'));
const begin = (port: string): Promise<Running> =>
  bootstrap(SERVICES, installationOf({ LETHE_HOME: home, LETHE_PORT: port }));
let running: Running;

beforeAll(async () => {
  running = await begin('0');
}, 120_000);
afterAll(async () => {
  await running.stop();
  rmSync(home, { recursive: true, force: true });
}, 60_000);

/** What a month more than the story has: a backup, and a person who leaves. */
const BUSY = 2;

/** The first three months; `disturb` is called while the last of them is played. */
async function played(tenant: string, { disturb, lose }: { disturb?: () => Promise<void>; lose?: Lose } = {}) {
  const { months, ...told } = storyOf(60, 7);
  const joined = months.slice(0, BUSY).flatMap(({ scenes }) => scenes.filter(({ kind }) => kind === 'join'));
  const story = {
    ...told,
    months: months
      .slice(0, BUSY + 1)
      .map((month, index) =>
        index === BUSY
          ? { ...month, backup: true, scenes: [...month.scenes, { kind: 'close' as const, person: joined[0]!.person }] }
          : month,
      ),
  };
  const instance = new Instance(running.url, tenant);
  await instance.open('damai', story.startAt);
  const platform = instance.platform();
  try {
    const player = new Player(instance, platform, story, 7, lose ?? losing({ home }, tenant));
    await player.start();
    for (const [index, month] of story.months.entries())
      await Promise.all([player.month(month), index === BUSY ? disturb?.() : undefined]);
    await player.finish();
    return await count(instance, player.played.certificates.size, player.played.drill);
  } finally {
    await platform.close();
  }
}

test('all of it is started anew in the middle of a month, and the counts are those of a quiet run', async () => {
  const quiet = await played('quiet');
  expect(quiet.admitted).toBeGreaterThan(10);
  expect(quiet.erased).toBeGreaterThan(0);
  expect(quiet).toMatchObject({ certificatesVerified: 1, backupsIsolated: 1, backupsPurged: 1 });
  expect(quiet.partsLost).toBeGreaterThan(0);
  expect(quiet.partsRestored).toBe(quiet.partsLost);
  const before = running;
  const disturbed = await played('disturbed', {
    disturb: async () => {
      const { port } = new URL(running.url);
      await running.stop();
      running = await begin(port);
    },
  });
  expect(running).not.toBe(before);
  expect(disturbed).toEqual(quiet);
}, 300_000);
