import { events } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { startCollection, type Bench, orderFields } from './collection.contract.ts';
import { face, FACE_DAY, personWithFace, START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const order = (n: number) => ({
  purpose: 'order',
  fields: orderFields(`N${n}`),
});

describe('intake', () => {
  test('what is admitted is sealed, dated and announced in one transaction, and opens for its purpose (I4)', async () => {
    const tenant = await bench.tenant('admits', START);
    const { subject, answer, part } = await personWithFace(tenant, 'u-1');
    expect(answer).toMatchObject({
      replayed: false,
      parts: [{ compartment: 'consent.face-verification', class: 'face', disposal: FACE_DAY }],
    });
    const [event] = await tenant.announced(events.PartsAdmittedV1);
    expect(event?.data.parts.map((each) => each.part)).toEqual([part]);
    expect(await tenant.openFields('face-verification', subject)).toMatchObject({
      opened: [{ part, fields: { 'face-image': 'a-face' } }],
      refused: [],
    });
    expect(await tenant.count('opening', `kind = 'open' and '${part}' = any(parts)`)).toBe(1);
  });

  test('a refusal is evidence without the data, with code and clause; nothing is stored (I8, I30)', async () => {
    const tenant = await bench.tenant('refuses', START);
    const subject = await tenant.person('u-1');
    const [answer] = await tenant.collect({ subject, ...face('MARK-refused') });
    expect(answer).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'separate-consent-required', clause: 'DM-COL-10' },
    });
    expect([await tenant.count('part'), await tenant.count('refusal', `code = 'separate-consent-required'`)]).toEqual([
      0, 1,
    ]);
    expect((await tenant.announced(events.SubmissionRefusedV1)).map((event) => event.data.code)).toEqual([
      'separate-consent-required',
    ]);
    const counts = await bench.service.stock.counts(tenant.id);
    expect(counts).toMatchObject({
      admitted: 0,
      refused: 1,
      refusedByCode: { 'separate-consent-required': 1 },
      refusedByClause: { 'DM-COL-10': 1 },
    });
  });

  test('a key is admitted once, answered the same again, and refused with another body, also at the same time (I1)', async () => {
    const tenant = await bench.tenant('idempotent', START);
    const { subject } = await personWithFace(tenant, 'u-1');
    const once = { subject, ...face('one'), idempotencyKey: 'the-same-key' };
    const at = await Promise.all([tenant.collect(once), tenant.collect(once, once), tenant.collect(once)]);
    const all = at.flat();
    expect(
      new Set(all.map((answer) => (answer.outcome === 'admitted' ? answer.record : answer.refusal.code))).size,
    ).toBe(1);
    expect(all.filter((answer) => answer.outcome === 'admitted' && !answer.replayed)).toHaveLength(1);
    const [other] = await tenant.collect({ ...once, ...face('two') });
    expect(other).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'idempotency-key-reused', field: 'idempotencyKey' },
    });
    expect(await tenant.count('part')).toBe(2);
  });

  test('what consent states of a person counts as if every act had been heard, and never undoes a newer one', async () => {
    const tenant = await bench.tenant('stated', START);
    const subject = await tenant.person('u-1');
    const stated = (version: number, state: 'given' | 'withdrawn') => ({
      consent: newId(),
      version,
      purpose: 'face-verification',
      state,
      level: 'separate' as const,
      notice: '2020-11-18',
      at: new Date(START).toISOString(),
    });
    const may = async () => (await tenant.gate(subject, 'face-verification')).may;
    await tenant.hear(
      events.PersonStatedV1,
      { subject },
      { consents: [stated(2, 'withdrawn'), stated(3, 'given')], guardian: undefined },
    );
    expect(await may()).toBe(true);
    await tenant.consent(subject, 'face-verification', 4, 'withdrawn');
    await tenant.hear(events.PersonStatedV1, { subject }, { consents: [stated(3, 'given')] });
    expect(await may()).toBe(false);
  });

  test('what never changes is refused a second time', async () => {
    const tenant = await bench.tenant('immutable', START);
    const subject = await tenant.person('u-1');
    await tenant.consent(subject, 'real-name', 1);
    const account = await tenant.matter(subject, 'account', 'a-1');
    const name = {
      subject,
      purpose: 'real-name',
      matter: account,
      declarations: ['frequent-purchaser'],
      fields: { 'legal-name': '张三', 'id-number': '110101199003070011' },
    };
    const [first, again] = [
      ...(await tenant.collect(name)),
      ...(await tenant.collect({ ...name, fields: { ...name.fields, 'legal-name': '李四' } })),
    ];
    expect(first).toMatchObject({ outcome: 'admitted' });
    expect(again).toMatchObject({ outcome: 'refused', refusal: { code: 'immutable', clause: 'DM-COR-01' } });
  });

  test('what the platform holds is kept as purpose, place and dates, without the payload', async () => {
    const tenant = await bench.tenant('elsewhere', START);
    const subject = await tenant.person('u-1');
    const matter = await tenant.matter(subject, 'order', 'o-1');
    const [answer] = await tenant.collect({
      subject,
      purpose: 'invoice',
      matter,
      declarations: ['invoice-requested'],
      fields: { 'invoice-person-name': '张三' },
    });
    expect(answer).toMatchObject({ outcome: 'admitted', parts: [{ class: 'invoices' }] });
    expect(await tenant.count('part', `custody = 'platform' and sealed is null and place = 'platform'`)).toBe(1);
    expect(await tenant.openFields('invoice', subject)).toMatchObject({
      opened: [],
      refused: [{ refusal: { code: 'held-by-platform' } }],
    });
  });

  test('what the platform holds needs no payload at all, and the person’s copy says where it is', async () => {
    const tenant = await bench.tenant('elsewhere-named', START);
    const subject = await tenant.person('u-1');
    const matter = await tenant.matter(subject, 'order', 'o-1');
    const [answer] = await tenant.collect({
      subject,
      purpose: 'invoice',
      matter,
      declarations: ['invoice-requested'],
      fields: {},
      held: ['invoice-person-name'],
      place: 'invoicing',
    });
    expect(answer).toMatchObject({ outcome: 'admitted' });
    const { opening } = bench.service;
    const copy = await opening.access(tenant.id, 'test#backend', subject, await bench.service.moment(tenant.id));
    expect(copy.parts).toEqual([]);
    expect(copy.withheld).toMatchObject([
      {
        refusal: { code: 'held-by-platform' },
        held: { purpose: 'invoice', fields: ['invoice-person-name'], place: 'invoicing' },
      },
    ]);
  });

  test('a person known only through another gets parts of their own', async () => {
    const tenant = await bench.tenant('others', START);
    const [buyer, guest] = [await tenant.person('buyer'), await tenant.person('guest')];
    const matter = await tenant.matter(buyer, 'order', 'o-1');
    const [answer] = await tenant.collect({
      subject: buyer,
      matter,
      ...order(1),
      others: [
        {
          subject: guest,
          declaration: 'other-person-authorized',
          fields: { 'legal-name': '王五', 'id-number': '110101199003070038' },
        },
      ],
    });
    expect(answer).toMatchObject({ outcome: 'admitted' });
    expect([
      await tenant.count('part', `subject = '${buyer}'`),
      await tenant.count('part', `subject = '${guest}'`),
    ]).toEqual([1, 1]);
    expect((await tenant.announced(events.PartsAdmittedV1)).flatMap((event) => event.data.parts)).toHaveLength(2);
  });

  test('a matter is of whoever it was first submitted for, whoever else its parts are about', async () => {
    const tenant = await bench.tenant('owners', START);
    const [buyer, guest, stranger] = [
      await tenant.person('buyer'),
      await tenant.person('guest'),
      await tenant.person('stranger'),
    ];
    const matter = await tenant.matter(buyer, 'order', 'o-1');
    const delivered = {
      purpose: 'ticket-delivery',
      fields: { 'delivery-note': '请放门卫处' },
      others: [
        {
          subject: guest,
          declaration: 'other-person-authorized',
          fields: { 'recipient-name': '王五', 'recipient-phone': '13900139000', 'recipient-address': '北京市' },
        },
      ],
    };
    const outcomes = (
      await tenant.collect(
        { subject: buyer, matter, ...order(0), ...delivered },
        { subject: stranger, matter, ...order(1) },
      )
    ).concat(await tenant.collect({ subject: guest, matter, ...order(2) }, { subject: buyer, matter, ...order(3) }));
    const anothers = { outcome: 'refused', refusal: { code: 'matter-required', field: 'matter' } };
    expect(outcomes).toMatchObject([{ outcome: 'admitted' }, anothers, anothers, { outcome: 'admitted' }]);
  });
});

