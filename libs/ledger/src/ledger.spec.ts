import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import { type LedgerFact } from './ledger-entry.ts';
import { Ledger } from './ledger.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'ledger-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const AT = '2026-03-01T00:00:00.000Z';
const fact = (seed: number): LedgerFact => ({
  tenant: 'damai' as TenantId,
  kind: 'erased',
  subject: Buffer.alloc(16, seed).toString('base64url') as SubjectRef,
  compartments: ['contract'],
  at: AT,
});
const facts = (count: number): LedgerFact[] => Array.from({ length: count }, (_, index) => fact(index % 256));
const onlyFile = async (): Promise<string> =>
  join(folder, (await readdir(folder)).find((name) => name.endsWith('.jsonl')) ?? '');

test('entries are numbered from 1 and read back in order after opening again', async () => {
  const ledger = await Ledger.open(folder);
  expect((await ledger.append(fact(1))).entry).toBe(1);
  expect((await ledger.appendAll(facts(3))).map(({ entry }) => entry)).toEqual([2, 3, 4]);
  await ledger.close();

  const again = await Ledger.open(folder);
  expect(again.head()).toBe(4);
  expect((await again.after(1, 2)).map(({ entry }) => entry)).toEqual([2, 3]);
  expect((await again.append(fact(9))).entry).toBe(5);
  await again.close();
});

test('callers that come at once get numbers of their own, without gaps', async () => {
  const ledger = await Ledger.open(folder);
  const entries = await Promise.all(facts(50).map((one) => ledger.append(one)));
  expect(entries.map(({ entry }) => entry)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  await ledger.close();
});

test('the list goes on over many files, and is read across them from any place', async () => {
  const ledger = await Ledger.open(folder, { entriesPerFile: 700 });
  for (let round = 0; round < 30; round += 1) await ledger.appendAll(facts(100));
  await ledger.close();
  const again = await Ledger.open(folder, { entriesPerFile: 700 });
  expect((await readdir(folder)).filter((name) => name.endsWith('.jsonl'))).toHaveLength(5);
  for (const after of [0, 511, 512, 699, 700, 701, 1399, 2999]) {
    expect((await again.after(after, 5)).map(({ entry }) => entry)).toEqual(
      [1, 2, 3, 4, 5].map((step) => after + step).filter((entry) => entry <= 3000),
    );
  }
  expect((await again.find(10, ({ entry }) => entry === 2500))?.entry).toBe(2500);
  await again.close();
});

test('a second writer is refused while the first one lives', async () => {
  const ledger = await Ledger.open(folder);
  await expect(Ledger.open(folder)).rejects.toMatchObject({ kind: 'conflict', code: 'ledger/second-writer' });
  await ledger.close();
  await (await Ledger.open(folder)).close();
});

test('the lock of a killed writer is taken over', async () => {
  await writeFile(
    join(folder, 'writer.lock'),
    JSON.stringify({ token: 'x', host: hostname(), pid: 4_000_000, start: '1' }),
  );
  await (await Ledger.open(folder)).close();
});

test('a writer whose lock was taken appends nothing more', async () => {
  const ledger = await Ledger.open(folder);
  await ledger.append(fact(1));
  await writeFile(
    join(folder, 'writer.lock'),
    JSON.stringify({ token: 'another', host: hostname(), pid: 1, start: '1' }),
  );
  await expect(ledger.append(fact(2))).rejects.toMatchObject({ code: 'ledger/lock-lost' });
  expect(ledger.head()).toBe(1);
  await ledger.close();
});

test('a torn tail is cut, wherever the write was torn', async () => {
  const ledger = await Ledger.open(folder);
  await ledger.appendAll(facts(3));
  await ledger.close();
  const whole = await readFile(await onlyFile());
  const second = whole.indexOf(10, whole.indexOf(10) + 1) + 1;
  for (let cut = second + 1; cut < whole.length; cut += 1) {
    await writeFile(await onlyFile(), whole.subarray(0, cut));
    const again = await Ledger.open(folder);
    expect(again.head()).toBe(2);
    await again.close();
  }
});

test('a changed byte before the last line refuses to open', async () => {
  const ledger = await Ledger.open(folder);
  await ledger.appendAll(facts(3));
  await ledger.close();
  const file = await onlyFile();
  const whole = await readFile(file);
  for (let at = 0; at < whole.indexOf(10); at += 1) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(file, changed);
    await expect(Ledger.open(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
  }
});

test('a removed or repeated line refuses to open (I41)', async () => {
  const ledger = await Ledger.open(folder);
  await ledger.appendAll(facts(3));
  await ledger.close();
  const file = await onlyFile();
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  await writeFile(file, `${lines[0]}\n${lines[2]}\n`);
  await expect(Ledger.open(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
  await writeFile(file, `${lines[0]}\n`);
  await appendFile(file, `${lines[0]}\n`);
  await expect(Ledger.open(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
});

test('a file missing in the middle refuses to open', async () => {
  const ledger = await Ledger.open(folder, { entriesPerFile: 2 });
  await ledger.appendAll(facts(2));
  await ledger.appendAll(facts(2));
  await ledger.appendAll(facts(2));
  await ledger.close();
  await rm(join(folder, '000000000003.jsonl'));
  await expect(Ledger.open(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
});

test('what is not a ref has no place in an entry', async () => {
  const ledger = await Ledger.open(folder);
  expect(() => ledger.appendAll([{ ...fact(1), subject: '13800138000' as SubjectRef }])).toThrow();
  expect(() => ledger.appendAll([{ ...fact(1), note: 'phone' } as unknown as LedgerFact])).toThrow();
  await ledger.close();
});
