import { admit } from './admission.ts';
import type { Admission, AdmissionFacts, PlannedPart, SubmissionFacts } from './facts.ts';
import { damai, face, facts, given, LI, log, NOW, order, person, registration, WANG } from './testing-damai.ts';

const verdict = (submission: SubmissionFacts, about: AdmissionFacts = facts()): Admission =>
  admit(damai, about, submission, NOW);
const refusal = (submission: SubmissionFacts, about?: AdmissionFacts): string => {
  const result = verdict(submission, about);
  return result.kind === 'refused' ? [result.code, result.clause, result.field ?? ''].join(' ').trim() : 'admitted';
};
const parts = (submission: SubmissionFacts, about?: AdmissionFacts): readonly PlannedPart[] => {
  const result = verdict(submission, about);
  return result.kind === 'admitted' ? result.parts : [];
};
const withFace = (over: Parameters<typeof given>[0] = {}, lease: 'live' | 'stale' = 'live'): AdmissionFacts =>
  facts({ lease, subjects: { [LI]: person({ consents: { 'face-verification': given(over) } }) } });

test('a day of birth that is told about another person counts at once, as the own one does', () => {
  const known = damai.purposes.get('order')!;
  const told = known.others!.fields;
  const birthday = { ...told.get('legal-name')!, field: 'birthday', required: false };
  const others = { ...known.others!, fields: new Map(told).set('birthday', birthday) };
  const pack = { ...damai, purposes: new Map(damai.purposes).set('order', { ...known, others }) };
  const group = (born: string) =>
    admit(
      pack,
      { ...facts(), matter: { anchors: {} } },
      order({
        others: [
          { subject: WANG, declaration: 'other-person-authorized', fields: { 'legal-name': '王', birthday: born } },
        ],
      }),
      NOW,
    );
  expect(group('2012-03-03')).toMatchObject({ code: 'guardian-consent-required', field: 'others.0.subject' });
  expect(group('2012-03-02')).toMatchObject({ kind: 'admitted' });
});

describe('what the policy does not name is refused', () => {
  test('a purpose', () =>
    expect(refusal(log({ purpose: 'credit-scoring' }))).toBe('undeclared-purpose DM-COL-03 purpose'));
  test('a purpose that every object has', () =>
    expect(refusal(log({ purpose: 'constructor' }))).toBe('undeclared-purpose DM-COL-03 purpose'));
  test('a field, by its name and never its value', () => {
    const registered = registration();
    expect(refusal({ ...registered, fields: { ...registered.fields, 'id-number': '110101199003074514' } })).toBe(
      'undeclared-field DM-RET-01 fields.id-number',
    );
  });
  test('a field of the log, under the clause of the log', () =>
    expect(refusal(log({ fields: { 'clipboard-text': 'x' } }))).toBe(
      'undeclared-field DM-COL-14 fields.clipboard-text',
    ));
  test('another type', () =>
    expect(refusal(order({ fields: { ...order().fields, 'order-amount': '480' } }))).toBe(
      'wrong-type DM-DEF-01 fields.order-amount',
    ));
  test('a day that is none', () =>
    expect(refusal(order({ fields: { ...order().fields, 'event-day': '2026-02-30' } }))).toBe(
      'wrong-type DM-DEF-01 fields.event-day',
    ));
  test('a region outside the mainland', () => {
    expect(refusal(log({ region: 'SG' }))).toBe('territory-not-allowed DM-TER-01 region');
    expect(refusal(log({ region: 'CN-HK' }))).toBe('territory-not-allowed DM-TER-01 region');
    expect(refusal(log({ region: 'CN-BJ' }))).toBe('admitted');
  });
  test('a region that ISO 3166 does not know: nobody can say that it lies within', () => {
    for (const region of ['CN-ZZ', 'CN-00', 'CN-H', 'ZZ', 'SG-99'])
      expect(refusal(log({ region }))).toBe('region-unknown DM-TER-01 region');
  });
  // Beijing had a number, too.
  test.each(['CN-71', 'CN-91', 'CN-92'])('%s, as Taiwan, Hong Kong and Macao were numbered', (region) => {
    expect(refusal(log({ region }))).toBe('territory-not-allowed DM-TER-01 region');
    expect(refusal(log({ region: 'CN-11' }))).toBe('admitted');
  });
});

