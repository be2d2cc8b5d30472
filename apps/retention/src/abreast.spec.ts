import { events, http } from '@lethe/contracts';
import { headsRoute, newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { admit, asker, carryOut, eachWithItsTenant, orders, rig, sweep, tenant, TODAY } from './retention.contract.ts';
import { BreakerService } from './breaker.service.ts';
import { RetentionSweep } from './retention.sweep.ts';

const { topic } = events.PartsAdmittedV1;

eachWithItsTenant('machine');
afterEach(() => rig.peers.answer(headsRoute('collection'), () => rig.told('collection')));

/** Collection has told one thing more than has been heard. */
function oneMore(): void {
  const { incarnation, slots } = rig.told('collection');
  const ahead = slots.map((head) => ({
    ...head,
    number: head.number + Number(head.topic === topic && head.slot === 0),
  }));
  rig.peers.answer(headsRoute('collection'), () => ({ incarnation, slots: ahead }));
}
const admittedInSlot0 = (parts: number) =>
  rig.hear(
    events.TalliesStatedV1,
    { tenant, slot: 0 },
    {
      statement: newId(),
      piece: 0,
      tallies: [{ class: 'orders', disposal: TODAY, custody: 'lethe', method: 'delete', parts }],
    },
  );

test('nothing is ordered before all has been heard that collection has told, and then it is judged by all of it (I21)', async () => {
  await admittedInSlot0(300);
  oneMore();
  const swept = sweep(rig, tenant);
  expect(await swept).toMatchObject({ ordered: 0, stopped: 'behind' });
  await admittedInSlot0(500_000);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
  expect(await orders(rig, tenant)).toEqual([]);
}, 30_000);

test('a sweep that comes while it is being heard waits for it', async () => {
  await admittedInSlot0(300);
  oneMore();
  const swept = sweep(rig, tenant);
  await admittedInSlot0(500_000);
  expect(await swept).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
});

test('while collection does not answer, or what it says does not reach the log, nothing is ordered; what waits goes soon after, and nobody has to ask', async () => {
  await admit(rig, tenant, { disposal: TODAY });
  rig.peers.answer(headsRoute('collection'), () => ({ ...rig.told('collection'), untoldMs: 11_000 }));
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'behind' });
  rig.peers.answer(headsRoute('collection'), () => {
    throw new Error('away');
  });
  await rig.inside(RetentionSweep).tick();
  expect(await orders(rig, tenant)).toEqual([]);
  expect(rig.lines.filter((line) => line.includes('retention/behind'))).toHaveLength(1);
  rig.peers.answer(headsRoute('collection'), () => rig.told('collection'));
  await eventually(async () => (await orders(rig, tenant)).length === 1);
}, 30_000);

test('a slot that stands keeps what would go from being ordered until a person has let it go on', async () => {
  await admit(rig, tenant, { disposal: TODAY });
  const stand = (stopped: 'gap' | null) =>
    rig.database.admin.transaction((sql) =>
      sql.query(`update position set stopped = $1 where topic = $2 and slot = 0`, [stopped, topic]),
    );
  await admittedInSlot0(1);
  await stand('gap');
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'behind' });
  await stand(null);
  expect((await sweep(rig, tenant)).stopped).toBeUndefined();
}, 30_000);

test('what is parked of a tenant keeps what would go of it, and of no other, from being ordered until it is given up (I21)', async () => {
  await admit(rig, tenant, { disposal: TODAY });
  const other = await rig.openTenant(`beside-${tenant}`, { at: rig.clock.now() });
  await admit(rig, other, { disposal: TODAY });
  const isStopped = (of = tenant) => rig.inside(BreakerService).isStopped(of);
  const { giveUp } = await rig.park(events.PartsAdmittedV1, tenant);
  expect([await isStopped(), await isStopped(other)]).toEqual([true, false]);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'unheard' });
  expect(await rig.ask(http.Breaker, asker(tenant).officer)).toMatchObject({
    stopped: 'unheard',
    backlog: [{ parts: 1 }],
  });
  expect(await rig.ask(http.NextSweep, asker(tenant).officer)).toMatchObject({ stopped: 'unheard', held: false });
  expect(await sweep(rig, other)).toMatchObject({ ordered: 1 });
  await giveUp();
  expect(await isStopped()).toBe(false);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
});

test('what else a sweep does goes on meanwhile', async () => {
  oneMore();
  const { backup } = await rig.ask(http.TakeBackup, asker(tenant).operator, { body: { waitMs: 0 } });
  await rig.database.admin.transaction((sql) =>
    sql.query(`update backup set state = 'available', purge_on = '2026-03-01' where tenant = $1`, [tenant]),
  );
  expect(await sweep(rig, tenant)).toMatchObject({ stopped: 'behind', backupsPurged: 1 });
  expect(backup).toBeDefined();
}, 30_000);

test('a disposal that found far more than was counted is told to whoever reads the log', async () => {
  await admit(rig, tenant, { disposal: TODAY });
  await sweep(rig, tenant);
  const [order] = await orders(rig, tenant);
  await carryOut(rig, tenant, order!, { found: 1_002 });
  expect(
    rig.lines.filter((line) => line.includes('retention/found-more')).map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([{ tenant, order: order!.order, count: 1_001 }]);
});
