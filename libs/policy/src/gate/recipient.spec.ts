import type { GateQuestion, SubjectFacts } from '../facts.ts';
import { judge } from '../gate.ts';
import type { Pack } from '../pack.ts';
import { damai, facts, given, LI, NOW, person } from '../testing-damai.ts';

const clause = 'DM-SHR-06';
const recipient = (over: object = {}) => ({
  names: { en: 'X', 'zh-CN': '甲' },
  kind: 'partner' as const,
  ground: 'consent',
  purposes: ['security'],
  fields: [],
  except: ['password'],
  handling: [],
  clause,
  ...over,
});
const pack: Pack = {
  ...damai,
  recipients: new Map([
    ['x', recipient()],
    ['y', recipient()],
    ['z', recipient({ ground: 'law' })],
  ]),
  sharing: {
    grounds: {
      consent: { name: { en: 'c', 'zh-CN': '同意' }, needs: [], level: 'explicit', clause },
      law: { name: { en: 'l', 'zh-CN': '法律' }, needs: [], clause },
    },
    never: [],
    sensitive: { level: 'explicit', clause },
    duties: [],
    clause,
  },
  controllerChange: {
    events: ['merger'],
    notify: true,
    needs: ['undertaking'],
    clause: 'DM-CTL-01',
  },
};
const ask = (consents: SubjectFacts['consents'], over: Partial<GateQuestion>) => {
  const known = facts({ subjects: { [LI]: person({ consents }) } });
  const verdict = judge(
    pack,
    known,
    { kind: 'recipient', subject: LI, recipient: 'x', fields: ['nickname'], ...over },
    NOW,
  );
  return verdict.may ? 'yes' : verdict.code;
};
const yes = (about: string, over: object = {}) => ({ [about]: given({ level: 'explicit', ...over }) });

test('accepting the policy hands nothing to anybody', () => {
  expect(ask(yes('policy'), {})).toBe('no-consent');
  expect(ask(yes('policy'), { fields: ['face-image'] })).toBe('reconsent-required');
});

test('a yes to one recipient lets it go to that one, and to no other', () => {
  const agreed = yes('recipient.x');
  expect(ask(agreed, { fields: ['face-image'] })).toBe('yes');
  expect(ask(agreed, { fields: ['face-image'], recipient: 'y' })).toBe('reconsent-required');
  expect(ask(agreed, { fields: ['password'] })).toBe('undeclared-field');
  expect(ask(agreed, { recipient: 'nobody' })).toBe('recipient-not-declared');
});

test('a weak yes, one that followed from use and one taken back carry nothing', () => {
  expect(ask(yes('recipient.x', { level: 'acceptance' }), {})).toBe('consent-level-too-low');
  expect(ask(yes('recipient.x', { implied: true }), {})).toBe('no-consent');
  expect(ask(yes('recipient.x', { state: 'withdrawn' }), {})).toBe('no-consent');
});

test('a recipient that wants it for something else asks again, for that', () => {
  expect(ask(yes('recipient.x'), { purpose: 'security' })).toBe('yes');
  expect(ask(yes('recipient.x'), { purpose: 'marketing' })).toBe('reconsent-required');
  expect(ask(yes('recipient.x.marketing'), { purpose: 'marketing' })).toBe('yes');
});

test('a ground without consent asks for one all the same where the data is sensitive', () => {
  expect(ask({}, { recipient: 'z' })).toBe('yes');
  expect(ask({}, { recipient: 'z', fields: ['face-image'] })).toBe('reconsent-required');
});

test('a new holder is bound by what was promised, or asks each person', () => {
  expect(ask({}, { recipient: 'successor', evidence: ['undertaking'] })).toBe('yes');
  expect(ask(yes('policy'), { recipient: 'successor', evidence: [] })).toBe('reconsent-required');
  expect(ask(yes('recipient.successor'), { recipient: 'successor' })).toBe('yes');
});
