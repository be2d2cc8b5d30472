import { jest } from '@jest/globals';
import { eventually, testContext, type TestContext } from '@lethe/testing';
import { admit, NOON, orders, TODAY } from './retention.contract.ts';
import { retention } from './retention.module.ts';
import { RetentionSweep } from './retention.sweep.ts';

let rig: TestContext;
beforeAll(async () => {
  rig = await testContext(retention, { sweepEveryMs: 100 });
});
afterAll(() => rig.stop());

test('what is due goes with the next round, as often as the installation says, and nobody has to ask', async () => {
  const tenant = await rig.openTenant('rounds', { at: NOON });
  await admit(rig, tenant, { disposal: TODAY });
  await eventually(async () => (await orders(rig, tenant)).length === 1);
  // No round of the start: another one.
  await admit(rig, tenant, { class: 'accounts', disposal: TODAY });
  const all = await eventually(async () => {
    const given = await orders(rig, tenant);
    return given.length === 2 ? given : undefined;
  });
  expect(all).toMatchObject([{ class: 'orders' }, { class: 'accounts' }]);
});

test('a round that lasts longer than the time between two is not begun beside itself', async () => {
  const sweep = rig.inside(RetentionSweep);
  const tenants = jest.spyOn(rig.context.packs, 'tenants');
  const go = Promise.withResolvers<void>();
  await sweep.idle();
  tenants.mockImplementationOnce(async () => {
    await go.promise;
    return [];
  });
  const round = await eventually(() => (tenants.mock.calls.length > 0 ? [sweep.tick()] : undefined));
  const asked = tenants.mock.calls.length;
  expect(sweep.tick()).toBe(round[0]);
  expect(tenants.mock.calls.length).toBe(asked);
  go.resolve();
  await round[0];
  await eventually(() => tenants.mock.calls.length > asked);
  tenants.mockRestore();
});
