import { events } from '@lethe/contracts';
import { slotOf, type SubjectRef, type TenantId } from '@lethe/kernel';
import { restateRoute } from '@lethe/platform';
import { person, startConsent } from './consent.contract.ts';
import { ConsentHeartbeat } from './consent.heartbeat.ts';
import { ConsentService } from './consent.service.ts';
import { GuardiansService } from './guardians.service.ts';
import { TenantStore } from './store/tenant.store.ts';

let rig: Awaited<ReturnType<typeof startConsent>>;
let consents: ConsentService;
let tenant: TenantId;
const AT = new Date('2026-03-02T02:00:00.000Z');
const TOPIC = events.ConsentChangedV1.topic;

beforeAll(async () => {
  rig = await startConsent();
  tenant = await rig.test.openTenant('damai-test', { at: AT });
  consents = new ConsentService(rig.test.context);
});
afterAll(() => rig.test.stop());

const personIn = (slot: number): SubjectRef => {
  for (;;) {
    const one = person();
    if (slotOf(one, rig.test.slots) === slot) return one;
  }
};
const act = (subject: SubjectRef, state: 'given' | 'refused' | 'withdrawn', purpose = 'personalized-display') =>
  consents.act(tenant, [{ subject, purpose, state, level: 'opt-in' }], 'backend', rig.test.clock.now());
const asker = () => ({ tenant, role: 'service' as const });
const restate = (slot: number, topic = TOPIC) =>
  rig.test.request(restateRoute('consent'), asker(), { body: { topic, slot } });
const stated = async (subject: SubjectRef) =>
  (await rig.told(tenant, 'consent.person-stated.v1')).filter((event) => event.subject === subject);

test('everyone of the slot is stated as they stand, and nobody of another', async () => {
  const [one, other] = [personIn(1), personIn(2)];
  await act(one, 'given');
  await act(one, 'refused');
  await act(other, 'given');
  const guardians = new GuardiansService(rig.test.context);
  await guardians.state(tenant, { subject: one, child: true, guardianVerified: false }, rig.test.clock.now());
  const { status, body } = await restate(1);
  expect(status).toBe(200);
  expect(await stated(one)).toMatchObject([
    {
      slot: 1,
      data: {
        consents: [{ purpose: 'personalized-display', version: 2, state: 'refused' }],
        guardian: { guardian: 'missing', version: 1 },
      },
    },
  ]);
  expect(await stated(other)).toEqual([]);
  const ends = await rig.test.database.admin.transaction((sql) =>
    sql.query<{ number: number }>(
      `select number::int as number from outbox where slot = 1 and value like '%"consent.slot-stated.v1"%'`,
    ),
  );
  expect(ends).toEqual([{ number: (body as { through: number }).through }]);
});

test('a withdrawal is stated beside what came after it: what was under it has to go all the same', async () => {
  const subject = personIn(3);
  await act(subject, 'given');
  await act(subject, 'withdrawn');
  await act(subject, 'given');
  await restate(3);
  expect(await stated(subject)).toMatchObject([
    {
      data: {
        consents: [
          { version: 2, state: 'withdrawn' },
          { version: 3, state: 'given' },
        ],
      },
    },
  ]);
});

test('of an erased person nothing is stated', async () => {
  const subject = personIn(0);
  await act(subject, 'given');
  await rig.test.hear(
    events.ErasureOrderedV1,
    { tenant, subject },
    { erasure: '0198c3a0-0000-7000-8000-000000000001', shred: [], restrict: [], at: AT.toISOString() },
  );
  await restate(0);
  expect(await stated(subject)).toEqual([]);
});

test('who is frozen and how orders of erasure were answered is said again, with the counts of then', async () => {
  const [goes, waits] = [personIn(0), personIn(0)];
  const [erasure, other] = ['0198c3a0-0000-7000-8000-000000000002', '0198c3a0-0000-7000-8000-000000000003'];
  const at = AT.toISOString();
  await act(goes, 'given');
  await act(goes, 'withdrawn');
  for (const [subject, of] of [
    [goes, erasure],
    [waits, other],
  ] as const)
    await rig.test.hear(events.SubjectFrozenV1, { tenant, subject }, { erasure: of, at });
  const told = async () =>
    (await rig.test.announced(events.ConsentErasureAckedV1)).filter(({ subject }) =>
      [goes, waits].includes(subject as SubjectRef),
    );
  const again = async () => {
    const before = (await told()).length;
    await restate(0);
    return (await told()).slice(before).map(({ subject, data }) => ({ subject, ...data }));
  };
  const frozen = expect.arrayContaining([
    expect.objectContaining({ subject: goes, erasure, stage: 'frozen', found: 2 }),
    expect.objectContaining({ subject: waits, erasure: other, stage: 'frozen', found: 0 }),
  ]) as unknown;
  const first = await again();
  expect(first).toEqual(frozen);
  expect(first).toHaveLength(2);
  await rig.test.hear(events.ErasureOrderedV1, { tenant, subject: goes }, { erasure, shred: [], restrict: [], at });
  const answer = (await told()).at(-1)!.data;
  expect(answer).toMatchObject({ erasure, stage: 'done', found: 2, deleted: 0, restricted: 2, rescan: 0 });
  const { at: _, ...counts } = answer;
  expect(await again()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ subject: goes, ...counts }),
      expect.objectContaining({ subject: waits, erasure: other, stage: 'frozen' }),
    ]),
  );
});

test('orders, other topics and slots that are not there cannot be stated', async () => {
  expect((await restate(0, `${TOPIC}.order`)).status).toBe(404);
  expect((await restate(0, 'lethe.collection')).status).toBe(404);
  expect((await restate(99)).status).toBe(422);
});

test('only services and operators may ask', async () => {
  const ask = (role: 'backend' | 'subject' | 'auditor' | 'operator') =>
    rig.test.request(restateRoute('consent'), { tenant, role }, { body: { topic: TOPIC, slot: 2 } });
  for (const role of ['backend', 'auditor'] as const) expect((await ask(role)).status).toBe(403);
  expect((await ask('operator')).status).toBe(200);
});

test('every tenant is stated in every slot once a day, however many replicas look', async () => {
  const heartbeat = new ConsentHeartbeat(rig.test.context);
  const stated = async () =>
    (await rig.test.announced(events.TenantStatedV1)).filter((event) => event.tenant === tenant).length;
  const { pack, version, digest } = rig.test.context.packs.named('damai');
  const opened = { pack: pack.pack, packVersion: version, packDigest: digest, movableClock: true, offsetMs: 0 };
  await rig.test.context.database.within(tenant, (sql) =>
    new TenantStore(sql, tenant).open(opened, rig.test.clock.now()),
  );
  // At the start it was done already, or is being done.
  await heartbeat.stateTenants(rig.test.clock.now());
  const before = await stated();
  const day = 24 * 60 * 60_000;
  const soon = new Date(rig.test.clock.now().getTime() + day - 60_000);
  expect(await heartbeat.stateTenants(soon)).toBe(false);
  const next = new Date(rig.test.clock.now().getTime() + day + 60_000);
  const both = await Promise.all([heartbeat.stateTenants(next), heartbeat.stateTenants(next)]);
  expect(both.sort()).toEqual([false, true]);
  expect(await stated()).toBe(before + rig.test.slots);
});
