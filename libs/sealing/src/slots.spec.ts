import { mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileRoot } from './root.ts';
import { Slots } from './slots.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-slots-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const rootAt = (name = 'root') => FileRoot.open(join(folder, name), { create: true });
async function slots(): Promise<Slots> {
  const made = new Slots([join(folder, 'a'), join(folder, 'b')], await rootAt());
  await made.prepare();
  return made;
}

test('two first starts agree on one root', async () => {
  const roots = await Promise.all(Array.from({ length: 8 }, () => rootAt()));
  const wrapped = await roots[0]!.wrap(Buffer.alloc(32, 7), 'x');
  for (const root of roots) expect(await root.unwrap(wrapped, 'x')).toEqual(Buffer.alloc(32, 7));
  expect(await readdir(folder)).toEqual(['root']);
});

test('the root is for its owner’s eyes only, and never made where it should be', async () => {
  await rootAt();
  expect((await stat(join(folder, 'root'))).mode & 0o777).toBe(0o600);
  await chmod(join(folder, 'root'), 0o640);
  await expect(rootAt()).rejects.toMatchObject({ kind: 'invalid', code: 'sealing/open-root' });
  await expect(FileRoot.open(join(folder, 'none'), { create: false })).rejects.toMatchObject({ kind: 'unavailable' });
  await writeFile(join(folder, 'short'), 'x', { mode: 0o600 });
  await expect(rootAt('short')).rejects.toMatchObject({ kind: 'invalid', code: 'sealing/bad-root' });
});

test('a key is in both slots, and either is enough', async () => {
  const both = await slots();
  const key = await both.make('epoch-1');
  for (const lost of ['a', 'b']) {
    await both.mend('epoch-1');
    await writeFile(join(folder, lost, 'epoch-1'), 'damaged');
    expect((await both.read('epoch-1'))?.equals(key)).toBe(true);
  }
  await both.mend('epoch-1');
  expect(await readFile(join(folder, 'a', 'epoch-1'))).toEqual(await readFile(join(folder, 'b', 'epoch-1')));
});

test('a key destroyed is in neither slot, and destroying it again does no harm', async () => {
  const both = await slots();
  await both.make('epoch-1');
  await both.destroy('epoch-1');
  await both.destroy('epoch-1');
  await both.mend('epoch-1');
  expect(await both.read('epoch-1')).toBeUndefined();
  expect([...(await readdir(join(folder, 'a'))), ...(await readdir(join(folder, 'b')))]).toEqual([]);
});
