import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@lethe/kernel';
import { leafHash } from '@lethe/ledger';
import { canHaveVolumes, SmallVolume } from '@lethe/testing';
import { Books } from './books.ts';

let home: string;
let folders: Readonly<Record<'ledger' | 'secrets' | 'marks', string>>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lethe-books-'));
  folders = { ledger: join(home, 'ledger'), secrets: join(home, 'secrets'), marks: join(home, 'marks') };
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Opens them and writes `entries` entries and as many leaves. */
async function written(entries: number): Promise<{ head: number; size: number }> {
  const books = await Books.open(folders);
  try {
    for (let nth = 0; nth < entries; nth += 1) {
      await books.ledger.append({ tenant: 'damai' as TenantId, kind: 'disposed', at: '2026-03-01T00:00:00.000Z' });
      await books.log.append(leafHash(Buffer.from(`leaf ${String(books.log.size())}`)));
    }
    return { head: books.ledger.head(), size: books.log.size() };
  } finally {
    await books.close();
  }
}
const entriesOf = async (): Promise<string> => {
  const folder = join(folders.ledger, 'ledger');
  return join(folder, (await readdir(folder)).find((name) => name.endsWith('.jsonl')) ?? '');
};

// Not run where this machine mounts no file system for the test.
(canHaveVolumes() ? test : test.skip)(
  'a volume that is full at the first start leaves no installation without a name: with room again it has one, and keeps it',
  async () => {
    const volume = new SmallVolume(folders.ledger, 4 * 1_048_576);
    try {
      volume.fill();
      await expect(Books.open(folders)).rejects.toMatchObject({ code: 'ENOSPC' });
      volume.empty();
      const names: string[] = [];
      for (let times = 0; times < 2; times += 1) {
        const books = await Books.open(folders);
        names.push(books.instance);
        await books.close();
      }
      expect(names[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect(names[1]).toBe(names[0]);
    } finally {
      volume.release();
    }
  },
);

describe('whatever is cut off is noticed (I41)', () => {
  const damages: Readonly<Record<string, () => Promise<void>>> = {
    'the whole volume': () => rm(folders.ledger, { recursive: true }),
    'every entry': async () => rm(await entriesOf()),
    'the last entry, cleanly': async () => {
      const file = await entriesOf();
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1));
    },
    'the last signature': () => rm(join(folders.ledger, 'log', 'checkpoint')),
  };
  test.each(Object.keys(damages))('%s', async (what) => {
    await written(3);
    await damages[what]!();
    for (let times = 0; times < 2; times += 1)
      await expect(Books.open(folders)).rejects.toMatchObject({ code: 'ledger/cut-off', kind: 'unavailable' });
    // Nothing of what is left was cut by looking at it.
    if (what === 'the last signature')
      expect(await readFile(join(folders.ledger, 'log', 'leaves'))).toHaveLength(3 * 32);
  });

  test('a copy of the volume from before, until the newer one is there again', async () => {
    await written(2);
    await cp(folders.ledger, join(home, 'older'), { recursive: true });
    await written(1);
    await cp(folders.ledger, join(home, 'newer'), { recursive: true });
    for (const which of ['older', 'newer', 'older', 'newer']) {
      await rm(folders.ledger, { recursive: true });
      await cp(join(home, which), folders.ledger, { recursive: true });
      if (which === 'older') await expect(written(1)).rejects.toMatchObject({ code: 'ledger/cut-off' });
    }
    expect(await written(1)).toEqual({ head: 4, size: 4 });
  });

  test('and a volume of before there were marks is believed', async () => {
    await written(2);
    await rm(folders.marks, { recursive: true });
    expect(await written(1)).toEqual({ head: 3, size: 3 });
  });
});

test('whatever is added that was not written here is noticed, and what was told still opens without it (I41)', async () => {
  await written(2);
  const file = await entriesOf();
  const whole = await readFile(file, 'utf8');
  const text = JSON.stringify({ entry: 3, tenant: 'damai', kind: 'disposed', at: '2026-03-01T00:00:00.000Z' });
  await writeFile(file, `${whole}${createHash('sha256').update(text).digest('hex').slice(0, 16)} ${text}\n`);
  for (let times = 0; times < 2; times += 1)
    await expect(Books.open(folders)).rejects.toMatchObject({ code: 'ledger/foreign', kind: 'unavailable' });
  await writeFile(file, whole);
  expect(await written(1)).toEqual({ head: 3, size: 3 });
});
