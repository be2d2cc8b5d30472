import { tenantId } from '@lethe/kernel';
import { startDatabase, type TestDatabase } from '@lethe/testing';
import { migrations, tenantTable } from '../database/migrations.ts';
import { declare, ending, type ColumnDeclaration, type RowDisposal } from '../declarations.ts';
import { disposeChunk } from './rows.ts';
import { undisposed } from './undisposed.ts';

const TABLES = migrations('consent', [
  {
    number: 1_900_000_000_000,
    name: 'rows',
    statements: [
      'create table act (tenant text not null, n int not null, subject text, at timestamptz, dispose_on date not null, primary key (tenant, n))',
      ...tenantTable('act'),
      'create table detail (tenant text not null, n int not null, subject text, foreign key (tenant, n) references act (tenant, n) on delete cascade)',
      ...tenantTable('detail'),
      'create table loose (tenant text not null, n int not null, subject text, dispose_on text)',
      ...tenantTable('loose', ['select', 'insert']),
    ],
  },
]);
const ref: ColumnDeclaration = { class: 'ref', purpose: 'a test', disposal: 'on dispose_on', onErasure: 'restricted' };
const tables = ['act', 'detail', 'loose'].map((table) => declare({ table, columns: { subject: ref } }));
const [A, B] = [tenantId('a-tenant'), tenantId('b-tenant')];
const over = { today: '2026-03-02', legal: new Date('2023-03-02'), machine: new Date('2022-03-02') };

let db: TestDatabase;
beforeAll(async () => {
  db = await startDatabase({ migrations: TABLES });
});
afterAll(() => db.stop());
beforeEach(() => db.admin.transaction((sql) => sql.query('truncate act, detail, loose')));

const put = (tenant: string, days: string, count = 1, at = '2020-01-01') =>
  db.admin.transaction((sql) =>
    sql.query(
      `insert into act select $1, coalesce((select max(n) from act), 0) + g, 's', $4, $2 from generate_series(1, $3) g`,
      [tenant, days, count, at],
    ),
  );
const left = () =>
  db.admin.transaction((sql) =>
    sql.query<{ tenant: string; day: string; count: number }>(
      'select tenant, dispose_on::text as day, count(*)::int as count from act group by 1, 2 order by 1, 2',
    ),
  );
const dispose = (rows: RowDisposal, chunk?: number) =>
  db.database.within(A, (sql) => disposeChunk(sql, A, { ...tables[0]!, rows }, over, chunk));
const dated: RowDisposal = { how: 'on', column: 'dispose_on' };

test('rows go on their day and not before, of one tenant, a chunk at a time', async () => {
  await put(A, '2026-03-02', 25);
  await put(A, '2026-03-03', 2);
  await put(B, '2026-03-02', 3);
  expect([await dispose(dated, 10), await dispose(dated, 10), await dispose(dated, 10)]).toEqual([10, 10, 5]);
  expect(await left()).toEqual([
    { tenant: A, day: '2026-03-03', count: 2 },
    { tenant: B, day: '2026-03-02', count: 3 },
  ]);
});

test('any number at once delete each row once', async () => {
  await put(A, '2026-03-02', 200);
  const gone = await Promise.all(Array.from({ length: 8 }, () => dispose(dated, 50)));
  expect(gone.reduce((sum, one) => sum + one, 0)).toBe(200 - ((await left())[0]?.count ?? 0));
  while ((await dispose(dated, 50)) > 0);
  expect(await left()).toEqual([]);
});

test('what a declaration keeps stays past its day', async () => {
  await put(A, '2026-03-02', 3);
  expect(await dispose({ ...dated, keptWhile: 'r.n = 2' })).toBe(2);
  expect(await left()).toMatchObject([{ count: 1 }]);
});

test('evidence goes when its period is over by the clock its column was read from', async () => {
  await put(A, '2099-01-01', 1, '2022-06-01');
  await put(A, '2099-01-01', 1, '2023-06-01');
  expect(await dispose({ how: 'evidence', since: 'at', time: 'machine' })).toBe(0);
  expect(await dispose({ how: 'evidence', since: 'at' })).toBe(1);
});

const wrong = (ends: Record<string, RowDisposal>) =>
  db.admin.transaction((sql) => undisposed(sql, ending(tables, ends)));

test('a table that leads to people and says no end is found, and so is an end that does not work', async () => {
  const detail: RowDisposal = { how: 'with', table: 'act' };
  const loose: RowDisposal = { how: 'by', work: 'a test' };
  expect(await wrong({ act: dated, detail, loose })).toEqual([]);
  expect(await wrong({ act: dated, detail })).toEqual(['loose: says no way in which its rows go']);
  expect(await wrong({ act: dated, detail, loose: dated })).toEqual([
    'loose.dispose_on: is no date',
    'loose: the service may not delete',
  ]);
  expect(await wrong({ act: { ...dated, keptWhile: 'r.nothing' }, detail, loose })).toEqual([
    'act: what it says cannot be done by the service',
  ]);
  expect(await wrong({ act: { how: 'on', column: 'over_on' }, detail, loose })).toEqual(['act.over_on: is no date']);
  expect(await wrong({ act: dated, detail, loose: detail })).toEqual(['loose: no foreign key takes it along with act']);
  expect(() => ending(tables, { another: dated })).toThrow('another');
});
