import { randomInt, randomUUID } from 'node:crypto';
import { events, http } from '@lethe/contracts';
import { verifyReceipt } from '@lethe/ledger';
import { Fault, type SubjectRef, type TenantId } from '@lethe/kernel';
import type { Caller } from '@lethe/platform';
import { person, policyWith, startConsent } from './consent.contract.ts';
import { ConsentService, type ActAsked } from './consent.service.ts';
import { GuardiansService } from './guardians.service.ts';
import { NoticesService } from './notices.service.ts';
import { PacksService } from './packs.service.ts';
import { ReceiptsService } from './receipts.service.ts';

const CONSENT = `
  acceptance: { shown: true, clause: DM-SCP-03 }
  implied: { clause: DM-SCP-03 }
  newFunction: { notice: [purpose, scope, manner], channels: [popup], level: explicit, clause: DM-CON-01 }
  noNagging: { period: P30D, clause: DM-CON-02 }
  withdrawal: { channels: [settings, unsubscribe], warnBasic: { clause: DM-WDR-03 }, clause: DM-WDR-03 }`;
const MINORS = `
  childBelow: 14
  sensitiveUpTo: 14
  onDiscovery: { within: P3D, clause: DM-MIN-05 }
  clause: DM-MIN-01`;
const DAY = 86_400_000;

let rig: Awaited<ReturnType<typeof startConsent>>;
let consents: ConsentService;
let notices: NoticesService;
let guardians: GuardiansService;
let receipts: ReceiptsService;
let tenant: TenantId;
beforeAll(async () => {
  rig = await startConsent();
  const { context } = rig.test;
  consents = new ConsentService(context);
  notices = new NoticesService(context);
  guardians = new GuardiansService(context);
  receipts = new ReceiptsService(context);
  const { digest = '', version = '' } = await new PacksService(context).send({
    policy: policyWith({ consent: CONSENT, minors: MINORS }),
  });
  tenant = 'asking' as TenantId;
  await rig.test.putTenant(
    tenant,
    { pack: 'damai', packVersion: version, packDigest: digest },
    new Date('2026-03-02T02:00:00.000Z'),
  );
});
afterAll(() => rig.test.stop());

const act = (subject: SubjectRef, over: Partial<ActAsked>) =>
  consents
    .act(
      tenant,
      [{ subject, purpose: 'personalized-display', state: 'given', level: 'opt-in', ...over }],
      'backend',
      rig.test.clock.now(),
    )
    .then(([outcome]) => outcome);
const show = (subject: SubjectRef, over: Partial<Parameters<NoticesService['show']>[1][number]>) =>
  notices
    .show(tenant, [{ subject, about: 'policy', language: 'zh-CN', channel: 'app', says: [], asks: false, ...over }])
    .then(([outcome]) => outcome);
const refused = (code: string) => ({ outcome: 'refused', refusal: { code } });

test('the policy is agreed to only after it was shown, and the act says which notice that was', async () => {
  const subject = person();
  const agree = () => act(subject, { purpose: 'policy', level: 'acceptance' });
  expect(await agree()).toMatchObject(refused('notice-not-shown'));
  const shown = await show(subject, {});
  expect(await agree()).toMatchObject({ outcome: 'recorded' });
  const { acts, notices: seen } = await consents.historyOf(tenant, subject, 'person');
  expect(acts).toMatchObject([{ purpose: 'policy', state: 'given', level: 'acceptance' }]);
  expect(seen).toMatchObject([{ about: 'policy', language: 'zh-CN', channel: 'app' }]);
  expect(shown).toMatchObject({ outcome: 'recorded', notice: seen[0]?.notice });
});

test('a notice of a version that nobody knows is refused; of what was shown before Lethe was here it is a finding', async () => {
  const subject = person();
  expect(await show(subject, { version: '2019-01-01' })).toMatchObject({
    outcome: 'refused',
    refusal: { code: 'notice-not-current', field: 'version' },
  });
  const shown = { version: '2019-01-01', imported: true, at: '2019-05-01T10:00:00Z' };
  const recorded = await show(subject, shown);
  expect(recorded).toMatchObject({ outcome: 'recorded', findings: [{ code: 'notice-not-current', field: 'version' }] });
  // Told again it is the same one, with the same finding.
  expect(await show(subject, shown)).toEqual(recorded);
  expect((await consents.historyOf(tenant, subject, 'person')).notices.map(({ version }) => version)).toEqual([
    '2019-01-01',
  ]);
});

