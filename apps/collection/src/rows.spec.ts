import { rowsRoute, undisposed } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { collection } from './collection.module.ts';

const NOON = new Date('2030-03-02T04:00:00.000Z');

let rig: TestContext;
beforeAll(async () => {
  rig = await testContext(collection, { keyring: true });
});
afterAll(() => rig.stop());

test('every table that leads to people says how its rows go, and can keep its word', async () => {
  expect(await rig.database.admin.transaction((sql) => undisposed(sql, collection.declarations))).toEqual([]);
});

test('evidence goes on its day, and a hold that ended when its evidence is over', async () => {
  const tenant = await rig.openTenant('rows', { at: NOON });
  await rig.database.admin.transaction(async (sql) => {
    await sql.query(
      `insert into refusal (tenant, submission, subject, code, at, dispose_on)
       select $1, gen_random_uuid(), 's', 'undeclared-field', now(), d::date from unnest(array['2030-03-01', '2030-03-02', '2030-03-03']) as d`,
      [tenant],
    );
    await sql.query(
      `insert into hold (tenant, hold, kind, state, parts, at, lifted_at) values
         ($1, gen_random_uuid(), 'tenant', 'in-force', 0, '2020-01-01', null),
         ($1, gen_random_uuid(), 'tenant', 'too-late', 0, '2020-01-01', null),
         ($1, gen_random_uuid(), 'tenant', 'lifted', 0, '2020-01-01', '2020-02-01'),
         ($1, gen_random_uuid(), 'tenant', 'lifted', 0, '2020-01-01', now())`,
      [tenant],
    );
  });
  const operator = { tenant, role: 'operator' as const, sub: 'ops' };
  expect(await rig.ask(rowsRoute('collection'), operator, { body: {} })).toEqual({ disposed: 4 });
  const left = await rig.database.admin.transaction((sql) =>
    sql.query(
      `select dispose_on::text as left from refusal where tenant = $1 union all select state from hold where tenant = $1 order by 1`,
      [tenant],
    ),
  );
  expect(left).toEqual([{ left: '2030-03-03' }, { left: 'in-force' }, { left: 'lifted' }]);
});
