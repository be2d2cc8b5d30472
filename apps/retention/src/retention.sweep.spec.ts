import { jest } from '@jest/globals';
import { events } from '@lethe/contracts';
import { eventually } from '@lethe/testing';
import { take, whole } from './backups.contract.ts';
import { admit, another, eachWithItsTenant, NOON, orders, person, rig, tenant, TODAY } from './retention.contract.ts';
import { RetentionSweep } from './retention.sweep.ts';

eachWithItsTenant('legal', undefined, { sweepEveryMs: 100 });

test('what is due goes with the next round, as often as the installation says, and nobody has to ask', async () => {
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

test('a backup that a store never stops moving keeps the data of nobody past its date', async () => {
  const go = Promise.withResolvers<void>();
  const isolate = jest.spyOn(rig.context.backups, 'isolate').mockImplementation(() => go.promise);
  try {
    await another();
    const backup = await take();
    await whole(backup);
    await rig.hear(
      events.SubjectShreddedV1,
      { tenant, subject: person() },
      { entry: 1, compartments: ['contract'], keys: 1, effectiveAt: NOON.toISOString() },
    );
    // Its own transaction asks for one, each round for another.
    await eventually(() => isolate.mock.calls.length > 1);
    const due = async () => {
      await admit(rig, tenant, { disposal: TODAY });
      await eventually(async () => (await orders(rig, tenant)).length > 0);
    };
    await due();
    await another();
    await due();
  } finally {
    go.resolve();
    isolate.mockRestore();
  }
});
