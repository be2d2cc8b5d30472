import type { GateFacts, GateQuestion, SubjectFacts } from '../facts.ts';
import { judge } from '../gate.ts';
import { given, LI, NOW, person } from '../testing-damai.ts';
import { lantern } from '../testing-guide.ts';

const consent = (over: Parameters<typeof given>[0] = {}) => given({ notice: '2026-01-01', level: 'explicit', ...over });
const about = (over: Partial<SubjectFacts> = {}): GateFacts => ({ subjects: { [LI]: person(over) }, lease: 'live' });
const ask = (question: Partial<GateQuestion>, facts: GateFacts = about()) =>
  judge(lantern, facts, { kind: 'use', fields: [], ...question }, NOW);
const code = (question: Partial<GateQuestion>, facts?: GateFacts) => {
  const verdict = ask(question, facts);
  return verdict.may ? 'yes' : verdict.code;
};
const guided = about({ consents: { 'audio-guide': consent() } });

describe('trackers', () => {
  const track = (over: Partial<GateQuestion>, facts?: GateFacts) =>
    code({ kind: 'tracker', tracker: 'cookie', purpose: 'statistics', ...over }, facts);
  test('only kinds and purposes the pack names', () => {
    expect(track({ tracker: 'canvas', level: 'all' })).toBe('tracker-not-declared');
    expect(track({ purpose: 'fingerprinting', level: 'all' })).toBe('tracker-not-declared');
    expect(track({ level: 'all' })).toBe('yes');
  });
  test('essential ones run whatever was chosen, others as chosen, none before anything was', () => {
    expect(track({ purpose: 'basket', level: 'none', doNotTrack: true })).toBe('yes');
    expect(track({})).toBe('tracker-refused');
    expect(track({ level: 'none' })).toBe('tracker-refused');
    const chosen = (choice: string) => about({ consents: { trackers: consent({ choice }) } });
    expect(track({ subject: LI }, chosen('all'))).toBe('yes');
    expect(track({ subject: LI }, chosen('none'))).toBe('tracker-refused');
  });
  test('what the person chose here and what the browser says: either can say no', () => {
    const chosen = (choice: string) => about({ consents: { trackers: consent({ choice }) } });
    expect(track({ subject: LI, level: 'all' }, chosen('none'))).toBe('tracker-refused');
    expect(track({ subject: LI, level: 'none' }, chosen('all'))).toBe('tracker-refused');
    expect(track({ subject: LI, level: 'all' }, chosen('all'))).toBe('yes');
  });
  test('Do Not Track is honored where the pack says so', () =>
    expect(track({ level: 'all', doNotTrack: true })).toBe('tracker-refused'));
});

describe('SDKs', () => {
  const run = (over: Partial<GateQuestion>, facts = guided) =>
    code(
      { kind: 'sdk', sdk: 'map-kit', subject: LI, fields: ['position'], moment: 'audio-guide-open', ...over },
      facts,
    );
  test('a field goes in the flow that carries it, at its moment, for its use', () => {
    expect(run({})).toBe('yes');
    expect(run({ sdk: 'ad-kit' })).toBe('sdk-not-declared');
    expect(run({ fields: ['mobile-number'] })).toBe('undeclared-field');
    expect(run({ moment: 'none' })).toBe('moment-not-declared');
    expect(run({ use: 'advertising' })).toBe('use-not-declared');
  });
  test('a switch is off until the person turns it on', () => {
    expect(run({ fields: ['device-id'] })).toBe('switched-off');
    expect(run({ fields: ['device-id'], declarations: ['better-maps'] })).toBe('yes');
    expect(run({ use: 'self-start' })).toBe('switched-off');
  });
  test('it is to have the permissions it is declared with, while the person leaves them on', () => {
    const kit = { ...lantern.sdks.get('map-kit')!, permissions: { required: ['location'], optional: ['bluetooth'] } };
    const declared = { ...lantern, sdks: new Map([['map-kit', kit]]) };
    const off = { 'audio-guide': consent(), 'permission.bluetooth': consent({ state: 'refused' }) };
    const may = (permission: string, facts = guided): string => {
      const verdict = judge(declared, facts, { kind: 'sdk', sdk: 'map-kit', subject: LI, fields: [], permission }, NOW);
      return verdict.may ? (verdict.optional === true ? 'may be left out' : 'needed') : verdict.code;
    };
    expect(may('location')).toBe('needed');
    expect(may('bluetooth')).toBe('may be left out');
    expect(may('bluetooth', about({ consents: off }))).toBe('permission-required');
    expect(may('camera')).toBe('permission-not-declared');
  });
  test('its purpose needs its basis', () => expect(run({}, about())).toBe('no-consent'));
});

