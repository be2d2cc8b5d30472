import fc from 'fast-check';
import { admit } from '../admission.ts';
import type { GateFacts, SubjectFacts, SubmissionFacts } from '../facts.ts';
import { facts, given, LI, NOW, person } from '../testing-damai.ts';
import { lantern } from '../testing-guide.ts';
import { maskValue, judgeStaff } from './staff.ts';

const visit = (over: Partial<SubmissionFacts> = {}): SubmissionFacts => ({
  subject: LI,
  purpose: 'visit',
  declarations: [],
  region: 'CN',
  fields: { 'visitor-name': '李雷', 'mobile-number': '13800000000', 'visit-day': '2026-05-01' },
  others: [],
  ...over,
});
const withField = (name: string, value: string): SubmissionFacts =>
  visit({ fields: { ...visit().fields, [name]: value } });
const about = (over: Partial<SubjectFacts> = {}): GateFacts => facts({ subjects: { [LI]: person(over) } });
const verdict = (submission: SubmissionFacts, known = about()) => admit(lantern, known, submission, NOW);
const code = (submission: SubmissionFacts, known?: GateFacts): string => {
  const answer = verdict(submission, known);
  return answer.kind === 'refused' ? answer.code : 'admitted';
};

test('channels are a closed list; a collector is registered or nobody', () => {
  expect(code(visit({ channel: 'website' }))).toBe('admitted');
  expect(code(visit({ channel: 'kiosk' }))).toBe('channel-undeclared');
  expect(code(visit({ collector: 'tour-7' }))).toBe('collector-unregistered');
});

describe('sources', () => {
  const from = (over: Partial<NonNullable<SubmissionFacts['source']>>) =>
    code(
      visit({
        collectedAt: '2026-03-01T00:00:00Z',
        source: {
          kind: 'indirect',
          party: 'travel-agency',
          attestations: ['agreed-by-the-visitor', 'lawful-source'],
          covers: [],
          ...over,
        },
      }),
    );
  test('a party the purpose names, with all it must have attested', () => {
    expect(from({})).toBe('admitted');
    expect(from({ party: 'list-broker' })).toBe('source-not-declared');
    expect(from({ attestations: ['agreed-by-the-visitor'] })).toBe('attestation-required');
    expect(from({ kind: 'public' })).toBe('source-not-declared');
    expect(from({ kind: 'reused', purpose: 'newsletter' })).toBe('source-not-declared');
  });
  test('attested before it was collected, not after', () => {
    expect(from({ since: '2026-03-01T00:00:00Z' })).toBe('admitted');
    expect(from({ since: '2026-03-01T00:00:01Z' })).toBe('attestation-required');
  });
});

test('a secret is taken as a digest only', () => {
  expect(code(withField('pass-code', 'open sesame'))).toBe('secret-in-clear');
  expect(code(withField('pass-code', `sha256:${'0'.repeat(64)}`))).toBe('admitted');
  expect(code(withField('pass-code', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g'))).toBe('admitted');
});

test('of a longer text only its one shape is kept', () => {
  expect(verdict(withField('voucher', '我的券：LM-1234567，谢谢'))).toMatchObject({
    kind: 'admitted',
    fields: { voucher: 'LM-1234567' },
  });
  expect(code(withField('voucher', 'nothing of the kind'))).toBe('shape-not-accepted');
});

test('an undeclared companion is left out where the purpose says so, and refuses the whole elsewhere', () => {
  const log = visit({ purpose: 'logs', fields: { 'page-viewed': '/', 'device-id': 'x', 'shoe-size': 43 } });
  expect(verdict(log)).toMatchObject({ kind: 'admitted', dropped: ['shoe-size'], pseudonyms: ['device-id'] });
  expect(code(withField('shoe-size', '43'))).toBe('undeclared-field');
});

test('the moment and the permission are both asked for', () => {
  const guide = (declarations: readonly string[]) =>
    code(
      visit({ purpose: 'audio-guide', channel: 'app', fields: { position: '31,121' }, declarations }),
      about({ consents: { 'audio-guide': given({ notice: '2026-01-01' }) } }),
    );
  expect(guide(['audio-guide-open', 'permission.location'])).toBe('admitted');
  expect(guide(['permission.location'])).toBe('moment-not-declared');
  expect(guide(['audio-guide-open'])).toBe('permission-required');
  expect(guide(['audio-guide-open', 'permission.location', 'permission.camera'])).toBe('permission-not-declared');
});

describe('exceptions', () => {
  const letter = (ground: string, evidence: readonly string[], purpose = 'newsletter') =>
    code(
      visit({
        purpose,
        fields: purpose === 'visit' ? visit().fields : { email: 'a@b.c' },
        exception: { ground, evidence },
      }),
    );
  test('listed, shown, and within their reach', () => {
    expect(letter('news', [])).toBe('exception-not-listed');
    expect(letter('law-enforcement', [], 'visit')).toBe('exception-evidence-missing');
    expect(letter('law-enforcement', ['written-request'], 'visit')).toBe('admitted');
    expect(letter('law-enforcement', ['written-request'])).toBe('exception-not-applicable');
  });
});

test('a birthday that shows a child asks for the guardian at once; of fourteen, everything is sensitive', () => {
  expect(code(withField('birthday', '2012-03-03'))).toBe('guardian-consent-required');
  expect(verdict(withField('birthday', '2012-03-02'))).toMatchObject({
    kind: 'admitted',
    parts: [{ sensitive: ['visitor-name', 'mobile-number', 'visit-day', 'birthday'] }],
  });
  expect(verdict(withField('birthday', '2011-03-02'))).toMatchObject({ parts: [{ sensitive: ['mobile-number'] }] });
});

test('staff see a child by approval, and take nothing away', () => {
  const judge = (guardian: SubjectFacts['guardian'], approved: boolean, copy: boolean) =>
    judgeStaff(lantern, undefined, person({ guardian }), { approved, copy })?.code;
  expect(judge('verified', false, false)).toBe('staff-approval-required');
  expect(judge('verified', true, false)).toBeUndefined();
  expect(judge('verified', true, true)).toBe('copying-forbidden');
  expect(judge('not-needed', false, true)).toBeUndefined();
});

test('no mask shows all of a value', () => {
  const field = { ...lantern.fields.get('mobile-number')!, mask: { start: 3, end: 4, clause: 'LM-SEC-01' } };
  expect(maskValue(field, '13800000001')).toBe('138****0001');
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      const shown = String(maskValue(field, value)).replace('****', '');
      expect([...shown].length).toBeLessThan([...value].length);
    }),
  );
});

test('what is said beside the data never turns a no into a yes, unless a ground is cited', () => {
  const names = fc.constantFrom('website', 'app', 'kiosk', undefined);
  fc.assert(
    fc.property(
      names,
      fc.constantFrom('tour-7', undefined),
      fc.constantFrom('visit', 'resale', undefined),
      (channel, collector, use) => {
        const plain = visit({ purpose: 'newsletter', fields: { email: 'a@b.c' } });
        expect(code(plain)).toBe('no-consent');
        expect(code({ ...plain, channel, collector, use })).not.toBe('admitted');
      },
    ),
  );
});
