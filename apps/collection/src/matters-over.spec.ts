import { events } from '@lethe/contracts';
import { crashAt, newId } from '@lethe/platform';
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
  // It opens as before, also in a process that has no key of it in memory (I29).
  await bench.again();
  expect((await tenant.openFields('order', guest)).opened).toMatchObject([{ fields }]);
  expect(await rows(tenant, matter)).toEqual([1, 1]);
  await erase(tenant, guest);
  expect(await rows(tenant, matter)).toEqual([0, 0]);
});

test('what an erased person’s matter is called goes when the last part in it does, though the law keeps another of their matters', async () => {
  const tenant = await bench.tenant('matter-emptied', START);
  const [buyer, guest] = [await tenant.person('buyer'), await tenant.person('guest')];
  const [shared, kept] = [await tenant.matter(buyer, 'order', 'o-1'), await tenant.matter(buyer, 'order', 'o-2')];
  const recipient = { 'recipient-name': '王五', 'recipient-phone': '13900139000', 'recipient-address': '北京市' };
  const others = [{ subject: guest, declaration: 'other-person-authorized', fields: recipient }];
  const delivery = { purpose: 'ticket-delivery', fields: { 'delivery-note': '请放门卫处' }, others };
  const answers = await tenant.collect(
    { subject: buyer, matter: shared, ...delivery },
    { subject: buyer, matter: kept, purpose: 'order', fields: orderFields('N2') },
  );
  expect(answers.map(({ outcome }) => outcome)).toEqual(['admitted', 'admitted']);
  const called = () =>
    bench.keys.admin.transaction((sql) =>
      sql.query<{ ref: string }>(
        `select ref from keyring.name where tenant = $1 and subject = $2 and kind like 'matter.%' order by kind, ref`,
        [tenant.id, buyer],
      ),
    );
  const erasure = newId();
  await tenant.hear(events.SubjectFrozenV1, { subject: buyer }, { erasure, at: START });
  await tenant.hear(
    events.ErasureOrderedV1,
    { subject: buyer },
    {
      erasure,
      shred: ['contract'],
      restrict: [{ compartment: 'statutory', class: 'orders', basis: 'e-commerce-law' }],
      at: START,
    },
  );
  await tenant.shred(buyer, ['contract'], { erasure });
  expect(new Set((await called()).map(({ ref }) => ref))).toEqual(new Set([shared, kept]));
  await erase(tenant, guest);
  await bench.service.background.prune(tenant.id);
  expect(await called()).toEqual([{ ref: kept }]);
});

test('the dates of a matter go once nothing is left of it and whatever still comes is already due', async () => {
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
  // An invoice could still be asked for: the matter is not over.
  expect(await rows(tenant, matter)).toEqual([1, 1]);
  await tenant.moveTo('2040-01-01T04:00:00.000Z');
  expect(await rows(tenant, matter)).toEqual([0, 1]);
  expect(await tenant.collect(order)).toMatchObject([{ outcome: 'refused', refusal: { code: 'already-due' } }]);
});

describe('what the platform calls a matter', () => {
  const recipient = { 'recipient-name': '韩梅梅', 'recipient-phone': '13800000001', 'recipient-address': '北京' };
  const names = async (tenant: Tenant) =>
    bench.keys.admin.transaction((sql) =>
      sql.query<{ ref: string; tags: number }>(
        `select n.ref, (select count(*)::int from keyring.name_tag t where t.tenant = n.tenant and t.ref = n.ref) as tags
           from keyring.name n where n.tenant = $1 and n.kind like 'matter.%' order by n.ref`,
        [tenant.id],
      ),
    );
  /** An order whose delivery and tickets are gone, though not everything that could still be said about it would be due. */
  async function delivered(name: string) {
    const tenant = await bench.tenant(name, START);
    const subject = await tenant.person('u-1');
    const matter = await tenant.matter(subject, 'order', 'o-1');
    const delivery = { subject, matter, purpose: 'ticket-delivery', fields: recipient };
    expect(await tenant.collect(delivery)).toMatchObject([{ outcome: 'admitted' }]);
    await anchored(tenant, subject, matter);
    const [date] = await bench.data.admin.transaction((sql) =>
      sql.query<{ class: string; day: string }>('select class, day::text as day from matter_date where tenant = $1', [
        tenant.id,
      ]),
    );
    await tenant.moveTo(`${date!.day}T04:00:00.000Z`);
    await tenant.dispose(date!.class, date!.day, 'delete');
    expect(await tenant.count('part')).toBe(0);
    return { tenant, subject, matter, delivery };
  }

  test('stays while something of it may still come, or a hold is on it, and goes when everything would be already due', async () => {
    const { tenant, subject, matter, delivery } = await delivered('matter-name');
    await bench.service.background.prune(tenant.id);
    expect(await names(tenant)).toEqual([{ ref: matter, tags: 1 }]);
    expect(await tenant.matter(subject, 'order', 'o-1')).toBe(matter);
    await tenant.moveTo('2040-01-01T04:00:00.000Z');
    const hold = newId();
    await tenant.hear(events.HoldPlacedV1, { subject }, { hold, scope: { kind: 'matter', matter }, at: START });
    await bench.service.background.prune(tenant.id);
    expect(await names(tenant)).toHaveLength(1);
    await tenant.hear(events.HoldReleasedV1, { subject }, { hold, at: START });
    await bench.service.background.prune(tenant.id);
    expect(await names(tenant)).toEqual([]);
    expect(await bench.keyring.findMatter(tenant.id, subject, 'order', 'o-1')).toBeUndefined();
    // Whoever has the ref still is told the same as before; whoever asks for the name gets another matter.
    expect(await tenant.collect(delivery)).toMatchObject([{ outcome: 'refused', refusal: { code: 'already-due' } }]);
    expect(await tenant.matter(subject, 'order', 'o-1')).not.toBe(matter);
    // The person's own name is not a matter's.
    expect(await bench.keyring.findSubject(tenant.id, 'u-1')).toBe(subject);
  });

  test('goes in the next round where a process was killed between the name and the dates', async () => {
    const { tenant, matter } = await delivered('matter-name-killed');
    await tenant.moveTo('2040-01-01T04:00:00.000Z');
    let killed = 0;
    crashAt.strike = (point) => {
      if (point === 'collection.matter.name-gone' && killed++ === 0) throw new Error('killed');
    };
    try {
      await expect(bench.service.background.prune(tenant.id)).rejects.toThrow('killed');
      expect(await names(tenant)).toEqual([]);
      expect(await tenant.count('matter_date', `matter = '${matter}'`)).toBe(1);
      await bench.service.background.prune(tenant.id);
      expect(await tenant.count('matter_date', `matter = '${matter}'`)).toBe(0);
    } finally {
      crashAt.strike = undefined;
    }
  });

  test('does not wake the dead: a name that was never a matter’s stays', async () => {
    const tenant = await bench.tenant('matter-name-not', START);
    const subject = await tenant.person('u-1');
    expect(await bench.keyring.forgetMatters(tenant.id, [subject as never, 'nobody' as never])).toBe(0);
    expect(await bench.keyring.findSubject(tenant.id, 'u-1')).toBe(subject);
  });
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
