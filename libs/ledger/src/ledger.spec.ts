import { appendFile, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import { lineOf, type LedgerFact } from './ledger-entry.ts';
import { Ledger, type LedgerOptions } from './ledger.ts';
import { SigningKeys } from './signing-keys.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'ledger-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const KEY = SigningKeys.generate().entriesKey();
const openList = (at: string, options?: LedgerOptions): Promise<Ledger> => Ledger.open(at, KEY, options);

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
  const ledger = await openList(folder);
  expect((await ledger.append(fact(1))).entry).toBe(1);
  expect((await ledger.appendAll(facts(3))).map(({ entry }) => entry)).toEqual([2, 3, 4]);
  await ledger.close();

  const again = await openList(folder);
  expect(again.head()).toBe(4);
  expect((await again.after(1, 2)).map(({ entry }) => entry)).toEqual([2, 3]);
  expect((await again.append(fact(9))).entry).toBe(5);
  await again.close();
});

test('callers that come at once get numbers of their own, without gaps', async () => {
  const ledger = await openList(folder);
  const entries = await Promise.all(facts(50).map((one) => ledger.append(one)));
  expect(entries.map(({ entry }) => entry)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  await ledger.close();
});

test('the list goes on over many files, and is read across them from any place', async () => {
  const ledger = await openList(folder, { entriesPerFile: 700 });
  for (let round = 0; round < 30; round += 1) await ledger.appendAll(facts(100));
  await ledger.close();
  const again = await openList(folder, { entriesPerFile: 700 });
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
  const ledger = await openList(folder);
  await expect(openList(folder)).rejects.toMatchObject({ kind: 'conflict', code: 'ledger/second-writer' });
  await ledger.close();
  await (await openList(folder)).close();
});

test('the lock of a killed writer is taken over', async () => {
  await writeFile(
    join(folder, 'writer.lock'),
    JSON.stringify({ token: 'x', host: hostname(), pid: 4_000_000, start: '1' }),
  );
  await (await openList(folder)).close();
});

test.each(['', '{"token":"x","ho'])(
  'a lock that was never written in full (%j) is taken over once nobody renews it',
  async (text) => {
    const lock = join(folder, 'writer.lock');
    await writeFile(lock, text);
    await expect(openList(folder)).rejects.toMatchObject({ code: 'ledger/second-writer' });
    const before = new Date(Date.now() - 60_000);
    await utimes(lock, before, before);
    await (await openList(folder)).close();
  },
);

test('a writer whose lock was taken appends nothing more', async () => {
  const ledger = await openList(folder);
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
  const ledger = await openList(folder);
  await ledger.appendAll(facts(3));
  await ledger.close();
  const whole = await readFile(await onlyFile());
  const second = whole.indexOf(10, whole.indexOf(10) + 1) + 1;
  for (let cut = second + 1; cut < whole.length; cut += 1) {
    await writeFile(await onlyFile(), whole.subarray(0, cut));
    const again = await openList(folder);
    expect(again.head()).toBe(2);
    await again.close();
  }
});

test('a changed byte before the last line refuses to open', async () => {
  const ledger = await openList(folder);
  await ledger.appendAll(facts(3));
  await ledger.close();
  const file = await onlyFile();
  const whole = await readFile(file);
  for (let at = 0; at < whole.indexOf(10); at += 1) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(file, changed);
    await expect(openList(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
  }
});

test('a removed or repeated line refuses to open (I41)', async () => {
  const ledger = await openList(folder);
  await ledger.appendAll(facts(3));
  await ledger.close();
  const file = await onlyFile();
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  await writeFile(file, `${lines[0]}\n${lines[2]}\n`);
  await expect(openList(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
  await writeFile(file, `${lines[0]}\n`);
  await appendFile(file, `${lines[0]}\n`);
  await expect(openList(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
});

test('a file missing in the middle refuses to open', async () => {
  const ledger = await openList(folder, { entriesPerFile: 2 });
  await ledger.appendAll(facts(2));
  await ledger.appendAll(facts(2));
  await ledger.appendAll(facts(2));
  await ledger.close();
  await rm(join(folder, '000000000003.jsonl'));
  await expect(openList(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
});

test('what is not a ref has no place in an entry', async () => {
  const ledger = await openList(folder);
  expect(() => ledger.appendAll([{ ...fact(1), subject: '13800138000' as SubjectRef }])).toThrow();
  expect(() => ledger.appendAll([{ ...fact(1), note: 'phone' } as unknown as LedgerFact])).toThrow();
  await ledger.close();
});

describe('refs that can no longer be needed', () => {
  const NOW = new Date('2026-06-01T00:00:00.000Z');
  const TENANT = 'damai' as TenantId;
  const SLOT = 46;
  const refs = async (): Promise<string> => (await onlyFile()).replace('.jsonl', '.refs');
  const subjects = async (ledger: Ledger) => (await ledger.after(0, 100)).map(({ subject }) => subject);
  const [one, two, three] = facts(3).map(({ subject }) => subject);

  test('leave the folder, and no byte of what was written changes', async () => {
    const ledger = await openList(folder);
    await ledger.appendAll(facts(3));
    const before = await readFile(await onlyFile(), 'utf8');
    await ledger.forget(TENANT, [2], NOW);
    expect(await subjects(ledger)).toEqual([one, undefined, three, undefined]);
    await ledger.close();
    const after = await readFile(await onlyFile(), 'utf8');
    expect(after.startsWith(before)).toBe(true);
    expect(before).not.toContain(two);
    expect(await readFile(await refs(), 'utf8')).not.toContain(two);
    const again = await openList(folder);
    expect(await again.after(0, 100)).toMatchObject([
      { entry: 1, kind: 'erased', subject: one },
      { entry: 2, kind: 'erased', compartments: ['contract'], at: AT },
      { entry: 3, kind: 'erased', subject: three },
      { entry: 4, kind: 'forgotten', entries: [2], at: NOW.toISOString() },
    ]);
    expect(await subjects(again)).toEqual([one, undefined, three, undefined]);
    await again.close();
  });

  test('many at once, over many files, and read from any place', async () => {
    const ledger = await openList(folder, { entriesPerFile: 700 });
    for (let round = 0; round < 30; round += 1) await ledger.appendAll(facts(100));
    const even = Array.from({ length: 1500 }, (_, index) => 2 * (index + 1));
    await ledger.forget(TENANT, even, NOW);
    await ledger.close();
    const again = await openList(folder, { entriesPerFile: 700 });
    for (const after of [0, 1, 511, 512, 699, 700, 701, 1399, 2990]) {
      for (const { entry, subject } of await again.after(after, 5)) {
        const seed = (entry - 1) % 100;
        expect(subject).toBe(entry % 2 === 0 ? undefined : fact(seed).subject);
      }
    }
    expect((await again.after(3000, 10)).map(({ kind, entries }) => [kind, entries?.length])).toEqual([
      ['forgotten', 1000],
      ['forgotten', 500],
    ]);
    await again.close();
  });

  test('a crash after it was said, wherever the overwriting was torn, is finished on opening', async () => {
    const ledger = await openList(folder);
    await ledger.appendAll(facts(3));
    await ledger.append({ tenant: TENANT, kind: 'forgotten', entries: [1, 2], at: AT });
    await ledger.close();
    const whole = await readFile(await refs());
    for (let torn = 0; torn <= SLOT; torn += 1) {
      const half = Buffer.from(whole);
      half.fill('-', SLOT, SLOT + torn);
      await writeFile(await refs(), half);
      const again = await openList(folder);
      expect(await subjects(again)).toEqual([undefined, undefined, three, undefined]);
      await again.close();
      const left = await readFile(await refs(), 'utf8');
      expect(left).not.toContain(one);
      expect(left).not.toContain(two);
    }
  });

  test('a crash between a ref and its entry leaves neither', async () => {
    const ledger = await openList(folder);
    await ledger.appendAll(facts(3));
    await ledger.close();
    const entries = await readFile(await onlyFile());
    await truncate(await onlyFile(), entries.length - 10);
    const again = await openList(folder);
    expect(again.head()).toBe(2);
    expect(await readFile(await refs(), 'utf8')).not.toContain(three);
    expect((await again.append(fact(9))).entry).toBe(3);
    expect(await subjects(again)).toEqual([one, two, fact(9).subject]);
    await again.close();
  });

  test('one that is missing, changed or another’s, and of which no entry says that it is dropped, refuses to open', async () => {
    const ledger = await openList(folder);
    await ledger.appendAll(facts(3));
    await ledger.close();
    const path = await refs();
    const whole = await readFile(path);
    const refused = async (bytes: Buffer) => {
      await writeFile(path, bytes);
      await expect(openList(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
    };
    await refused(
      Buffer.concat([whole.subarray(0, SLOT), Buffer.from(`${'-'.repeat(SLOT - 1)}\n`), whole.subarray(2 * SLOT)]),
    );
    await refused(Buffer.concat([whole.subarray(0, SLOT), whole.subarray(0, SLOT), whole.subarray(2 * SLOT)]));
    await refused(whole.subarray(0, 2 * SLOT));
    for (let at = SLOT; at < 2 * SLOT - 1; at += 5) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await refused(changed);
    }
    await rm(path);
    await expect(openList(folder)).rejects.toMatchObject({ code: 'ledger/damaged' });
    await writeFile(path, whole);
    await (await openList(folder)).close();
  });

  test('one that is dropped while it is read is read or dropped, never damage', async () => {
    const ledger = await openList(folder);
    await ledger.appendAll(facts(200));
    const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
    const [, ...seen] = await Promise.all([
      ledger.forget(TENANT, numbers, NOW),
      ...Array.from({ length: 20 }, () => ledger.after(0, 200)),
    ]);
    for (const entries of seen) expect(entries).toHaveLength(200);
    expect(new Set(await subjects(ledger))).toEqual(new Set([undefined]));
    await ledger.close();
  });

  test('a list of before refs lay beside it is moved once, also after a crash in the middle', async () => {
    const name = join(folder, '000000000001.jsonl');
    const inline = facts(3).map((entry, index) => lineOf(JSON.stringify({ entry: index + 1, ...entry })));
    await writeFile(name, inline.join('') + 'torn');
    // Moved halfway: refs lie there, and the file is as it was.
    await writeFile(name.replace('.jsonl', '.refs'), `${' '.repeat(SLOT - 1)}\n`.repeat(3));
    const ledger = await openList(folder);
    expect(await subjects(ledger)).toEqual([one, two, three]);
    await ledger.forget(TENANT, [1], NOW);
    await ledger.close();
    for (const file of await readdir(folder)) expect(await readFile(join(folder, file), 'utf8')).not.toContain(one);
    const again = await openList(folder);
    expect(await subjects(again)).toEqual([undefined, two, three, undefined]);
    await again.close();
  });
});