test('a yes that followed from use is announced as that, and is acceptance whatever it calls itself', async () => {
  const subject = person();
  await show(subject, {});
  await act(subject, { purpose: 'policy', level: 'separate', implied: true });
  const [told] = (await rig.told(tenant, 'consent.consent-changed.v1')).filter((event) => event.subject === subject);
  expect(told?.data).toMatchObject({ purpose: 'policy', level: 'acceptance', implied: true });
});

test('after a no nobody asks again before the period is over, and the person may come of their own accord', async () => {
  const subject = person();
  await act(subject, { state: 'refused' });
  const ask = () => show(subject, { about: 'personalized-display', asks: true });
  expect(await ask()).toMatchObject(refused('asked-too-soon'));
  expect(await show(subject, { about: 'personalized-display' })).toMatchObject({ outcome: 'recorded' });
  expect(await act(subject, {})).toMatchObject({ outcome: 'recorded' });
  await act(subject, { state: 'refused' });
  rig.test.clock.advance(31 * DAY);
  expect(await ask()).toMatchObject({ outcome: 'recorded' });
});

test('one withdraws in a way the policy names, and the way is in the history', async () => {
  const subject = person();
  await act(subject, {});
  expect(await act(subject, { state: 'withdrawn', route: 'letter' })).toMatchObject(refused('route-not-declared'));
  expect(await act(subject, { state: 'withdrawn', route: 'unsubscribe' })).toMatchObject({ outcome: 'effective' });
  const { acts } = await consents.historyOf(tenant, subject, 'person');
  expect(acts.map(({ state, route }) => [state, route])).toEqual([
    ['given', undefined],
    ['withdrawn', 'unsubscribe'],
  ]);
});

test('a permission that is closed on the device ends the consent to what needs it', async () => {
  const subject = person();
  await act(subject, { purpose: 'calendar', level: 'device-permission' });
  await act(subject, {});
  expect(await act(subject, { purpose: 'permission.calendar', state: 'withdrawn' })).toMatchObject({
    outcome: 'effective',
  });
  const { consents: after } = await consents.consentsOf(tenant, subject, 'person');
  expect(after.map(({ purpose, state }) => [purpose, state])).toEqual([
    ['calendar', 'withdrawn'],
    ['permission.calendar', 'withdrawn'],
    ['personalized-display', 'given'],
  ]);
});

test('nothing is agreed to, shown or born at a moment that has not come', async () => {
  const subject = person();
  const now = (await rig.test.context.clock.legalNow(tenant)).getTime();
  const ahead = new Date(now + DAY).toISOString();
  const soon = new Date(now + 60_000).toISOString();
  const notYet = { outcome: 'refused', refusal: { code: 'date-in-future', field: 'at' } };
  expect(await act(subject, { at: ahead })).toMatchObject(notYet);
  expect(await show(subject, { at: ahead })).toMatchObject(notYet);
  // The clock of a platform may be a little ahead, and a no is a no.
  expect(await act(subject, { at: soon })).toMatchObject({ outcome: 'recorded' });
  expect(await show(subject, { at: soon })).toMatchObject({ outcome: 'recorded' });
  expect(await act(subject, { at: ahead, state: 'refused' })).toMatchObject({ outcome: 'recorded' });
  const state = (over: object) =>
    guardians.state(tenant, { subject, guardianVerified: true, child: true, ...over }, rig.test.clock.now());
  const code = 'consent/date-in-future';
  await expect(state({ at: new Date(ahead) })).rejects.toMatchObject({ code, field: 'at' });
  await expect(state({ birthday: '2031-05-02' })).rejects.toMatchObject({ code, field: 'birthday' });
});

