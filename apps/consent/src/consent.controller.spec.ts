import { events, http } from '@lethe/contracts';
import { tenantId, type SubjectRef } from '@lethe/kernel';
import { verifyReceipt } from '@lethe/ledger';
import { newRef } from '@lethe/platform';
import { eventually, testContext, type TestContext } from '@lethe/testing';
import { consent } from './consent.module.ts';

let rig: TestContext;
beforeAll(async () => {
  rig = await testContext(consent);
  // Whatever service is asked, this one answers for itself: it hears its own tenants like everyone else.
  Object.assign(rig.peers, {
    applied: (_: string, place: { topic: string; slot: number; number: number }) =>
      rig.context.applied(place.topic, place.slot, place.number, 50_000),
  });
});
afterAll(() => rig.stop());

const person = (): SubjectRef => newRef() as SubjectRef;
const backend = (tenant: string) => ({ tenant, role: 'backend', sub: 'app' }) as const;
const give = (subject: SubjectRef) => ({
  subject,
  purpose: 'personalized-display',
  state: 'given' as const,
  level: 'opt-in' as const,
});

describe('a development tenant', () => {
  test('can be used as soon as it is open, at the legal time it was opened with', async () => {
    const opened = await rig.request(http.OpenTenant, undefined, {
      body: { tenant: 'shop-one', pack: 'damai', startAt: '2022-01-01T00:00:00Z' },
    });
    expect(opened).toMatchObject({ status: 200, body: { tenant: 'shop-one', pack: 'damai', version: '2020-11-18' } });
    const subject = person();
    const acted = await rig.ask(http.ActOnConsent, backend('shop-one'), { body: { acts: [give(subject)] } });
    expect(acted).toMatchObject({ outcomes: [{ outcome: 'recorded', version: 1 }] });
    const { consents } = await rig.ask(http.ConsentsOf, backend('shop-one'), { params: { subject } });
    expect(consents[0]?.at).toMatch(/^2022-01-01T00:/);
    // Erasure asks whether a withdrawal still stands before it tells of it again.
    const service = { tenant: 'shop-one', role: 'service', sub: 'erasure' } as const;
    expect((await rig.ask(http.ConsentsOf, service, { params: { subject } })).consents).toEqual(consents);
    expect(await rig.ask(http.CurrentNotice, backend('shop-one'))).toMatchObject({
      pack: 'damai',
      zone: 'Asia/Shanghai',
    });
  });

  test('moves its clock, by an operator only', async () => {
    await rig.request(http.OpenTenant, undefined, { body: { tenant: 'shop-two', pack: 'damai' } });
    const body = { to: '2031-01-01T00:00:00Z' };
    expect(await rig.request(http.MoveClock, backend('shop-two'), { body })).toMatchObject({ status: 403 });
    const operator = { tenant: 'shop-two', role: 'operator', sub: 'ops' } as const;
    expect(await rig.ask(http.MoveClock, operator, { body })).toMatchObject({ legalTime: '2031-01-01T00:00:00.000Z' });
    expect((await rig.context.clock.legalNow(tenantId('shop-two'))).toISOString()).toMatch(/^2031-01-01T00:00/);
  });

  test('under a pack that is not there is refused by name', async () => {
    const answer = await rig.request(http.OpenTenant, undefined, { body: { tenant: 'shop-three', pack: 'no-such' } });
    expect(answer).toMatchObject({ status: 404 });
  });
});

describe('a person', () => {
  const subject = person();
  const asked = { tenant: 'shop-one', role: 'subject', sub: 'me', subject } as const;

  test('acts and looks for themselves only', async () => {
    expect(await rig.ask(http.ActOnConsent, asked, { body: { acts: [give(subject)] } })).toMatchObject({
      outcomes: [{ outcome: 'recorded' }],
    });
    const other = person();
    expect(await rig.request(http.ActOnConsent, asked, { body: { acts: [give(subject), give(other)] } })).toMatchObject(
      { status: 403, body: { code: 'consent/not-your-own' } },
    );
    expect(await rig.request(http.ConsentsOf, asked, { params: { subject: other } })).toMatchObject({ status: 403 });
    expect((await rig.ask(http.ConsentsOf, backend('shop-one'), { params: { subject: other } })).consents).toEqual([]);
  });

  test('withdraws, and is told when it is effective', async () => {
    const acts = [{ ...give(subject), state: 'withdrawn' as const }];
    expect(await rig.ask(http.ActOnConsent, asked, { body: { acts } })).toMatchObject({
      outcomes: [{ outcome: 'effective', version: 2, at: expect.any(String) }],
    });
  });
});

test('a wrong field is named, its value never repeated', async () => {
  const body = { acts: [{ ...give(person()), level: '13800001234' }] } as never;
  const answer = await rig.request(http.ActOnConsent, backend('shop-one'), { body });
  expect(answer).toMatchObject({ status: 422, body: { field: 'acts.0.level' } });
  expect(JSON.stringify(answer.body)).not.toContain('13800001234');
});

test('the lease is renewed by itself, in every slot', async () => {
  const beats = async () => (await rig.announced(events.HeartbeatV1)).map(({ data }) => data.beat);
  await eventually(async () => Math.max(...(await beats())) >= 2, { what: 'a second beat' });
  expect((await beats()).filter((beat) => beat === 2)).toHaveLength(rig.slots);
});

test('a receipt verifies as it came through the door, byte by byte, and no longer when one of them is another', async () => {
  const acted = await rig.ask(http.ActOnConsent, backend('shop-one'), { body: { acts: [give(person())] } });
  const [outcome] = acted.outcomes;
  const params = { consent: outcome?.outcome === 'recorded' ? outcome.consent : '' };
  const { body } = await rig.request(http.ReceiptOf, backend('shop-one'), { params });
  const text = JSON.stringify(body);
  const keys = await rig.ask(http.ReceiptKeys, backend('shop-one'));
  expect(verifyReceipt(text, keys)).toMatchObject({ ok: true });
  const asked = await rig.ask(http.ReceiptOf, backend('shop-one'), { params });
  expect(verifyReceipt(JSON.stringify(asked), keys)).toMatchObject({ ok: true });
  const tries = Array.from({ length: 200 }, (_, nth) => Math.floor((nth * text.length) / 200));
  for (const at of tries) {
    const other = text[at] === '1' ? '2' : '1';
    expect(verifyReceipt(`${text.slice(0, at)}${other}${text.slice(at + 1)}`, keys)).toMatchObject({ ok: false });
  }
});
