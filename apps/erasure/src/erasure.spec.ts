import { events, http, type Envelope } from '@lethe/contracts';
import { canonical, verifyCertificate } from '@lethe/ledger';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import {
  acked,
  ask,
  backend,
  backups,
  count,
  destroyed,
  documentOf,
  eachWithItsTenant,
  freezeOf,
  hold,
  holding,
  keys,
  person,
  shredOf,
  START,
  stateOf,
  tenant,
  throughToCertified,
  world,
} from './erasure.contract.ts';

eachWithItsTenant();

test('a request goes all the way: frozen, ordered, in the ledger, shredded, swept, certified, and final at last', async () => {
  const subject = person();
  const backup = newId();
  hold([
    holding(),
    holding({ compartment: 'statutory', class: 'orders', method: 'anonymize', parts: 2, floor: '2029-03-03' }),
  ]);
  backups([{ backup, state: 'isolated', takenAt: START.toISOString(), purgeOn: '2026-05-31', rows: 5, bytes: 100 }]);
  const { request, state, deadline } = await ask(subject);
  expect([state, deadline]).toEqual(['verified', '2026-03-17']);

  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  const order = (await world.announced(events.ErasureOrderedV1)).find(({ data }) => data.erasure === request);
  expect(order?.data.shred).toContain('contract');
  expect(order?.data.restrict).toEqual([
    { compartment: 'statutory', class: 'orders', until: '2029-03-03', basis: 'e-commerce-law' },
  ]);
  expect(await world.callersOf('erasure').verifyEvent(order as Envelope)).toBe(true);

  await acked(request, subject, 'done', { collection: { found: 5, deleted: 3, restricted: 2 } });
  const shred = await shredOf(request);
  const { entries } = await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } });
  expect(entries.map(({ entry, kind, compartments }) => [entry, kind, compartments?.includes('contract')])).toEqual([
    [shred.data.entry, 'erased', true],
    [shred.data.entry + 1, 'restricted', false],
  ]);
  // By class and day: what else was in the compartment has gone, and must not come back.
  expect(entries[1]).toMatchObject({ compartments: ['statutory'], class: 'orders', day: '2029-03-03' });

  await destroyed(request, subject);
  const told = await stateOf(request, 'certified');
  expect(told).toMatchObject({
    state: 'certified',
    restricted: [{ class: 'orders' }],
    waitingFor: ['key-epoch', `backup:${backup}`],
  });
  const document = await documentOf(told.certificate ?? '');
  expect(verifyCertificate(document, await keys())).toMatchObject({
    ok: true,
    findings: [],
    final: false,
    development: true,
  });
  expect(document).toMatchObject({
    certificate: {
      final: { expected: '2026-05-31', backups: 1 },
      keys: { destroyed: 2, ledgerEntry: shred.data.entry },
      scope: [
        { outcome: 'shredded', class: 'account', parts: 3 },
        { outcome: 'restricted', class: 'orders', until: '2029-03-03' },
      ],
    },
  });
  expect(canonical(document)).not.toContain(subject);

  const later = world.clock.now().toISOString();
  await world.hear(events.EpochEndedV1, { tenant, slot: 0 }, { epoch: count, before: later, at: later });
  expect((await stateOf(request)).state).toBe('certified');
  await world.hear(events.BackupGoneV1, { tenant, slot: 0 }, { backup, at: later });
  expect((await stateOf(request, 'final')).state).toBe('final');
  expect(verifyCertificate(await documentOf(told.certificate ?? ''), await keys())).toMatchObject({
    ok: true,
    final: true,
  });
});

test('a backup of the platform with a class of the person is named with its holder and its day, and waited for', async () => {
  const subject = person();
  const [theirs, elsewhere] = [newId(), newId()];
  const copy = { state: 'isolated' as const, takenAt: START.toISOString(), purgeOn: '2026-07-01', rows: 0, bytes: 0 };
  const covers = { holder: 'archive', from: START.toISOString(), until: START.toISOString() };
  hold([holding()]);
  backups([
    { ...copy, backup: theirs, platform: { ...covers, classes: ['account'] } },
    { ...copy, backup: elsewhere, platform: { ...covers, classes: ['orders'] } },
  ]);
  const { request, certificate } = await throughToCertified(subject);
  expect(await documentOf(certificate)).toMatchObject({
    certificate: {
      backups: [{ backup: theirs, state: 'isolated', takenAt: START.toISOString(), purgeOn: '2026-07-01' }],
      final: { expected: '2026-07-01', backups: 1 },
      residuals: expect.arrayContaining([
        { place: 'backups.archive', because: 'isolated-until-purged', until: '2026-07-01' },
      ]),
    },
  });
  const later = world.clock.now().toISOString();
  await world.hear(events.EpochEndedV1, { tenant, slot: 0 }, { epoch: 500 + count, before: later, at: later });
  await world.hear(events.BackupGoneV1, { tenant, slot: 0 }, { backup: elsewhere, at: later });
  expect((await stateOf(request)).state).toBe('certified');
  await world.hear(events.BackupGoneV1, { tenant, slot: 0 }, { backup: theirs, at: later });
  expect((await stateOf(request, 'final')).state).toBe('final');
  backups([]);
});

