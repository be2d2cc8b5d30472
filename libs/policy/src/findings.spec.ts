import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describeFinding, type Finding, PolicyFault } from './finding.ts';
import { parsePack } from './load-pack.ts';
import { DAMAI_FOLDER } from './testing-damai.ts';

const POLICY = readFileSync(`${DAMAI_FOLDER}/policy.yaml`, 'utf8');
const CLAUSES = { file: 'clauses.yaml', text: readFileSync(`${DAMAI_FOLDER}/clauses.yaml`, 'utf8') };

/** The findings of Damai's pack with one passage changed, and the place at which they ought to stand. */
function findings(from: string, to: string, at = to): { readonly found: string[]; readonly place: string } {
  expect(POLICY.split(from)).toHaveLength(2);
  const text = POLICY.replace(from, to);
  const [line, column] = placeOf(text, text.indexOf(to) + to.indexOf(at));
  return { found: inspect(text), place: `policy.yaml:${line}:${column}` };
}
function inspect(text: string): string[] {
  try {
    parsePack(text, 'policy.yaml', { clauses: CLAUSES });
    return [];
  } catch (error) {
    if (error instanceof PolicyFault) return error.findings.map(describeFinding);
    throw error;
  }
}
const placeOf = (text: string, offset: number): [number, number] => {
  const before = text.slice(0, offset).split('\n');
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
};