describe('what was agreed to before Lethe was here', () => {
  const before = (subject: SubjectRef, over: Partial<ActAsked>) =>
    act(subject, { imported: { unknown: [] }, at: '2021-05-01T08:00:00+08:00', notice: '2020-11-18', ...over });
  const history = async (subject: SubjectRef) => (await consents.historyOf(tenant, subject, 'person')).acts;

  test('keeps its date and notice, and is one act however often it is sent', async () => {
    const subject = person();
    const first = await before(subject, {});
    expect(first).toMatchObject({ outcome: 'recorded', version: 1 });
    expect(await before(subject, {})).toEqual(first);
    expect(await history(subject)).toMatchObject([
      { at: '2021-05-01T00:00:00.000Z', notice: '2020-11-18', imported: true, unknown: [] },
    ]);
  });

  test('what nobody knows is unknown, a finding, and carries nothing', async () => {
    const subject = person();
    const imported = { unknown: ['at' as const, 'notice' as const] };
    const sent = () => before(subject, { imported, at: undefined, notice: undefined });
    expect(await sent()).toMatchObject({ outcome: 'recorded', findings: [{ code: 'notice-not-current' }] });
    expect(await sent()).toMatchObject({ version: 1, findings: [{ code: 'notice-not-current' }] });
    expect(await history(subject)).toMatchObject([{ notice: '0-unknown', unknown: ['at', 'notice'] }]);
  });

  test('a yes of a moment that has not come is none; a no is one of which nobody knows when, however often it is sent', async () => {
    const subject = person();
    const ahead = '2039-05-01T08:00:00+08:00';
    expect(await before(subject, { at: ahead })).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'date-in-future', field: 'at' },
    });
    // What was given before is not superseded by it.
    expect(await before(subject, {})).toMatchObject({ outcome: 'recorded', version: 1 });
    for (const state of ['refused', 'refused', 'withdrawn', 'withdrawn'] as const)
      expect(await before(subject, { state, at: ahead })).toMatchObject({
        outcome: 'recorded',
        findings: [{ code: 'date-in-future', field: 'at' }],
      });
    expect((await history(subject)).map(({ state, at, unknown }) => [state, at, unknown])).toEqual([
      ['given', '2021-05-01T00:00:00.000Z', []],
      ['refused', expect.stringMatching(/^2026-/), ['at']],
      ['withdrawn', expect.stringMatching(/^2026-/), ['at']],
    ]);
  });

  test('a yes of which nobody knows when it was given is older than a no with a date, sent together or apart', async () => {
    const [together, apart] = [person(), person()];
    const undated = { imported: { unknown: ['at' as const] }, at: undefined };
    const no = { state: 'withdrawn' as const, at: '2022-05-01T08:00:00+08:00' };
    const both = [undated, { ...no, imported: { unknown: [] } }].map((over) => ({
      subject: together,
      purpose: 'personalized-display',
      state: 'given' as const,
      level: 'opt-in' as const,
      notice: '2020-11-18',
      ...over,
    }));
    await consents.act(tenant, both, 'backend', rig.test.clock.now());
    await before(apart, undated);
    await before(apart, no);
    for (const subject of [together, apart]) {
      expect(await history(subject)).toMatchObject([
        { state: 'given' },
        { state: 'withdrawn', at: '2022-05-01T00:00:00.000Z' },
      ]);
      const { consents: now } = await consents.consentsOf(tenant, subject, 'person');
      expect(now).toMatchObject([{ state: 'withdrawn' }]);
    }
  });

  test('what today would be too weak is recorded as it was, with a finding', async () => {
    const subject = person();
    expect(await before(subject, { purpose: 'face-verification', level: 'separate', bundled: true })).toMatchObject({
      outcome: 'recorded',
      findings: [{ code: 'separate-consent-required', clause: 'DM-COL-10' }],
    });
    expect(await history(subject)).toMatchObject([{ level: 'acceptance', state: 'given' }]);
  });

  test('never stands above what the person did later', async () => {
    const subject = person();
    await act(subject, { state: 'withdrawn' });
    expect(await before(subject, {})).toMatchObject(refused('superseded'));
    expect(await history(subject)).toMatchObject([{ state: 'withdrawn' }]);
  });
});

