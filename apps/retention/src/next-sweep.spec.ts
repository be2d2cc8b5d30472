import { events, http } from '@lethe/contracts';
import { eventually } from '@lethe/testing';
import { admit, asker, carryOut, eachWithItsTenant, orders, rig, sweep, tenant, TODAY } from './retention.contract.ts';

eachWithItsTenant();

const next = () => rig.ask(http.NextSweep, asker(tenant).auditor);

test('a sweep orders what was foretold of it, and foretelling orders nothing', async () => {
  await admit(rig, tenant, { disposal: TODAY });
  await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
  await admit(rig, tenant, { disposal: '2026-03-01', class: 'face', method: 'anonymize' });
  const foretold = await next();
  expect(foretold).toMatchObject({
    held: false,
    orders: [
      { class: 'face', day: '2026-03-01', method: 'anonymize', custody: ['lethe'], parts: 1 },
      { class: 'orders', day: TODAY, method: 'delete', custody: ['lethe', 'platform'], parts: 2 },
    ],
  });
  expect(await orders(rig, tenant)).toEqual([]);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 2 });
  const given = await orders(rig, tenant);
  expect(given.map(({ class: name, day, expected }) => [name, day, expected])).toEqual(
    foretold.orders.map(({ class: name, day, parts }) => [name, day, parts]),
  );
});

test('what is due tomorrow, under a floor, or ordered already is not foretold', async () => {
  await admit(rig, tenant, { disposal: '2026-03-03' });
  await admit(rig, tenant, { disposal: TODAY, class: 'invoices', floor: '2026-06-01' });
  await admit(rig, tenant, { disposal: TODAY, class: 'face' });
  await sweep(rig, tenant);
  expect((await next()).orders).toEqual([]);
  await carryOut(rig, tenant, (await orders(rig, tenant))[0]!, { found: 1 });
  expect((await next()).orders).toEqual([]);
  await rig.moveClock(tenant, new Date('2026-03-03T04:00:00.000Z'));
  expect((await next()).orders).toMatchObject([{ class: 'orders', day: '2026-03-03' }]);
});

test('of a tenant that is held as a whole nothing is foretold, and it is said why', async () => {
  await admit(rig, tenant, { disposal: TODAY });
  const placing = rig.ask(http.PlaceHold, asker(tenant).officer, {
    body: { scope: { kind: 'tenant' }, reason: 'inquiry', authority: 'regulator', reviewOn: '2026-06-01' },
  });
  const { data } = await eventually(async () =>
    (await rig.announced(events.HoldPlacedV1)).find((event) => event.tenant === tenant),
  );
  await rig.hear(events.HoldRecordedV1, { tenant, slot: 0 }, { hold: data.hold, outcome: 'recorded', parts: 1 });
  await placing;
  expect(await next()).toMatchObject({ held: true, orders: [] });
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
});
