import { describeFinding } from './finding.ts';
import { explain } from './explain.ts';
import { checkFolder } from './load-pack.ts';
import { guideFiles, guideText, lantern, writeGuidePack } from './testing-guide.ts';

/** A pack written from the guide alone, and what `lethe policy check` says when it is written wrongly. */
const findings = (change: (policy: string) => string, name = 'policy.yaml'): string[] => {
  const files = new Map(guideFiles());
  files.set(name, change(files.get(name) ?? ''));
  return checkFolder(writeGuidePack(files)).findings.map(describeFinding);
};
const changed =
  (from: string, to: string) =>
  (text: string): string => {
    expect(text.split(from)).toHaveLength(2);
    return text.replace(from, to);
  };

test('the pack of the guide is in order but for the scenarios the guide leaves to the reader', () => {
  const { pack, findings: found } = checkFolder(writeGuidePack());
  expect(found.filter(({ code }) => code !== 'clause-without-scenario')).toEqual([]);
  expect(pack).toBeUndefined();
  expect(found.map(({ message }) => message.slice(0, 9))).not.toContain('LM-COL-01');
  expect(found.map(({ message }) => message.slice(0, 9))).toContain('LM-COL-06');
  expect(lantern.purposes.size).toBe(4);
});

const GUIDE_CONSENT =
  'consent:\n  noNagging: { period: { notStated: true, use: P30D, source: decision }, clause: LM-SIL-01 }\n';

test.each([
  [
    'a field nobody declared',
    '      email: { required: true }',
    '      e-post: { required: true }',
    'undeclared-field',
  ],
  ['a purpose that is not there', 'for: [audio-guide]\n', 'for: [audio]\n', 'undeclared-purpose'],
  ['a recipient without a ground', '    ground: contract\n', '', 'recipient-without-ground'],
  ['a deadline without a calendar', 'days: 15, calendar: calendar-days,', 'days: 15,', 'deadline-without-calendar'],
  ['working days of no calendar', 'calendar: calendar-days', 'calendar: working-days', 'deadline-without-calendar'],
  ['data without retention', '    class: letters\n', '', 'no-retention'],
  ['no word on when a no may be asked about again', GUIDE_CONSENT, '', 'no-pause-after-no'],
  ['an exception on no list', 'unless: [consent, law-enforcement]', 'unless: [consent, news]', 'exception-not-listed'],
  [
    'a use no dictionary has',
    '    uses: [guiding]\n    fields:',
    '    uses: [guidance]\n    fields:',
    'undeclared-use',
  ],
  [
    'refusing an extra that costs a basic function',
    '{ en: No newsletter, zh-CN: 不再收到电子通讯 },',
    '{ en: No newsletter, zh-CN: 不再收到电子通讯 }, costs: [visit],',
    'costs-a-basic-function',
  ],
  ['a channel that is none', 'channels: [app]', 'channels: [kiosk]', 'undeclared-channel'],
  ['a permission on no list', 'permission: location, clause', 'permission: camera, clause', 'undeclared-permission'],
  ['a tracker level with an unknown purpose', 'none: [basket],', 'none: [cart],', 'undeclared-tracker'],
])('%s is found', (_, from, to, code) => {
  const found = findings(changed(from, to));
  expect(found.filter((each) => each.includes(`: ${code}: `))).toHaveLength(1);
  for (const each of found) expect(each).toMatch(/(policy|clauses)\.yaml:\d+:\d+: [a-z-]+: /);
});

test('what the guide says of events of their own is in order too', () => {
  const block = /^```yaml\n(anchors:\n[\s\S]*?)classes:\n([\s\S]*?)^```$/m.exec(guideText());
  const [, anchors = '', classes = ''] = block ?? [];
  expect(classes).toContain('limit:');
  const found = findings((policy) =>
    changed('\nclasses:\n', `\nclasses:\n${classes}`)(changed('\nanchors:\n', `\n${anchors}`)(policy)),
  );
  expect(found.filter((each) => !each.includes('clause-without-scenario'))).toEqual([]);
});

test('an event that happens to nothing: what counts from it would count from the collection', () => {
  const twice = (text: string): string =>
    changed(
      'anchors:\n',
      'anchors:\n  visited: { name: { en: visited, zh-CN: 参观之日 }, clause: LM-RET-01 }\n',
    )(changed('    anchor: collection\n    period: P1Y\n', '    anchor: visited\n    period: P1Y\n')(text));
  const found = findings(twice).filter((each) => !each.includes('clause-without-scenario'));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('anchor-without-matter: `visited` is an event of its own');
});

test('a promise without a rule, and a rule that no promise asks for', () => {
  const without = findings(changed('rule: fields.voucher.accept', 'rule: later'), 'clauses.yaml');
  expect(without.filter((each) => each.includes('clause-without-rule: LM-COL-06'))).toHaveLength(1);
  const idle = findings(
    changed('class: evidenced\n    service: erasure', 'class: outOfScope\n    service: erasure'),
    'clauses.yaml',
  );
  expect(idle.some((each) => each.includes('idle-rule'))).toBe(true);
});

