import { events } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import type { SubjectRef } from '@lethe/kernel';
import { orderFields, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const anchored = async (tenant: Tenant, subject: SubjectRef, matter: string) =>
  tenant.hear(events.MatterAnchoredV1, { subject }, { matter, anchor: 'transaction-completed', at: START, version: 1 });

async function erase(tenant: Tenant, subject: SubjectRef): Promise<void> {
  const erasure = newId();
  const shred = ['contract', 'statutory'];
  await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
  await tenant.hear(events.ErasureOrderedV1, { subject }, { erasure, shred, restrict: [], at: START });
  await tenant.shred(subject, shred, { erasure });
}
const rows = async (tenant: Tenant, matter: string) => {
  await bench.service.background.prune(tenant.id);
  return [
    await tenant.count('matter_date', `matter = '${matter}'`),
    await tenant.count('matter_anchor', `matter = '${matter}'`),
  ];
};

test('the dates of an erased person’s matter stay while a friend’s part needs them, and go with it', async () => {
  const tenant = await bench.tenant('matter-of-two', START);
  const [buyer, guest] = [await tenant.person('buyer'), await tenant.person('guest')];
  const matter = await tenant.matter(buyer, 'order', 'o-1');
  const fields = { 'legal-name': '王五', 'id-number': '110101199003070038' };
  const others = [{ subject: guest, declaration: 'other-person-authorized', fields }];
  expect(
    await tenant.collect({ subject: buyer, matter, purpose: 'order', fields: orderFields('N1'), others }),
  ).toMatchObject([{ outcome: 'admitted' }]);
  await anchored(tenant, buyer, matter);
  await erase(tenant, buyer);
  expect(await tenant.count('part', `subject = '${buyer}'`)).toBe(0);
  expect(await tenant.count('part', `subject = '${guest}'`)).toBe(1);
  expect(await rows(tenant, matter)).toEqual([1, 1]);
  await erase(tenant, guest);
  expect(await rows(tenant, matter)).toEqual([0, 0]);
});

test('the date of a matter goes once it has come and nothing is left of it; what comes later is already due', async () => {
  const tenant = await bench.tenant('matter-over', START);
  const subject = await tenant.person('u-1');
  const matter = await tenant.matter(subject, 'order', 'o-1');
  const order = { subject, matter, purpose: 'order', fields: orderFields('N1') };
  await tenant.collect(order);
  await anchored(tenant, subject, matter);
  expect(await rows(tenant, matter)).toEqual([1, 1]);
  const [{ day }] = (await bench.data.admin.transaction((sql) =>
    sql.query<{ day: string }>('select day::text as day from matter_date where tenant = $1', [tenant.id]),
  )) as [{ day: string }];
  await tenant.moveTo(`${day}T04:00:00.000Z`);
  expect(await rows(tenant, matter)).toEqual([1, 1]);
  await tenant.dispose('orders', day, 'anonymize');
  expect(await tenant.count('part')).toBe(0);
  expect(await rows(tenant, matter)).toEqual([0, 1]);
  expect(await tenant.collect(order)).toMatchObject([{ outcome: 'refused', refusal: { code: 'already-due' } }]);
});
