import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyOf, part, read, sealed, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';

/** Slots whose volume is away for a while, or was lost for good. */
let bench: KeyringBench;
let away: string;
beforeEach(async () => {
  bench = await startKeyring();
  away = join(bench.folder, 'away');
});
afterEach(() => bench.stop());

const on = { kind: 'day', day: '2030-01-01', class: 'orders' } as const;
const namesIn = (slot: string) => readdir(slot).then((names) => names.sort());
const inBoth = async () => {
  const [first, second] = await Promise.all(bench.slots.map(namesIn));
  expect(first).toEqual(second);
  return first!;
};
const refused = { kind: 'unavailable', code: 'sealing/slot-missing' };
const beginAnew = async (slot: string) => {
  await mkdir(slot, { recursive: true });
  await writeFile(join(slot, 'begin-anew'), '');
};

test.each([0, 1])(
  'while the volume of slot %i is not mounted no epoch ends, and nothing is written in its place',
  async (at) => {
    const slot = bench.slots[at]!;
    const keyring = await bench.keyring();
    const forgotten = await sealed(keyring, part({ time: on }));
    const stays = await sealed(keyring, part({ time: on }));
    const copy = await copyOf(bench);
    await rename(slot, away);
    // The mount point is there, and empty; whoever is started meanwhile serves from the other slot.
    await mkdir(slot);
    const restarted = await bench.keyring();
    expect(await namesIn(slot)).toEqual([]);
    await keyring.destroySubjectKeys(TENANT, forgotten.subject, ['contract'], { entry: 1 });
    for (const by of [keyring, restarted]) await expect(by.rotateEpoch()).rejects.toMatchObject(refused);
    expect(await read(restarted, stays)).toBe('演出票 1 张');

    // It comes back: the epoch ends, and what was forgotten is gone from every copy.
    await rm(slot, { recursive: true });
    await rename(away, slot);
    await restarted.rotateEpoch();
    expect(await copy.reads(forgotten)).toBeUndefined();
    expect(await read(await bench.keyring(), stays)).toBe('演出票 1 张');
    expect(await inBoth()).toHaveLength(1);
  },
);

test('a volume that goes in the middle of a rotation keeps the old key from counting as destroyed, until it is back', async () => {
  const slot = bench.slots[1];
  const keyring = await bench.keyring();
  const before = await namesIn(slot);
  for (const leaves of ['announce', 'destroy'] as const) {
    const rotating = keyring.rotateEpoch({
      onStep: async (step) => {
        if (step !== leaves) return;
        await rename(slot, away);
        await mkdir(slot);
      },
    });
    await expect(rotating).rejects.toMatchObject(refused);
    expect(await namesIn(bench.slots[0])).toEqual(expect.arrayContaining(before));
    await rm(slot, { recursive: true });
    await rename(away, slot);
  }
  await keyring.rotateEpoch();
  expect(await inBoth()).toHaveLength(1);
  expect(await inBoth()).not.toEqual(before);
});

test('what an old slot that comes back still holds of ended epochs goes with the next start, or the next epoch', async () => {
  const slot = bench.slots[0];
  const keyring = await bench.keyring();
  const forgotten = await sealed(keyring, part({ time: on }));
  const copy = await copyOf(bench);
  await cp(slot, away, { recursive: true });
  const [old] = await namesIn(slot);
  await keyring.destroySubjectKeys(TENANT, forgotten.subject, ['contract'], { entry: 1 });
  await keyring.rotateEpoch();
  const bringBack = async (name: string) => writeFile(join(slot, name), await readFile(join(away, old!)));
  for (const remove of [() => bench.keyring(), () => keyring.rotateEpoch()]) {
    // Whole, or as a write that was killed has left it.
    await bringBack(old!);
    await bringBack(`${old!}.draft`);
    await remove();
    expect(await inBoth()).toHaveLength(1);
    expect(await copy.reads(forgotten)).toBeUndefined();
  }
});

