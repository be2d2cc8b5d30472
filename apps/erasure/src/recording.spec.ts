import { events, http, makeEvent, type Envelope } from '@lethe/contracts';
import { slotOf, type SubjectRef, type TenantId } from '@lethe/kernel';
import { messagingDeclarations } from '@lethe/messaging';
import { FOUNDATION_DECLARATIONS, newId, newRef, undeclared } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { erasure } from './erasure.module.ts';
import { RegistryService } from './registry.service.ts';
import { erasureDeclarations } from './store/declarations.ts';

let world: TestContext;
let tenant: TenantId;
let count = 0;
const START = new Date('2026-03-02T02:00:00.000Z');

beforeAll(async () => {
  world = await testContext(erasure);
});
afterAll(() => world.stop());
beforeEach(async () => {
  tenant = await world.openTenant(`tenant-${String((count += 1))}`, { at: START });
});

const backend = () => ({ tenant, role: 'backend' as const });
const person = (): SubjectRef => newRef() as SubjectRef;

test('a withdrawal is in the ledger before its key may die, and once however often it is heard', async () => {
  const subject = person();
  const data = {
    consent: newId(),
    version: 2,
    purpose: 'display',
    state: 'withdrawn' as const,
    level: 'opt-in' as const,
    notice: '2020-11-18',
    at: START.toISOString(),
  };
  await world.hear(
    events.ConsentChangedV1,
    { tenant, subject },
    { ...data, consent: newId(), version: 1, state: 'given' },
  );
  await world.hear(events.ConsentChangedV1, { tenant, subject }, data);
  await world.hear(events.ConsentChangedV1, { tenant, subject }, data);
  const { entries } = await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } });
  expect(entries).toMatchObject([{ kind: 'withdrawn', subject, compartments: ['consent.display'], consentVersion: 2 }]);
  const shreds = (await world.announced(events.ShredOrderedV1)).filter((one) => one.subject === subject);
  expect(shreds).toMatchObject([{ data: { entry: entries[0]?.entry, cause: 'withdrawn', consentVersion: 2 } }]);
});

test('what is withdrawn beside a purpose, under whose name nothing is sealed, destroys no key and sets nothing aside', async () => {
  const subject = person();
  const withdrawn = (purpose: string) => ({
    consent: newId(),
    version: 2,
    purpose,
    state: 'withdrawn' as const,
    level: 'opt-in' as const,
    notice: '2020-11-18',
    at: START.toISOString(),
  });
  for (const name of ['tracker.statistics', 'sdk.map-kit', 'permission.location', 'display'])
    await world.hear(events.ConsentChangedV1, { tenant, subject }, withdrawn(name));
  const { entries } = await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } });
  expect(entries.map(({ compartments }) => compartments)).toEqual([['consent.display']]);
});

describe('what a cohort was folded into', () => {
  const disposal = (method: 'delete' | 'anonymize') => ({
    ...{ order: newId(), class: 'orders', day: '2026-03-02', method, expected: 3 },
    ...{ participants: [], custody: ['lethe' as const], at: START.toISOString() },
  });
  const cells = [{ dimensions: { genre: 'opera' }, people: 20, records: 31 }];
  const keep = (caller: TenantId, { order, class: name, day }: ReturnType<typeof disposal>, first = 1) =>
    world.ask(http.KeepCells, { tenant: caller, role: 'service' }, { body: { order, class: name, day, first, cells } });
  const listed = async () =>
    (await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } })).entries.filter(
      ({ kind }) => kind === 'folded',
    );

  test('is in the ledger once however often it is said, piece by piece, and is replayed with its cells', async () => {
    const ordered = disposal('anonymize');
    await world.hear(events.DisposalOrderedV2, { tenant, slot: 0 }, ordered);
    const one = await keep(tenant, ordered);
    const two = await keep(tenant, ordered, 101);
    expect(await keep(tenant, ordered)).toEqual(one);
    expect(await listed()).toMatchObject([
      { entry: one.entry, order: ordered.order, class: 'orders', day: '2026-03-02', first: 1, cells },
      { entry: two.entry, first: 101, cells },
    ]);
  });

  test('is refused for a disposal the ledger does not have, one that deletes, another day, and another tenant’s', async () => {
    const [unknown, deletes, known] = [disposal('anonymize'), disposal('delete'), disposal('anonymize')];
    for (const ordered of [deletes, { ...known, class: 'face' }])
      await world.hear(events.DisposalOrderedV2, { tenant, slot: 0 }, ordered);
    const other = await world.openTenant('tenant-of-others', { at: START });
    for (const [caller, ordered] of [
      [tenant, unknown],
      [tenant, deletes],
      [tenant, known],
      [tenant, { ...known, class: 'face', day: '2026-03-03' }],
      [other, { ...known, class: 'face' }],
    ] as const)
      await expect(keep(caller, ordered)).rejects.toMatchObject({ kind: 'conflict', code: 'erasure/no-such-disposal' });
    expect(await listed()).toEqual([]);
  });
});

