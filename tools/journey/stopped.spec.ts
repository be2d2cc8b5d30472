import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'lethe-stopped-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('told to end once more while it ends, as a whole group and its command are, it ends when its servers have', async () => {
  const home = join(folder, 'home');
  const lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  const ended = lethe.stop();
  await eventually('it has begun to stop', () => Promise.resolve(lethe.printed().includes('stopping (SIGTERM)')));
  await lethe.stop();
  await ended;
  const left = ['data/cluster', 'keys/cluster/cluster'].filter((cluster) =>
    existsSync(join(home, cluster, 'postmaster.pid')),
  );
  expect(left).toEqual([]);
});
