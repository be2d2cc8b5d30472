import {
  newPart,
  newSubject,
  part,
  read,
  sealed,
  startKeyring,
  TENANT,
  type KeyringBench,
} from './keyring.contract.ts';
import type { Keyring } from './keyring.ts';
import type { SealItem } from './seal-item.ts';

/** What may still be sealed, and that no cache decides it. */
let bench: KeyringBench;
let keyring: Keyring;
/** Never hears of an eviction: what it refuses, it refuses because it asked. */
let deaf: Keyring;
let entry = 0;
beforeAll(async () => {
  bench = await startKeyring();
  keyring = await bench.keyring();
  deaf = await bench.keyring({ pollEvery: 3_600_000, cacheFor: 2_000 });
});
afterAll(() => bench.stop());

const on = (day: string) => ({ kind: 'day', day, class: 'orders' }) as const;
const reasons = async (by: Keyring, items: readonly SealItem[]) =>
  (await by.sealer.seal(TENANT, items)).map(({ reason }) => reason);

test('a closing day takes nothing more, and what is in it still opens', async () => {
  const item = await sealed(keyring, part({ time: on('2030-02-01') }));
  await reasons(deaf, [part({ time: on('2030-02-01') })]);
  expect(await keyring.closeDay(TENANT, '2030-02-01', 'orders')).toBe('open');
  expect(await keyring.closeDay(TENANT, '2030-02-01', 'orders')).toBe('closing');
  for (const by of [keyring, deaf])
    expect(await reasons(by, [part({ time: on('2030-02-01') })])).toEqual(['day-closing']);
  expect(await read(keyring, item)).toBe('演出票 1 张');
});

test('a day that is dead is never made again, nor one that died before anything was sealed for it', async () => {
  await sealed(keyring, part({ time: on('2030-02-02') }));
  await keyring.destroyDayKey(TENANT, '2030-02-02', 'orders', ++entry);
  await keyring.destroyDayKey(TENANT, '2030-02-03', 'orders', ++entry);
  for (const by of [keyring, deaf]) {
    expect(await reasons(by, [part({ time: on('2030-02-02') }), part({ time: on('2030-02-03') })])).toEqual([
      'day-dead',
      'day-dead',
    ]);
  }
  expect(await keyring.closeDay(TENANT, '2030-02-02', 'orders')).toBe('dead');
});

test('no key is made again in a compartment that was shredded for ever; a withdrawn one goes on under its next consent', async () => {
  const subject = newSubject();
  const consented = (generation?: number) =>
    part({
      subject,
      compartment: 'consent.display',
      time: on('2030-02-04'),
      ...(generation === undefined ? {} : { generation }),
    });
  await sealed(deaf, consented(1));
  await keyring.destroySubjectKeys(TENANT, subject, ['consent.display'], { entry: ++entry, generationAtMost: 2 });
  for (const by of [keyring, deaf])
    expect(await reasons(by, [consented(1), consented(2), consented(3)])).toEqual([
      'subject-key-dead',
      'subject-key-dead',
      undefined,
    ]);
  const [youngest] = await deaf.sealer.seal(TENANT, [consented()]);
  expect(youngest).toMatchObject({ generation: 3 });
  await keyring.destroySubjectKeys(TENANT, subject, ['consent.display'], { entry: ++entry });
  for (const by of [keyring, deaf])
    expect(await reasons(by, [consented(3), consented(9), consented()])).toEqual([
      'subject-key-dead',
      'subject-key-dead',
      'subject-key-dead',
    ]);
});

test('a cache that still has the generation that was shredded moves on to the next', async () => {
  const subject = newSubject();
  await sealed(deaf, part({ subject, time: on('2030-02-05') }));
  await keyring.destroySubjectKeys(TENANT, subject, ['contract'], { entry: ++entry, generationAtMost: 1 });
  const [outcome] = await deaf.sealer.seal(TENANT, [part({ subject, time: on('2030-02-05') })]);
  expect(outcome).toMatchObject({ generation: 2 });
});

test('one item that cannot be sealed leaves the others alone', async () => {
  const dead = newSubject();
  await keyring.forgetSubject(TENANT, dead, { entry: ++entry });
  await keyring.closeDay(TENANT, '2030-02-06', 'orders');
  const items = [
    part({ time: on('2030-02-07') }),
    part({ subject: dead, time: on('2030-02-07') }),
    part({ time: on('2030-02-06') }),
    part({ time: on('2030-02-07') }),
  ];
  expect(await reasons(keyring, items)).toEqual([undefined, 'subject-key-dead', 'day-closing', undefined]);
});