describe('children', () => {
  let parts = 0;
  const method = 'delete' as const;
  const custody = 'lethe' as const;
  beforeAll(() =>
    rig.test.peers.answer(http.Holdings, () => ({
      known: true,
      generation: 1,
      holdings: [
        {
          compartment: 'contract',
          class: 'orders',
          custody,
          method,
          parts,
          waiting: false,
          held: 0,
          restricted: 0,
        },
      ],
    })),
  );
  afterEach(() => (parts = 0));
  const state = (subject: SubjectRef, over: Partial<Parameters<GuardiansService['state']>[1]>) =>
    guardians.state(tenant, { subject, guardianVerified: false, ...over }, rig.test.clock.now());
  const birthday = async (years: number, days: number) => {
    const now = await rig.test.context.clock.legalNow(tenant);
    const local = new Date(now.getTime() + 8 * 3_600_000 + days * DAY);
    return `${String(local.getUTCFullYear() - years)}${local.toISOString().slice(4, 10)}`;
  };

  test('childhood ends on the fourteenth birthday; that everything is sensitive ends on the fifteenth', async () => {
    expect(await state(person(), { birthday: await birthday(14, 1) })).toMatchObject({
      guardian: 'missing',
      sensitive: true,
    });
    expect(await state(person(), { birthday: await birthday(14, 0) })).toMatchObject({
      guardian: 'not-needed',
      sensitive: true,
    });
    expect(await state(person(), { birthday: await birthday(15, 1) })).toMatchObject({ sensitive: true });
    const older = await state(person(), { birthday: await birthday(15, 0) });
    expect(older).toEqual({ guardian: 'not-needed', version: 1, applied: true });
  });

  test('one who is found after the fact has a guardian to be told, in time, until that is done', async () => {
    const subject = person();
    await act(subject, {});
    const { tellGuardianBy } = await state(subject, { child: true });
    const open = async () => (await guardians.toTell(tenant)).children.find((one) => one.subject === subject);
    expect(await open()).toMatchObject({ tellBy: tellGuardianBy, overdue: false, clause: 'DM-MIN-05' });
    rig.test.clock.advance(4 * DAY);
    expect(await open()).toMatchObject({ overdue: true });
    await state(subject, { guardianTold: true });
    expect(await open()).toBeUndefined();
    expect((await consents.consentsOf(tenant, subject, 'person')).guardian).toBe('missing');
  });

  test('one of whom records are held, and no act, is found as well: the answer says so, and what collection says makes it stand', async () => {
    const subject = person();
    parts = 1;
    const { tellGuardianBy, version } = await state(subject, { child: true });
    const open = async () => (await guardians.toTell(tenant)).children.find((one) => one.subject === subject);
    const hear = () => rig.test.hear(events.ChildFoundV1, { tenant, subject }, { version, parts });
    rig.test.clock.advance(DAY);
    await hear();
    await hear();
    expect(await open()).toMatchObject({ tellBy: tellGuardianBy, overdue: false, clause: 'DM-MIN-05' });
    expect(await state(subject, { child: true })).toMatchObject({ tellGuardianBy, version: version + 1 });
    await state(subject, { guardianTold: true });
    await hear();
    expect(await open()).toBeUndefined();
  });

  test('of an erased child there is nothing left to tell', async () => {
    const subject = person();
    await act(subject, {});
    await state(subject, { child: true });
    await rig.test.hear(
      events.ErasureOrderedV1,
      { tenant, subject },
      { erasure: randomUUID(), shred: ['contract'], restrict: [], at: rig.test.clock.now().toISOString() },
    );
    expect((await guardians.toTell(tenant)).children.map((one) => one.subject)).not.toContain(subject);
  });

  test.each([
    ['whose guardian was told before that was heard', { guardianTold: true }],
    ['who has a verified guardian', { guardianVerified: true }],
    ['who is none, as it turned out', { child: false }],
  ])('nobody is to be told of one %s', async (_, after) => {
    const subject = person();
    const { version } = await state(subject, { child: true });
    await state(subject, after);
    await rig.test.hear(events.ChildFoundV1, { tenant, subject }, { version, parts: 1 });
    expect((await guardians.toTell(tenant)).children.map((one) => one.subject)).not.toContain(subject);
  });

  test('one who was announced as a child from the start has nobody to be told of anything', async () => {
    const subject = person();
    await state(subject, { child: true });
    expect((await guardians.toTell(tenant)).children.map((one) => one.subject)).not.toContain(subject);
  });

  test('where collection does not say what it holds, the answer says that not all is known yet', async () => {
    rig.test.peers.answer(http.Holdings, () => {
      throw new Fault('unavailable', 'platform/peer-unavailable', 'collection does not answer');
    });
    expect(await state(person(), { child: true })).toMatchObject({ guardian: 'missing', applied: false });
  });
});

