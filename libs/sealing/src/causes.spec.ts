import type { MatterId, SubjectRef } from '@lethe/kernel';
import { copyOf, newSubject, part, read, sealed, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';
import type { Keyring } from './keyring.ts';
import type { OpenItem } from './seal-item.ts';

/** The table of causes of the design: what dies, who can still read it, and from when on no copy can. */
interface Cause {
  readonly cause: string;
  /** Seals what the cause will kill, and what it must leave alone. */
  readonly before: () => Promise<{ dies: OpenItem[]; stays: OpenItem[]; event: () => Promise<unknown> }>;
}

let bench: KeyringBench;
let keyring: Keyring;
let elsewhere: Keyring;
let entry = 0;
let date = 0;
beforeAll(async () => {
  bench = await startKeyring();
  [keyring, elsewhere] = [await bench.keyring(), await bench.keyring()];
});
afterAll(() => bench.stop());

const freshDay = () =>
  `20${String(30 + (++date % 60)).padStart(2, '0')}-01-${String(1 + Math.floor(date / 60)).padStart(2, '0')}`;
const on = (day: string, kind = 'orders') => ({ kind: 'day', day, class: kind }) as const;
const of = (matter: MatterId, kind = 'orders') => ({ kind: 'matter', matter, class: kind }) as const;
const seal = (item: Parameters<typeof part>[0]) => sealed(keyring, part(item));
const orderOf = (subject: SubjectRef) => keyring.matterOf(TENANT, subject, 'order', String(++date));

const causes: Cause[] = [
  {
    cause: 'a person is erased',
    before: async () => {
      const { subject } = await keyring.subjectOf(TENANT, `erased-${String(entry)}`);
      const [day, matter] = [freshDay(), await orderOf(subject)];
      return {
        dies: [
          await seal({ subject, time: on(day) }),
          await seal({ subject, compartment: 'statutory', time: of(matter) }),
        ],
        stays: [await seal({ time: on(day) })],
        event: () => keyring.forgetSubject(TENANT, subject, { entry: ++entry }),
      };
    },
  },
  {
    cause: 'a compartment of a person is erased',
    before: async () => {
      const [subject, day] = [newSubject(), freshDay()];
      return {
        dies: [await seal({ subject, time: on(day) })],
        stays: [await seal({ subject, compartment: 'statutory', time: on(day) }), await seal({ time: on(day) })],
        event: () => keyring.destroySubjectKeys(TENANT, subject, ['contract'], { entry: ++entry }),
      };
    },
  },
  {
    cause: 'a purpose is withdrawn, and consented to again before the order comes',
    before: async () => {
      const [subject, day] = [newSubject(), freshDay()];
      const consented = (generation: number) =>
        seal({ subject, compartment: 'consent.real-name', generation, time: on(day) });
      return {
        dies: [await consented(1)],
        stays: [await consented(3), await seal({ subject, time: on(day) })],
        event: () =>
          keyring.destroySubjectKeys(TENANT, subject, ['consent.real-name'], { entry: ++entry, generationAtMost: 2 }),
      };
    },
  },
  {
    cause: 'a day is due',
    before: async () => {
      const [subject, day] = [newSubject(), freshDay()];
      return {
        dies: [await seal({ subject, time: on(day) }), await seal({ time: on(day) })],
        stays: [await seal({ subject, time: on(freshDay()) }), await seal({ subject, time: on(day, 'delivery') })],
        event: () => keyring.destroyDayKey(TENANT, day, 'orders', ++entry),
      };
    },
  },
  {
    cause: 'a day is due that a matter moved to from a later one, which lives on',
    before: async () => {
      const [subject, day, later] = [newSubject(), freshDay(), freshDay()];
      const matter = await orderOf(subject);
      const dies = [await seal({ subject, time: of(matter) })];
      await keyring.dateMatter(TENANT, matter, 'orders', later);
      const waiting = await seal({ subject, time: of(await orderOf(subject)) });
      return {
        dies,
        stays: [
          await seal({ subject, time: on(later) }),
          await seal({ subject, time: of(matter, 'delivery') }),
          waiting,
        ],
        event: async () => {
          await keyring.dateMatter(TENANT, matter, 'orders', day);
          await keyring.destroyDayKey(TENANT, day, 'orders', ++entry);
        },
      };
    },
  },
  {
    cause: 'a hold is released after the date',
    before: async () => {
      const [subject, day] = [newSubject(), freshDay()];
      const [held, twice] = [await seal({ subject, time: on(day) }), await seal({ subject, time: on(day) })];
      const [hold, other] = [`hold-${String(++date)}`, `hold-${String(++date)}`];
      expect(await keyring.keep(TENANT, hold, [held, twice])).toEqual({ kept: 2, lost: [] });
      expect(await keyring.keep(TENANT, other, [twice])).toEqual({ kept: 1, lost: [] });
      await keyring.destroyDayKey(TENANT, day, 'orders', ++entry);
      return { dies: [held], stays: [twice], event: () => keyring.releaseKept(TENANT, hold) };
    },
  },
  {
    cause: 'a new pack shortens a period',
    before: async () => {
      const [subject, first, second] = [newSubject(), freshDay(), freshDay()];
      return {
        dies: [
          await seal({ subject, time: on(first, 'profile') }),
          await seal({ subject, time: on(second, 'profile') }),
        ],
        stays: [await seal({ subject, time: on(first) })],
        event: async () => {
          for (const day of [first, second]) await keyring.destroyDayKey(TENANT, day, 'profile', ++entry);
        },
      };
    },
  },
];

test.each(causes)('$cause: at once nothing live reads it, from the next epoch on no copy', async ({ before }) => {
  const { dies, stays, event } = await before();
  for (const process of [keyring, elsewhere])
    for (const item of [...dies, ...stays]) expect(await read(process, item)).toBe('演出票 1 张');
  const copy = await copyOf(bench);
  await event();
  for (const process of [keyring, elsewhere, await bench.keyring()]) {
    for (const item of dies) expect(await read(process, item)).toMatch(/^-(subject-key|day)-dead$/);
    for (const item of stays) expect(await read(process, item)).toBe('演出票 1 张');
  }
  // The scan can find something: until the epoch ends, the copy reads it.
  for (const item of dies) expect(await copy.reads(item)).toBe('演出票 1 张');
  await keyring.rotateEpoch();
  for (const item of [...dies, ...stays]) expect(await copy.reads(item)).toBeUndefined();
  for (const process of [keyring, elsewhere]) {
    for (const item of dies) expect(await read(process, item)).toMatch(/^-(subject-key|day)-dead$/);
    for (const item of stays) expect(await read(process, item)).toBe('演出票 1 张');
  }
  // A copy of today reads what may be read today, and nothing else.
  const today = await copyOf(bench);
  for (const item of dies) expect(await today.reads(item)).toBeUndefined();
  for (const item of stays) expect(await today.reads(item)).toBe('演出票 1 张');
});

test('one record, one field, a corrected value: nothing dies, and a backup’s ciphertext opens until it is purged', async () => {
  const item = await seal({ time: on(freshDay()) });
  await keyring.rotateEpoch();
  expect(await read(keyring, item)).toBe('演出票 1 张');
});

test('whoever returns after erasure is somebody else', async () => {
  const { subject } = await keyring.subjectOf(TENANT, 'returns');
  await keyring.matterOf(TENANT, subject, 'order', '1');
  await keyring.forgetSubject(TENANT, subject, { entry: ++entry });
  await expect(keyring.matterOf(TENANT, subject, 'order', '2')).rejects.toMatchObject({ kind: 'conflict' });
  expect(await keyring.sweepSubject(TENANT, subject)).toBe(1);
  expect(await keyring.sweepSubject(TENANT, subject)).toBe(0);
  expect(await keyring.findSubject(TENANT, 'returns')).toBeUndefined();
  const again = await keyring.subjectOf(TENANT, 'returns');
  expect(again.created).toBe(true);
  expect(again.subject).not.toBe(subject);
  const left = await bench.cluster.admin.transaction((sql) =>
    sql.query('select 1 from keyring.name where subject = $1', [subject]),
  );
  expect(left).toEqual([]);
  // What says that somebody is dead stays, whoever asks: no key is ever made for that ref again.
  for (const table of ['subject_death', 'day_key'])
    await expect(
      bench.cluster.admin.transaction((sql) => sql.query(`delete from keyring.${table} where tenant = $1`, [TENANT])),
    ).rejects.toThrow('LE003');
});

test('where a floor keeps something of a person, the name goes at once and what is kept still opens', async () => {
  const { subject } = await keyring.subjectOf(TENANT, 'floored');
  const day = freshDay();
  const [erased, floored] = [
    await seal({ subject, time: on(day) }),
    await seal({ subject, compartment: 'statutory', time: on(day) }),
  ];
  await keyring.destroySubjectKeys(TENANT, subject, ['contract'], { entry: ++entry });
  expect(await keyring.forgetName(TENANT, subject)).toBe(true);
  expect(await keyring.forgetName(TENANT, subject)).toBe(false);
  expect((await elsewhere.subjectOf(TENANT, 'floored')).subject).not.toBe(subject);
  expect([await read(keyring, erased), await read(keyring, floored)]).toEqual(['-subject-key-dead', '演出票 1 张']);
});

test('what is kept against disposal goes with the person; what a hold keeps does not', async () => {
  const [subject, day] = [newSubject(), freshDay()];
  const [extended, held, lost] = [
    await seal({ subject, time: on(day) }),
    await seal({ subject, time: on(day) }),
    await seal({ subject, time: on(day) }),
  ];
  await keyring.keep(TENANT, 'agreed', [extended], 'disposal');
  await keyring.keep(TENANT, 'lawsuit', [held]);
  await keyring.destroyDayKey(TENANT, day, 'orders', ++entry);
  expect(await read(keyring, extended)).toBe('演出票 1 张');
  await keyring.destroySubjectKeys(TENANT, subject, ['contract'], { entry: ++entry });
  expect(await read(keyring, extended)).toBe('-subject-key-dead');
  expect(await read(keyring, held)).toBe('演出票 1 张');
  expect(await keyring.keep(TENANT, 'too late', [lost, held])).toEqual({ kept: 1, lost: [lost.part] });
});

test('of somebody of whom something is kept the matters go in which nothing is, and the others stay whole', async () => {
  const { subject } = await keyring.subjectOf(TENANT, 'kept-in-part');
  const [needed, over] = await Promise.all(
    ['needed', 'over'].map((id) => keyring.matterOf(TENANT, subject, 'order', id)),
  );
  const items = await Promise.all([needed!, over!].map((matter) => seal({ subject, time: of(matter) })));
  expect(await keyring.sweepSubject(TENANT, subject, [needed!])).toBe(0);
  expect(await keyring.forgetName(TENANT, subject)).toBe(true);
  while ((await keyring.sweepSubject(TENANT, subject, [needed!])) > 0);
  const left = async (table: string, column: string) =>
    (
      await bench.cluster.admin.transaction((sql) =>
        sql.query<{ ref: string }>(`select ${column} as ref from keyring.${table} where ${column} = any ($1)`, [
          [needed, over],
        ]),
      )
    ).map(({ ref }) => ref);
  expect(await left('name', 'ref')).toEqual([needed]);
  expect(await left('name_tag', 'ref')).toEqual([needed]);
  expect(await left('matter_key', 'matter')).toEqual([needed]);
  const fresh = await bench.keyring();
  expect(await read(fresh, items[0]!)).toBe('演出票 1 张');
  expect(await read(fresh, items[1]!)).toBe('-day-dead');
  expect(await keyring.findMatter(TENANT, subject, 'order', 'needed')).toBe(needed);
});
