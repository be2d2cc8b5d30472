import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import type { Head } from './head.ts';
import { lineIn, lineOf, type LedgerFact } from './ledger-entry.ts';
import { Ledger } from './ledger.ts';
import { setApart, SLOT } from './refs.ts';
import { SigningKeys } from './signing-keys.ts';

const AT = '2026-03-01T00:00:00.000Z';
const keys = SigningKeys.generate();
const key = keys.entriesKey();
let folder: string;
let head: Head & { number: number };
let macsFrom: Head & { number: number };

const kept = (): Head & { number: number } => ({
  number: 0,
  highest() {
    return this.number;
  },
  raise(number) {
    this.number = Math.max(this.number, number);
  },
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  [head, macsFrom] = [kept(), kept()];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (under = key, entriesPerFile = 3): Promise<Ledger> =>
  Ledger.open(folder, under, { entriesPerFile, head, macsFrom });
const refOf = (seed: number): SubjectRef => Buffer.alloc(16, seed).toString('base64url') as SubjectRef;
const fact = (seed: number): LedgerFact => ({
  tenant: 'damai' as TenantId,
  kind: 'erased',
  subject: refOf(seed),
  compartments: ['contract'],
  at: AT,
});
async function written(count: number): Promise<void> {
  const ledger = await open();
  for (let seed = 1; seed <= count; seed += 1) await ledger.append(fact(seed));
  await ledger.close();
}
const files = async (): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(folder, name));
const lines = async (file: string): Promise<string[]> => (await readFile(file, 'utf8')).split('\n').filter(Boolean);
const refused = async (code: string, under = key): Promise<void> => {
  const before = await Promise.all((await files()).map((file) => readFile(file)));
  for (let times = 0; times < 2; times += 1)
    await expect(open(under)).rejects.toMatchObject({ kind: 'unavailable', code });
  // Nothing was cut by looking at it.
  expect(await Promise.all((await files()).map((file) => readFile(file)))).toEqual(before);
};
/** An entry as somebody writes it who has the volume and knows the format: number, checksum, ref and shape are right. */
const forged = async (entry: number, mac?: string): Promise<string> => {
  const { about, slot } = setApart(refOf(200));
  const refs = (await files()).at(-1)!.replace('.jsonl', '.refs');
  await appendFile(refs, slot);
  return lineOf(
    JSON.stringify({ entry, tenant: 'damai', kind: 'erased', compartments: ['contract'], at: AT, about }),
    mac,
  );
};

describe('an entry that was written by somebody else is told from a crash, and refused (I41)', () => {
  test('behind the last, without a MAC, with one that is made up, and with that of another entry', async () => {
    await written(2);
    const [file] = await files();
    const whole = await readFile(file!);
    const refs = await readFile(file!.replace('.jsonl', '.refs'));
    const others = (await lines(file!)).map((line) => lineIn(line)!.mac!);
    for (const mac of [undefined, 'A'.repeat(43), ...others]) {
      await writeFile(file!, Buffer.concat([whole, Buffer.from(await forged(3, mac))]));
      await refused('ledger/foreign');
      await writeFile(file!.replace('.jsonl', '.refs'), refs);
    }
    // Without it everything is as it was.
    await writeFile(file!, whole);
    const ledger = await open();
    expect(ledger.head()).toBe(2);
    await ledger.close();
  });

  test('in a file of its own behind the last one', async () => {
    await written(3);
    const name = join(folder, '000000000004.jsonl');
    await writeFile(name, '');
    await writeFile(name, await forged(4));
    await refused('ledger/foreign');
  });

  test('by this one, before its volume was put back', async () => {
    await written(2);
    const older = await mkdtemp(join(tmpdir(), 'ledger-older-'));
    await cp(folder, older, { recursive: true });
    const file = (await files())[0]!;
    const refs = file.replace('.jsonl', '.refs');
    await written(2);
    const [line] = (await lines((await files())[1]!)).slice(-1);
    const slot = (await readFile((await files())[1]!.replace('.jsonl', '.refs'), 'utf8')).slice(-SLOT);
    await rm(folder, { recursive: true });
    await cp(older, folder, { recursive: true });
    await rm(older, { recursive: true });
    head.number = 2;
    await written(1);
    // The fourth entry of then, behind another third one.
    await writeFile(file.replace('000001', '000004'), `${line!}\n`);
    await writeFile(refs.replace('000001', '000004'), slot);
    await refused('ledger/foreign');
  });

  test('by another installation, or by this one before it lost its key', async () => {
    await written(2);
    await refused('ledger/foreign', SigningKeys.generate().entriesKey());
    await (await open()).close();
  });
});

describe('whatever is changed in the middle is noticed, though every checksum is right (I41)', () => {
  const changes: Readonly<Record<string, (all: string[]) => string[]>> = {
    changed: ([first, second, ...more]) => {
      const { text, mac } = lineIn(second!)!;
      return [first!, lineOf(text.replace('"erased"', '"released"'), mac).trimEnd(), ...more];
    },
    'stripped of its MAC': ([first, second, ...more]) => [first!, lineOf(lineIn(second!)!.text).trimEnd(), ...more],
    removed: ([first, , ...more]) => [first!, ...more],
    'removed, and those behind it counted anew': ([first, , third]) => {
      const { text, mac } = lineIn(third!)!;
      return [first!, lineOf(text.replace('"entry":3', '"entry":2'), mac).trimEnd()];
    },
    'swapped with the next, numbers and all': ([first, second, third]) => {
      const [two, three] = [lineIn(second!)!, lineIn(third!)!];
      return [
        first!,
        lineOf(three.text.replace('"entry":3', '"entry":2'), three.mac).trimEnd(),
        lineOf(two.text.replace('"entry":2', '"entry":3'), two.mac).trimEnd(),
      ];
    },
  };
  test.each(Object.keys(changes))('%s', async (what) => {
    await written(5);
    const [file] = await files();
    await writeFile(file!, [...changes[what]!(await lines(file!)), ''].join('\n'));
    await expect(open()).rejects.toMatchObject({ code: expect.stringMatching(/^ledger\/(foreign|damaged)$/) });
  });

  test('and so is what is changed while the list is open', async () => {
    const ledger = await open();
    await ledger.appendAll([fact(1), fact(2), fact(3)]);
    const [file] = await files();
    const [first, second, third] = await lines(file!);
    for (const mac of [undefined, lineIn(second!)!.mac]) {
      const text = lineIn(second!)!.text.replace('"erased"', '"released"');
      await writeFile(file!, [first, lineOf(text, mac).trimEnd(), third, ''].join('\n'));
      await expect(ledger.after(0, 2)).rejects.toMatchObject({ code: 'ledger/foreign' });
    }
    await ledger.close();
  });
});

describe('a list of before there were MACs', () => {
  /** As the version before wrote it. */
  async function old(count: number): Promise<string> {
    const name = join(folder, '000000000001.jsonl');
    const entries = Array.from({ length: count }, (_, index) => {
      const { subject, ...rest } = fact(index + 1);
      const { about, slot } = setApart(subject!);
      return { line: lineOf(JSON.stringify({ entry: index + 1, ...rest, about })), slot };
    });
    await writeFile(name, entries.map(({ line }) => line).join(''));
    await writeFile(name.replace('.jsonl', '.refs'), entries.map(({ slot }) => slot).join(''));
    return name;
  }

  test('opens, goes on with MACs, and is read as one', async () => {
    await old(2);
    await written(2);
    const again = await open();
    expect((await again.after(0, 10)).map(({ entry, subject }) => [entry, subject])).toEqual([
      [1, refOf(1)],
      [2, refOf(2)],
      [3, refOf(1)],
      [4, refOf(2)],
    ]);
    expect(macsFrom.number).toBe(3);
    await again.close();
  });

  test('grows no more without one, from its first opening on', async () => {
    const file = await old(2);
    await (await open()).close();
    await appendFile(file, await forged(3));
    await refused('ledger/foreign');
  });

  test('is bound by the first entry that has one', async () => {
    const file = await old(2);
    await written(1);
    const [first, ...more] = await lines(file);
    await writeFile(
      file,
      [lineOf(lineIn(first!)!.text.replace('"contract"', '"evidence"')).trimEnd(), ...more, ''].join('\n'),
    );
    await refused('ledger/foreign');
  });

  test('cannot take the place of one that has them', async () => {
    await written(2);
    await old(2);
    await refused('ledger/foreign');
  });
});
