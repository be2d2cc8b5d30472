import { undisposed } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { retention } from './retention.module.ts';

const NOON = new Date('2030-03-02T04:00:00.000Z');

let rig: TestContext;
beforeAll(async () => {
  rig = await testContext(retention);
});
afterAll(() => rig.stop());

test('every table that leads to people says how its rows go, and can keep its word', async () => {
  expect(await rig.database.admin.transaction((sql) => undisposed(sql, retention.declarations))).toEqual([]);
});

test('a hold is evidence for its period after its release, a finding after it was resolved', async () => {
  const tenant = await rig.openTenant('rows', { at: NOON });
  await rig.database.admin.transaction(async (sql) => {
    await sql.query(
      `insert into hold (tenant, hold, scope, kind, reason, authority, placed_by, placed_at, review_on, state, released_by, released_at)
       select $1, gen_random_uuid(), '{}', 'tenant', r, 'court', 'ana', '2020-01-01', '2021-01-01', s, case when t is null then null else 'ben' end, t
         from (values ('stands', 'in-force', null), ('long-over', 'released', '2027-03-01'::timestamptz), ('just-over', 'released', '2027-03-02'::timestamptz)) as x (r, s, t)`,
      [tenant],
    );
    await sql.query(
      `insert into finding (tenant, finding, kind, since, parts, found_at, resolved_at, dispose_on) values
         ($1, gen_random_uuid(), 'uncovered-class', '2020-01-01', 1, now(), null, null), ($1, gen_random_uuid(), 'uncovered-class', '2020-01-01', 1, now(), now(), '2030-03-02')`,
      [tenant],
    );
  });
  await rig.running.rows.tick();
  const left = await rig.database.admin.transaction((sql) =>
    sql.query<{ left: string }>(
      `select reason as left from hold where tenant = $1 union all select coalesce(resolved_at::text, 'open') from finding where tenant = $1 order by 1`,
      [tenant],
    ),
  );
  expect(left.map((one) => one.left)).toEqual(['just-over', 'open', 'stands']);
});
