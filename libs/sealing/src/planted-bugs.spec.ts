import { openPart, sealPart } from './envelope.ts';
import { repeatedIvs, transplants } from './envelope.contract.ts';
import { Evictions } from './evictions.ts';
import { KeyCache } from './key-cache.ts';
import { followsTheModel } from './keyring-model.contract.ts';
import { copyOf, part, sealed, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';
import { PartKeys } from './part-keys.ts';
import { planting, plantSqlIn } from './planting.contract.ts';
import { Rotation } from './rotation.ts';
import { Slots } from './slots.ts';

/** A harness is trusted only after it has caught what was planted. Each bug is in place for one test. */
let bench: KeyringBench;
beforeEach(async () => {
  bench = await startKeyring();
});
const { plant, undo } = planting();
const plantSql = (name: string, change: (definition: string) => string) => plantSqlIn(bench, name, change);
afterEach(async () => {
  undo();
  await bench.stop();
});

const caught = () => expect(followsTheModel(bench, { runs: 60, seed: 7 })).rejects.toThrow();

/** Every key is in memory when the day closes: only who asks the keyring notices. */
async function sealsIntoAClosingDay(): Promise<boolean> {
  const keyring = await bench.keyring();
  const item = part({ time: { kind: 'day', day: '2030-01-01', class: 'orders' } });
  await sealed(keyring, item);
  await keyring.closeDay(TENANT, '2030-01-01', 'orders');
  const [outcome] = await keyring.sealer.seal(TENANT, [item]);
  return outcome?.reason !== 'day-closing';
}

test('without a bug nothing is caught', async () => {
  await followsTheModel(bench, { runs: 2, seed: 7 });
  expect(await sealsIntoAClosingDay()).toBe(false);
  expect(transplants({ sealPart, openPart })).toEqual([]);
  expect(repeatedIvs({ sealPart, openPart }, 10_000)).toBe(0);
});

test('a cache without eviction', async () => {
  plant(KeyCache.prototype, 'evictSubject', () => undefined);
  plant(KeyCache.prototype, 'evictDay', () => undefined);
  await caught();
});

test('an eviction that is acknowledged by nobody but the destroyer', async () => {
  plant(Evictions.prototype, 'effective', async () => new Date());
  await caught();
});

test('a seal that trusts its cache', async () => {
  const make = Object.getOwnPropertyDescriptor(PartKeys.prototype, 'make')!.value as PartKeys['make'];
  plant(PartKeys.prototype, 'make', async function (this: PartKeys, ...given: Parameters<PartKeys['make']>) {
    await this.find(...given);
    if (given[1].missing.length > 0) await make.apply(this, given);
  });
  expect(await sealsIntoAClosingDay()).toBe(true);
});

test('a day key that is made again', async () => {
  await bench.cluster.owner.transaction(async (sql) => {
    await sql.query('drop trigger never on keyring.day_key');
    await sql.query('drop trigger only_forward on keyring.day_key');
  });
  await plantSql('destroy_day', (text) =>
    text.replace(
      /insert into keyring\.day_key[^;]+;/,
      'delete from keyring.day_key k where k.tenant = p_tenant and k.day = p_day and k.class = p_class;',
    ),
  );
  await caught();
});

test('a subject key that is made again', async () => {
  await plantSql('destroy_subject_keys', (text) => text.replace(/insert into keyring\.subject_death[^;]+;/, ''));
  await caught();
});

test('a release that forgets to destroy', async () => {
  await plantSql('release', (text) => text.replace('and (p_part is null', 'and false and (p_part is null'));
  await caught();
});

test('a matter that is given a day and keeps its wrapping', async () => {
  await plantSql('date_matter', (text) =>
    text.replace('set day = p_day, epoch = p_epoch, wrapped = p_wrapped', 'set day = p_day'),
  );
  await caught();
});

test('a held part whose kept key goes with the subject', async () => {
  await plantSql('destroy_subject_keys', (text) => text.replace(`and k.against = 'disposal'`, ''));
  await caught();
});

test('an epoch key destroyed before every row is under the new one', async () => {
  plant(Rotation.prototype, 'rewrap', async () => undefined);
  plant(Rotation.prototype, 'prove', async () => 0);
  await caught();
});

test('an epoch key that is not destroyed', async () => {
  plant(Slots.prototype, 'destroy', async () => undefined);
  const keyring = await bench.keyring();
  const item = await sealed(keyring, part({ time: { kind: 'day', day: '2030-01-01', class: 'orders' } }));
  const copy = await copyOf(bench);
  await keyring.destroyDayKey(TENANT, '2030-01-01', 'orders', 1);
  await keyring.rotateEpoch();
  expect(await copy.reads(item)).toBe('演出票 1 张');
});

test('labels that are not bound: AAD missing', () => {
  const nothing = { subject: '' as never, part: '' as never, compartment: '' as never };
  expect(
    transplants({
      sealPart: (key, generation, _tenant, _labels, plaintext) =>
        sealPart(key, generation, '' as never, nothing, plaintext),
      openPart: (key, _tenant, _labels, bytes) => openPart(key, '' as never, nothing, bytes),
    }),
  ).toEqual(['tenant', 'subject', 'part', 'compartment']);
});

test('an IV that is used again', () => {
  const iv = Buffer.alloc(12, 1);
  const stuck: typeof sealPart = (key, generation, tenant, labels, plaintext) =>
    sealPart(key, generation, tenant, labels, plaintext, iv);
  expect(repeatedIvs({ sealPart: stuck, openPart }, 100)).toBe(99);
  let drawn = 0;
  const counted: typeof sealPart = (key, generation, tenant, labels, plaintext) =>
    sealPart(key, generation, tenant, labels, plaintext, Buffer.alloc(12, drawn++ % 50));
  expect(repeatedIvs({ sealPart: counted, openPart }, 100)).toBe(50);
});
