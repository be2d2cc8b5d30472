import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSubject, part, read, sealed, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';
import type { Keyring } from './keyring.ts';
import { ROTATION_STEPS, type RotationStep } from './rotation.ts';
import type { OpenItem } from './seal-item.ts';
import { OPENERS } from '@lethe/contracts';
import { keyringOpeners } from './declarations.ts';
import { WRAPPED_TABLES } from './wrapped-tables.ts';

let bench: KeyringBench;
let keyring: Keyring;
beforeAll(async () => {
  bench = await startKeyring();
  keyring = await bench.keyring();
});
afterAll(() => bench.stop());

let number = 0;
const on = (day = '2030-01-01') => ({ kind: 'day', day, class: 'orders' }) as const;
const epochKeys = async () => (await readdir(bench.slots[0])).filter((name) => name.startsWith('epoch-')).sort();
const states = () =>
  bench.cluster.admin.transaction((sql) =>
    sql.query<{ number: number; state: string }>('select number, state from keyring.epoch order by number'),
  );
const underOldEpochs = async () => {
  const text = WRAPPED_TABLES.map(({ name }) => `select epoch from keyring.${name} where wrapped is not null`).join(
    ' union all ',
  );
  const [row] = await bench.cluster.admin.transaction((sql) =>
    sql.query<{ old: number }>(
      `select count(*)::int as old from (${text}) x where epoch < (select number from keyring.epoch where state = 'current')`,
    ),
  );
  return row!.old;
};

/** One of everything that is wrapped, and how to tell that it still opens. */
async function oneOfEverything(): Promise<(by: Keyring) => Promise<void>> {
  const name = `user-${String(++number)}`;
  const { subject } = await keyring.subjectOf(TENANT, name);
  const waiting = await keyring.matterOf(TENANT, subject, 'order', 'waiting');
  const dated = await keyring.matterOf(TENANT, subject, 'order', 'dated');
  const dead = on(`2027-01-${String(10 + number)}`);
  const kept = await sealed(keyring, part({ subject, time: dead }));
  const items: OpenItem[] = [
    await sealed(keyring, part({ subject, time: on() })),
    await sealed(keyring, part({ subject, time: { kind: 'matter', matter: waiting, class: 'orders' } })),
    await sealed(keyring, part({ subject, time: { kind: 'matter', matter: dated, class: 'orders' } })),
    kept,
  ];
  await keyring.dateMatter(TENANT, dated, 'orders', '2030-05-01');
  await keyring.keep(TENANT, `hold-${String(number)}`, [kept]);
  await keyring.destroyDayKey(TENANT, dead.day, 'orders', number);
  const intake = `kid-${String(number)}`;
  await keyring.intakeKeys.make(TENANT, intake);
  const backup = `backup-${String(number)}`;
  await keyring.makeBackupKey(TENANT, backup);
  return async (by) => {
    for (const item of items) expect(await read(by, item)).toBe('演出票 1 张');
    expect(await by.intakeKeys.open(TENANT, intake)).toBeDefined();
    expect(await by.findSubject(TENANT, name)).toBe(subject);
    expect(await by.findMatter(TENANT, subject, 'order', 'dated')).toBe(dated);
    expect(
      await by.openBackupKey(TENANT, backup, [
        { by: 'a', reason: 'drill' },
        { by: 'b', reason: 'drill' },
      ]),
    ).toBeDefined();
  };
}

test('no table that holds something wrapped is forgotten when an epoch ends', async () => {
  const rows = await bench.cluster.admin.transaction((sql) =>
    sql.query<{ name: string }>(
      `select table_name as name from information_schema.columns where table_schema = 'keyring' and column_name = 'wrapped' order by 1`,
    ),
  );
  expect(rows.map(({ name }) => name)).toEqual(WRAPPED_TABLES.map(({ name }) => name).sort());
});

test('whatever a key lies in is declared as something by which values open, until a certificate is final', async () => {
  const rows = await bench.cluster.admin.transaction((sql) =>
    sql.query<{ name: string }>(
      `select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns
       where table_schema not in ('pg_catalog', 'information_schema', 'lethe') and data_type = 'bytea'`,
    ),
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(keyringOpeners).sort());
  const declared = new Set(Object.values(keyringOpeners));
  expect(OPENERS.filter((one) => one !== 'copies-of-the-keyring' && !declared.has(one))).toEqual([]);
});

/** Takes a rotation down before the nth time a step is reached. */
function crashAt(step: RotationStep, nth: number) {
  let seen = 0;
  return {
    batch: 2,
    onStep: (reached: RotationStep) => {
      if (reached === step && ++seen === nth) throw new Error(`crash before ${step}`);
    },
  };
}

const crashes = ROTATION_STEPS.flatMap((step): (readonly [RotationStep, number])[] =>
  step === 'rewrap' || step === 'prove' ? [1, 2, 5].map((nth) => [step, nth] as const) : [[step, 1]],
);

