import { events, http, makeEvent } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { verifyCertificate } from '@lethe/ledger';
import { newId } from '@lethe/platform';
import {
  acked,
  ask,
  backend,
  destroyed,
  documentOf,
  eachWithItsTenant,
  keys,
  person,
  START,
  stateOf,
  tenant,
  world,
} from './erasure.contract.ts';
import { OutStream } from './out-stream.ts';
import { Recovering } from './recovering.ts';

// Of its payments the platform itself holds the data: a withdrawal asks its stores.
eachWithItsTenant('xiaopiaopiao');

const ana = () => ({ tenant, role: 'officer' as const, sub: 'ana' });
const ben = () => ({ tenant, role: 'officer' as const, sub: 'ben' });
const register = (participant: string, of = tenant, classes: string[] = []) =>
  world.ask(http.RegisterParticipant, { tenant: of, role: 'backend' }, { body: { participant, classes } });
type Because = 'destroyed' | 'moved' | 'never-held';
const leave = (participant: string, because: Because = 'destroyed', asker = ana()) =>
  world.ask(http.LeaveParticipant, asker, { params: { participant }, body: { because } });
const close = (participant: string, asker = ben()) =>
  world.ask(http.CloseParticipant, asker, { params: { participant } });
const listed = async () => (await world.ask(http.Participants, ana())).participants;
const out = async () => (await world.ask(http.Out, backend(), { query: {} })).items;
const told = async () =>
  (await world.announced(events.ParticipantLeftV1)).filter((one) => one.tenant === tenant).map(({ data }) => data);
const say = (request: string, participant: string, over: { deleted?: number; rescan?: number } = {}) =>
  world.ask(http.AckErasure, backend(), {
    params: { request },
    body: { participant, found: 2, deleted: 2, rescan: 0, ...over },
  });

/** An erasure that every service has carried out; the platform's stores are still to say so. */
async function ordered(subject: SubjectRef): Promise<string> {
  const { request } = await ask(subject, { ground: 'service-ended' });
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  await acked(request, subject, 'done');
  return request;
}
async function withdraw(): Promise<number> {
  const consent = { consent: newId(), version: 2, purpose: 'payment', state: 'withdrawn', level: 'explicit' } as const;
  await world.hear(
    events.ConsentChangedV1,
    { tenant, subject: person() },
    { ...consent, notice: '2022-04-20', at: START.toISOString() },
  );
  const [one] = (await world.ask(http.Withdrawals, backend(), { query: {} })).withdrawals;
  return one!.entry;
}
const withdrawal = async () => (await world.ask(http.Withdrawals, backend(), { query: {} })).withdrawals[0];

test('a store that has left is asked nothing more, the others are; who said so and why is there to read', async () => {
  await register('archive');
  await register('shop');
  expect(await leave('archive')).toMatchObject({ participant: 'archive', registryVersion: 3 });
  expect(await leave('archive', 'moved', ben())).toMatchObject({ registryVersion: 3 });
  expect(await listed()).toMatchObject([
    { participant: 'archive', left: { because: 'destroyed', by: expect.stringContaining('ana') as string } },
    { participant: 'shop' },
  ]);
  expect(await told()).toMatchObject([{ participant: 'archive', because: 'destroyed', closed: false }]);
  const subject = person();
  await ordered(subject);
  const hold = newId();
  const placed = { hold, scope: { kind: 'subject' as const, subject }, at: START.toISOString() };
  await world.hear(events.HoldPlacedV1, { tenant, subject }, placed);
  await world.hear(events.HoldRecordedV1, { tenant, slot: 0 }, { hold, outcome: 'recorded', parts: 1 });
  await withdraw();
  expect((await out()).map(({ kind, data }) => [kind, data['participants']])).toEqual([
    ['erasure-ordered', ['shop']],
    ['hold-placed', ['shop']],
    ['withdrawal-ordered', ['shop']],
  ]);
});

