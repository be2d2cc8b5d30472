import { readdirSync, statfsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import { canHaveVolumes, SmallVolume } from '@lethe/testing';
import { readCheckpoint } from './checkpoint.ts';
import type { LedgerFact } from './ledger-entry.ts';
import { Ledger } from './ledger.ts';
import { MerkleLog } from './merkle-log.ts';
import { SLOT } from './refs.ts';
import { SigningKeys, verifierKeys } from './signing-keys.ts';
import { leafHash, verifyConsistency, verifyInclusion } from './tree.ts';

const PAGE = 4_096;
const keys = SigningKeys.generate();
let folder: string;
let volume: SmallVolume | undefined;

const canMount = canHaveVolumes();
// Not run where this machine mounts no file system for the test.
const onSmallVolume = canMount ? test : test.skip;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-full-'));
  volume = canMount ? new SmallVolume(folder, 524_288) : undefined;
});
afterEach(async () => {
  volume?.release();
  await rm(folder, { recursive: true });
});

/** Takes all the room there is but this many pages. */
function fill(pagesLeft: number): void {
  volume!.fill(pagesLeft * PAGE);
  expect(statfsSync(folder).bavail).toBe(pagesLeft);
}
const room = (): void => volume!.empty();

const fact = (seed: number): LedgerFact => ({
  tenant: 'damai' as TenantId,
  kind: 'erased',
  subject: Buffer.alloc(16, seed % 256).toString('base64url') as SubjectRef,
  compartments: ['contract'],
  at: '2026-03-01T00:00:00.000Z',
});
const facts = (count: number, from = 0): LedgerFact[] => Array.from({ length: count }, (_, n) => fact(from + n));
const notWritten = { kind: 'unavailable', code: 'ledger/not-written', message: expect.stringContaining('ENOSPC') };

/** The list as whoever opens it next has it. */
async function reread(entriesPerFile: number): Promise<(SubjectRef | undefined)[]> {
  const again = await Ledger.open(folder, keys.entriesKey(), { entriesPerFile });
  const subjects = (await again.after(0, 1_000)).map(({ subject }) => subject);
  await again.close();
  return subjects;
}

