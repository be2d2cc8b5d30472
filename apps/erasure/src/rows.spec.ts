import { undisposed } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { erasure } from './erasure.module.ts';

const NOON = new Date('2030-03-02T04:00:00.000Z');

let rig: TestContext;
beforeAll(async () => {
  rig = await testContext(erasure);
});
afterAll(() => rig.stop());

test('every table that leads to people says how its rows go, and can keep its word', async () => {
  expect(await rig.database.admin.transaction((sql) => undisposed(sql, erasure.declarations))).toEqual([]);
});

test('a request that is over takes all that is about it along on its day; one that is under way stays', async () => {
  const tenant = await rig.openTenant('rows', { at: NOON });
  await rig.database.admin.transaction((sql) =>
    sql.query(
      `with made as (insert into request (tenant, request, subject, kind, ground, asked, receipt, progress, deadline, received_at, look_at, idempotency, dispose_on)
         select $1, gen_random_uuid(), n::text, 'erasure', 'asked', '{}', n::text, p, '2026-01-01', now(), now(), n::text, '2030-03-02'
           from (values (1, 'final'), (2, 'frozen')) as all_ (n, p) returning request)
       insert into request_participant (tenant, request, participant, kind, registry_version) select $1, request, 'collection', 'service', 1 from made`,
      [tenant],
    ),
  );
  await rig.running.rows.tick();
  const left = await rig.database.admin.transaction((sql) =>
    sql.query(
      'select progress, participant from request join request_participant using (tenant, request) where tenant = $1',
      [tenant],
    ),
  );
  expect(left).toEqual([{ progress: 'frozen', participant: 'collection' }]);
});