test('an epoch that ended before the keys died makes nothing final', async () => {
  const subject = person();
  const before = new Date(world.clock.now().getTime() - 60_000).toISOString();
  const { request } = await throughToCertified(subject);
  await world.hear(
    events.EpochEndedV1,
    { tenant, slot: 0 },
    { epoch: 1000 + count, before, at: world.clock.now().toISOString() },
  );
  expect((await stateOf(request)).waitingFor).toContain('key-epoch');
});

test('an unknown person gets the answers a known one gets, up to a certificate that nothing was found (I32)', async () => {
  hold([holding()]);
  const known = await ask(person());
  hold([]);
  const subject = person();
  const unknown = await ask(subject);
  expect(Object.keys(unknown)).toEqual(Object.keys(known));
  expect([unknown.state, unknown.deadline]).toEqual([known.state, known.deadline]);
  const nothing = { found: 0, deleted: 0 };
  await acked(unknown.request, subject, 'frozen', { collection: nothing, consent: nothing, retention: nothing });
  await stateOf(unknown.request, 'ordered');
  await acked(unknown.request, subject, 'done', { collection: nothing, consent: nothing, retention: nothing });
  await destroyed(unknown.request, subject);
  expect((await stateOf(unknown.request, 'certified')).certificate).toBeDefined();
});

test('asking again, with the same key or another, gives the same request and the same certificate (I28)', async () => {
  const subject = person();
  const key = newId();
  const first = await ask(subject, { idempotencyKey: key });
  expect(await ask(subject, { idempotencyKey: key })).toMatchObject({ request: first.request, receipt: first.receipt });
  expect((await ask(subject)).request).toBe(first.request);
  await expect(ask(person(), { idempotencyKey: key })).rejects.toMatchObject({
    kind: 'conflict',
    code: 'erasure/idempotency-key-reused',
  });
  await acked(first.request, subject, 'frozen');
  await stateOf(first.request, 'ordered');
  await acked(first.request, subject, 'done');
  await destroyed(first.request, subject);
  const { certificate } = await stateOf(first.request, 'certified');
  const again = await ask(subject);
  expect((await stateOf(again.request)).certificate).toBe(certificate);
  expect(
    (await world.announced(events.ErasureCertifiedV1)).filter(({ data }) => data.erasure === first.request),
  ).toHaveLength(1);
});

test('the receipt shows whose the certificate is', async () => {
  const subject = person();
  const { receipt } = await ask(subject);
  const { request, certificate } = await throughToCertified(subject);
  expect(verifyCertificate(await documentOf(certificate), await keys(), { request, receipt: receipt ?? '' }).ok).toBe(
    true,
  );
});

test('acks from before the freeze freeze nothing', async () => {
  const subject = person();
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen', { consent: { position: 0 } });
  expect(await stateOf(request)).toMatchObject({ state: 'scoped', waitingFor: ['consent'] });
});

test('a service that counts wrong, or finds something again, keeps the keys alive', async () => {
  const subject = person();
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  await acked(request, subject, 'done', { collection: { found: 4, deleted: 3 }, retention: { rescan: 1 } });
  expect(await stateOf(request)).toMatchObject({ state: 'ordered', waitingFor: ['collection', 'retention'] });
  await acked(request, subject, 'done', { consent: 'silent', collection: { found: 4, deleted: 4 } });
  expect((await stateOf(request, 'shredding')).state).toBe('shredding');
});