describe('consent', () => {
  test('after a withdrawal nothing resting on it is admitted or opened; the old keys die, a later consent has its own (I7)', async () => {
    const tenant = await bench.tenant('withdraws', START);
    const { subject, part } = await personWithFace(tenant, 'u-1');
    await tenant.consent(subject, 'face-verification', 2, 'withdrawn', 'separate');
    expect((await tenant.collect({ subject, ...face() }))[0]).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'consent-withdrawn' },
    });
    expect(await tenant.openFields('face-verification', subject, [part])).toMatchObject({
      opened: [],
      refused: [{ part, refusal: { code: 'consent-withdrawn' } }],
    });
    await tenant.consent(subject, 'face-verification', 3, 'given', 'separate');
    const [later] = await tenant.collect({ subject, ...face('later') });
    await tenant.shred(subject, ['consent.face-verification'], { cause: 'withdrawn', consentVersion: 2 });
    const { opened } = await tenant.openFields('face-verification', subject);
    expect(opened.map((each) => each.fields)).toEqual([{ 'face-image': 'later' }]);
    expect(later).toMatchObject({ outcome: 'admitted' });
    expect((await tenant.announced(events.SubjectSweptV1)).map(({ data }) => [data.deleted, data.rescan])).toEqual([
      [1, 0],
    ]);
    expect((await tenant.announced(events.PartsRemovedV2)).map(({ data }) => data.tallies)).toEqual([
      [{ class: 'face', disposal: FACE_DAY, custody: 'lethe', parts: 1 }],
    ]);
  });

  test('consent is a lease: without a heartbeat nothing rests on it, and nothing of that is remembered', async () => {
    const tenant = await bench.tenant('leases', START);
    const { subject } = await personWithFace(tenant, 'u-1');
    const account = await tenant.matter(subject, 'account', 'a-1');
    bench.silent = true;
    bench.advance(31_000);
    const once = { subject, ...face(), idempotencyKey: 'waits-for-basis' };
    expect((await tenant.collect(once))[0]).toMatchObject({ outcome: 'refused', refusal: { code: 'basis-uncertain' } });
    expect(await tenant.gate(subject, 'face-verification')).toMatchObject({
      may: false,
      refusal: { code: 'basis-uncertain' },
    });
    const registration = {
      subject,
      purpose: 'registration',
      matter: account,
      notice: '2020-11-18',
      fields: { 'account-name': 'a', nickname: 'b', password: 'c', 'mobile-number': '13800000000' },
    };
    expect((await tenant.collect(registration))[0]).toMatchObject({ outcome: 'admitted' });
    bench.silent = false;
    await bench.beat();
    expect((await tenant.collect(once))[0]).toMatchObject({ outcome: 'admitted', replayed: false });
  });

  test('an older consent that arrives late changes nothing', async () => {
    const tenant = await bench.tenant('late-consent', START);
    const subject = await tenant.person('u-1');
    await tenant.consent(subject, 'face-verification', 2, 'withdrawn', 'separate');
    await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
    expect(await tenant.gate(subject, 'face-verification')).toMatchObject({
      may: false,
      refusal: { code: 'consent-withdrawn' },
    });
  });
});