test('a permission is asked for by its purpose, at its moment', () => {
  const may = (over: Partial<GateQuestion>, facts?: GateFacts) =>
    code({ kind: 'permission', permission: 'location', moment: 'audio-guide-open', subject: LI, ...over }, facts);
  expect(may({})).toBe('yes');
  expect(may({ permission: 'camera' })).toBe('permission-not-declared');
  expect(may({ purpose: 'visit' })).toBe('permission-not-declared');
  expect(may({ moment: 'start' })).toBe('moment-not-declared');
  expect(may({}, about({ consents: { 'permission.location': consent({ state: 'withdrawn' }) } }))).toBe(
    'permission-required',
  );
});

test('messages: kinds the pack names, as long as they are wanted, and no invitation to a child', () => {
  const reader = (over: Partial<SubjectFacts> = {}) => about({ consents: { newsletter: consent() }, ...over });
  const may = (message: string, facts: GateFacts) => code({ kind: 'message', message, subject: LI }, facts);
  expect(may('program', reader())).toBe('yes');
  expect(may('coupon', reader())).toBe('message-not-declared');
  expect(may('program', reader({ consents: { newsletter: consent({ state: 'withdrawn' }) } }))).toBe(
    'marketing-refused',
  );
  expect(may('program', reader({ guardian: 'verified' }))).toBe('invitation-to-child');
});

test('a page asks for what is declared, and makes nothing a condition that is not', () => {
  const may = (required: readonly string[], fields: readonly string[] = []) =>
    code({ kind: 'page', purpose: 'visit', fields, required });
  expect(may(['visitor-name'], ['voucher'])).toBe('yes');
  expect(may(['voucher'])).toBe('field-optional');
  expect(may([], ['email'])).toBe('undeclared-field');
});

test('refusing a basic purpose takes with it what cannot do without it, and refusing an extra nothing else (I13)', () => {
  const refused = (name: string) =>
    about({ consents: { [name]: consent({ state: 'refused' }), 'audio-guide': consent() } });
  expect(ask({ kind: 'page', purpose: 'audio-guide', subject: LI }, refused('visit'))).toMatchObject({
    may: false,
    code: 'consent-refused',
    field: 'purposes.visit',
    effect: { en: 'No audio guide' },
  });
  expect(code({ kind: 'page', purpose: 'visit', subject: LI }, refused('newsletter'))).toBe('yes');
  expect(code({ kind: 'page', purpose: 'newsletter', subject: LI }, refused('newsletter'))).toBe('consent-refused');
});

describe('uses', () => {
  const use = (purpose: string, name: string, facts = guided, over: Partial<GateQuestion> = {}) =>
    code({ purpose, use: name, subject: LI, ...over }, facts);
  test('one of the closed list, none that is forbidden', () => {
    expect(use('audio-guide', 'guiding')).toBe('yes');
    expect(use('audio-guide', 'opening-hours')).toBe('use-not-declared');
    expect(use('newsletter', 'advertising')).toBe('use-forbidden');
    expect(use('visit', 'visiting')).toBe('yes');
    expect(use('visit', 'visit')).toBe('use-not-declared');
    expect(use('newsletter', 'newsletter', about({ consents: { newsletter: consent() } }))).toBe('yes');
  });
  test('a use of aggregates never sees one person', () => expect(use('logs', 'opening-hours')).toBe('aggregate-only'));
});

