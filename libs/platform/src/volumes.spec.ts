import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canHaveVolumes, SmallVolume } from '@lethe/testing';
import { FULL_BELOW, fullVolumes } from './volumes.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-volumes-'));
const small = join(folder, 'small');
const canMount = canHaveVolumes();
/** With twice the room. */
const volume = canMount ? new SmallVolume(small, 2 * FULL_BELOW) : undefined;
afterAll(() => {
  volume?.release();
  rmSync(folder, { recursive: true, force: true });
});

test('a volume that cannot be looked at is not said to be full', async () => {
  expect(await fullVolumes({ ledger: join(folder, 'nowhere') })).toEqual([]);
});

(canMount ? test : test.skip)(
  'a volume is full while it has no room for the next files of a log, and only that one',
  async () => {
    const volumes = { data: small, ledger: folder };
    expect(await fullVolumes(volumes)).toEqual([]);
    const filler = join(small, 'filler');
    appendFileSync(filler, Buffer.alloc(FULL_BELOW + 1_048_576));
    expect(await fullVolumes(volumes)).toEqual(['data']);
    rmSync(filler);
    expect(await fullVolumes(volumes)).toEqual([]);
  },
);