describe('a list whose volume is full', () => {
  onSmallVolume('is not opened, leaves no lock behind that nobody holds, and opens once there is room', async () => {
    await (await Ledger.open(folder, keys.entriesKey())).close();
    const before = readdirSync(folder).sort();
    volume!.fill(0);
    await expect(Ledger.open(folder, keys.entriesKey())).rejects.toThrow('ENOSPC');
    expect(readdirSync(folder).filter((name) => !before.includes(name))).toEqual(
      expect.not.arrayContaining([expect.stringContaining('writer.lock')]),
    );
    room();
    await (await Ledger.open(folder, keys.entriesKey())).close();
  });

  onSmallVolume(
    'acknowledges nothing, and goes on by itself with room again, wherever the write was torn',
    async () => {
      let ledger = await Ledger.open(folder, keys.entriesKey());
      const written = facts(5);
      await ledger.appendAll(written);
      for (const pagesLeft of [0, 1, 2, 3, 5, 8, 13]) {
        const before = ledger.head();
        fill(pagesLeft);
        // More than there is room for, by several at once: none of them is told that it was written.
        const asked = await Promise.allSettled(
          Array.from({ length: 4 }, (_, n) => ledger.appendAll(facts(100, 100 * n))),
        );
        for (const one of asked) expect(one).toMatchObject({ status: 'rejected', reason: notWritten });
        await expect(ledger.appendAll(facts(400))).rejects.toMatchObject(notWritten);
        expect(ledger.head()).toBe(before);
        expect(await ledger.after(0, 1_000)).toHaveLength(before);
        room();
        const more = facts(2, pagesLeft);
        expect((await ledger.appendAll(more)).map(({ entry }) => entry)).toEqual([before + 1, before + 2]);
        written.push(...more);
        if (pagesLeft !== 3) continue;
        await ledger.close();
        ledger = await Ledger.open(folder, keys.entriesKey());
      }
      expect((await ledger.after(0, 1_000)).map(({ subject }) => subject)).toEqual(
        written.map(({ subject }) => subject),
      );
      await ledger.close();
      expect(await reread(100_000)).toEqual(written.map(({ subject }) => subject));
    },
  );

  onSmallVolume('goes on where a file was to be begun', async () => {
    const ledger = await Ledger.open(folder, keys.entriesKey(), { entriesPerFile: 3 });
    await ledger.appendAll(facts(3));
    fill(0);
    await expect(ledger.append(fact(3))).rejects.toMatchObject(notWritten);
    await expect(ledger.append(fact(3))).rejects.toMatchObject(notWritten);
    room();
    expect((await ledger.append(fact(3))).entry).toBe(4);
    await ledger.close();
    expect(await reread(3)).toEqual(facts(4).map(({ subject }) => subject));
  });

  onSmallVolume('acknowledges no entry of which only half a ref was written', async () => {
    const ledger = await Ledger.open(folder, keys.entriesKey());
    // The next ref begins in the last bytes of a page, and the page of the next entry has room.
    const count = Math.floor(PAGE / SLOT);
    await ledger.appendAll(facts(count));
    const file = join(folder, '000000000001.jsonl');
    if (PAGE - ((await readFile(file)).length % PAGE) < 500)
      throw new Error('the page of the next entry has no room: choose other facts');
    fill(0);
    await expect(ledger.append(fact(count))).rejects.toMatchObject(notWritten);
    room();
    await ledger.append(fact(count));
    await ledger.close();
    expect(await reread(100_000)).toEqual(facts(count + 1).map(({ subject }) => subject));
  });

  onSmallVolume('is ready again without anybody appending, and what it left is cut by then', async () => {
    const ledger = await Ledger.open(folder, keys.entriesKey());
    await ledger.appendAll(facts(5));
    const file = join(folder, '000000000001.jsonl');
    const whole = await readFile(file);
    expect(await ledger.mend()).toBeUndefined();
    // Room for the refs, which come first, and for some of the entries.
    fill(8);
    await expect(ledger.appendAll(facts(400))).rejects.toMatchObject(notWritten);
    expect((await readFile(file)).length).toBeGreaterThan(whole.length);
    expect(await ledger.mend()).toBeUndefined();
    expect(await readFile(file)).toEqual(whole);
    await ledger.close();
    expect(await ledger.mend()).toBe('ledger/closed');
  });

  onSmallVolume('touches nothing where what was told has changed meanwhile', async () => {
    const ledger = await Ledger.open(folder, keys.entriesKey());
    await ledger.appendAll(facts(5));
    const file = join(folder, '000000000001.jsonl');
    const whole = await readFile(file);
    fill(2);
    await expect(ledger.appendAll(facts(400))).rejects.toMatchObject(notWritten);
    room();
    await writeFile(file, whole.subarray(0, whole.length - 10));
    for (let times = 0; times < 2; times += 1)
      await expect(ledger.append(fact(6))).rejects.toMatchObject({ code: 'ledger/damaged' });
    expect(await ledger.mend()).toBe('ledger/damaged');
    expect(await readFile(file)).toEqual(whole.subarray(0, whole.length - 10));
    await ledger.close();
  });
});

describe('a log whose volume is full', () => {
  const leaf = (number: number): Buffer => leafHash(Buffer.from(`leaf ${String(number)}`));
  const verifiers = verifierKeys(keys.publicKeys());
  const open = (): Promise<MerkleLog> => MerkleLog.open(folder, keys, 'lethe.test/log');

  onSmallVolume(
    'signs nothing, goes on by itself with room again, and contradicts no signature of before (I39)',
    async () => {
      const log = await open();
      const seen: string[] = [(await log.append(leaf(0))).checkpoint];
      let logged = 1;
      for (const pagesLeft of [0, 1, 2]) {
        fill(pagesLeft);
        // 200 leaves are more than one page, and a signature is a file of its own.
        const many = Array.from({ length: 400 }, (_, n) => log.append(leaf(1_000 * (pagesLeft + 1) + n)));
        for (const one of await Promise.allSettled(many))
          expect(one).toMatchObject({ status: 'rejected', reason: notWritten });
        expect(log.size()).toBe(logged);
        room();
        expect(await log.mend()).toBeUndefined();
        expect(log.find(leaf(1_000 * (pagesLeft + 1)), 0)).toBeUndefined();
        const receipt = await log.append(leaf(logged));
        expect(receipt.index).toBe(logged);
        logged += 1;
        const signed = readCheckpoint(receipt.checkpoint, verifiers)!;
        expect(verifyInclusion(leaf(receipt.index), receipt.index, signed.size, [...receipt.path], signed.root)).toBe(
          true,
        );
        for (const note of seen) {
          const earlier = readCheckpoint(note, verifiers)!;
          const path = log.consistency(earlier.size);
          expect(verifyConsistency(earlier.size, signed.size, earlier.root, signed.root, path)).toBe(true);
        }
        seen.push(receipt.checkpoint);
      }
      await log.close();
      const again = await open();
      expect(again.size()).toBe(logged);
      expect(again.checkpoint()).toBe(seen.at(-1));
      expect(readdirSync(folder).sort()).toEqual(['checkpoint', 'leaves', 'writer.lock']);
      await again.close();
    },
  );
});
