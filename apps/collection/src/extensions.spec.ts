import { events } from '@lethe/contracts';
import { slotOf, type RecordId } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { orderFields, SLOTS, startCollection, type Bench, type Tenant } from './collection.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const START = '2027-01-10T04:00:00.000Z';
const DAY = '2027-07-11';
const LONGER = '2027-09-01';

let names = 0;
const tenantOf = () => bench.tenant(`extended-${String((names += 1))}`, START);

/** A log of a person, kept half a year. */
async function personWithLog(tenant: Tenant) {
  const subject = await tenant.person('u-1');
  const [answer] = await tenant.collect({
    subject,
    purpose: 'security',
    fields: { 'ip-address': '203.0.113.7', 'risk-rating': 'low' },
  });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  return { subject, record: answer.record };
}
type Person = Awaited<ReturnType<typeof personWithLog>>;

async function agree(tenant: Tenant, { subject, record }: Person, over: { consent?: string; goes?: string } = {}) {
  const extension = newId();
  await tenant.hear(
    events.ExtensionAgreedV1,
    { subject },
    { extension, scope: { kind: 'record', record, subject }, goes: LONGER, at: START, ...over },
  );
  return (await tenant.announced(events.ExtensionRecordedV1)).find(({ data }) => data.extension === extension)!.data;
}
const opens = async (tenant: Tenant, { subject }: Person) =>
  (await tenant.openFields('security', subject)).opened.length > 0;
async function dispose(tenant: Tenant): Promise<void> {
  await tenant.moveTo(`${DAY}T04:00:00.000Z`);
  await tenant.dispose('security-logs', DAY, 'delete');
}
async function settle(tenant: Tenant): Promise<void> {
  bench.service.background.wake(tenant.id);
  await bench.service.background.quiet();
}

test('whose clock was moved waits for no round: what is over goes by itself', async () => {
  const tenant = await tenantOf();
  const person = await personWithLog(tenant);
  await agree(tenant, person);
  await dispose(tenant);
  expect(await opens(tenant, person)).toBe(true);
  await tenant.moveTo('2027-08-31T16:00:00.000Z');
  await bench.service.background.quiet();
  expect(await tenant.count('part')).toBe(0);
});

test('what is extended can be used beyond its day, and is gone on the first day after', async () => {
  const tenant = await tenantOf();
  const person = await personWithLog(tenant);
  const other = await personWithLog(tenant);
  expect(await agree(tenant, person)).toMatchObject({ outcome: 'recorded', parts: 1 });
  await dispose(tenant);
  expect(await opens(tenant, person)).toBe(true);
  expect(await tenant.count('part', `record = '${other.record}'`)).toBe(0);
  await tenant.moveTo('2027-08-31T15:59:00.000Z');
  await settle(tenant);
  expect(await opens(tenant, person)).toBe(true);
  await tenant.moveTo('2027-08-31T16:00:00.000Z');
  await settle(tenant);
  expect(await tenant.count('part')).toBe(0);
  expect((await tenant.announced(events.ExtensionEndedV1)).map(({ data }) => data.because)).toEqual(['over']);
});

test('withdrawn before its day it changes nothing; after it, what it kept goes at once', async () => {
  for (const late of [false, true]) {
    const tenant = await tenantOf();
    const person = await personWithLog(tenant);
    const { extension } = await agree(tenant, person);
    const withdraw = () =>
      tenant.hear(events.ExtensionWithdrawnV1, { subject: person.subject }, { extension, at: START });
    if (!late) await withdraw();
    if (!late) expect(await opens(tenant, person)).toBe(true);
    await dispose(tenant);
    if (late) await withdraw();
    await settle(tenant);
    expect(await opens(tenant, person)).toBe(false);
    expect(await tenant.count('part')).toBe(0);
  }
});

