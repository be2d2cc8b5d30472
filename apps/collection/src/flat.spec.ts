import { events } from '@lethe/contracts';
import type { Sql, SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { orderFields, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { FACE_DAY, personWithFace, START } from './faces.contract.ts';
import { DisposalStore, type DisposalOrder } from './store/disposal.store.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { ExtensionStore } from './store/extension.store.ts';
import { PartStore } from './store/part.store.ts';
import { ShredStore, type ShredRow } from './store/shred.store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const COMPARTMENTS = ['consent.face-verification'];

/** Copies of a person's part under new ids. */
async function copies(tenant: Tenant, subject: SubjectRef, count: number): Promise<void> {
  await bench.data.admin.transaction(async (sql) => {
    const columns = await sql.query<{ name: string }>(
      `select column_name as name from information_schema.columns where table_name = 'part' and table_schema = 'public' and column_name <> 'part'`,
    );
    const list = columns.map(({ name }) => `"${name}"`).join(', ');
    await sql.query(
      `insert into part (part, ${list}) select gen_random_uuid(), ${list} from part, generate_series(1, $3::int) where tenant = $1 and subject = $2`,
      [tenant.id, subject, count],
    );
    await sql.query('analyze part');
  });
}

/** How many rows of parts the statements read, told by the server; not how long it took. */
async function partsRead(tenant: Tenant, statements: (sql: Sql) => Promise<unknown>): Promise<number> {
  const read = async (sql: Sql) => {
    const [row] = await sql.query<{ n: number }>(
      `select (pg_stat_get_xact_tuples_returned('part'::regclass) + pg_stat_get_xact_tuples_fetched('part'::regclass)
         + (select sum(pg_stat_get_xact_tuples_returned(indexrelid)) from pg_index where indrelid = 'part'::regclass))::int as n`,
    );
    return row!.n;
  };
  return bench.data.database.within(tenant.id, async (sql) => {
    const before = await read(sql);
    await statements(sql);
    return (await read(sql)) - before;
  });
}

test('no part of a person is read until the keys are dead, however many there are', async () => {
  const tenant = await bench.tenant('erase-flat', START);
  const { subject } = await personWithFace(tenant, 'u-1');
  // A hold on somebody else, and a longer period of somebody else, are no reason to look.
  const other = await tenant.person('u-2');
  await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure: newId(), at: START });
  await copies(tenant, subject, 3_000);
  const until = (counted: number): Promise<number> =>
    partsRead(tenant, async (sql) => {
      const erasures = new ErasureStore(sql, tenant.id);
      const shreds = new ShredStore(sql, tenant.id);
      const shred: ShredRow = {
        entry: 1,
        subject,
        cause: 'erased',
        compartments: COMPARTMENTS,
        state: 'ordered',
        deleted: 0,
      };
      expect(await new PartStore(sql, tenant.id).holdings(subject)).toMatchObject([{ parts: counted, held: 0 }]);
      expect(await erasures.countParts(subject)).toEqual({ parts: counted, restricted: 0 });
      await new ExtensionStore(sql, tenant.id).letGo(subject, FACE_DAY);
      await erasures.orderErasure(subject, newId(), []);
      expect(await erasures.countOrdered(subject, COMPARTMENTS, [])).toEqual({
        parts: counted,
        restricted: 0,
        leftOver: 0,
      });
      expect(await erasures.countOrdered(subject, [], [])).toMatchObject({ leftOver: counted });
      expect(await shreds.heldInShred(shred)).toEqual([]);
      expect(await erasures.anyRestricted(subject)).toBe(false);
      await shreds.restrictHeld(shred, []);
    });
  await bench.data.admin.transaction((sql) =>
    sql.query(
      `insert into hold (tenant, hold, kind, subject, state, parts, at) values ($1, gen_random_uuid(), 'subject', $2, 'in-force', 0, now())`,
      [tenant.id, other],
    ),
  );
  expect(await until(3_001)).toBe(0);
});

test('no part of a day is read to see what must stay, however many there are', async () => {
  const tenant = await bench.tenant('dispose-flat', START);
  const { subject } = await personWithFace(tenant, 'u-1');
  await copies(tenant, subject, 3_000);
  const order: DisposalOrder = { order: newId(), entry: 1, class: 'face', day: FACE_DAY, method: 'delete' };
  const read = await partsRead(tenant, async (sql) => {
    const store = new DisposalStore(sql, tenant.id);
    await store.close(order, FACE_DAY, new Date());
    expect(await store.setAside(order, FACE_DAY, 'Asia/Shanghai')).toEqual({ held: 0, restricted: 0 });
  });
  expect(read).toBe(0);
});

test('nor are those that no hold names read, where holds are in force: on a person, a record, a matter', async () => {
  const tenant = await bench.tenant('dispose-held', START);
  const { subject } = await personWithFace(tenant, 'u-1');
  const [one, other] = [await personWithFace(tenant, 'u-2'), await personWithFace(tenant, 'u-3')];
  const matter = await tenant.matter(one.subject, 'order', 'o-1');
  await copies(tenant, subject, 3_000);
  for (const scope of [
    { kind: 'subject', subject: one.subject } as const,
    { kind: 'record', record: other.record, subject: other.subject } as const,
    { kind: 'matter', matter } as const,
  ])
    await tenant.hear(events.HoldPlacedV1, 'subject' in scope ? { subject: scope.subject } : { slot: 0 }, {
      hold: newId(),
      scope,
      at: START,
    });
  const order: DisposalOrder = { order: newId(), entry: 1, class: 'face', day: FACE_DAY, method: 'delete' };
  const read = await partsRead(tenant, async (sql) => {
    const store = new DisposalStore(sql, tenant.id);
    await store.close(order, FACE_DAY, new Date());
    expect(await store.setAside(order, FACE_DAY, 'Asia/Shanghai')).toEqual({ held: 2, restricted: 0 });
  });
  expect(read).toBeLessThan(50);
});

test('what is counted with the parts is what counting them part by part says, as they come and go', async () => {
  const tenant = await bench.tenant('counted', START);
  const { subject } = await personWithFace(tenant, 'u-1');
  const both = () =>
    bench.data.database.within(tenant.id, async (sql) => {
      const parts = new PartStore(sql, tenant.id);
      return [await parts.holdingsCounted(subject), await parts.holdingsByPart(subject)] as const;
    });
  const same = async (parts: readonly number[]) => {
    const [counted, single] = await both();
    expect(counted).toEqual(single);
    expect(counted.map((one) => one.parts)).toEqual(parts);
  };
  await same([1]);
  const matter = await tenant.matter(subject, 'order', 'o-1');
  await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields('N1') });
  await copies(tenant, subject, 4);
  const [counted, single] = await both();
  expect(counted).toEqual(single);
  await bench.data.admin.transaction((sql) =>
    sql.query(
      `update part set restricted = true where part in (select part from part where tenant = $1 and subject = $2 limit 2)`,
      [tenant.id, subject],
    ),
  );
  const [afterwards, one] = await both();
  expect(afterwards).toEqual(one);
  expect(afterwards.reduce((sum, each) => sum + each.restricted, 0)).toBe(2);
  await bench.data.admin.transaction((sql) =>
    sql.query('delete from part where tenant = $1 and subject = $2', [tenant.id, subject]),
  );
  await same([]);
  const left = await bench.data.admin.transaction((sql) =>
    sql.query('select 1 from holding where tenant = $1 and subject = $2', [tenant.id, subject]),
  );
  expect(left).toEqual([]);
});
