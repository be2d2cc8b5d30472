import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSubject, part, read, sealed, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';
import { Keyring } from './keyring.ts';
import type { OpenItem, OpenOutcome } from './seal-item.ts';

let bench: KeyringBench;
let keyring: Keyring;
beforeAll(async () => {
  bench = await startKeyring();
  keyring = await bench.keyring();
});
const others: KeyringBench[] = [];
afterAll(() => Promise.all([bench, ...others].map((each) => each.stop())));
async function another() {
  const other = await startKeyring();
  others.push(other);
  return {
    other,
    names: () => Promise.all(other.slots.map((slot) => readdir(slot))),
    refused: () => expect(other.keyring()).rejects.toMatchObject({ kind: 'unavailable', code: 'sealing/keyring-gone' }),
  };
}

const day = (date: string) => ({ kind: 'day', day: date, class: 'orders' }) as const;

test('what is sealed opens, in this process and in another', async () => {
  const item = await sealed(keyring, part({ time: day('2030-01-01') }));
  expect(await read(keyring, item)).toBe('演出票 1 张');
  expect(await read(await bench.keyring(), item)).toBe('演出票 1 张');
});

test('while a thousand parts are opened, whatever else there is to do has its turn', async () => {
  const time = day('2030-01-01');
  const one = await sealed(keyring, part({ time }));
  // With the keys in memory nothing else would let go of the thread.
  await keyring.sealer.open(TENANT, [one]);
  let opened: readonly OpenOutcome[] | undefined;
  const opening = keyring.sealer.open(TENANT, Array<OpenItem>(1000).fill(one)).then((all) => (opened = all));
  let turns = 0;
  while (opened === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  expect(await opening).toEqual(Array<OpenOutcome>(1000).fill({ plaintext: Buffer.from('演出票 1 张') }));
  expect(turns).toBeGreaterThan(3);
});

test('a platform’s user id leads to one subject, however many ask at once', async () => {
  const other = await bench.keyring();
  const found = await Promise.all([keyring, other, keyring, other].map((each) => each.subjectOf(TENANT, 'user-1')));
  expect(new Set(found.map(({ subject }) => subject)).size).toBe(1);
  expect(found.filter(({ created }) => created)).toHaveLength(1);
});

test('a matter is found by the platform’s id of it, and only for its own subject', async () => {
  const [first, second] = [newSubject(), newSubject()];
  const matter = await keyring.matterOf(TENANT, first, 'order', '10001');
  expect(await keyring.matterOf(TENANT, first, 'order', '10001')).toBe(matter);
  expect(await keyring.matterOf(TENANT, second, 'order', '10001')).not.toBe(matter);
});

test('a matter’s parts open while it waits, when it is dated and when its date moves; nothing is sealed again', async () => {
  const subject = newSubject();
  const matter = await keyring.matterOf(TENANT, subject, 'order', '10002');
  const item = await sealed(keyring, part({ subject, time: { kind: 'matter', matter, class: 'orders' } }));
  expect(await keyring.dateMatter(TENANT, matter, 'orders', '2031-01-01')).toEqual({ outcome: 'dated' });
  expect(await keyring.dateMatter(TENANT, matter, 'orders', '2031-02-01')).toEqual({
    outcome: 'dated',
    from: '2031-01-01',
  });
  const fresh = await bench.keyring();
  expect(await read(fresh, item)).toBe('演出票 1 张');
  await keyring.destroyDayKey(TENANT, '2031-01-01', 'orders', 1);
  expect(await read(keyring, item)).toBe('演出票 1 张');
  await keyring.destroyDayKey(TENANT, '2031-02-01', 'orders', 2);
  expect(await read(keyring, item)).toBe('-day-dead');
  expect(await read(fresh, item)).toBe('-day-dead');
});

test('an epoch ends and everything still opens', async () => {
  const item = await sealed(keyring, part({ time: day('2030-01-02') }));
  const { subject } = await keyring.subjectOf(TENANT, 'user-2');
  const ended = await keyring.rotateEpoch();
  expect(ended.epoch).toBe(1);
  expect(await read(await bench.keyring(), item)).toBe('演出票 1 张');
  expect(await keyring.subjectOf(TENANT, 'user-2')).toEqual({ subject, created: false });
});

test('a matter whose key went with its day is told from one that lives, and from a day that never was', async () => {
  const subject = newSubject();
  const [over, waits] = [
    await keyring.matterOf(TENANT, subject, 'order', 'over'),
    await keyring.matterOf(TENANT, subject, 'order', 'waits'),
  ];
  const of = (matter: typeof over) => part({ subject, time: { kind: 'matter', matter, class: 'orders' } });
  const gone = await sealed(keyring, of(over));
  const there = await sealed(keyring, of(waits));
  await keyring.dateMatter(TENANT, over, 'orders', '2032-01-01');
  await keyring.keep(TENANT, 'a-hold', [gone]);
  await keyring.destroyDayKey(TENANT, '2032-01-01', 'orders', 21);
  expect(await keyring.sweepDay(TENANT, '2032-01-01', 'orders')).toBe(1);
  const never = part({ subject, time: day('2032-02-02') });
  const stranger = part({ time: { kind: 'matter', matter: waits, class: 'orders' } });
  const asked = [gone, there, never, stranger];
  // A hold keeps its own.
  expect(await keyring.sealer.forgotten(TENANT, asked)).toEqual([false, false, false, false]);
  await keyring.releaseKept(TENANT, 'a-hold');
  expect(await keyring.sealer.forgotten(TENANT, asked)).toEqual([true, false, false, false]);
  expect(await read(await bench.keyring(), gone)).toBe('-day-dead');
  await keyring.destroySubjectKeys(TENANT, subject, ['contract'], { entry: 22 });
  expect(await keyring.sealer.forgotten(TENANT, asked)).toEqual([true, true, true, false]);
});

test('what a hold keeps of a matter opens, and can be held again, though the matter is used anew after its day', async () => {
  const subject = newSubject();
  const matter = await keyring.matterOf(TENANT, subject, 'order', 'used-anew');
  const of = { subject, time: { kind: 'matter', matter, class: 'orders' } } as const;
  const [held, gone] = [await sealed(keyring, part(of)), await sealed(keyring, part(of))];
  await keyring.dateMatter(TENANT, matter, 'orders', '2033-01-01');
  await keyring.keep(TENANT, 'lawsuit', [held]);
  await keyring.destroyDayKey(TENANT, '2033-01-01', 'orders', 31);
  await keyring.sweepDay(TENANT, '2033-01-01', 'orders');
  const anew = await sealed(keyring, part(of));
  for (const by of [keyring, await bench.keyring()]) {
    expect(await read(by, anew)).toBe('演出票 1 张');
    expect(await read(by, held)).toBe('演出票 1 张');
    expect(await read(by, gone)).toMatch(/^-/);
  }
  expect(await keyring.keep(TENANT, 'a-second-lawsuit', [held, gone])).toEqual({ kept: 1, lost: [gone.part] });
  await keyring.releaseKept(TENANT, 'lawsuit');
  expect(await read(keyring, held)).toBe('演出票 1 张');
  await keyring.releaseKept(TENANT, 'a-second-lawsuit');
  expect(await read(keyring, held)).toMatch(/^-/);
});

test('a keyring that is empty beside slots that have served one is never taken for a new one', async () => {
  const { other, names, refused } = await another();
  await (await other.keyring()).close();
  const kept = await names();
  const rows = await other.cluster.admin.transaction((sql) =>
    sql.query<{ row: unknown }>('delete from keyring.epoch returning to_jsonb(epoch) as row'),
  );
  // However often it is tried, nothing is made in its place; and one slot that knows is enough.
  await refused();
  await refused();
  expect(await names()).toEqual(kept);
  await rm(other.slots[0], { recursive: true });
  await refused();
  expect(await names()).toEqual([[], kept[1]]);
  await other.cluster.admin.transaction((sql) =>
    sql.query('insert into keyring.epoch select * from jsonb_populate_record(null::keyring.epoch, $1)', [rows[0]!.row]),
  );
  await writeFile(join(other.slots[0], 'begin-anew'), '');
  const again = await other.keyring();
  expect(await read(again, await sealed(again, part({ time: day('2030-01-03') })))).toBe('演出票 1 张');
  expect(await names()).toEqual(kept);
});

test('a first start that is killed at any step, or made by several at once, ends in one epoch that opens', async () => {
  const { other, names } = await another();
  const first = () => other.cluster.admin.transaction((sql) => sql.query('select * from keyring.epoch'));
  // Killed before the first slot, between the slots, and before the key is in force.
  const blocked = (at: number) =>
    Keyring.open({
      database: other.cluster.database,
      slots: other.slots,
      root: Object.assign(Object.create(other.root) as typeof other.root, {
        wrap: at === 0 ? () => Promise.reject(new Error('killed')) : other.root.wrap.bind(other.root),
        unwrap: () => Promise.reject(new Error('killed')),
      }),
    });
  for (const at of [0, 1]) {
    await expect(blocked(at)).rejects.toThrow('killed');
    expect(await first()).toMatchObject([{ number: 1, state: 'next' }]);
  }
  await rm(other.slots[1], { recursive: true });
  const opened = await Promise.all([other.keyring(), other.keyring(), other.keyring()]);
  const [row, ...more] = await first();
  expect([row, more]).toMatchObject([{ number: 1, state: 'current' }, []]);
  expect(await names()).toEqual([[row!['key_name']], [row!['key_name']]]);
  const item = await sealed(opened[0], part({ time: day('2030-01-04') }));
  for (const each of opened) expect(await read(each, item)).toBe('演出票 1 张');
});