/** A clause of the register that promises nothing here, and one rule that rests on it. */
const OUTSIDE = `  - id: LM-OUT-01
    where: ¶16
    concern: scope
    class: outOfScope
    name: { en: Weather, zh-CN: 天气 }
    meaning: The museum hopes for good weather.
    rule: none
`;
test.each([
  ['a purpose', '    kind: basic\n    clause: LM-COL-05', '    kind: basic\n    clause: LM-OUT-01', 'logs'],
  [
    'what is inside a purpose',
    'immutable: { after: submission, clause: LM-COR-01 }',
    'immutable: { after: submission, clause: LM-OUT-01 }',
    'immutable',
  ],
  ['a field', 'category: contact, clause: LM-COL-02 }', 'category: contact, clause: LM-OUT-01 }', 'email'],
  [
    'an anchor',
    'collection: { name: { en: collection, zh-CN: 收集之日 }, clause: LM-RET-01 }',
    'collection: { name: { en: collection, zh-CN: 收集之日 }, clause: LM-OUT-01 }',
    'collection',
  ],
  [
    'a ground of a request',
    'no-longer-used: { name: { en: No longer a visitor, zh-CN: 不再使用服务 }, clause: LM-REQ-01 }',
    'no-longer-used: { name: { en: No longer a visitor, zh-CN: 不再使用服务 }, clause: LM-OUT-01 }',
    'no-longer-used',
  ],
  [
    'a flow of an SDK',
    'switch: { name: better-maps, default: off, clause: LM-COL-04 }',
    'switch: { name: better-maps, default: off, clause: LM-OUT-01 }',
    'switch',
  ],
])('%s that no promise asks for is found where it stands', (_, from, to, rule) => {
  const files = new Map(guideFiles());
  const register = files.get('clauses.yaml') ?? '';
  files.set('clauses.yaml', `${register.replace('rule: purposes.visit.immutable', 'rule: later')}${OUTSIDE}`);
  files.set('policy.yaml', changed(from, to)(files.get('policy.yaml') ?? ''));
  const found = checkFolder(writeGuidePack(files)).findings.map(describeFinding);
  const unasked = found.filter((each) => each.includes(`: unasked-rule: no clause asks for \`${rule}\`: LM-OUT-01`));
  expect(unasked).toHaveLength(1);
  expect(unasked[0]).toMatch(/policy\.yaml:\d+:\d+: /);
});

test('a pack that leaves its zone to the deployer is not loaded without one', () => {
  const open = changed('zone: Asia/Shanghai', 'zone: deployer');
  expect(findings(open).filter((each) => each.includes('deployer-missing'))).toHaveLength(1);
  const files = new Map(guideFiles());
  files.set('policy.yaml', open(files.get('policy.yaml') ?? ''));
  files.set(
    'deployer.yaml',
    'apiVersion: lethe.dev/v1\nkind: DeployerValues\npack: lantern\nexample: true\nzone: Europe/Paris\n',
  );
  const { findings: found } = checkFolder(writeGuidePack(files));
  expect(found.filter(({ code }) => code !== 'clause-without-scenario')).toEqual([]);
});

test('explained in the language of the name', () => {
  expect(explain(lantern, '电子通讯').map(({ kind }) => kind)).toEqual(['purpose', 'clause']);
  expect(explain(lantern, 'newsletter')[0]?.lines.join('\n')).toMatch(/consent .*opt-in[\s\S]*2 years .*decision/);
  expect(explain(lantern, 'LM-SIL-01')[0]?.kind).toBe('silence');
  expect(explain(lantern, 'LM-RET-01')[0]?.lines).toContain('period: 1 year');
  expect(explain(lantern, 'LM-COL-02')[0]?.lines.join()).not.toContain('not stated');
  expect(explain(lantern, 'no such thing')).toEqual([]);
});

test('found by either name, and said in the language asked for', () => {
  const [english, chinese] = [explain(lantern, 'Newsletter', 'zh-CN'), explain(lantern, '电子通讯', 'zh-CN')];
  expect(english).toEqual(chinese);
  expect(english[0]?.name).toBe('电子通讯 (newsletter)');
  const lines = english[0]?.lines.join('\n') ?? '';
  expect(lines).toMatch(/同意 .*主动选择[\s\S]*2年 .*我方决定/);
  expect(lines).not.toMatch(/P2Y|decision|opt-in/);
  expect(explain(lantern, '电子通讯', 'en')).toEqual(explain(lantern, 'newsletter', 'en'));
  expect(explain(lantern, '姓名', 'en')[0]).toMatchObject({ kind: 'field', name: 'Name (visitor-name)' });
});