describe('a finding says where, what, and what is allowed', () => {
  const cases: readonly (readonly [
    what: string,
    from: string,
    to: string,
    finding: string,
    at?: string | undefined,
  ])[] = [
    [
      'another version of the language',
      'apiVersion: lethe.dev/v1',
      'apiVersion: lethe.dev/v9',
      'value: not one of the values allowed (allowed: lethe.dev/v1)',
      'lethe.dev/v9',
    ],
    [
      'a key that means nothing',
      'immutable: { clause: DM-COR-01 }',
      'imutable: { clause: DM-COR-01 }',
      'unknown-key: this key means nothing here (allowed: name, kind, clause,',
      'imutable',
    ],
    ['a missing key', 'pack: damai\n', '', 'missing: `pack` is missing (allowed: text)', ''],
    [
      'a wrong type',
      'childBelow: 14',
      'childBelow: fourteen',
      'type: not of the right type (allowed: number)',
      'fourteen',
    ],
    [
      'a period beyond the calendar',
      'use: P1D, source: decision',
      'use: P9999999999Y, source: decision',
      'format: a period is no longer than 120 years',
      'P9999999999Y',
    ],
    [
      'a zone that no machine has',
      'zone: Asia/Shanghai',
      'zone: Mars/Base',
      'format: not an IANA time zone, such as Asia/Shanghai',
      'Mars/Base',
    ],
    [
      'a number too small',
      'use: 90, source: decision',
      'use: 0, source: decision',
      'too-small: too small (allowed: 1 or more)',
      '0,',
    ],
    [
      'an unknown source',
      'use: 90, source: decision',
      'use: 90, source: rumor',
      'value: not one of the values allowed (allowed: policy, statute, deployer, decision)',
      'rumor',
    ],
    [
      'a period that is none',
      'evidence: { period: { notStated: true, use: P3Y,',
      'evidence: { period: { notStated: true, use: 3 years,',
      'format: not a period, such as P30D, P6M or P1Y',
      '3 years',
    ],
    [
      'a yes for true',
      'nickname: { required: true }',
      'nickname: { required: yes }',
      'type: not of the right type (allowed: true, false)',
      'yes',
    ],
    [
      'a text that is a number to YAML',
      "pack: damai\nversion: '2020-11-18'",
      'pack: damai\nversion: 2020',
      'type: not of the right type (allowed: text, in quotes where it looks like a number)',
      '2020',
    ],
    [
      'a text with a colon in it',
      'title: { en: Damai privacy policy,',
      'title: { en: Damai: privacy: policy,',
      'yaml: block as implicit key (allowed: a text with a colon in it stands in quotes)',
    ],
    [
      'a field no purpose may name',
      '      email:\n',
      '      e-mail:\n',
      'undeclared-field: field `e-mail` is not declared (allowed: account-name, nickname,',
      'e-mail',
    ],
    [
      'a purpose that is not there',
      'alsoUsedFor: [service-quality]',
      'alsoUsedFor: [quality]',
      'undeclared-purpose: purpose `quality` is not declared (allowed: registration,',
      'quality',
    ],
    [
      'use that goes on while nobody knows of a withdrawal',
      '    class: face\n',
      '    class: face\n    whenAway: { clause: DM-COL-10 }\n',
      'away-on-consent: purpose `face-verification` rests on a consent: while Lethe does not answer nobody knows whether it still stands (allowed: no `whenAway`)',
      'whenAway',
    ],
    [
      'a class that is not there',
      '    class: face\n',
      '    class: faces\n',
      'undeclared-class: class `faces` is not declared (allowed: account, identity, face,',
      'faces',
    ],
    [
      'a declaration that is not there',
      'anyOf: [face-function]',
      'anyOf: [face-functions]',
      'undeclared-declaration: declaration `face-functions` is not declared',
      'face-functions',
    ],
    [
      'a category that is not there',
      'category: biometric, sensitive',
      'category: biometrics, sensitive',
      'undeclared-category: category `biometrics` is not declared',
      'biometrics',
    ],
    [
      'an anchor that is not there',
      'anchor: case-closed\n',
      'anchor: case-solved\n',
      'undeclared-anchor: anchor `case-solved` is not declared',
      'case-solved',
    ],
    [
      'a floor longer than the ceiling',
      "use: P3Y1M, source: decision }\n    limit: { notStated: true, use: P2Y, source: decision }\n    floor:\n      period: P3Y\n      basis: e-commerce-law\n      law: { en: 'E-Commerce Law, article 31', zh-CN: 《电子商务法》第三十一条 }\n      clause: DM-RET-03\n    factor: transactions-and-questions\n    method: anonymize",
      "use: P3Y, source: decision }\n    limit: { notStated: true, use: P2Y, source: decision }\n    floor:\n      period: P3Y\n      basis: e-commerce-law\n      law: { en: 'E-Commerce Law, article 31', zh-CN: 《电子商务法》第三十一条 }\n      clause: DM-RET-03\n    factor: transactions-and-questions\n    method: anonymize",
      'floor-longer-than-ceiling: the law keeps for P3Y what the policy keeps for P3Y from the same day: which of the two wins is not said (allowed: a period of P3Y and a month or more, prevails: statute)',
      'floor:',
    ],
    [
      'a floor that wins over nothing',
      '      clause: DM-RET-03\n    factor: transactions-and-questions\n    method: anonymize',
      '      prevails: statute\n      clause: DM-RET-03\n    factor: transactions-and-questions\n    method: anonymize',
      'idle-prevails: the period is as long as the floor: there is nothing to win over (allowed: no `prevails`)',
      'prevails',
    ],
    [
      'a cohort due before it is over',
      '    anchor: collection\n    period: { notStated: true, use: P6M, source: decision }\n    factor: safety-and-quality\n    method: anonymize',
      '    anchor: collection\n    period: { notStated: true, use: P20D, source: decision }\n    factor: safety-and-quality\n    method: anonymize',
      'cohort-longer-than-period: a month would be due before it is over',
      undefined,
    ],
    [
      'a class without retention',
      '    anchor: collection\n    period: { notStated: true, use: P6M, source: decision }\n    factor: safety-and-quality\n    method: delete\n    clause: DM-RET-05',
      '    anchor: collection\n    factor: safety-and-quality\n    method: delete\n    clause: DM-RET-05',
      'no-retention: class `security-logs` does not say how long (allowed: period)',
      undefined,
    ],
    [
      'a class that waits for ever',
      '    period: { notStated: true, use: P1Y, source: decision }\n    limit: { notStated: true, use: P2Y, source: decision }\n',
      '    period: { notStated: true, use: P1Y, source: decision }\n',
      'no-limit: class `service-cases` waits for `case-closed` and does not say for how long (allowed: limit)',
      undefined,
    ],
    [
      'anonymizing without a ladder',
      '    period: { notStated: true, use: P6M, source: decision }\n    factor: safety-and-quality\n    method: delete\n    clause: DM-RET-02\n  security-logs',
      '    period: { notStated: true, use: P6M, source: decision }\n    factor: safety-and-quality\n    method: anonymize\n    clause: DM-RET-02\n  security-logs',
      'no-ladder: class `logs` anonymizes without a ladder (allowed: ladder, method: delete)',
      'anonymize',
    ],
    [
      'cells of four',
      'k: { notStated: true, use: 20, source: decision }\n      dimensions:\n        month',
      'k: { notStated: true, use: 4, source: decision }\n      dimensions:\n        month',
      'too-small: too small (allowed: 5 or more)',
      '4,',
    ],
    [
      'a ladder that grows finer',
      '        - [month, genre]\n        - [month]',
      '        - [month, genre]\n        - [group]',
      'finer-step: a later step of a ladder is coarser (allowed: month, genre)',
      'group]',
    ],
    [
      'a sum of what is no number',
      '      steps:\n        - [month, genre, group]',
      '      measures: { likes: { sum: preferred-genre, p: 10 } }\n      steps:\n        - [month, genre, group]',
      'no-number: `preferred-genre` is no number and cannot be summed',
      'preferred-genre,',
    ],
    [
      'a sum of a field of another class',
      '      steps:\n        - [month, genre, group]',
      '      measures: { likes: { sum: ticket-price, p: 10 } }\n      steps:\n        - [month, genre, group]',
      'field-of-another-class: no purpose puts `ticket-price` into class `personalization` (allowed: observed-on,',
      'ticket-price,',
    ],
    [
      'a sum of a field that is not declared',
      '      steps:\n        - [month, genre, group]',
      '      measures: { likes: { sum: tikcet-price, p: 10 } }\n      steps:\n        - [month, genre, group]',
      'undeclared-field: field `tikcet-price` is not declared (allowed: ',
      'tikcet-price,',
    ],
    [
      'a sum with the name of a dimension',
      '        price: { sum: ticket-price, decimals: 2,',
      '        channel: { sum: ticket-price, decimals: 2,',
      'name-taken: `channel` is a dimension of this ladder (allowed: another name)',
      'channel: {',
    ],
    [
      'a sum that protects nobody',
      '      steps:\n        - [month, genre, group]',
      '      measures: { likes: { sum: ticket-price, p: 4 } }\n      steps:\n        - [month, genre, group]',
      'too-small: too small (allowed: 5 or more)',
      '4 }',
    ],
    [
      'a ladder over a field of another class',
      'field: preferred-genre',
      'field: seat',
      'field-of-another-class: no purpose puts `seat` into class `personalization` (allowed: observed-on,',
      'seat',
    ],
    [
      'consent without a level',
      'basis: { kind: consent, level: separate, clause: DM-COL-10 }',
      'basis: { kind: consent, clause: DM-COL-10 }',
      'no-level: consent does not say how it must be given (allowed: level)',
      '{ kind: consent, clause: DM-COL-10 }',
    ],
    [
      'a contract with a level',
      'basis: { kind: contract, clause: DM-COL-11 }',
      'basis: { kind: contract, level: explicit, clause: DM-COL-11 }',
      'idle-level: only consent has a level (allowed: kind: consent)',
      'level',
    ],
    [
      'a purpose without a clause',
      'kind: basic\n    clause: DM-COL-20',
      'kind: basic',
      'missing: `clause` is missing (allowed: text)',
      undefined,
    ],
    [
      'a clause that is not in the register',
      "controller:\n  name: { en: 'Beijing Damai Cultural Media Development Co., Ltd.', zh-CN: 北京大麦文化传媒发展有限公司 }\n  clause: DM-DEF-06",
      "controller:\n  name: { en: 'Beijing Damai Cultural Media Development Co., Ltd.', zh-CN: 北京大麦文化传媒发展有限公司 }\n  clause: DM-DEF-99",
      'unknown-clause: DM-DEF-99 is not in the register of clauses',
      'DM-DEF-99',
    ],
    [
      'a code of refusal that is none',
      '  disposed: DM-RET-08',
      '  disposed-of: DM-RET-08',
      'unknown-refusal: `disposed-of` is no code of refusal (allowed: undeclared-purpose,',
      'disposed-of',
    ],
    [
      'a code without a clause',
      '  disposed: DM-RET-08\n',
      '',
      'refusal-without-clause: no clause stands behind `disposed`',
      undefined,
    ],
    [
      'things of two kinds to wait for',
      'voice: { required: true }',
      'voice: { required: true, class: orders }\n      seat: { class: account }',
      'mixed-matters: what purpose `voice-chat` collects waits for things of different kinds; a submission names one (allowed: order, account)',
      undefined,
    ],
    ['the same key twice', 'zone: Asia/Shanghai', 'zone: Asia/Shanghai\nzone: UTC', 'yaml: duplicate key', 'zone: UTC'],
    [
      'a region that ISO 3166 does not know',
      'except: [CN-HK, CN-MO, CN-TW]',
      'except: [CN-HK, CN-MO, CN-ZZ]',
      'format: not a region (ISO 3166), such as CN or CN-HK',
      'CN-ZZ',
    ],
    ['broken YAML', '  regions: [CN]\n', '  regions: [CN\n', 'yaml: ', undefined],
    [
      'a class that ends in a way the end of the service does not promise',
      'disposal: { methods: [delete, anonymize], clause',
      'disposal: { methods: [delete], clause',
      'method-not-promised: nothing promises to anonymize (allowed: delete)',
      '',
    ],
    [
      'a ground abroad for a purpose that is not there',
      'purposes: [order, payment, ticket-delivery, invoice]',
      'purposes: [order, payments, ticket-delivery, invoice]',
      'undeclared-purpose: purpose `payments` is not declared',
      'payments',
    ],
    ['an alias', 'zone: Asia/Shanghai', 'zone: *zone', 'yaml: ', '*zone'],
    [
      'a dimension of an unknown kind',
      'channel: { by: value, field: sales-channel,',
      'channel: { by: magic, field: sales-channel,',
      'value: not one of the values allowed (allowed: month, year, decade, value, band, map)',
      'magic',
    ],
  ];
  test.each(cases)('%s', (_what, from = '', to = '', finding = '', at = '') => {
    const { found, place } = findings(from, to, at);
    const expected = at === '' ? finding : `${place}: ${finding}`;
    expect(found.filter((each) => each.includes(expected))).not.toEqual([]);
    for (const each of found) expect(each).toMatch(/^policy\.yaml:\d+:\d+: [a-z-]+: /);
  });
});

