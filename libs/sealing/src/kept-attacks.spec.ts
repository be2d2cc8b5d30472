import type { KeyObject } from 'node:crypto';
import { openPart } from './envelope.ts';
import { KeptKeys } from './kept-keys.ts';
import { newSubject, part, sealed, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';
import { keptContext } from './keyring-sealer.ts';
import { planting } from './planting.contract.ts';
import type { OpenItem } from './seal-item.ts';
import { Slots } from './slots.ts';
import { unwrapKey } from './wrap.ts';

/** What somebody opens who has every row of the keyring, the slots and the root, once the day is over: past the doors, by the keys alone. */
let bench: KeyringBench;
const { plant, undo } = planting();
/** Everything of the day that is the person's, held or not. */
let all: readonly OpenItem[] = [];
beforeEach(async () => {
  bench = await startKeyring();
});
afterEach(async () => {
  undo();
  await bench.stop();
});

async function keptKeys(): Promise<KeyObject[]> {
  const rows = await bench.cluster.admin.transaction((sql) =>
    sql.query<{ hold: string; part: string; wrapped: Buffer; key_name: string }>(
      'select k.hold, k.part, k.wrapped, e.key_name from keyring.kept_key k join keyring.epoch e on e.number = k.epoch',
    ),
  );
  const slots = new Slots(bench.slots, bench.root);
  return Promise.all(
    rows.map(async ({ hold, part: of, wrapped, key_name }) =>
      unwrapKey((await slots.read(key_name))!, keptContext(TENANT, hold, of), wrapped),
    ),
  );
}

/** Of a person with five parts of one day and of a neighbor, the parts that any kept key opens: while two are held, and after. */
async function opened(): Promise<{ readonly held: string[]; readonly during: string[]; readonly after: string[] }> {
  const keyring = await bench.keyring();
  const [subject, neighbor] = [newSubject(), newSubject()];
  const time = { kind: 'day', day: '2030-01-01', class: 'orders' } as const;
  const theirs: OpenItem[] = [];
  for (let nth = 0; nth < 5; nth += 1) theirs.push(await sealed(keyring, part({ subject, time })));
  const others = [
    await sealed(keyring, part({ subject: neighbor, time })),
    await sealed(keyring, part({ subject, compartment: 'statutory', time })),
    await sealed(keyring, part({ subject, time: { ...time, class: 'delivery' } })),
    await sealed(keyring, part({ subject, time: { ...time, day: '2030-01-02' } })),
  ];
  all = theirs;
  const held = theirs.slice(1, 3);
  await keyring.keep(TENANT, 'hold', held);
  await keyring.destroyDayKey(TENANT, '2030-01-01', 'orders', 1);
  const opens = async () => {
    const keys = await keptKeys();
    return [...theirs, ...others]
      .filter((item) => keys.some((key) => openPart(key, TENANT, item, item.sealed) !== undefined))
      .map((item) => item.part);
  };
  const during = await opens();
  await keyring.releaseKept(TENANT, 'hold');
  return { held: held.map((item) => item.part), during, after: await opens() };
}

test('kept keys open exactly what is held, nothing else of the person or of the day, and after the release nothing (I15, I16)', async () => {
  const { held, during, after } = await opened();
  expect([during, after]).toEqual([held, []]);
});

test('a hold that keeps more than it names is seen', async () => {
  const keep = Object.getOwnPropertyDescriptor(KeptKeys.prototype, 'keep')!.value as KeptKeys['keep'];
  plant(
    KeptKeys.prototype,
    'keep',
    function (this: KeptKeys, ...[tenant, hold, , against]: Parameters<KeptKeys['keep']>) {
      return keep.call(this, tenant, hold, all, against);
    },
  );
  const { held, during } = await opened();
  expect(during.length).toBeGreaterThan(held.length);
});

test('a release that lets one key live is seen', async () => {
  const release = Object.getOwnPropertyDescriptor(KeptKeys.prototype, 'release')!.value as KeptKeys['release'];
  plant(KeptKeys.prototype, 'release', function (this: KeptKeys, ...[tenant, hold]: Parameters<KeptKeys['release']>) {
    return release.call(this, tenant, hold, [all[1]!.part]);
  });
  const { held, after } = await opened();
  expect(after).toEqual(held.slice(1));
});