test('joined logs are personal, and stay de-identified without an authorization', () => {
  const join = (over: Partial<GateQuestion>) => ask({ kind: 'join', purpose: 'logs', ...over });
  expect(join({ fields: ['page-viewed', 'device-id'] })).toMatchObject({ may: true, classified: 'not-personal' });
  expect(join({ fields: ['page-viewed', 'email'] })).toMatchObject({
    may: false,
    code: 'joined-data',
    classified: 'personal',
    treatment: 'deidentify',
  });
  const cited = { ground: 'law-enforcement', evidence: ['written-request'] };
  expect(join({ fields: ['page-viewed', 'email'], subject: LI, exception: cited })).toMatchObject({ may: true });
  expect(join({ fields: ['page-viewed', 'email'], subject: LI, exception: { ...cited, evidence: [] } })).toMatchObject({
    code: 'exception-evidence-missing',
  });
});

test('a set counts as de-identified only with what shows it', () => {
  const may = (over: Partial<GateQuestion>) =>
    code({ kind: 'dataset', use: 'statistics', state: 'deidentified', evidence: ['method', 'reviewer'], ...over });
  expect(may({})).toBe('yes');
  expect(may({ evidence: ['method'] })).toBe('deidentification-unproven');
  expect(may({ use: 'model-training' })).toBe('deidentification-unproven');
  expect(may({ use: 'model-training', state: 'anonymous' })).toBe('yes');
  expect(may({ use: 'advertising' })).toBe('use-not-declared');
});

test('fields are what the list says, and all of a child’s are sensitive', () => {
  const of = (fields: readonly string[], facts?: GateFacts) =>
    ask({ kind: 'field', fields, subject: LI }, facts).classified;
  expect(of(['email'])).toBe('personal');
  expect(of(['mobile-number'])).toBe('sensitive');
  expect(of(['page-viewed'])).toBe('not-personal');
  expect(of(['email'], about({ guardian: 'verified' }))).toBe('sensitive');
  expect(code({ kind: 'field', fields: ['shoe-size'] })).toBe('undeclared-field');
});

test('a recipient gets what the pack lets it have, by its ground', () => {
  const may = (over: Partial<GateQuestion>) =>
    code({ kind: 'recipient', recipient: 'coat-check', subject: LI, ...over });
  expect(may({ purpose: 'visit', fields: ['visitor-name'] })).toBe('yes');
  expect(may({ recipient: 'ad-network' })).toBe('recipient-not-declared');
  expect(may({ purpose: 'newsletter' })).toBe('reconsent-required');
  expect(may({ fields: ['email'] })).toBe('undeclared-field');
});

test('nothing is collected any more once it has ended, for the product or for all; use goes on', () => {
  const ended = { everything: new Date(NOW), products: new Map<string, Date>() };
  const asked = { purpose: 'visit', subject: LI } as const;
  expect(code({ kind: 'collect', ...asked }, { ...about(), ceased: ended })).toBe('tenant-closed');
  expect(code({ kind: 'use', ...asked }, { ...about(), ceased: ended })).toBe('yes');
  const later = { products: new Map(), everything: new Date(NOW.getTime() + 1) };
  expect(code({ kind: 'collect', ...asked }, { ...about(), ceased: later })).toBe('yes');
  const one = { products: new Map([['shop', NOW]]) };
  expect(code({ kind: 'collect', ...asked, product: 'shop' }, { ...about(), ceased: one })).toBe('tenant-closed');
  expect(code({ kind: 'collect', ...asked, product: 'hall' }, { ...about(), ceased: one })).toBe('yes');
});

test('a region is asked about before anything is written there', () => {
  expect(code({ kind: 'region', region: 'CN-SH' })).toBe('yes');
  expect(code({ kind: 'region', region: 'CN-HK' })).toBe('territory-not-allowed');
  expect(code({ kind: 'region', region: 'US' })).toBe('territory-not-allowed');
  expect(code({ kind: 'region', region: 'CN-ZZ' })).toBe('region-unknown');
});

test('a collection is asked about at its moment, with its permission', () => {
  const collect = (over: Partial<GateQuestion>) =>
    code(
      { kind: 'collect', purpose: 'audio-guide', subject: LI, fields: ['position'], channel: 'app', ...over },
      guided,
    );
  expect(collect({ moment: 'audio-guide-open' })).toBe('yes');
  expect(collect({})).toBe('moment-not-declared');
  expect(collect({ moment: 'audio-guide-open', declarations: [] })).toBe('permission-required');
  expect(collect({ moment: 'audio-guide-open', channel: 'website' })).toBe('channel-undeclared');
});
