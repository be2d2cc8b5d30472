import type { Clause } from '@lethe/policy';
import { parseFeature } from './scenario.ts';
import { STEPS } from './steps/index.ts';

const clause = (id: string, concern: string): [string, Clause] => [
  id,
  {
    id,
    where: 'Part One',
    concern,
    class: 'enforceable',
    service: 'collection',
    names: { en: 'a promise', 'zh-CN': '承诺' },
    meaning: 'A promise.',
    rule: 'purposes',
  },
];
const register = new Map([clause('DM-COL-01', 'collection'), clause('DM-MIN-01', 'minors')]);
const read = (scenario: string) => parseFeature('damai', 'x.feature', `Feature: x\n${scenario}`, register);
const codes = (scenario: string): string[] => read(scenario).findings.map(({ code }) => code);

test('a scenario gets the concern and the owner of its clauses from the register', () => {
  const { scenarios } = read(`
  @DM-COL-01
  Scenario: one
    When the platform submits "registration"
    Then it is admitted`);
  expect(scenarios).toMatchObject([
    { clauses: ['DM-COL-01'], tags: ['@DM-COL-01', '@collection', '@owner-collection'], line: 4 },
  ]);
});

test('each row of an outline is a scenario with its own line', () => {
  const { scenarios } = read(`
  @DM-COL-01
  Scenario Outline: <field>
    When the platform submits "registration" without "<field>"
    Then it is refused with "missing-field" under DM-COL-01 at "fields.<field>"
    Examples:
      | field    |
      | nickname |
      | password |`);
  expect(scenarios.map(({ name, line }) => [name, line])).toEqual([
    ['nickname', 9],
    ['password', 10],
  ]);
});

describe('is refused', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a scenario that looks at nothing', 'asserts-nothing', '@DM-COL-01\nScenario: x\nWhen the platform submits "a"'],
    ['a step that means nothing', 'unknown-step', '@DM-COL-01\nScenario: x\nGiven all is well\nThen it is admitted'],
    ['a scenario of no clause', 'no-clause', 'Scenario: x\nThen it is admitted'],
    ['a clause that the register does not have', 'unknown-clause', '@DM-COL-99\nScenario: x\nThen it is admitted'],
    ['the concern of another clause', 'wrong-concern', '@DM-COL-01 @minors\nScenario: x\nThen it is admitted'],
    ['a step without its table', 'no-table', '@DM-COL-01\nScenario: x\nThen what is kept is'],
  ];
  test.each(cases)('%s', (_, code, scenario) => {
    expect(codes(scenario)).toContain(code);
  });
  test('what is not Gherkin', () => {
    expect(codes('@DM-COL-01\nThe order is booked')).toEqual(['not-gherkin']);
  });
});

test('no sentence fits two steps', () => {
  const words: Readonly<Record<string, string>> = {
    name: '"order"',
    names: '"order"',
    clause: 'DM-COL-01',
    path: '"fields.x"',
    instant: '2026-03-02',
    day: '2026-03-02',
    level: 'explicit',
    person: 'the person',
    string: '"2026-04-01"',
    int: '20',
  };
  for (const { expression } of STEPS) {
    const text = expression.replaceAll(/\{(\w+)\}/g, (_, name: string) => words[name] ?? '');
    const found = codes(`@DM-COL-01\nScenario: x\n* ${text}\n| a | b |\n* it is admitted`);
    expect([expression, found.filter((code) => code === 'unknown-step')]).toEqual([expression, []]);
  }
});
