import { events, http } from '@lethe/contracts';
import type { Day } from '@lethe/kernel';
import { newId, type LedgerEntry } from '@lethe/platform';
import { startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { START } from './faces.contract.ts';
import { DisposalStore } from './store/disposal.store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const PEOPLE = 21;
let tenants = 0;

/** A cohort of as many people as one cell takes, in two genres; and the day on which it is due. */
async function cohort(): Promise<{ tenant: Tenant; day: Day }> {
  const tenant = await bench.tenant(`cells-${String((tenants += 1))}`, START);
  for (const genre of ['opera', 'concert'])
    for (let n = 0; n < PEOPLE; n += 1) {
      const subject = await tenant.person(`${genre}-${String(n)}`);
      await tenant.consent(subject, 'personalized-display', 1, 'given', 'opt-in');
      await tenant.collect({
        subject,
        purpose: 'personalized-display',
        fields: { 'observed-on': '2027-01-10', 'preferred-genre': genre, 'group-profile': 'family' },
      });
    }
  const [row] = await bench.data.admin.transaction((sql) =>
    sql.query<{ day: Day }>('select disposal::text as day from part where tenant = $1 limit 1', [tenant.id]),
  );
  return { tenant, day: row!.day };
}
const cellsOf = async ({ id }: Tenant) =>
  (await bench.service.stock.cells(id)).cells.map(({ dimensions, people, records, measures }) => ({
    dimensions,
    people,
    records,
    measures,
  }));
const kept = ({ id }: Tenant) =>
  bench.peers.asked.flatMap(({ route, question }) =>
    route === http.KeepCells && (question as { tenant: string }).tenant === id
      ? [(question as { body: { order: string; first: number; cells: unknown[] } }).body]
      : [],
  );
const effective = async (tenant: Tenant) =>
  (await tenant.announced(events.DisposalEffectiveV1)).map(({ data }) => data);

test('a day key lives until the ledger has what its cohort was folded into; then it dies, and the cells are told once each', async () => {
  const { tenant, day } = await cohort();
  bench.peers.answer(http.KeepCells, () => Promise.reject(new Error('erasure is away')));
  const order = await tenant.dispose('personalization', day, 'anonymize');
  expect(await effective(tenant)).toEqual([]);
  expect(await cellsOf(tenant)).toHaveLength(2);
  const [row] = await bench.keys.admin.transaction((sql) =>
    sql.query<{ keys: number }>(
      'select count(*)::int as keys from keyring.day_key where tenant = $1 and day = $2 and wrapped is not null',
      [tenant.id, day],
    ),
  );
  expect(row!.keys).toBeGreaterThan(0);

  bench.peers.answer(http.KeepCells, () => ({ entry: 1 }));
  bench.service.background.wake(tenant.id);
  await bench.service.background.quiet();
  expect(await effective(tenant)).toMatchObject([{ order, anonymized: 2 * PEOPLE, cells: 2 }]);
  expect(kept(tenant).at(-1)).toMatchObject({ order, first: 1, cells: await cellsOf(tenant) });
});

test('what an earlier life of the database had folded is there again after the replay, stands, and is not folded a second time', async () => {
  const { tenant, day } = await cohort();
  const dimensions = { month: '2027-01', genre: 'opera', group: 'family' };
  const measures = { spent: { sum: '1234567890123456.78', records: 40 }, seen: { withheld: true as const } };
  const order = newId();
  const entries: LedgerEntry[] = [
    {
      entry: 7,
      tenant: tenant.id,
      kind: 'folded',
      ...{ order, class: 'personalization', day, first: 1, at: START },
      cells: [{ dimensions, people: 30, records: 41, measures }],
    },
  ];
  const replay = () =>
    bench.running.context.database.within(tenant.id, (sql) => bench.service.recovering.replay(sql, tenant.id, entries));
  await replay();
  await replay();
  expect(await cellsOf(tenant)).toEqual([{ dimensions, people: 30, records: 41, measures }]);

  await tenant.dispose('personalization', day, 'anonymize', { order });
  expect(await cellsOf(tenant)).toEqual([{ dimensions, people: 30, records: 41, measures }]);
  expect(await effective(tenant)).toMatchObject([{ found: 2 * PEOPLE, anonymized: 41, forgotten: 1, cells: 1 }]);
  expect(await tenant.count('part')).toBe(0);
});

test('a cohort may have more cells than a ledger entry; the service can neither change one nor take one back', async () => {
  const tenant = await bench.tenant('many-cells', START);
  const day = '2027-02-01' as Day;
  const order = { order: newId(), class: 'orders', day };
  const cells = Array.from({ length: 2 * http.CELLS_AT_ONCE + 1 }, (_, n) => ({
    dimensions: { genre: String(n) },
    people: 20,
    records: 20,
    measures: { spent: { sum: `${String(n)}.00`, records: 20 } },
  }));
  await bench.data.database.within(tenant.id, async (sql) => {
    const store = new DisposalStore(sql, tenant.id);
    for (const from of [0, http.CELLS_AT_ONCE, 2 * http.CELLS_AT_ONCE])
      await store.addCells(order, cells.slice(from, from + http.CELLS_AT_ONCE), new Date(START), from + 1);
    await store.addCells(order, [{ dimensions: {}, people: 99, records: 99, measures: {} }], new Date(START), 40_000);
    expect((await store.cellsOf('orders', day)).slice(0, -1)).toEqual(cells);
  });
  for (const statement of ['update cell set people = 1', 'delete from cell'])
    await expect(bench.data.database.within(tenant.id, (sql) => sql.query(statement))).rejects.toMatchObject({
      code: 'platform/forbidden-row',
    });
});
