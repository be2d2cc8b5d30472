import { describeFinding } from './finding.ts';
import { explain } from './explain.ts';
import { checkFolder } from './load-pack.ts';
import { guideFiles, lantern, writeGuidePack } from './testing-guide.ts';

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

test('a promise without a rule, and a rule that no promise asks for', () => {
  const without = findings(changed('rule: fields.voucher.accept', 'rule: later'), 'clauses.yaml');
  expect(without.filter((each) => each.includes('clause-without-rule: LM-COL-06'))).toHaveLength(1);
  const idle = findings(
    changed('class: evidenced\n    service: erasure', 'class: outOfScope\n    service: erasure'),
    'clauses.yaml',
  );
  expect(idle.some((each) => each.includes('idle-rule'))).toBe(true);
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
  expect(explain(lantern, 'newsletter')[0]?.lines.join('\n')).toMatch(/consent .*opt-in[\s\S]*P2Y .*decision/);
  expect(explain(lantern, 'LM-SIL-01')[0]?.kind).toBe('silence');
  expect(explain(lantern, 'no such thing')).toEqual([]);
});
