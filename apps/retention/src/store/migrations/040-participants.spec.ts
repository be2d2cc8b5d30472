import { newId } from '@lethe/platform';
import { eachWithItsTenant, rig, tenant, TODAY } from '../../retention.contract.ts';
import { participantsStep } from './040-participants.ts';

eachWithItsTenant();

test('orders from before stores were told apart stand with the ack of the platform, or wait for it', async () => {
  const orders = { acked: newId(), silent: newId(), ours: newId() };
  await rig.database.admin.transaction(async (sql) => {
    // As the tables were.
    await sql.query('drop table disposal_participant');
    await sql.query('drop table participant');
    await sql.query(
      'alter table disposal_order add column platform_acked_at timestamptz, add column platform_found bigint, add column platform_deleted bigint',
    );
    await sql.query(
      `insert into disposal_order (tenant, order_id, class, day, method, custody, expected, ordered_at, platform_acked_at, platform_found, platform_deleted)
       select $1, o, c, $2, 'delete', string_to_array(cu, ' '), 1, now(), case when a then now() end, case when a then 3 end, case when a then 3 end
         from unnest($3::uuid[], $4::text[], $5::text[], $6::boolean[]) as x (o, c, cu, a)`,
      [
        tenant,
        TODAY,
        [orders.acked, orders.silent, orders.ours],
        ['orders', 'face', 'notes'],
        ['platform', 'lethe platform', 'lethe'],
        [true, false, false],
      ],
    );
    for (const statement of participantsStep.statements) await sql.query(statement);
  });
  const rows = await rig.database.database.within(tenant, (sql) =>
    sql.query(
      `select order_id::text as "order", participant, found::int as found, acked_at is not null as acked
         from disposal_participant where tenant = $1 order by acked desc`,
      [tenant],
    ),
  );
  expect(rows).toEqual([
    { order: orders.acked, participant: 'platform', found: 3, acked: true },
    { order: orders.silent, participant: 'platform', found: null, acked: false },
  ]);
  const security = await rig.database.admin.transaction((sql) =>
    sql.query(
      `select relname, relforcerowsecurity as forced from pg_class where relname in ('disposal_order', 'disposal_participant', 'participant') order by relname`,
    ),
  );
  expect(security).toEqual([
    { relname: 'disposal_order', forced: true },
    { relname: 'disposal_participant', forced: true },
    { relname: 'participant', forced: true },
  ]);
});
