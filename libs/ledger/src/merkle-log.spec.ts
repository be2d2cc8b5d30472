import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCheckpoint } from './checkpoint.ts';
import { MerkleLog } from './merkle-log.ts';
import { SigningKeys, verifierKeys } from './signing-keys.ts';
import { leafHash, verifyConsistency, verifyInclusion } from './tree.ts';

let folder: string;
const keys = SigningKeys.generate();
const verifiers = verifierKeys(keys.publicKeys());
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'log-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const leaf = (number: number): Buffer => leafHash(Buffer.from(`leaf ${number}`));
const open = (): Promise<MerkleLog> => MerkleLog.open(folder, keys, 'lethe.test/log');

test('every receipt proves its leaf in a signed tree', async () => {
  const log = await open();
  for (let number = 0; number < 20; number += 1) {
    const receipt = await log.append(leaf(number));
    const signed = readCheckpoint(receipt.checkpoint, verifiers);
    expect(signed).toMatchObject({ origin: 'lethe.test/log', size: number + 1 });
    if (!signed) continue;
    expect(verifyInclusion(leaf(number), receipt.index, signed.size, [...receipt.path], signed.root)).toBe(true);
  }
  await log.close();
});

test('every checkpoint is consistent with all earlier ones, also across a restart (I39)', async () => {
  const seen: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const log = await open();
    const receipts = await Promise.all([1, 2, 3].map((number) => log.append(leaf(round * 10 + number))));
    seen.push(receipts[2]?.checkpoint ?? '');
    const present = readCheckpoint(log.checkpoint() ?? '', verifiers);
    for (const note of seen) {
      const earlier = readCheckpoint(note, verifiers);
      if (!earlier || !present) throw new Error('a checkpoint does not verify');
      expect(
        verifyConsistency(earlier.size, present.size, earlier.root, present.root, log.consistency(earlier.size)),
      ).toBe(true);
    }
    await log.close();
  }
});

test('leaves of a write nobody was told of are cut, and the same size is never signed twice with two roots (I39)', async () => {
  const log = await open();
  await log.append(leaf(1));
  await log.close();
  await appendFile(join(folder, 'leaves'), leaf(2).subarray(0, 20));
  const again = await open();
  expect(again.size()).toBe(1);
  expect((await again.append(leaf(3))).index).toBe(1);
  await again.close();
});

test('a flipped bit in a leaf or a missing leaf refuses to open (I41)', async () => {
  const log = await open();
  for (let number = 0; number < 5; number += 1) await log.append(leaf(number));
  await log.close();
  const whole = await readFile(join(folder, 'leaves'));
  const changed = Buffer.from(whole);
  changed[70] = (changed[70] ?? 0) ^ 4;
  await writeFile(join(folder, 'leaves'), changed);
  await expect(open()).rejects.toMatchObject({ code: 'ledger/log-damaged' });
  await writeFile(join(folder, 'leaves'), whole.subarray(0, 128));
  await expect(open()).rejects.toMatchObject({ code: 'ledger/log-damaged' });
});

test('a leaf changed on the disk behind the log’s back is not signed over', async () => {
  const log = await open();
  await log.append(leaf(1));
  await appendFile(join(folder, 'leaves'), leaf(66));
  await expect(log.append(leaf(2))).rejects.toMatchObject({ code: 'ledger/log-damaged' });
  await expect(log.append(leaf(3))).rejects.toMatchObject({ kind: 'unavailable' });
  await log.close();
});

test('a leaf that was logged before a crash is found again', async () => {
  const log = await open();
  await log.append(leaf(1));
  const from = log.size();
  await log.append(leaf(2));
  await log.close();
  const again = await open();
  expect(again.find(leaf(2), from)?.index).toBe(1);
  expect(again.find(leaf(1), from)).toBeUndefined();
  await again.close();
});

test('a checkpoint with any byte changed does not verify', async () => {
  const log = await open();
  const { checkpoint } = await log.append(leaf(1));
  await log.close();
  const bytes = Buffer.from(checkpoint);
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      expect(readCheckpoint(changed.toString('utf8'), verifiers)).toBeUndefined();
    }
  }
});
