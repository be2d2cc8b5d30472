import { events } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import type { MatterId, SubjectRef } from '@lethe/kernel';
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

test('anchors that are heard together date as those that are heard one after the other', async () => {
  const recipient = { 'recipient-name': '韩梅梅', 'recipient-phone': '13800000001', 'recipient-address': '北京' };
  const told = async (name: string, together: boolean) => {
    const tenant = await bench.tenant(name, START);
    const matters: { readonly subject: SubjectRef; readonly matter: MatterId }[] = [];
    for (const nth of [1, 2, 3]) {
      const subject = await tenant.person(`u-${String(nth)}`);
      const matter = await tenant.matter(subject, 'order', `o-${String(nth)}`);
      await tenant.collect(
        { subject, matter, purpose: 'order', fields: orderFields(`N${String(nth)}`) },
        { subject, matter, purpose: 'ticket-delivery', fields: recipient },
      );
      matters.push({ subject, matter });
    }
    const [first, second, third] = matters as [(typeof matters)[number], ...typeof matters];
    const anchor = 'transaction-completed';
    const news = [
      { ...first, anchor, version: 1, at: '2026-03-01T04:00:00.000Z' },
      { ...second!, anchor, version: 2, at: '2026-03-04T04:00:00.000Z' },
      // An older version that comes late changes nothing.
      { ...second!, anchor, version: 1, at: '2026-03-02T04:00:00.000Z' },
      { ...first, anchor, version: 2, at: '2026-03-09T04:00:00.000Z' },
      { ...third!, anchor, version: 1, at: '2026-03-09T04:00:00.000Z' },
    ];
    const heard = news.map(({ subject, ...data }) => ({ subject, data }));
    if (together) await tenant.hearTogether(events.MatterAnchoredV1, heard);
    else for (const { subject, data } of heard) await tenant.hear(events.MatterAnchoredV1, { subject }, data);
    const dates = await bench.data.admin.transaction((sql) =>
      sql.query<{ class: string; day: string; floor: string; nth: number }>(
        `select class, day::text as day, floor::text as floor, array_position($2::text[], matter) as nth
           from matter_date where tenant = $1 order by nth, class`,
        [tenant.id, matters.map(({ matter }) => matter)],
      ),
    );
    // What was sealed still opens: the key stands under the new day.
    for (const { subject } of matters)
      expect((await tenant.openFields('order', subject)).opened).toMatchObject([{ fields: expect.anything() }]);
    return dates;
  };
  const apart = await told('anchors-apart', false);
  expect(apart.length).toBeGreaterThanOrEqual(6);
  // Also where the day stays: the whole month goes on one, and the law counts from the transaction.
  expect(apart).toContainEqual({ class: 'orders', nth: 1, day: '2029-04-02', floor: '2029-03-10' });
  expect(new Set(apart.map(({ day }) => day)).size).toBeGreaterThan(1);
  expect(await told('anchors-together', true)).toEqual(apart);
});