test('a platform hears the order on its stream; its lie is not accepted, its truth is', async () => {
  await world.ask(http.RegisterParticipant, backend(), { body: { participant: 'orders-store' } });
  const subject = person();
  const { request } = await ask(subject);
  const { items: before } = await world.ask(http.Out, backend(), { query: {} });
  expect(before).toEqual([]);
  await acked(request, subject, 'frozen');
  const { items } = await world.ask(http.Out, backend(), { query: { waitMs: 10_000 } });
  expect(items).toMatchObject([
    { number: 1, kind: 'erasure-ordered', subject, data: { request, participants: ['orders-store'] } },
  ]);

  const told = (await world.announced(events.PlatformToldV3)).find(({ data }) => data.request === request);
  expect(told).toMatchObject({ subject, data: { item: items[0]?.id, number: 1, kind: 'erasure-ordered' } });

  const say = (body: { found: number; deleted: number; rescan: number }) =>
    world.ask(http.AckErasure, backend(), { params: { request }, body: { participant: 'orders-store', ...body } });
  await acked(request, subject, 'done');
  expect(await say({ found: 3, deleted: 2, rescan: 0 })).toEqual({ accepted: false });
  expect(await say({ found: 3, deleted: 3, rescan: 1 })).toEqual({ accepted: false });
  expect(await stateOf(request)).toMatchObject({ state: 'ordered', waitingFor: ['orders-store'] });
  expect(await say({ found: 3, deleted: 3, rescan: 0 })).toEqual({ accepted: true });
  expect(await say({ found: 3, deleted: 3, rescan: 0 })).toEqual({ accepted: true });
  await destroyed(request, subject);
  const { certificate } = await stateOf(request, 'certified');
  const participants = (
    (await documentOf(certificate ?? ''))['certificate'] as { participants: { participant: string }[] }
  ).participants;
  expect(participants.map(({ participant }) => participant)).toEqual([
    'collection',
    'consent',
    'orders-store',
    'retention',
  ]);
});

test('whoever registers later takes no part in an erasure that has begun', async () => {
  const subject = person();
  const { request } = await ask(subject);
  await freezeOf(request);
  await world.ask(http.RegisterParticipant, backend(), { body: { participant: 'late-store' } });
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  await expect(
    world.ask(http.AckErasure, backend(), {
      params: { request },
      body: { participant: 'late-store', found: 0, deleted: 0, rescan: 0 },
    }),
  ).rejects.toMatchObject({ kind: 'missing', code: 'erasure/no-such-participant' });
});

test('what the platform holds and nobody registered for is waited for all the same', async () => {
  hold([holding({ custody: 'platform' })]);
  const subject = person();
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  await acked(request, subject, 'done');
  expect((await stateOf(request)).waitingFor).toEqual(['platform']);
});

test('silence at the deadline is restricted and escalated, never certified; a late true statement still ends it (I27)', async () => {
  await world.ask(http.RegisterParticipant, backend(), { body: { participant: 'orders-store' } });
  const subject = person();
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  await acked(request, subject, 'done');
  await world.moveClock(tenant, new Date('2026-03-17T15:59:00.000Z'));
  expect((await stateOf(request)).state).toBe('ordered');
  await world.moveClock(tenant, new Date('2026-03-17T16:00:01.000Z'));
  expect(await stateOf(request, 'restricted')).toMatchObject({ state: 'restricted', waitingFor: ['orders-store'] });
  const { items } = await world.ask(http.Out, backend(), { query: { after: 1, waitMs: 10_000 } });
  expect(items).toMatchObject([{ kind: 'subject-restricted', data: { waitingFor: ['orders-store'] } }]);
  expect(
    await world.announced(events.ShredOrderedV1).then((all) => all.some(({ data }) => data.erasure === request)),
  ).toBe(false);
  expect(
    (await world.ask(http.Requests, { tenant, role: 'officer' }, { query: { state: 'restricted' } })).counts,
  ).toEqual({ restricted: 1 });
  await eventually(() => world.lines.some((line) => line.includes('"erasure/late"') && line.includes(tenant)));

  await world.ask(http.AckErasure, backend(), {
    params: { request },
    body: { participant: 'orders-store', found: 0, deleted: 0, rescan: 0 },
  });
  await destroyed(request, subject);
  expect(
    (
      await eventually(async () => {
        const told = await stateOf(request);
        return told.state === 'certified' ? told : undefined;
      })
    ).certificate,
  ).toBeDefined();
});

