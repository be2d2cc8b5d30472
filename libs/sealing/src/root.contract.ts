import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Root } from './root.ts';
import { Slots } from './slots.ts';

/** What every root promises: the file's, and that of a key service. */
export function describeRoot(
  name: string,
  open: () => Promise<{ readonly root: Root; readonly again: () => Promise<Root>; readonly other: Root }>,
): void {
  describe(name, () => {
    const key = randomBytes(32);
    let made: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      made = await open();
    });

    test('what it wrapped opens for the same context, also by a root opened later', async () => {
      const wrapped = await made.root.wrap(key, 'epoch-1');
      expect(await made.root.unwrap(wrapped, 'epoch-1')).toEqual(key);
      expect(await (await made.again()).unwrap(wrapped, 'epoch-1')).toEqual(key);
    });

    test('what it wrapped opens for no other context, under no other root, and not with a bit changed', async () => {
      const wrapped = await made.root.wrap(key, 'epoch-1');
      await expect(made.root.unwrap(wrapped, 'epoch-2')).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(made.other.unwrap(wrapped, 'epoch-1')).rejects.toMatchObject({ kind: 'forbidden' });
      const changed = Buffer.from(wrapped);
      changed[changed.length - 6]! ^= 1;
      await expect(made.root.unwrap(changed, 'epoch-1')).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(made.root.unwrap(Buffer.from('damaged'), 'epoch-1')).rejects.toMatchObject({ kind: 'forbidden' });
    });

    test('the key does not stand in what it wrapped, and the same key is never wrapped alike', async () => {
      const [once, twice] = [await made.root.wrap(key, 'epoch-1'), await made.root.wrap(key, 'epoch-1')];
      expect(once).not.toEqual(twice);
      for (const form of [key, Buffer.from(key.toString('hex')), Buffer.from(key.toString('base64').slice(0, 40))])
        expect(once.includes(form)).toBe(false);
    });

    test('whoever starts now has it', async () => {
      await expect(made.root.startsAgain()).resolves.toBeUndefined();
    });

    test('slots under it keep a key while one copy is whole', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lethe-root-'));
      try {
        const slots = new Slots([join(folder, 'a'), join(folder, 'b')], made.root);
        await slots.prepare();
        const epoch = await slots.make('epoch-1');
        await rm(join(folder, 'a', 'epoch-1'));
        // An empty folder is no slot before a person says so.
        await slots.mend('epoch-1');
        expect(await slots.holding('epoch-1')).toEqual([false, true]);
        await writeFile(join(folder, 'a', 'begin-anew'), '');
        await slots.mend('epoch-1');
        await rm(join(folder, 'b', 'epoch-1'));
        expect((await slots.read('epoch-1'))?.equals(epoch)).toBe(true);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
}
