import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tenantId } from '@lethe/kernel';
import { startDatabase, type TestDatabase } from '@lethe/testing';
import { migrations, tenantTable } from './migrations.ts';

const NOTES = migrations('consent', [
  {
    number: 1_800_000_000_000,
    name: 'notes',
    statements: ['create table note (tenant text not null, id int not null, body text, primary key (tenant, id))', ...tenantTable('note')],
  },
]);
const A = tenantId('a-tenant');
const B = tenantId('b-tenant');
let db: TestDatabase;

beforeAll(async () => {
  db = await startDatabase({ migrations: NOTES });
  for (const tenant of [A, B]) await db.database.within(tenant, (sql) => sql.query('insert into note values ($1, 1, $2)', [tenant, 'text']));
});
afterAll(() => db.stop());

test('a tenant sees its own rows only', async () => {
  expect(await db.database.within(A, (sql) => sql.query('select tenant from note'))).toEqual([{ tenant: A }]);
});
