import { events, TENANT_SLOT } from '@lethe/contracts';
import { crashAt, newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { nextEntry, SLOTS, startCollection, type Bench, type Tenant, orderFields } from './collection.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());
afterEach(() => {
  crashAt.strike = undefined;
});

const START = '2027-01-10T04:00:00.000Z';
const FACE = 'face-verification';
const FACE_DAY = '2028-01-11';

let names = 0;
const tenantOf = () => bench.tenant(`ends-${String((names += 1))}`, START);
const face = (value = 'a-face') => ({
  purpose: FACE,
  declarations: ['face-function'],
  fields: { 'face-image': value },
});

async function personWithFace(tenant: Tenant, userId: string) {
  const subject = await tenant.person(userId);
  await tenant.consent(subject, FACE, 1, 'given', 'separate');
  expect(await tenant.collect({ subject, ...face() })).toMatchObject([{ outcome: 'admitted' }]);
  return subject;
}

async function personWithOrder(tenant: Tenant, userId: string) {
  const subject = await tenant.person(userId);
  const matter = await tenant.matter(subject, 'order', 'o-1');
  const fields = orderFields('N1');
  expect(await tenant.collect({ subject, matter, purpose: 'order', fields })).toMatchObject([{ outcome: 'admitted' }]);
  return { subject, matter };
}

async function end(tenant: Tenant): Promise<string> {
  const id = newId();
  await tenant.hear(events.EndOrderedV1, { slot: 0 }, { end: id, at: tenant.legalNow.toISOString() });
  await bench.service.background.quiet();
  return id;
}
async function recorded(tenant: Tenant, id: string): Promise<number> {
  const entry = nextEntry();
  await tenant.hear(events.EndRecordedV1, { slot: 0 }, { entry, end: id, at: tenant.legalNow.toISOString() });
  await bench.service.background.quiet();
  return entry;
}
/** Nobody has heard anything, and time has passed. */
async function round(tenant: Tenant): Promise<void> {
  bench.service.background.wake(tenant.id);
  await bench.service.background.quiet();
}
const told = async <Definition extends Parameters<Tenant['announced']>[0]>(tenant: Tenant, definition: Definition) =>
  (await tenant.announced(definition)).map(({ data }) => data);

test('from the order of two persons on nothing is taken in, and every slot hears it after its last admission', async () => {
  const tenant = await tenantOf();
  const subject = await personWithFace(tenant, 'u-1');
  const id = await end(tenant);
  expect(await tenant.collect({ subject, ...face() })).toMatchObject([
    { outcome: 'refused', refusal: { code: 'tenant-closed' } },
  ]);
  const ended = await tenant.announced(events.CollectingEndedV1);
  expect(ended).toHaveLength(SLOTS);
  expect(new Set(ended.map(({ data }) => data.end))).toEqual(new Set([id]));
  await end(tenant);
  expect(await tenant.announced(events.CollectingEndedV1)).toHaveLength(SLOTS);
});

test('an order that two persons did not sign ends nothing', async () => {
  const tenant = await tenantOf();
  const subject = await personWithFace(tenant, 'u-1');
  const data = { end: newId(), at: START };
  await tenant.hear(events.EndOrderedV1, { slot: 0, signedBy: 'consent', refused: true }, data);
  expect(await tenant.collect({ subject, ...face() })).toMatchObject([{ outcome: 'admitted' }]);
});

test('who was known is still found after the end; nobody new is made known', async () => {
  const tenant = await tenantOf();
  const subject = await personWithFace(tenant, 'u-1');
  await end(tenant);
  expect(await tenant.person('u-1')).toBe(subject);
  await expect(tenant.person('u-2')).rejects.toMatchObject({ code: 'collection/tenant-closed' });
});

test('what still waits is dated from the end: no anchor can come later, and a floor counts from it', async () => {
  const tenant = await tenantOf();
  const { matter } = await personWithOrder(tenant, 'u-1');
  expect(await told(tenant, events.MatterDatedV1)).toEqual([]);
  await end(tenant);
  expect(await told(tenant, events.MatterDatedV1)).toMatchObject([
    { matter, class: 'orders', floor: '2030-01-11', parts: 1 },
  ]);
});

test('a day may go before it comes, and what a floor keeps beyond today opens until the floor has passed', async () => {
  const tenant = await tenantOf();
  const { subject } = await personWithOrder(tenant, 'u-1');
  await personWithFace(tenant, 'u-2');
  await end(tenant);
  const [{ to } = { to: '' }] = await told(tenant, events.MatterDatedV1);
  await tenant.dispose('face', FACE_DAY, 'delete');
  await tenant.dispose('orders', to, 'anonymize');
  expect(await tenant.count('part')).toBe(1);
  expect((await tenant.openFields('order', subject)).opened).toHaveLength(1);
  await tenant.moveTo('2030-01-10T04:00:00.000Z');
  await round(tenant);
  expect(await tenant.count('part')).toBe(1);
  await tenant.moveTo('2030-01-11T04:00:00.000Z');
  await round(tenant);
  expect(await tenant.count('part')).toBe(0);
  expect(await told(tenant, events.TenantEmptiedV1)).toHaveLength(1);
});

test('the keys die when the ledger has it and no part is left; then nothing of a person is found', async () => {
  const tenant = await tenantOf();
  await personWithFace(tenant, 'u-1');
  const neighbour = await tenantOf();
  const other = await personWithFace(neighbour, 'u-1');
  const id = await end(tenant);
  const entry = await recorded(tenant, id);
  expect(await told(tenant, events.TenantShreddedV1)).toEqual([]);
  await tenant.dispose('face', FACE_DAY, 'delete');
  expect(await told(tenant, events.TenantShreddedV1)).toMatchObject([{ end: id, entry, rescan: 0 }]);
  for (const table of ['part', 'submission', 'consent_state', 'subject_state'])
    expect(await tenant.count(table)).toBe(0);
  const keys = await bench.keys.admin.transaction((sql) =>
    sql.query(
      `select 1 from keyring.subject_key where tenant = $1 union all select 1 from keyring.name where tenant = $1`,
      [tenant.id],
    ),
  );
  expect(keys).toEqual([]);
  expect((await neighbour.openFields(FACE, other)).opened).toHaveLength(1);
});

test('whoever missed that the keys died is told again: as many, at the same instant, and under the same entry', async () => {
  const tenant = await tenantOf();
  await personWithFace(tenant, 'u-1');
  const id = await end(tenant);
  const entry = await recorded(tenant, id);
  await bench.service.restate(TENANT_SLOT);
  expect(await told(tenant, events.TenantShreddedV1)).toEqual([]);
  await tenant.dispose('face', FACE_DAY, 'delete');
  await bench.service.restate(TENANT_SLOT);
  const [first, again, ...more] = await told(tenant, events.TenantShreddedV1);
  expect(first).toMatchObject({ end: id, entry, keys: expect.any(Number), rescan: 0 });
  expect(first?.keys).toBeGreaterThan(0);
  expect(again).toEqual(first);
  expect(more).toEqual([]);
});

test('a database that was put back to before its keys died says so again, with the count and the instant of then', async () => {
  const tenant = await tenantOf();
  await personWithFace(tenant, 'u-1');
  const id = await end(tenant);
  const entry = await recorded(tenant, id);
  await tenant.dispose('face', FACE_DAY, 'delete');
  const [first] = await told(tenant, events.TenantShreddedV1);
  await bench.data.admin.transaction((sql) =>
    sql.query('update cessation set shredded_at = null, entry = null where tenant = $1', [tenant.id]),
  );
  // Of a database that does not know it nothing is stated; it hears the ledger's entry again, and tells what was.
  await bench.service.restate(TENANT_SLOT);
  expect(await told(tenant, events.TenantShreddedV1)).toEqual([first]);
  await tenant.hear(events.EndRecordedV1, { slot: 0 }, { entry, end: id, at: tenant.legalNow.toISOString() });
  await bench.service.background.quiet();
  await bench.service.restate(TENANT_SLOT);
  expect(await told(tenant, events.TenantShreddedV1)).toEqual([first, first, first]);
});

test('a submission that is refused while the keys die is before the last look or after what is told of it, never between', async () => {
  const tenant = await tenantOf();
  const subject = await personWithFace(tenant, 'u-1');
  const id = await end(tenant);
  await tenant.dispose('face', FACE_DAY, 'delete');
  // The keys die, and it gets no further.
  crashAt.strike = (name) => {
    if (name === 'collection.end.keys-dead') throw new Error('killed');
  };
  const entry = await recorded(tenant, id);
  crashAt.strike = undefined;
  let asked: ReturnType<Tenant['collect']> | undefined;
  await bench.data.admin.transaction(async (sql) => {
    const waiting = (type: string) => async () =>
      (
        await sql.query(
          `select 1 from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()
             and l.locktype = any(string_to_array($1, ' '))`,
          [type],
        )
      ).length > 0;
    // Whoever marks the end waits here, with whatever it has looked at before.
    await sql.query('select 1 from cessation where tenant = $1 for update', [tenant.id]);
    bench.service.background.wake(tenant.id);
    await eventually(waiting('transactionid tuple'), { what: 'the mark' });
    let answered = false;
    asked = tenant.collect({ subject, ...face() });
    void asked.then(() => (answered = true));
    const isFenced = waiting('advisory');
    await eventually(async () => answered || (await isFenced()), { what: 'an answer, or that it waits' });
  });
  expect(await asked).toMatchObject([{ outcome: 'refused', refusal: { code: 'tenant-closed' } }]);
  await bench.service.background.quiet();
  expect(await told(tenant, events.TenantShreddedV1)).toMatchObject([{ end: id, entry, rescan: 0 }]);
  // What was refused after it is forgotten too, and what is told again is that nothing is left.
  await round(tenant);
  expect(await tenant.count('submission')).toBe(0);
  expect(await tenant.collect({ subject, ...face() })).toMatchObject([{ outcome: 'refused' }]);
  await bench.service.restate(TENANT_SLOT);
  expect((await told(tenant, events.TenantShreddedV1)).map(({ rescan }) => rescan)).toEqual([0, 0]);
});

test.each(['collection.end.dated', 'collection.end.keys-dead', 'collection.end.told'])(
  'killed at %s, the next process goes on, and says it once',
  async (point) => {
    const tenant = await tenantOf();
    await personWithOrder(tenant, 'u-1');
    await personWithFace(tenant, 'u-2');
    crashAt.strike = (name) => {
      if (name === point) throw new Error('killed');
    };
    const id = await end(tenant);
    const dispose = async () => {
      await tenant.dispose('face', FACE_DAY, 'delete');
      const [dated] = await told(tenant, events.MatterDatedV1);
      await tenant.moveTo('2031-01-01T04:00:00.000Z');
      await tenant.dispose('orders', dated!.to, 'delete');
      await recorded(tenant, id);
    };
    if (point !== 'collection.end.dated') await dispose();
    crashAt.strike = undefined;
    await bench.again();
    await bench.service.background.quiet();
    if (point === 'collection.end.dated') await dispose();
    await round(tenant);
    expect(await told(tenant, events.MatterDatedV1)).toHaveLength(1);
    expect(await told(tenant, events.TenantShreddedV1)).toMatchObject([{ end: id, rescan: 0 }]);
  },
);
