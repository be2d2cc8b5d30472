import { events, http, type Envelope, type EventDefinition } from '@lethe/contracts';
import { type SubjectRef, type TenantId } from '@lethe/kernel';
import { newId, newRef, restateRoute } from '@lethe/platform';
import { eventually, testContext, type TestContext } from '@lethe/testing';
import { erasure } from './erasure.module.ts';

let world: TestContext;
let tenant: TenantId;
let count = 0;
const START = new Date('2026-03-02T02:00:00.000Z');
const AT = START.toISOString();

beforeAll(async () => {
  world = await testContext(erasure);
  world.peers.answer(http.Backups, () => ({ backups: [] }));
  world.peers.answer(http.Holdings, () => ({
    known: true,
    generation: 1,
    holdings: [
      {
        compartment: 'contract',
        class: 'account',
        custody: 'lethe' as const,
        method: 'delete' as const,
        parts: 3,
        waiting: false,
        held: 0,
        restricted: 0,
      },
    ],
  }));
});
afterAll(() => world.stop());
beforeEach(async () => {
  tenant = await world.openTenant(`tenant-${String((count += 1))}`, { at: START });
});

const service = () => ({ tenant, role: 'service' as const });
const backend = () => ({ tenant, role: 'backend' as const });
const told = async <Definition extends EventDefinition>(definition: Definition) =>
  (await world.announced(definition)).filter((event) => event.tenant === tenant);
/** What is said of a kind while every slot of its topic is stated anew. */
async function stated<Definition extends EventDefinition>(definition: Definition): Promise<Envelope<Definition>[]> {
  const before = (await told(definition)).length;
  for (let slot = 0; slot < world.slots; slot += 1)
    await world.ask(restateRoute('erasure'), service(), { body: { topic: definition.topic, slot } });
  return (await told(definition)).slice(before);
}
const signed = expect.any(String) as string;

const ACKS = [events.CollectionErasureAckedV1, events.ConsentErasureAckedV1, events.RetentionErasureAckedV1];
async function acked(request: string, subject: SubjectRef, stage: 'frozen' | 'done'): Promise<void> {
  const freeze = await eventually(async () =>
    (await told(events.SubjectFrozenV1)).find(({ data }) => data.erasure === request),
  );
  const { number: position } = await world.context.outbox.numberOf(freeze.id, 50_000);
  for (const ack of ACKS)
    await world.hear(
      ack,
      { tenant, subject },
      { erasure: request, stage, found: 3, deleted: 3, restricted: 0, rescan: 0, position, at: AT },
    );
}
const asked = (subject: SubjectRef, kind: 'erasure' | 'close-account' = 'erasure') =>
  world.ask(http.AskErasure, backend(), {
    body: { subject, kind, idempotencyKey: newId(), identity: { method: 'sms-code', verifiedAt: AT } },
  });
const reached = (request: string, state: 'ordered' | 'shredding') =>
  world.ask(http.RequestState, backend(), { params: { request }, query: { until: state, waitMs: 10_000 } });

test('a freeze is stated while its request is open, and so is the order; what must die follows from the ledger', async () => {
  const subject = newRef() as SubjectRef;
  const { request } = await asked(subject);
  await acked(request, subject, 'frozen');
  await reached(request, 'ordered');
  expect(await stated(events.SubjectFrozenV1)).toMatchObject([{ subject, data: { erasure: request } }]);
  const [order] = await told(events.ErasureOrderedV1);
  const { at: _, ...scope } = order!.data;
  expect(await stated(events.ErasureOrderedV1)).toMatchObject([{ subject, data: scope, signature: signed }]);
  expect(await stated(events.ShredOrderedV1)).toEqual([]);
  await acked(request, subject, 'done');
  await reached(request, 'shredding');
  const [shred] = await told(events.ShredOrderedV1);
  expect(await stated(events.ShredOrderedV1)).toMatchObject([
    { subject, data: { ...shred!.data, erasure: request, cause: 'erased' }, signature: signed },
  ]);
});

test('a withdrawal and a day that was disposed of are ordered again as the ledger has them', async () => {
  const subject = newRef() as SubjectRef;
  const consent = { consent: newId(), purpose: 'display', level: 'opt-in' as const, notice: '2020-11-18', at: AT };
  await world.hear(events.ConsentChangedV1, { tenant, subject }, { ...consent, version: 2, state: 'withdrawn' });
  const disposal = { order: newId(), class: 'orders', day: '2026-03-02', method: 'anonymize' as const };
  await world.hear(
    events.DisposalOrderedV1,
    { tenant, slot: 0 },
    { ...disposal, custody: ['lethe'], expected: 1, at: AT },
  );
  expect(await stated(events.ShredOrderedV1)).toMatchObject([
    {
      subject,
      data: {
        entry: expect.any(Number) as number,
        cause: 'withdrawn',
        compartments: ['consent.display'],
        consentVersion: 2,
      },
      signature: signed,
    },
  ]);
  expect(await stated(events.DisposalRecordedV1)).toMatchObject([{ data: disposal, signature: signed }]);
});

test('an account that was closed is said to be, and a request that was refused frees its person again', async () => {
  const [closes, stays] = [newRef() as SubjectRef, newRef() as SubjectRef];
  const { request: closing } = await asked(closes, 'close-account');
  const { request } = await asked(stays);
  await acked(request, stays, 'frozen');
  await reached(request, 'ordered');
  await world.database.admin.transaction((sql) =>
    sql.query(`update request set progress = 'refused' where tenant = $1 and request = $2`, [tenant, request]),
  );
  const [closed] = await told(events.AccountClosedV1);
  expect(closed?.data.erasure).toBe(closing);
  expect(await stated(events.AccountClosedV1)).toMatchObject([{ subject: closes, data: closed!.data }]);
  expect(await stated(events.SubjectUnfrozenV1)).toMatchObject([{ subject: stays, data: { erasure: request } }]);
  expect((await stated(events.ErasureOrderedV1)).map(({ subject }) => subject)).not.toContain(stays);
});