describe('matters', () => {
  test('an anchor dates its parts, moves them when it moves, and no ciphertext is written again', async () => {
    const tenant = await bench.tenant('matters', START);
    const subject = await tenant.person('u-1');
    const matter = await tenant.matter(subject, 'order', 'o-1');
    const [answer] = await tenant.collect({ subject, matter, ...order(1) });
    expect(answer).toMatchObject({ outcome: 'admitted', parts: [{ class: 'orders', compartment: 'statutory' }] });
    const rows = () =>
      bench.data.admin.transaction((sql) =>
        sql.query(`select xmin::text, encode(sealed, 'hex') as sealed from part where tenant = $1`, [tenant.id]),
      );
    const before = await rows();
    const anchor = (version: number, at: string) =>
      tenant.hear(events.MatterAnchoredV1, { subject }, { matter, anchor: 'transaction-completed', at, version });
    await anchor(1, '2027-01-20T04:00:00.000Z');
    await anchor(2, '2027-03-20T04:00:00.000Z');
    await anchor(1, '2027-01-20T04:00:00.000Z');
    const dated = (await tenant.announced(events.MatterDatedV1)).map(({ data }) => [data.from, data.to]);
    expect(dated).toHaveLength(2);
    expect(dated[1]![0]).toBe(dated[0]![1]);
    expect(dated[1]![1]! > dated[0]![1]!).toBe(true);
    expect(await rows()).toEqual(before);
    expect((await tenant.openFields('order', subject)).opened).toHaveLength(1);
  });
});