test('a withdrawal that was missed and is stated later is recorded all the same, and once', async () => {
  const subject = person();
  const act = {
    consent: newId(),
    purpose: 'display',
    level: 'opt-in' as const,
    notice: '2020-11-18',
    at: START.toISOString(),
  };
  const stated = {
    consents: [
      { ...act, version: 2, state: 'withdrawn' as const },
      { ...act, version: 3, state: 'given' as const },
    ],
  };
  await world.hear(events.PersonStatedV1, { tenant, subject }, stated);
  await world.hear(events.ConsentChangedV1, { tenant, subject }, stated.consents[0]!);
  await world.hear(events.PersonStatedV1, { tenant, subject }, stated);
  const { entries } = await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } });
  expect(entries).toMatchObject([{ kind: 'withdrawn', subject, consentVersion: 2 }]);
  const shreds = (await world.announced(events.ShredOrderedV1)).filter((one) => one.subject === subject);
  expect(shreds).toHaveLength(1);
});

test('a disposal is recorded, signed, once; what the platform holds is ordered on its stream', async () => {
  const order = newId();
  const data = {
    order,
    class: 'orders',
    day: '2026-03-02',
    method: 'anonymize' as const,
    custody: ['lethe' as const, 'platform' as const],
    expected: 20,
    at: START.toISOString(),
  };
  await world.hear(events.DisposalOrderedV1, { tenant, slot: 0 }, data);
  await world.hear(events.DisposalOrderedV1, { tenant, slot: 0 }, data);
  const recorded = (await world.announced(events.DisposalRecordedV1)).filter((one) => one.data.order === order);
  expect(recorded).toHaveLength(1);
  expect(await world.callersOf('erasure').verifyEvent(recorded[0] as Envelope)).toBe(true);
  const { entries } = await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } });
  expect(entries).toMatchObject([
    { entry: recorded[0]?.data.entry, kind: 'disposed', class: 'orders', day: '2026-03-02', order },
  ]);
  expect((await world.ask(http.Out, backend(), { query: {} })).items).toMatchObject([
    { kind: 'disposal-ordered', data: { order, participants: ['platform'], class: 'orders', expected: 20 } },
  ]);
});

test('a disposal that stores of the platform take part in says which, also where Lethe holds the original', async () => {
  const data = {
    order: newId(),
    class: 'orders',
    day: '2026-03-02',
    method: 'delete' as const,
    custody: ['lethe' as const],
    participants: ['crm', 'shop'],
    expected: 1,
    at: START.toISOString(),
  };
  await world.hear(events.DisposalOrderedV2, { tenant, slot: 0 }, data);
  await world.hear(events.DisposalOrderedV2, { tenant, slot: 0 }, { ...data, order: newId(), participants: [] });
  expect((await world.ask(http.Out, backend(), { query: {} })).items).toMatchObject([
    { kind: 'disposal-ordered', data: { order: data.order, participants: ['crm', 'shop'] } },
  ]);
});