test.each(crashes)(
  'a crash before %s (%i): everything opens, also what is sealed then, and the next rotation finishes it (I34)',
  async (step, nth) => {
    const stillOpens = await oneOfEverything();
    const before = await epochKeys();
    await expect(keyring.rotateEpoch(crashAt(step, nth))).rejects.toThrow('crash');
    const fresh = await bench.keyring();
    await stillOpens(fresh);
    await stillOpens(keyring);
    const meanwhile = await sealed(fresh, part({ time: on() }));
    // The old key is still there, unless nothing needs it any more.
    if ((await underOldEpochs()) > 0) expect(await epochKeys()).toEqual(expect.arrayContaining(before));
    await keyring.rotateEpoch({ batch: 3 });
    await stillOpens(await bench.keyring());
    expect(await read(keyring, meanwhile)).toBe('演出票 1 张');
    expect(await underOldEpochs()).toBe(0);
    const [current] = (await states()).filter(({ state }) => state === 'current');
    const alive = (await states()).filter(({ state }) => state !== 'ended');
    expect(alive).toEqual([current]);
  },
);

test('a rotation that finds a row that does not open destroys nothing', async () => {
  const subject = newSubject();
  const item = await sealed(keyring, part({ subject, time: on() }));
  const spoil = (wrapped: string) =>
    bench.cluster.admin.transaction((sql) =>
      sql.query(`update keyring.subject_key set wrapped = ${wrapped} where subject = $1`, [subject]),
    );
  const saved = await bench.cluster.admin.transaction((sql) =>
    sql.query<{ wrapped: Buffer }>('select wrapped from keyring.subject_key where subject = $1', [subject]),
  );
  await spoil(`set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)`);
  const before = await epochKeys();
  await expect(keyring.rotateEpoch()).rejects.toMatchObject({ kind: 'forbidden', code: 'sealing/not-this-key' });
  expect(await epochKeys()).toEqual(expect.arrayContaining(before));
  await spoil(`'\\x${saved[0]!.wrapped.toString('hex')}'`);
  await keyring.rotateEpoch();
  expect(await read(keyring, item)).toBe('演出票 1 张');
});

test('service goes on while epochs end: sealing, opening, dating, shredding, naming', async () => {
  const other = await bench.keyring();
  const faults: unknown[] = [];
  let [going, rounds] = [true, 0];
  const work = (async () => {
    while (going) {
      const [by, turn] = [rounds % 2 === 0 ? keyring : other, ++rounds];
      try {
        const { subject } = await by.subjectOf(TENANT, `busy-${String(turn)}`);
        const matter = await by.matterOf(TENANT, subject, 'order', String(turn));
        const waits = await sealed(by, part({ subject, time: { kind: 'matter', matter, class: 'orders' } }));
        expect(await by.dateMatter(TENANT, matter, 'orders', '2033-01-01')).toMatchObject({ outcome: 'dated' });
        expect(await read(other, waits)).toBe('演出票 1 张');
        await by.destroySubjectKeys(TENANT, subject, ['contract'], { entry: 10_000 + turn });
        expect(await read(keyring, waits)).toBe('-subject-key-dead');
      } catch (error) {
        faults.push(error);
      }
    }
  })();
  for (let turn = 0; turn < 4; turn++) await keyring.rotateEpoch({ batch: 20 });
  going = false;
  await work;
  expect(faults).toEqual([]);
  expect(rounds).toBeGreaterThan(1);
});

test('two rotations at once end one epoch, or one after the other', async () => {
  const stillOpens = await oneOfEverything();
  const other = await bench.keyring();
  await Promise.allSettled([keyring.rotateEpoch({ batch: 5 }), other.rotateEpoch({ batch: 5 })]);
  await stillOpens(keyring);
  await keyring.rotateEpoch();
  await stillOpens(await bench.keyring());
  expect(await underOldEpochs()).toBe(0);
});

test('a rotation that was overtaken stops, and takes no row back under a key that is gone', async () => {
  const stillOpens = await oneOfEverything();
  const other = await bench.keyring();
  let overtaken = false;
  const slow = keyring.rotateEpoch({
    onStep: async (step) => {
      if (step !== 'rewrap' || overtaken) return;
      overtaken = true;
      await other.rotateEpoch();
      await other.rotateEpoch();
    },
  });
  await expect(slow).rejects.toMatchObject({ kind: 'conflict', code: 'sealing/rotation-elsewhere' });
  await stillOpens(keyring);
  await stillOpens(await bench.keyring());
});

test('`before` is no later than the start of the epoch that began: keys destroyed after it are not covered', async () => {
  const subject = newSubject();
  await sealed(keyring, part({ subject, time: on() }));
  const first = await keyring.destroySubjectKeys(TENANT, subject, ['contract'], { entry: ++number });
  let during: Date | undefined;
  const { before } = await keyring.rotateEpoch({
    snapshot: async () => {
      during = (await keyring.destroySubjectKeys(TENANT, newSubject(), ['contract'], { entry: ++number })).destroyedAt;
    },
  });
  expect(before.getTime()).toBeGreaterThan(first.destroyedAt.getTime() - 2);
  expect(before.getTime()).toBeLessThan(during!.getTime());
});

test('a slot that lost its copy is mended when the keyring is opened; without either the keyring says so', async () => {
  const [name] = await epochKeys();
  const path = bench.slots.map((slot) => join(slot, name!));
  const copy = await readFile(path[0]!);
  await writeFile(path[1]!, 'damaged');
  await bench.keyring();
  expect(await readFile(path[1]!)).toEqual(copy);
  for (const each of path) await writeFile(each, 'damaged');
  await expect(bench.keyring()).rejects.toMatchObject({ kind: 'unavailable', code: 'sealing/epoch-gone' });
  for (const each of path) await writeFile(each, copy);
});