test('what it had not answered is waited for until a second person closes it; the certificate says that it made no statement', async () => {
  await register('archive');
  await register('shop');
  const subject = person();
  const request = await ordered(subject);
  expect(await say(request, 'shop')).toEqual({ accepted: true });
  await leave('archive', 'moved');
  expect(await stateOf(request)).toMatchObject({ state: 'ordered', waitingFor: ['archive'] });
  await expect(close('archive', ana())).rejects.toMatchObject({ code: 'platform/same-person' });
  expect(await stateOf(request)).toMatchObject({ state: 'ordered', waitingFor: ['archive'] });

  expect(await close('archive')).toMatchObject({ participant: 'archive', erasures: 1, withdrawals: 0 });
  await destroyed(request, subject);
  const { certificate } = await stateOf(request, 'certified');
  const document = await documentOf(certificate!);
  expect(verifyCertificate(document, await keys())).toMatchObject({ ok: true, findings: [] });
  const { participants, residuals } = document['certificate'] as {
    participants: { participant: string }[];
    residuals: unknown[];
  };
  expect(participants.map(({ participant }) => participant)).toEqual(['collection', 'consent', 'retention', 'shop']);
  expect(residuals).toContainEqual({ place: 'participant.archive', because: 'left-moved' });
  expect(await told()).toMatchObject([{ closed: false }, { participant: 'archive', because: 'moved', closed: true }]);
  expect((await listed())[0]).toMatchObject({ left: { closed: { by: expect.stringContaining('ben') as string } } });
});

test('late and restricted it stays while nobody closes it, and goes on when somebody does', async () => {
  await register('archive');
  const subject = person();
  const request = await ordered(subject);
  await leave('archive');
  await world.moveClock(tenant, new Date('2026-06-02T02:00:00.000Z'));
  expect(await stateOf(request, 'restricted')).toMatchObject({ state: 'restricted', waitingFor: ['archive'] });
  await close('archive');
  await destroyed(request, subject);
  expect((await stateOf(request, 'certified')).state).toBe('certified');
});

test('a statement that was not believed is closed as none; one that was believed stands', async () => {
  await register('archive');
  await register('shop');
  const [one, other] = [person(), person()];
  const [lied, answered] = [await ordered(one), await ordered(other)];
  expect(await say(lied, 'archive', { rescan: 1 })).toEqual({ accepted: false });
  expect(await say(answered, 'archive')).toEqual({ accepted: true });
  await leave('archive');
  expect(await close('archive')).toMatchObject({ erasures: 1 });
  expect(await close('archive')).toMatchObject({ erasures: 0 });
  await say(lied, 'shop');
  await say(answered, 'shop');
  const named = async (request: string, subject: SubjectRef) => {
    await destroyed(request, subject);
    const { certificate } = await stateOf(request, 'certified');
    const text = JSON.stringify(await documentOf(certificate!));
    return [text.includes('"participant":"archive"'), text.includes('participant.archive')];
  };
  expect(await named(lied, one)).toEqual([false, true]);
  expect(await named(answered, other)).toEqual([true, false]);
});

test('of what was closed a statement that is believed takes the place, one that is not does nothing', async () => {
  await register('archive');
  await register('shop');
  const subject = person();
  const request = await ordered(subject);
  await leave('archive');
  await close('archive');
  expect(await say(request, 'archive', { rescan: 3 })).toEqual({ accepted: false });
  expect((await stateOf(request)).waitingFor).toEqual(['shop']);
  expect(await say(request, 'archive')).toEqual({ accepted: true });
  await say(request, 'shop');
  await destroyed(request, subject);
  const { certificate } = await stateOf(request, 'certified');
  const text = JSON.stringify(await documentOf(certificate!));
  expect(text).toContain('"participant":"archive"');
  expect(text).not.toContain('participant.archive');
});

test('a withdrawal goes on without it, and says so', async () => {
  await register('archive');
  await register('shop');
  const entry = await withdraw();
  await leave('archive', 'never-held');
  expect(await withdrawal()).toMatchObject({ state: 'ordered', waitingFor: ['archive', 'shop'], closed: [] });
  expect(await close('archive')).toMatchObject({ erasures: 0, withdrawals: 1 });
  expect(await withdrawal()).toMatchObject({
    state: 'ordered',
    waitingFor: ['shop'],
    closed: [{ participant: 'archive', because: 'never-held' }],
  });
  const ack = (participant: string) =>
    world.ask(http.AckWithdrawal, backend(), {
      params: { entry },
      body: { participant, found: 1, deleted: 1, rescan: 0 },
    });
  expect(await ack('shop')).toEqual({ accepted: true });
  expect(await withdrawal()).toMatchObject({ state: 'done', waitingFor: [], closed: [{ participant: 'archive' }] });
  // A late word is one all the same.
  expect(await ack('archive')).toEqual({ accepted: true });
  expect(await withdrawal()).toMatchObject({
    state: 'done',
    participants: [{ participant: 'archive' }, { participant: 'shop' }],
    closed: [],
  });
});

test('the last withdrawal that waited for it alone is done when it is closed', async () => {
  await register('archive');
  await withdraw();
  await leave('archive');
  await close('archive');
  expect(await withdrawal()).toMatchObject({ state: 'done', participants: [], waitingFor: [] });
});