test('withdrawn while a floor reaches beyond the day, it takes nothing from the floor', async () => {
  const tenant = await tenantOf();
  const subject = await tenant.person('u-1');
  const matter = await tenant.matter(subject, 'order', 'o-1');
  const [answer] = await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields('o-1') });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  const { extension } = await agree(tenant, { subject, record: answer.record }, { goes: '2035-01-01' });
  // A tenant that ends lets go of its orders before their day; the law keeps them all the same.
  await tenant.hear(events.EndOrderedV1, { slot: 0 }, { end: newId(), at: START });
  await bench.service.background.quiet();
  const { to, floor } = (await tenant.announced(events.MatterDatedV1))[0]!.data;
  await tenant.dispose('orders', to, 'delete');
  await tenant.hear(events.ExtensionWithdrawnV1, { subject }, { extension, at: START });
  await settle(tenant);
  expect((await tenant.announced(events.ExtensionEndedV1)).map(({ data }) => data.because)).toEqual(['withdrawn']);
  const last = new Date(Date.parse(`${floor!}T04:00:00.000Z`) - 86_400_000);
  await tenant.moveTo(last.toISOString());
  await settle(tenant);
  expect(await tenant.count('part')).toBe(1);
  await tenant.moveTo(`${floor!}T04:00:00.000Z`);
  await settle(tenant);
  expect(await tenant.count('part')).toBe(0);
});

test('it stands while the consent does that shows it, and is not recorded without', async () => {
  const tenant = await tenantOf();
  const person = await personWithLog(tenant);
  expect(await agree(tenant, person, { consent: newId() })).toMatchObject({ outcome: 'no-consent' });
  const { data } = await tenant.consent(person.subject, 'personalized-display', 1);
  expect(await agree(tenant, person, { consent: data.consent })).toMatchObject({ outcome: 'recorded' });
  await dispose(tenant);
  expect(await opens(tenant, person)).toBe(true);
  await tenant.consent(person.subject, 'personalized-display', 2, 'withdrawn');
  await settle(tenant);
  expect(await tenant.count('part')).toBe(0);
});

test('too late is said with the order that came first', async () => {
  const tenant = await tenantOf();
  const person = await personWithLog(tenant);
  await tenant.moveTo(`${DAY}T04:00:00.000Z`);
  const order = newId();
  await bench.data.admin.transaction((sql) =>
    sql.query(
      `insert into disposal (tenant, class, day, "order", entry, method, state, recorded_at) values ($1, 'security-logs', $2, $3, 1, 'delete', 'swept', now())`,
      [tenant.id, DAY, order],
    ),
  );
  expect(await agree(tenant, person)).toMatchObject({ outcome: 'too-late', order });
});

test('agreed with one person it keeps nothing of another: who names somebody else’s record extends nothing', async () => {
  const tenant = await tenantOf();
  const theirs = await personWithLog(tenant);
  const stranger = await tenant.person('u-2');
  expect(await agree(tenant, { subject: stranger, record: theirs.record })).toMatchObject({ parts: 0 });
  await dispose(tenant);
  await settle(tenant);
  expect(await opens(tenant, theirs)).toBe(false);
  expect(await tenant.count('part')).toBe(0);
});

test('what names nothing of the person is told with no part, also when it is stated anew, and is not in force', async () => {
  const tenant = await tenantOf();
  const subject = await tenant.person('u-1');
  const said = await agree(tenant, { subject, record: newId() as RecordId });
  expect(await tenant.count('extension', `state = 'in-force'`)).toBe(0);
  await bench.service.restate(slotOf(subject, SLOTS));
  const told = (await tenant.announced(events.ExtensionRecordedV1)).map(({ data }) => data);
  expect(told).toEqual([said, said]);
  expect(said).toMatchObject({ outcome: 'recorded', parts: 0 });
});

test('an erasure takes what only a longer period kept', async () => {
  const tenant = await tenantOf();
  const person = await personWithLog(tenant);
  await agree(tenant, person);
  await dispose(tenant);
  const erasure = newId();
  const { subject } = person;
  await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
  await tenant.hear(events.ErasureOrderedV1, { subject }, { erasure, shred: ['contract'], restrict: [], at: START });
  expect((await tenant.announced(events.ExtensionEndedV1)).map(({ data }) => data.because)).toEqual(['erased']);
  await tenant.shred(subject, ['contract'], { erasure });
  expect(await tenant.count('part')).toBe(0);
});

test('a second one carries on from the first', async () => {
  const tenant = await tenantOf();
  const person = await personWithLog(tenant);
  await agree(tenant, person);
  await dispose(tenant);
  expect(await agree(tenant, person, { goes: '2028-01-01' })).toMatchObject({ outcome: 'recorded', parts: 1 });
  await tenant.moveTo(`${LONGER}T04:00:00.000Z`);
  await settle(tenant);
  expect(await opens(tenant, person)).toBe(true);
});