test('a register that names a clause twice, a rule that is not there, or another pack', () => {
  const broken = CLAUSES.text
    .replace('id: DM-SCP-02', 'id: DM-SCP-01')
    .replace('rule: purposes.invoice\n', 'rule: purposes.invoices\n')
    .replace('pack: damai', 'pack: epiao');
  const found = ((): readonly Finding[] => {
    try {
      parsePack(POLICY, 'policy.yaml', { clauses: { ...CLAUSES, text: broken } });
      return [];
    } catch (error) {
      return error instanceof PolicyFault ? error.findings : [];
    }
  })();
  expect(found.map((each) => each.code)).toEqual(
    expect.arrayContaining(['clause-twice', 'no-such-rule', 'other-pack']),
  );
});

test('a value is never repeated, whatever stands in its place', () => {
  const scalars = [...POLICY.matchAll(/(?<!en): (P\d\w+|true|[0-9]+|collection|delete|basic)(?=[ ,\n])/g)].map(
    (match) => match.index + 2,
  );
  fc.assert(
    fc.property(fc.constantFrom(...scalars), (offset) => {
      const found = inspect(
        `${POLICY.slice(0, offset)}李雷-13800000000${POLICY.slice(offset).replace(/^[^ ,\n]+/, '')}`,
      );
      expect(found.length).toBeGreaterThan(0);
      expect(found.join('\n')).not.toMatch(/李雷|13800000000/);
    }),
    { numRuns: 25 },
  );
});