describe('where it is kept', () => {
  const stored = (deployment: string | undefined, region: string | undefined, over: Partial<SubmissionFacts> = {}) => {
    const result = verdict(log({ region, ...over }), facts({ region: deployment }));
    return result.kind === 'admitted' ? result.region : `${result.code} ${result.clause} ${result.field ?? ''}`;
  };
  test('is what the deployment says, where the platform says nothing; nowhere is no region', () => {
    expect(stored('CN', undefined)).toBe('CN');
    expect(stored('SG', undefined)).toBe('territory-not-allowed DM-TER-01 region');
    expect(stored(undefined, undefined)).toBe('region-unknown DM-TER-01 region');
    expect(stored(undefined, 'CN-ZJ')).toBe('CN-ZJ');
  });
  test('is the narrower of what both say, so that a country does not stand for a part of it that the policy takes out', () => {
    expect(stored('CN', 'CN-ZJ')).toBe('CN-ZJ');
    expect(stored('CN-ZJ', 'CN')).toBe('CN-ZJ');
    expect(stored('CN-HK', 'CN')).toBe('territory-not-allowed DM-TER-01 region');
  });
  test('is not what the platform says, where the deployment stores elsewhere, whatever the policy lets', () => {
    expect(stored('CN-ZJ', 'CN-BJ')).toBe('region-elsewhere DM-TER-01 region');
    expect(stored('SG', 'CN')).toBe('region-elsewhere DM-TER-01 region');
    const abroad = { ground: 'law', evidence: ['citation'] };
    expect(stored('CN', 'GB', { abroad })).toBe('region-elsewhere DM-TER-01 region');
    expect(stored('GB', 'GB', { abroad })).toBe('GB');
    expect(stored('GB', undefined, { abroad })).toBe('GB');
    // The policy's own reason is told first.
    expect(stored('CN', 'US')).toBe('territory-not-allowed DM-TER-01 region');
    expect(stored('CN', 'CN-ZZ')).toBe('region-unknown DM-TER-01 region');
    // One place by its two names, under a policy that takes in both.
    const pack = { ...damai, territory: { ...damai.territory, except: [] } };
    expect(admit(pack, facts({ region: 'CN-91' }), log({ region: 'CN-HK' }), NOW)).toMatchObject({ region: 'CN-HK' });
  });
  test('is for the platform alone to say of what it holds itself', () => {
    const invoice = {
      ...{ purpose: 'invoice', matter: 'order', declarations: ['invoice-requested'] },
      ...{ fields: {}, held: ['invoice-person-name'] },
    };
    expect(stored('CN', undefined, invoice)).toBe('region-unknown DM-TER-01 region');
    expect(stored('CN', 'CN-ZJ', invoice)).toBe('CN-ZJ');
    const abroad = { ground: 'law', evidence: ['citation'] };
    expect(stored('CN', 'GB', { ...invoice, abroad })).toBe('GB');
  });
});

describe('what a purpose needs is asked for', () => {
  test('a basic field', () =>
    expect(refusal(registration({ fields: { 'account-name': 'li', nickname: '小李', password: 'x' } }))).toBe(
      'missing-field DM-COL-01 fields.mobile-number',
    ));
  test('a notice that still stands', () => {
    expect(refusal(registration({ notice: undefined }))).toBe('notice-not-current DM-SCP-03 notice');
    expect(refusal(registration({ notice: '2018-01-01' }))).toBe('notice-not-current DM-SCP-03 notice');
  });
  test('a reason for a real name', () => {
    const realName = {
      ...log(),
      purpose: 'real-name',
      matter: 'account',
      fields: { 'legal-name': '李雷', 'id-number': '1' },
    };
    const agreed = facts({ subjects: { [LI]: person({ consents: { 'real-name': given({ level: 'explicit' }) } }) } });
    expect(refusal({ ...realName, declarations: ['newsletter'] }, agreed)).toBe(
      'declaration-required DM-COL-08 declarations',
    );
    expect(refusal({ ...realName, declarations: ['large-event-real-name'] }, agreed)).toBe('admitted');
  });
  test('one complete variant of an invoice', () => {
    const invoice = { ...log(), purpose: 'invoice', matter: 'order', declarations: ['invoice-requested'] };
    expect(refusal({ ...invoice, fields: { 'invoice-company-name': '某公司' } })).toBe(
      'missing-field DM-COL-19 fields.invoice-tax-id',
    );
    expect(refusal({ ...invoice, fields: { 'invoice-person-name': '李雷' } })).toBe('admitted');
    expect(parts({ ...invoice, fields: { 'invoice-person-name': '李雷' } })[0]?.custody).toBe('platform');
  });
  test('no value of what the platform holds itself, and the values of everything else', () => {
    const invoice = { ...log(), purpose: 'invoice', matter: 'order', declarations: ['invoice-requested'], fields: {} };
    expect(parts({ ...invoice, held: ['invoice-person-name'], place: 'invoicing' })).toMatchObject([
      { custody: 'platform', fields: ['invoice-person-name'] },
    ]);
    expect(refusal({ ...invoice, held: ['invoice-company-name'] })).toBe(
      'missing-field DM-COL-19 fields.invoice-tax-id',
    );
    expect(refusal({ ...invoice, held: ['id-number'] })).toBe('undeclared-field DM-RET-01 fields.id-number');
    expect(refusal(log({ held: ['ip-address'] }))).toBe('wrong-type DM-DEF-01 held');
    expect(refusal(log({ place: 'elsewhere' }))).toBe('wrong-type DM-DEF-01 place');
  });
  test('a device permission', () => {
    const located = log({ fields: { 'gps-location': '39.9,116.4' } });
    expect(refusal(located)).toBe('permission-required DM-COL-13 fields.gps-location');
    expect(refusal({ ...located, declarations: ['permission.location'] })).toBe('admitted');
  });
  test('the order it belongs to', () =>
    expect(refusal(order({ matter: undefined }))).toBe('matter-required DM-COL-17 matter'));
});

