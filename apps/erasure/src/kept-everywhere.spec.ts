import { events, type Envelope } from '@lethe/contracts';
import { restateRoute } from '@lethe/platform';
import { compartmentsOf } from '@lethe/policy';
import { eventually } from '@lethe/testing';
import {
  acked,
  ask,
  documentOf,
  eachWithItsTenant,
  go,
  hold,
  holding,
  person,
  stateOf,
  tenant,
  world,
} from './erasure.contract.ts';

eachWithItsTenant();

/** As under a version whose floors reach every compartment; in one of them something lies that no law keeps. */
async function keptEverywhere() {
  const pack = await world.context.packs.pack(tenant);
  const floored = { class: 'orders', floor: '2029-03-03', parts: 1 };
  hold([...compartmentsOf(pack).map((compartment) => holding({ ...floored, compartment })), holding({ parts: 2 })]);
  const subject = person();
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  const order = (await world.announced(events.ErasureOrderedV1)).find(({ data }) => data.erasure === request);
  expect(order?.data.shred).toEqual([]);
  await acked(request, subject, 'done');
  return { subject, request };
}

test('an erasure that destroys no key of a compartment is certified when collection says that its rows are gone, and not before', async () => {
  const { subject, request } = await keptEverywhere();
  expect(await stateOf(request, 'shredding')).toMatchObject({ state: 'shredding' });
  const order = await eventually(async () =>
    (await world.announced(events.ErasureRecordedV1)).find(({ data }) => data.erasure === request),
  );
  expect(await world.callersOf('erasure').verifyEvent(order as Envelope)).toBe(true);
  expect((await world.announced(events.ShredOrderedV1)).filter(({ data }) => data.erasure === request)).toEqual([]);
  const { entry } = order.data;
  const at = world.clock.now().toISOString();
  const about = { tenant, subject };
  const shredded = { entry, erasure: request, compartments: [], keys: 0, effectiveAt: at };
  await world.hear(events.SubjectShreddedV1, about, shredded);
  expect((await stateOf(request, 'effective')).state).toBe('effective');
  go();
  await world.hear(events.SubjectSweptV1, about, { entry, erasure: request, deleted: 2, rescan: 0, at });
  const { certificate } = await stateOf(request, 'certified');
  const { certificate: body } = (await documentOf(certificate!)) as {
    certificate: { scope: { class: string; outcome: string; parts: number; basis?: string; until?: string }[] };
  };
  expect(body).toMatchObject({ keys: { destroyed: 0, ledgerEntry: entry } });
  expect(body.scope.filter(({ outcome }) => outcome === 'deleted')).toMatchObject([{ class: 'account', parts: 2 }]);
  for (const one of body.scope.filter(({ outcome }) => outcome !== 'deleted'))
    expect(one).toMatchObject({
      outcome: 'restricted',
      class: 'orders',
      basis: 'e-commerce-law',
      until: '2029-03-03',
    });
});

test('it is ordered again, as the ledger has it, for a collection that has lost it', async () => {
  const { subject, request } = await keptEverywhere();
  await stateOf(request, 'shredding');
  const told = async () =>
    (await world.announced(events.ErasureRecordedV1)).filter(({ data }) => data.erasure === request);
  const [order] = await eventually(told);
  const { topic } = events.ErasureRecordedV1;
  for (let slot = 0; slot < world.slots; slot += 1)
    await world.ask(restateRoute('erasure'), { tenant, role: 'service' }, { body: { topic, slot } });
  const again = (await told()).slice(1);
  expect(again).toMatchObject([{ subject, data: { entry: order!.data.entry, erasure: request } }]);
  expect(await world.callersOf('erasure').verifyEvent(again[0] as Envelope)).toBe(true);
});
