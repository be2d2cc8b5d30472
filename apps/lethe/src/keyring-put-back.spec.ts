import { afterAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { begun, ended } from './life.contract.ts';

afterAll(() => ended());

/** With its owner and modes, as a snapshot of the volume has them. */
const copied = (from: string, to: string) => expect(spawnSync('cp', ['-a', from, to]).status).toBe(0);

test('a copy of the keyring’s cluster from before somebody was forgotten opens nothing to anybody (I36)', async () => {
  const life = await begun();
  await life.round(1);
  const [before] = life.people.filter((subject) => !life.erased.has(subject));
  await life.stop();
  const [keys, older, newer] = ['keys', 'older-keys', 'newer-keys'].map((name) => join(life.home, name)) as [
    string,
    string,
    string,
  ];
  copied(keys, older);
  // As it was: nothing was destroyed since.
  await life.start();
  expect((await life.ready()).status).toBe('ready');
  await life.forget(before!, 2);
  const readable = await life.readable();
  await life.stop();

  renameSync(keys, newer);
  copied(older, keys);
  await expect(life.start()).rejects.toMatchObject({ code: 'sealing/rolled-back' });

  renameSync(keys, join(life.home, 'put-aside'));
  renameSync(newer, keys);
  await life.start();
  expect((await life.ready()).status).toBe('ready');
  expect(await life.readable()).toEqual(readable);
  await life.stop();
}, 180_000);