describe('consent', () => {
  test('is separate for the face, and accepting the policy is not that', () => {
    expect(refusal(face())).toBe('separate-consent-required DM-COL-10');
    expect(refusal(face(), withFace({ level: 'acceptance' }))).toBe('separate-consent-required DM-COL-10');
    expect(refusal(face(), withFace({ level: 'explicit' }))).toBe('separate-consent-required DM-COL-10');
    expect(refusal(face(), withFace())).toBe('admitted');
  });
  test('is for one purpose: the face is no part of the real name', () => {
    expect(
      refusal({ ...face(), purpose: 'real-name', declarations: ['frequent-purchaser'], matter: 'account' }, withFace()),
    ).toBe('undeclared-field DM-RET-01 fields.face-image');
  });
  test('refused or withdrawn is no consent', () => {
    expect(refusal(face(), withFace({ state: 'refused' }))).toBe('consent-refused DM-COL-10');
    expect(refusal(face(), withFace({ state: 'withdrawn' }))).toBe('consent-withdrawn DM-COL-10');
  });
  test('what the platform took after the withdrawal is told apart from what came late', () => {
    const withdrawn = withFace({ state: 'withdrawn', at: new Date('2026-03-02T01:00:00Z') });
    expect(refusal(face({ collectedAt: '2026-03-02T01:30:00Z' }), withdrawn)).toBe(
      'collected-after-withdrawal DM-COL-10',
    );
    expect(refusal(face({ collectedAt: '2026-03-02T00:30:00Z' }), withdrawn)).toBe('consent-withdrawn DM-COL-10');
  });
  test('comes first', () => {
    expect(refusal(face({ collectedAt: '2026-01-09T00:00:00Z' }), withFace())).toBe('no-consent DM-COL-10');
    expect(refusal(face({ collectedAt: '2026-01-09T23:58:00Z' }), withFace())).toBe('admitted');
  });
  test('is a lease, and a contract is not', () => {
    expect(refusal(face(), withFace({}, 'stale'))).toBe('basis-uncertain DM-WDR-04');
    expect(
      refusal(
        face(),
        facts({ subjects: { [LI]: person({ unsettled: true, consents: { 'face-verification': given() } }) } }),
      ),
    ).toBe('basis-uncertain DM-WDR-04');
    expect(refusal(log(), facts({ lease: 'stale' }))).toBe('admitted');
  });
  test('under a notice that no longer stands is asked for again', () =>
    expect(refusal(face(), withFace({ notice: '2018-01-01' }))).toBe('notice-not-current DM-CON-01'));
  test('is named by the part that rests on it, with the notice it was given to', () => {
    expect(parts(face(), withFace({ version: 3 }))).toMatchObject([
      {
        compartment: 'consent.face-verification',
        basis: 'consent',
        consentVersion: 3,
        notice: given().notice,
        class: 'face',
        method: 'delete',
      },
    ]);
  });
});

describe('a child', () => {
  const child = (guardian: 'missing' | 'verified', level: 'separate' | 'guardian' = 'guardian'): AdmissionFacts =>
    facts({ subjects: { [LI]: person({ guardian, consents: { 'face-verification': given({ level }) } }) } });
  test('without a guardian gives nothing', () => {
    expect(refusal(registration(), child('missing'))).toBe('guardian-consent-required DM-MIN-05 subject');
    expect(refusal(order(), child('missing'))).toBe('guardian-consent-required DM-MIN-01 subject');
  });
  test('with one is judged by the guardian’s consent, not by an earlier one of its own', () => {
    expect(refusal(registration(), child('verified'))).toBe('admitted');
    expect(refusal(face(), child('verified'))).toBe('admitted');
    expect(refusal(face(), child('verified', 'separate'))).toBe('guardian-consent-required DM-MIN-05 subject');
  });
  test('for whom somebody else books needs one too', () => {
    const booked = order({
      others: [{ subject: WANG, declaration: 'other-person-authorized', fields: { 'legal-name': '小王' } }],
    });
    expect(refusal(booked, facts({ subjects: { [WANG]: person({ guardian: 'missing' }) } }))).toBe(
      'guardian-consent-required DM-MIN-01 others.0.subject',
    );
  });
});