test('parts of a matter follow its day: closing, dead, swept', async () => {
  const subject = newSubject();
  const matter = await keyring.matterOf(TENANT, subject, 'order', '1');
  const time = { kind: 'matter', matter, class: 'orders' } as const;
  expect(await keyring.dateMatter(TENANT, matter, 'orders', '2030-02-08')).toEqual({ outcome: 'unknown' });
  const item = await sealed(keyring, part({ subject, time }));
  await keyring.dateMatter(TENANT, matter, 'orders', '2030-02-08');
  expect(await reasons(deaf, [part({ subject, time })])).toEqual([undefined]);
  await keyring.closeDay(TENANT, '2030-02-08', 'orders');
  expect(await reasons(deaf, [part({ subject, time })])).toEqual(['day-closing']);
  expect(await keyring.dateMatter(TENANT, matter, 'orders', '2030-02-09')).toEqual({ outcome: 'closing' });
  await keyring.destroyDayKey(TENANT, '2030-02-08', 'orders', ++entry);
  expect(await reasons(deaf, [part({ subject, time })])).toEqual(['day-dead']);
  expect(await keyring.dateMatter(TENANT, matter, 'orders', '2030-02-09')).toEqual({ outcome: 'dead' });
  expect(await keyring.sweepDay(TENANT, '2030-02-08', 'orders')).toBe(1);
  expect(await keyring.sweepDay(TENANT, '2030-02-08', 'orders')).toBe(0);
  expect(await read(await bench.keyring(), item)).toMatch(/^-/);
});

test('a matter is not dated into a day that is closing or dead', async () => {
  const subject = newSubject();
  const matter = await keyring.matterOf(TENANT, subject, 'order', '2');
  const item = await sealed(keyring, part({ subject, time: { kind: 'matter', matter, class: 'orders' } }));
  await keyring.closeDay(TENANT, '2030-02-10', 'orders');
  await keyring.destroyDayKey(TENANT, '2030-02-11', 'orders', ++entry);
  expect(await keyring.dateMatter(TENANT, matter, 'orders', '2030-02-10')).toEqual({ outcome: 'closing' });
  expect(await keyring.dateMatter(TENANT, matter, 'orders', '2030-02-11')).toEqual({ outcome: 'dead' });
  expect(await read(keyring, item)).toBe('演出票 1 张');
});

test('what was sealed a moment ago is verified under the lock, in the order asked', async () => {
  const [first, second] = [part({ time: on('2030-02-12') }), part({ time: on('2030-02-13') })];
  await keyring.sealer.seal(TENANT, [first, second]);
  await keyring.destroyDayKey(TENANT, '2030-02-13', 'orders', ++entry);
  const asked = [first, second].map((item) => ({ ...item, generation: 1 }));
  expect(await deaf.sealer.verifyOpen(TENANT, asked)).toEqual([undefined, 'day-dead']);
});

test('creators who meet make one key', async () => {
  const [other, third] = [await bench.keyring(), await bench.keyring()];
  const subjects = Array.from({ length: 20 }, newSubject);
  const batches = await Promise.all(
    [keyring, other, third, keyring].map(async (by, nth) => {
      const items = (nth % 2 === 0 ? subjects : subjects.toReversed()).map((subject) =>
        part({ subject, part: newPart(), time: on('2030-02-14') }),
      );
      const outcomes = await by.sealer.seal(TENANT, items);
      return items.map((item, at) => ({ ...item, sealed: outcomes[at]!.sealed! }));
    }),
  );
  const fresh = await bench.keyring();
  for (const outcome of await fresh.sealer.open(TENANT, batches.flat()))
    expect(outcome.plaintext?.toString()).toBe('演出票 1 张');
  const [row] = await bench.cluster.admin.transaction((sql) =>
    sql.query<{ keys: number }>(
      'select count(*)::int as keys from keyring.subject_key where subject = any ($1::text[])',
      [subjects],
    ),
  );
  expect(row!.keys).toBe(subjects.length);
});

test('a part opens under no other class, day, matter or tenant (I38)', async () => {
  const subject = newSubject();
  const matters = await Promise.all(['3', '4'].map((id) => keyring.matterOf(TENANT, subject, 'order', id)));
  const times = [
    on('2030-03-01'),
    on('2030-03-02'),
    { ...on('2030-03-01'), class: 'profile' },
    ...matters.map((matter) => ({ kind: 'matter', matter, class: 'orders' }) as const),
  ];
  const items = [];
  for (const time of times) items.push(await sealed(keyring, part({ subject, time })));
  for (const item of items) {
    for (const time of times) {
      const wanted = time === item.time ? '演出票 1 张' : '-altered';
      expect(await read(keyring, { ...item, time })).toBe(wanted);
    }
    expect(await read(keyring, { ...item, compartment: 'statutory' })).toMatch(/^-/);
    expect(await read(keyring, { ...item, subject: newSubject() })).toMatch(/^-/);
    expect(await read(keyring, item, 'epiao' as typeof TENANT)).toMatch(/^-/);
  }
});

test('rubbish is altered, never an error', async () => {
  const item = await sealed(keyring, part({ time: on('2030-03-03') }));
  for (const bytes of [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(34), item.sealed.subarray(0, 33)]) {
    expect(await read(keyring, { ...item, sealed: bytes })).toBe('-altered');
  }
});