test('a store that registers again is asked again, and what was closed stays closed', async () => {
  await register('archive');
  const subject = person();
  const before = await ordered(subject);
  await leave('archive');
  await close('archive');
  expect(await register('archive')).toMatchObject({ registryVersion: 3 });
  expect((await listed())[0]).not.toHaveProperty('left');
  const after = await ordered(person());
  expect((await stateOf(after)).waitingFor).toEqual(['archive']);
  expect((await stateOf(before)).waitingFor).not.toContain('archive');
  await expect(close('archive')).rejects.toMatchObject({ code: 'erasure/takes-part' });
});

test('only an officer takes a store out, only one that is there, and nobody closes what the platform answers for', async () => {
  await register('archive');
  const status = async (role: 'backend' | 'operator' | 'auditor') => {
    const asker = { tenant, role };
    const params = { participant: 'archive' };
    const left = await world.request(http.LeaveParticipant, asker, { params, body: { because: 'destroyed' } });
    return [left.status, (await world.request(http.CloseParticipant, asker, { params })).status];
  };
  for (const role of ['backend', 'operator', 'auditor'] as const) expect(await status(role)).toEqual([403, 403]);
  for (const work of [leave('nobody'), close('nobody')])
    await expect(work).rejects.toMatchObject({ kind: 'missing', code: 'erasure/no-such-participant' });
  await expect(close('archive')).rejects.toMatchObject({ kind: 'conflict', code: 'erasure/takes-part' });
  await register('platform');
  await leave('platform');
  await expect(close('platform')).rejects.toMatchObject({ code: 'erasure/platform-answers', field: 'participant' });
  const wrong = { params: { participant: 'archive' }, body: { because: 'old' as never } };
  expect(await world.request(http.LeaveParticipant, ana(), wrong)).toMatchObject({
    status: 422,
    body: { field: 'because' },
  });
});

test('a store of the same name of another tenant takes part as before', async () => {
  const other = await world.openTenant(`other-${tenant}`, { pack: 'xiaopiaopiao', at: START });
  await register('archive');
  await register('archive', other);
  await leave('archive');
  await close('archive');
  const { participants } = await world.ask(http.Participants, { tenant: other, role: 'officer' });
  expect(participants).toMatchObject([{ participant: 'archive' }]);
  expect(participants[0]).not.toHaveProperty('left');
});

test('who missed it is told who takes part and who has left', async () => {
  await register('archive', tenant, ['account']);
  await register('shop');
  await leave('archive');
  await close('archive');
  const before = (await told()).length;
  await world.running.opened.restate?.(0);
  expect((await told()).slice(before)).toMatchObject([{ participant: 'archive', closed: true, registryVersion: 3 }]);
  const registered = (await world.announced(events.ParticipantRegisteredV1)).filter((one) => one.tenant === tenant);
  expect(registered.at(-1)?.data).toMatchObject({ participant: 'shop', registryVersion: 2 });
});

test('an older database knows again that a store left, and what was closed', async () => {
  await register('archive');
  const subject = person();
  const request = await ordered(subject);
  const entry = await withdraw();
  const at = world.clock.now();
  const said = (closed: boolean) =>
    makeEvent(
      events.ParticipantLeftV1,
      { id: newId(), time: at, tenant },
      { participant: 'archive', because: 'destroyed', closed, registryVersion: 2, at: at.toISOString() },
    );
  const recover = (closed: boolean) =>
    world.database.database.within(tenant, (sql) =>
      new Recovering(world.context, new OutStream(world.context)).said(sql, tenant, [said(closed)]),
    );
  expect(await recover(false)).toEqual([]);
  expect(await listed()).toMatchObject([
    { participant: 'archive', registryVersion: 2, left: { because: 'destroyed', by: 'recovered' } },
  ]);
  expect((await stateOf(request)).waitingFor).toEqual(['archive']);
  for (let times = 0; times < 2; times += 1) expect(await recover(true)).toEqual([]);
  expect((await stateOf(request)).waitingFor).not.toContain('archive');
  expect(await withdrawal()).toMatchObject({ entry, state: 'done', closed: [{ participant: 'archive' }] });
  // What it had said before is no news.
  const earlier = makeEvent(
    events.ParticipantRegisteredV1,
    { id: newId(), time: at, tenant },
    { participant: 'archive', classes: [], registryVersion: 1, at: at.toISOString() },
  );
  await world.database.database.within(tenant, (sql) =>
    new Recovering(world.context, new OutStream(world.context)).said(sql, tenant, [earlier]),
  );
  expect((await listed())[0]).toHaveProperty('left');
});