test('a page of those in one state is full while there are more of them', async () => {
  await world.ask(http.RegisterParticipant, backend(), { body: { participant: 'orders-store' } });
  const [late, next] = [person(), person()];
  const { request } = await ask(late);
  await acked(request, late, 'frozen');
  await stateOf(request, 'ordered');
  await world.moveClock(tenant, new Date('2026-03-18T04:00:00.000Z'));
  await stateOf(request, 'restricted');
  const newer = (await ask(next)).request;
  await acked(newer, next, 'frozen');
  await stateOf(newer, 'ordered');
  const page = async (state: 'restricted' | 'ordered', after?: string) => {
    const query = { state, limit: 1, ...(after === undefined ? {} : { after }) };
    const { requests } = await world.ask(http.Requests, { tenant, role: 'officer' }, { query });
    return requests.map((one) => one.request);
  };
  expect(await page('restricted')).toEqual([request]);
  expect(await page('restricted', request)).toEqual([]);
  expect(await page('ordered')).toEqual([newer]);
});

test('an unproved identity waits for an officer, whose refusal carries its reason', async () => {
  const subject = person();
  const { request, state } = await world.ask(http.AskErasure, backend(), {
    body: { subject, kind: 'erasure', idempotencyKey: newId() },
  });
  expect(state).toBe('received');
  expect((await stateOf(request)).waitingFor).toEqual(['identity']);
  const officer = { tenant, role: 'officer' as const };
  await world.ask(http.VerifyRequest, officer, {
    params: { request },
    body: { outcome: 'refused', code: 'identity-not-proved' },
  });
  expect(await stateOf(request)).toMatchObject({ state: 'refused', refusal: { code: 'identity-not-proved' } });
  await expect(
    world.ask(http.VerifyRequest, officer, { params: { request }, body: { outcome: 'verified', method: 'letter' } }),
  ).rejects.toMatchObject({
    code: 'erasure/already-decided',
  });
  expect((await ask(subject)).request).not.toBe(request);
});

test('a request that is over goes on its date, three years on, and not a day before', async () => {
  const subject = person();
  const body = { subject, kind: 'erasure' as const, idempotencyKey: newId() };
  const { request } = await world.ask(http.AskErasure, backend(), { body });
  const officer = { tenant, role: 'officer' as const };
  const refusal = { outcome: 'refused' as const, code: 'identity-not-proved' };
  await world.ask(http.VerifyRequest, officer, { params: { request }, body: refusal });
  await world.moveClock(tenant, new Date('2029-03-02T15:59:00.000Z'));
  expect((await stateOf(request)).state).toBe('refused');
  await world.moveClock(tenant, new Date('2029-03-02T16:00:01.000Z'));
  await eventually(async () => ((await world.ask(http.Requests, officer)).requests.length === 0 ? true : undefined));
});

test('closing an account says so once, with the moment', async () => {
  const subject = person();
  const { request } = await ask(subject, { kind: 'close-account', ground: 'account-canceled' });
  const closed = (await world.announced(events.AccountClosedV1)).filter(({ data }) => data.erasure === request);
  expect(closed).toHaveLength(1);
  expect(closed[0]?.data.at.slice(0, 10)).toBe('2026-03-02');
});

test('a person sees and asks for themselves only', async () => {
  const [subject, other] = [person(), person()];
  const { request } = await ask(subject);
  const self = { tenant, role: 'subject' as const, subject: other };
  await expect(world.ask(http.RequestState, self, { params: { request } })).rejects.toMatchObject({
    kind: 'missing',
    code: 'erasure/no-such-request',
  });
  await expect(
    world.ask(http.AskErasure, self, { body: { subject, kind: 'erasure', idempotencyKey: newId() } }),
  ).rejects.toMatchObject({ kind: 'forbidden', code: 'erasure/not-your-own' });
});

test('another tenant sees neither request nor certificate nor stream nor ledger', async () => {
  const subject = person();
  const { request, certificate } = await throughToCertified(subject);
  const other = { tenant: await world.openTenant(`other-${String(count)}`), role: 'backend' as const };
  await expect(world.ask(http.RequestState, other, { params: { request } })).rejects.toMatchObject({ kind: 'missing' });
  await expect(world.ask(http.CertificateOf, other, { params: { certificate } })).rejects.toMatchObject({
    kind: 'missing',
  });
  expect((await world.ask(http.Out, other, { query: {} })).items).toEqual([]);
  expect((await world.ask(http.LedgerEntries, { ...other, role: 'service' }, { query: { after: 0 } })).entries).toEqual(
    [],
  );
});

test('nothing erasure logs names a person', async () => {
  const subject = person();
  await throughToCertified(subject);
  expect(world.lines.join('\n')).not.toContain(subject);
});