test('a backup the platform registered is ordered of its holder in the platform’s stream', async () => {
  const backup = newId();
  const at = START.toISOString();
  const order = { holder: 'archive', wanted: 'isolation' as const, because: 'erasure' as const, at };
  await world.hear(events.PlatformBackupOrderedV1, { tenant, slot: 0 }, { backup, ...order });
  await world.hear(events.PlatformBackupOrderedV1, { tenant, slot: 0 }, { backup, ...order, wanted: 'purge' });
  const items = (await world.ask(http.Out, backend(), { query: {} })).items;
  expect(items).toMatchObject([
    { kind: 'backup-ordered', data: { backup, participants: ['archive'], wanted: 'isolation', because: 'erasure' } },
    { kind: 'backup-ordered', data: { backup, participants: ['archive'], wanted: 'purge' } },
  ]);
  const told = (await world.announced(events.PlatformToldV3)).filter((event) => event.tenant === tenant);
  expect(told.map(({ data }) => [data.number, data.kind, data.backup])).toEqual(
    items.map(({ number }) => [number, 'backup-ordered', backup]),
  );
});

test('who registers, or holds other classes than before, is told of; the same again is not', async () => {
  const register = (classes: string[]) =>
    world.ask(http.RegisterParticipant, backend(), { body: { participant: 'shop', classes } });
  await register(['orders']);
  await register(['orders']);
  await register(['orders', 'invoices']);
  const told = async () =>
    (await world.announced(events.ParticipantRegisteredV1))
      .filter((event) => event.tenant === tenant)
      .map(({ data }) => [data.participant, data.classes, data.registryVersion]);
  expect(await told()).toEqual([
    ['shop', ['orders'], 1],
    ['shop', ['orders', 'invoices'], 2],
  ]);
  const afterAStart = new RegistryService(world.context, { pokeAfter: () => undefined });
  await afterAStart.tellAll();
  await afterAStart.tellAll();
  expect((await told()).slice(2)).toEqual([['shop', ['orders', 'invoices'], 2]]);
});

test('an order retention has not signed is refused and leaves no entry', async () => {
  const order = newId();
  const now = world.clock.now();
  const event = makeEvent(
    events.DisposalOrderedV1,
    { id: newId(), time: now, tenant },
    {
      order,
      class: 'orders',
      day: '2026-03-02',
      method: 'delete',
      custody: ['lethe'],
      expected: 1,
      at: now.toISOString(),
    },
  );
  const signature = await world.callersOf('consent').signEvent({ ...event, type: 'consent.heartbeat.v1' });
  for (const forged of [event, { ...event, signature }]) {
    const work = world.database.database.within(tenant, (sql) => {
      const route = routes().find(({ definition }) => definition.type === events.DisposalOrderedV1.type);
      return (
        route?.apply(sql, [forged], {
          topic: 'lethe.retention.order',
          slot: 0,
          incarnation: 'x',
          numbers: [1],
        }) ?? Promise.resolve()
      );
    });
    await expect(work).rejects.toMatchObject({ name: 'Refused', code: 'forged-order' });
  }
  expect((await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } })).entries).toEqual(
    [],
  );
});
test('nor does an order about a backup that retention has not signed reach the platform', async () => {
  const at = START.toISOString();
  const forged = makeEvent(
    events.PlatformBackupOrderedV1,
    { id: newId(), time: world.clock.now(), tenant },
    { backup: newId(), holder: 'archive', wanted: 'purge', at },
  );
  const route = routes().find(({ definition }) => definition.type === forged.type);
  const place = { topic: 'lethe.retention.order', slot: 0, incarnation: 'x', numbers: [1] };
  await expect(
    world.database.database.within(tenant, (sql) => route?.apply(sql, [forged], place) ?? Promise.resolve()),
  ).rejects.toMatchObject({ name: 'Refused', code: 'forged-order' });
  expect((await world.ask(http.Out, backend(), { query: {} })).items).toEqual([]);
});
const routes = () => world.running.opened.routes;