describe('a receipt', () => {
  const caller = (over: Partial<Caller>): Caller => ({ tenant, role: 'backend', sub: 'app', ...over });

  test('has the fields of the standard, says what is not stated, and verifies offline until a byte is changed', async () => {
    const subject = person();
    const given = await act(subject, {
      purpose: 'face-verification',
      level: 'separate',
      channel: 'app',
      language: 'zh-CN',
    });
    const document = await receipts.receipt(caller({}), given?.outcome === 'recorded' ? given.consent : '');
    expect(document.receipt).toMatchObject({
      schema_version: 'ISO/IEC TS 27560:2023',
      pii_principal_id: subject,
      processing: {
        purpose: { id: 'face-verification' },
        language: 'zh-CN',
        lawful_basis: 'consent',
        collection_method: 'app',
        pii_information: [expect.objectContaining({ pii_attribute_id: 'face-image', sensitive: true })],
        consent_type: { level: 'separate', implied: false, bundled: false },
      },
      event: { event_state: 'ConsentGiven', event_type: 'explicit' },
    });
    const { canonical } = await import('@lethe/ledger');
    const text = canonical(document);
    const keys = await receipts.keys();
    expect(verifyReceipt(text, keys)).toMatchObject({ ok: true, development: true });
    expect(verifyReceipt(text.replace('"separate"', '"guardian"'), keys)).toMatchObject({
      ok: false,
      findings: [{ code: 'bad-signature' }],
    });
  });

  test('is another person’s secret', async () => {
    const given = await act(person(), {});
    const consent = given?.outcome === 'recorded' ? given.consent : '';
    await expect(receipts.receipt(caller({ role: 'subject', subject: person() }), consent)).rejects.toMatchObject({
      kind: 'missing',
    });
  });
});

test('what the history says of any past instant is what had been announced by then (I11)', async () => {
  const subject = person();
  const announced: { at: number; state: string }[] = [];
  for (let step = 0; step < 40; step += 1) {
    rig.test.clock.advance(randomInt(1, 5_000));
    const state = (['given', 'refused', 'withdrawn'] as const)[randomInt(3)] ?? 'given';
    await act(subject, { state });
    announced.push({ at: (await rig.test.context.clock.legalNow(tenant)).getTime(), state });
  }
  const enforced = (await rig.test.announced(events.ConsentChangedV1)).filter((event) => event.subject === subject);
  const { acts } = await consents.historyOf(tenant, subject, 'person');
  expect(acts.map(({ version }) => version)).toEqual(enforced.map(({ data }) => data.version));
  for (const [index, { recordedAt }] of acts.entries()) {
    const next = acts[index + 1];
    const until = next === undefined ? Date.parse(recordedAt) : Date.parse(next.recordedAt) - 1;
    const instant = new Date(Date.parse(recordedAt) + randomInt(0, until - Date.parse(recordedAt) + 1));
    const { consents: then } = await consents.consentsOf(tenant, subject, 'person', instant);
    expect(then.map(({ version, state }) => [version, state])).toEqual([
      [enforced[index]?.data.version, enforced[index]?.data.state],
    ]);
  }
});