test('a slot that was lost for good is written anew when a person says so in it, and epochs end again', async () => {
  const keyring = await bench.keyring();
  const item = await sealed(keyring, part({ time: on }));
  for (const slot of bench.slots) {
    const names = await inBoth();
    await rm(slot, { recursive: true });
    await beginAnew(slot);
    // Said while it runs it is not heard, and changes nothing.
    await expect(keyring.rotateEpoch()).rejects.toMatchObject(refused);
    const restarted = await bench.keyring();
    expect(await inBoth()).toEqual(names);
    await restarted.rotateEpoch();
    expect(await inBoth()).not.toEqual(names);
    expect(await read(restarted, item)).toBe('演出票 1 张');
  }
});

test('said of both slots it makes no key, and is heard when one of them is back', async () => {
  await bench.keyring();
  const [first, second] = bench.slots;
  const names = await inBoth();
  await rename(first, away);
  await rm(second, { recursive: true });
  for (const slot of bench.slots) await beginAnew(slot);
  await expect(bench.keyring()).rejects.toMatchObject({ code: 'sealing/epoch-gone' });
  expect(await inBoth()).toEqual(['begin-anew']);
  await rm(first, { recursive: true });
  await rename(away, first);
  await bench.keyring();
  expect(await inBoth()).toEqual(names);
});

test('what an interrupted rotation has made is in a slot that is begun anew, too', async () => {
  const keyring = await bench.keyring();
  const stop = { onStep: (step: string) => (step === 'begin' ? Promise.reject(new Error('killed')) : undefined) };
  await expect(keyring.rotateEpoch(stop)).rejects.toThrow('killed');
  const names = await inBoth();
  expect(names).toHaveLength(2);
  await rm(bench.slots[0], { recursive: true });
  await beginAnew(bench.slots[0]);
  const restarted = await bench.keyring();
  expect(await inBoth()).toEqual(names);
  await restarted.rotateEpoch();
  expect(await inBoth()).toHaveLength(1);
});

const approvals = [
  { by: 'a', reason: 'drill' },
  { by: 'b', reason: 'drill' },
] as const;

test('keys of isolated backups are written anew with their slot, and counted where they lie in one slot alone', async () => {
  const keyring = await bench.keyring();
  for (const backup of ['b-1', 'b-2']) {
    await keyring.makeBackupKey(TENANT, backup);
    await keyring.isolateBackupKey(TENANT, backup);
  }
  await keyring.destroyBackupKey(TENANT, 'b-2');
  const names = await inBoth();
  expect(names).toHaveLength(2);
  for (const [at, slot] of bench.slots.entries()) {
    const other = bench.slots[1 - at]!;
    await rm(
      join(
        slot,
        names.find((name) => name.startsWith('isolation-'))!,
      ),
    );
    // The other has it alone.
    expect(await keyring.inventory(TENANT)).toMatchObject({
      ...{ slots: [true, true], isolatedLost: 0, isolatedIn: at === 0 ? [0, 1] : [1, 0] },
    });
    await bench.keyring();
    expect(await inBoth()).toEqual(names);

    await rm(slot, { recursive: true });
    await beginAnew(slot);
    const restarted = await bench.keyring();
    expect(await inBoth()).toEqual(names);
    expect(await restarted.inventory(TENANT)).toMatchObject({ slots: [true, true], isolatedIn: [0, 0] });
    // Now the other is lost, and nothing with it.
    await rm(other, { recursive: true });
    expect(await (await bench.keyring()).openBackupKey(TENANT, 'b-1', approvals)).toBeDefined();
    await beginAnew(other);
    await bench.keyring();
    expect(await inBoth()).toEqual(names);
  }
});

test('the key of an isolated backup that was destroyed while a slot was away goes when it is back', async () => {
  const slot = bench.slots[0];
  const keyring = await bench.keyring();
  await keyring.makeBackupKey(TENANT, 'b-1');
  await keyring.isolateBackupKey(TENANT, 'b-1');
  await rename(slot, away);
  await mkdir(slot);
  await keyring.destroyBackupKey(TENANT, 'b-1');
  await rm(slot, { recursive: true });
  await rename(away, slot);
  expect(await namesIn(slot)).toHaveLength(2);
  await bench.keyring();
  expect(await inBoth()).toHaveLength(1);
});