test('a hold is in the ledger once it is placed and recorded, whichever is heard first; its end is too', async () => {
  const subject = person();
  const [first, second, late] = [newId(), newId(), newId()];
  const placed = (hold_: string) =>
    world.hear(
      events.HoldPlacedV1,
      { tenant, subject },
      { hold: hold_, scope: { kind: 'subject', subject }, at: START.toISOString() },
    );
  const recorded = (hold_: string, outcome: 'recorded' | 'too-late' = 'recorded') =>
    world.hear(
      events.HoldRecordedV1,
      { tenant, slot: slotOf(subject, world.slots) },
      { hold: hold_, outcome, parts: 1 },
    );
  await placed(first);
  await recorded(first);
  await recorded(second);
  await placed(second);
  await placed(late);
  await recorded(late, 'too-late');
  await world.hear(events.HoldLiftedV1, { tenant, slot: 0 }, { hold: first, parts: 1 });
  const { entries } = await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } });
  expect(entries.map(({ kind, hold: of }) => [kind, of])).toEqual([
    ['held', first],
    ['held', second],
    ['released', first],
  ]);
  // What the platform's stores keep is what is held, from the moment it is and no longer.
  await world.hear(events.HoldLiftedV1, { tenant, slot: 0 }, { hold: first, parts: 1 });
  const scope = { kind: 'subject', subject };
  expect((await world.ask(http.Out, backend(), { query: {} })).items).toMatchObject([
    { kind: 'hold-placed', subject, data: { hold: first, scope } },
    { kind: 'hold-placed', subject, data: { hold: second, scope } },
    { kind: 'hold-released', subject, data: { hold: first } },
  ]);
});

test('each store that takes part is asked to say that it acts by a hold, and by its end; one that comes later is not', async () => {
  await world.ask(http.RegisterParticipant, backend(), { body: { participant: 'shop' } });
  const subject = person();
  const hold = newId();
  const scope = { kind: 'subject' as const, subject };
  await world.hear(events.HoldPlacedV1, { tenant, subject }, { hold, scope, at: START.toISOString() });
  await world.hear(
    events.HoldRecordedV1,
    { tenant, slot: slotOf(subject, world.slots) },
    { hold, outcome: 'recorded', parts: 1 },
  );
  await world.ask(http.RegisterParticipant, backend(), { body: { participant: 'crm' } });
  await world.hear(events.HoldLiftedV1, { tenant, slot: 0 }, { hold, parts: 1 });
  const about = { hold, scope, participants: ['shop'] };
  expect((await world.ask(http.Out, backend(), { query: {} })).items).toMatchObject([
    { kind: 'hold-placed', subject, data: about },
    { kind: 'hold-released', subject, data: { hold, participants: ['crm', 'shop'] } },
  ]);
  const told = async () =>
    (await world.announced(events.HoldToldV1)).filter((one) => one.tenant === tenant).map(({ data }) => data);
  const last = { hold, state: 'released', participants: ['crm', 'shop'] };
  expect(await told()).toMatchObject([{ hold, state: 'placed', participants: ['shop'] }, last]);
  // Who missed it is told the last again.
  await world.running.opened.restate?.(0);
  expect((await told()).slice(2)).toMatchObject([last]);
});

test('a hold on the whole tenant is told of as such', async () => {
  const hold = newId();
  const at = START.toISOString();
  await world.hear(events.HoldPlacedV1, { tenant, slot: 0 }, { hold, scope: { kind: 'tenant' }, at });
  await world.hear(events.HoldRecordedV1, { tenant, slot: 0 }, { hold, outcome: 'recorded', parts: 0 });
  const items = (await world.ask(http.Out, backend(), { query: {} })).items;
  expect(items).toMatchObject([{ kind: 'hold-placed', data: { hold, scope: { kind: 'tenant' } } }]);
  expect(items[0]).not.toHaveProperty('subject');
});

test('every column erasure keeps is declared', async () => {
  const open = await world.database.admin.transaction((sql) =>
    undeclared(sql, [...FOUNDATION_DECLARATIONS, ...messagingDeclarations, ...erasureDeclarations]),
  );
  expect(open).toEqual([]);
});

test('anyone may have the public keys; none but services read the ledger', async () => {
  const { status, body } = await world.request(http.LedgerKeys, undefined);
  expect([status, body]).toMatchObject([200, { keys: [{ crv: 'Ed25519' }, { crv: 'Ed25519' }] }]);
  expect((await world.request(http.LedgerEntries, backend(), { query: { after: 0 } })).status).toBe(403);
});