describe('another person', () => {
  const delivery = (declaration: string): SubmissionFacts => ({
    ...log(),
    purpose: 'ticket-delivery',
    matter: 'order',
    fields: { 'delivery-note': '放前台' },
    others: [
      {
        subject: WANG,
        declaration,
        fields: { 'recipient-name': '王芳', 'recipient-phone': '139', 'recipient-address': '上海' },
      },
    ],
  });
  test('comes with a declaration', () =>
    expect(refusal(delivery('none'))).toBe('declaration-required DM-CON-04 others.0.declaration'));
  test('has parts of their own, and the one who submits has theirs', () => {
    expect(
      parts(delivery('other-person-authorized')).map((part) => [
        part.subject,
        part.basis,
        part.compartment,
        part.fields,
      ]),
    ).toEqual([
      [LI, 'contract', 'contract', ['delivery-note']],
      [WANG, 'declared', 'contract', ['recipient-name', 'recipient-phone', 'recipient-address']],
    ]);
  });
  test('is not collected where the purpose names nobody else', () => {
    expect(
      refusal(log({ others: [{ subject: WANG, declaration: 'other-person-authorized', fields: { nickname: 'x' } }] })),
    ).toBe('undeclared-field DM-COL-14 others.0');
  });
  test('is named once, and is not the one who submits', () => {
    const [wang] = delivery('other-person-authorized').others;
    if (wang === undefined) throw new Error('no recipient');
    expect(refusal({ ...delivery(''), others: [wang, wang] })).toBe('wrong-type DM-DEF-01 others.1.subject');
    expect(refusal({ ...delivery(''), others: [{ ...wang, subject: LI }] })).toBe(
      'wrong-type DM-DEF-01 others.0.subject',
    );
  });
  test('who is being erased is not collected', () => {
    expect(
      refusal(delivery('other-person-authorized'), facts({ subjects: { [WANG]: person({ state: 'frozen' }) } })),
    ).toBe('subject-frozen DM-DEL-04 others.0.subject');
  });
});

describe('a frozen, restricted or erased person is not collected', () => {
  test.each([
    ['frozen', 'subject-frozen DM-DEL-04'],
    ['restricted', 'restricted DM-RET-03'],
    ['erased', 'subject-erased DM-DEF-04'],
  ] as const)('%s', (state, expected) => {
    expect(refusal(registration(), facts({ subjects: { [LI]: person({ state }) } }))).toBe(`${expected} subject`);
  });
});

describe('dates', () => {
  test('count from the tenant’s day of collection', () => {
    expect(parts(log({ collectedAt: '2026-02-28T16:30:00Z' }))[0]?.disposal).toEqual({
      kind: 'dated',
      anchor: 'collection',
      day: '2026-09-02',
    });
  });
  test('wait for the completion of an order, to a limit', () => {
    expect(parts(order())[0]).toMatchObject({
      compartment: 'statutory',
      disposal: { kind: 'waiting', anchor: 'transaction-completed', limit: '2028-03-03' },
    });
  });
  test('are known where the order was completed before', () => {
    const completed = facts({ matter: { anchors: { 'transaction-completed': new Date('2025-05-20T13:30:00Z') } } });
    expect(parts(order(), completed)[0]?.disposal).toEqual({
      kind: 'dated',
      anchor: 'transaction-completed',
      day: '2028-06-02',
      floor: '2028-05-21',
    });
  });
  test('that have come are refused', () => {
    expect(refusal(log({ collectedAt: '2025-09-01T00:00:00Z' }))).toBe('already-due DM-RET-02');
    expect(refusal(log({ collectedAt: '2025-09-02T00:00:00Z' }))).toBe('admitted');
  });
  test('of the future are refused', () =>
    expect(refusal(log({ collectedAt: '2026-03-02T02:06:00Z' }))).toBe('date-in-future DM-DEF-01 collectedAt'));
});

test('what was collected before the policy began is not judged by it', () => {
  const at = (collectedAt: string) => admit(damai, facts(), log({ collectedAt }), NOW);
  expect(at('2020-11-17T23:59:59+08:00')).toMatchObject({ kind: 'refused', code: 'policy-not-in-force' });
  expect(at('2020-11-18T00:00:00+08:00')).not.toMatchObject({ code: 'policy-not-in-force' });
});
