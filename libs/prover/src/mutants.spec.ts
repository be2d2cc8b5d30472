import { parse } from 'yaml';
import { mutantsOf } from './mutants.ts';

const POLICY = `pack: sample
minors: { childBelow: 14, clause: SA-MIN-01 }
territory: { regions: [CN, SG], clause: SA-TER-01 }
purposes:
  registration:
    name: { en: Registration, zh-CN: 注册 }
    clause: SA-COL-01
    basis: { kind: contract, level: explicit, clause: SA-CON-01 }
    fields:
      nickname: { required: true }
      email:
classes:
  account:
    period: { notStated: true, use: P15D, source: decision }
    floor: { period: P3Y, clause: SA-RET-02 }
    clause: SA-RET-01
`;
const found = mutantsOf(POLICY);

test('each parameter is changed once, under its own clause', () => {
  expect(found.map(({ clause, parameter, from, to }) => [clause, parameter, from, to])).toEqual([
    ['SA-MIN-01', 'minors.childBelow', '14', '15'],
    ['SA-TER-01', 'territory.regions', 'CN', 'none'],
    ['SA-TER-01', 'territory.regions', 'SG', 'none'],
    ['SA-CON-01', 'purposes.registration.basis.level', 'explicit', 'separate'],
    ['SA-COL-01', 'purposes.registration.fields.nickname', 'a member', 'none'],
    ['SA-COL-01', 'purposes.registration.fields.nickname.required', 'true', 'false'],
    ['SA-COL-01', 'purposes.registration.fields.email', 'a member', 'none'],
    ['SA-RET-01', 'classes.account.period.use', 'P15D', 'P16D'],
    ['SA-RET-02', 'classes.account.floor.period', 'P3Y', 'P2Y'],
  ]);
});

test('nothing else of the text changes', () => {
  const text = (parameter: string, from: string): string | undefined =>
    found.find((each) => each.parameter === parameter && each.from === from)?.policy();
  expect(text('minors.childBelow', '14')).toBe(POLICY.replace('14', '15'));
  expect(text('territory.regions', 'CN')).toBe(POLICY.replace('[CN, SG]', '[SG]'));
  expect(text('purposes.registration.fields.nickname', 'a member')).toBe(
    POLICY.replace('nickname: { required: true }\n      ', ''),
  );
  expect(text('purposes.registration.fields.email', 'a member')).toBe(POLICY.replace('email:', ''));
});

test('the end of a floor on a working day is there or not, under the clause of the floor; the days by which it moves are another number', () => {
  const end = 'end: { holidays: china, atMost: { notStated: true, use: 15, source: decision } }, ';
  const floor = `floor: { period: P3Y, ${end}clause: SA-RET-02 }`;
  const mutants = mutantsOf(POLICY.replace('floor: { period: P3Y, clause: SA-RET-02 }', floor));
  const ofEnd = mutants.filter(({ parameter }) => parameter.startsWith('classes.account.floor.end'));
  expect(ofEnd.map(({ clause, parameter, from, to }) => [clause, parameter, from, to])).toEqual([
    ['SA-RET-02', 'classes.account.floor.end', 'there', 'none'],
    ['SA-RET-02', 'classes.account.floor.end.atMost.use', '15', '16'],
  ]);
  expect(ofEnd[0]!.policy()).toBe(POLICY);
});

test('a block that says nothing but its clause is there or not', () => {
  const policy = `purposes:
  logs:
    clause: SA-COL-01
    deidentify: { clause: SA-COL-02 }
    fields: { ip: { clause: SA-COL-03 } }
`;
  const mutants = mutantsOf(policy);
  expect(mutants.map(({ clause, parameter, from }) => [clause, parameter, from])).toEqual([
    ['SA-COL-02', 'purposes.logs.deidentify', 'there'],
    ['SA-COL-03', 'purposes.logs.fields.ip', 'a member'],
  ]);
  expect(mutants[0]!.policy()).toBe(policy.replace('deidentify: { clause: SA-COL-02 }\n    ', ''));
});

test('a change that means the same is no mutant: no day of notice is as good as one', () => {
  const days = (count: number): string[] =>
    mutantsOf(
      `changes: { noticeDays: { notStated: true, use: ${String(count)}, source: decision }, clause: SA-UPD-01 }`,
    ).map(({ to }) => to);
  expect(days(0)).toEqual(['2']);
  expect(days(7)).toEqual(['8']);
});

const FLOWS = `sdks:
  push:
    clause: SA-SDK-01
    flows:
      - { fields: [imei, mac], uses: [push], switch: { name: push-by-device, default: off, clause: SA-SDK-03 }, clause: SA-SDK-02 }
      - fields: [ip]
        uses: [push]
purposes:
  registration: { clause: SA-COL-01, variants: [[telephone], [email, name]] }
incidents: { content: [{ name: { en: Cause } }], clause: SA-INC-01 }
`;
const inside = mutantsOf(FLOWS);
const policyOf = (parameter: string, from: string): string | undefined =>
  inside.find((each) => each.parameter === parameter && each.from === from)?.policy();

test('a list of lists or of maps loses each member, and so does each list in it, under the clause of the member', () => {
  expect(inside.map(({ clause, parameter, from, to }) => [clause, parameter, from, to])).toEqual([
    ['SA-SDK-01', 'sdks.push', 'a member', 'none'],
    ['SA-SDK-02', 'sdks.push.flows.0', 'a member', 'none'],
    ['SA-SDK-02', 'sdks.push.flows.0.fields', 'imei', 'none'],
    ['SA-SDK-02', 'sdks.push.flows.0.fields', 'mac', 'none'],
    ['SA-SDK-02', 'sdks.push.flows.0.uses', 'push', 'none'],
    ['SA-SDK-03', 'sdks.push.flows.0.switch.default', 'off', 'on'],
    ['SA-SDK-01', 'sdks.push.flows.1', 'a member', 'none'],
    ['SA-SDK-01', 'sdks.push.flows.1.fields', 'ip', 'none'],
    ['SA-SDK-01', 'sdks.push.flows.1.uses', 'push', 'none'],
    ['SA-COL-01', 'purposes.registration.variants.0', 'a member', 'none'],
    ['SA-COL-01', 'purposes.registration.variants.1', 'a member', 'none'],
    ['SA-COL-01', 'purposes.registration.variants.1', 'email', 'none'],
    ['SA-COL-01', 'purposes.registration.variants.1', 'name', 'none'],
    ['SA-INC-01', 'incidents.content.0', 'a member', 'none'],
  ]);
});

test('a member goes with all of it: the first, the last, the only one', () => {
  const parsed = (parameter: string): unknown => parse(policyOf(parameter, 'a member')!);
  const whole = parse(FLOWS);
  const [first, second] = whole.sdks.push.flows;
  expect(parsed('sdks.push.flows.0')).toEqual({
    ...whole,
    sdks: { push: { clause: 'SA-SDK-01', flows: [second] } },
  });
  expect(parsed('sdks.push.flows.1')).toEqual({ ...whole, sdks: { push: { clause: 'SA-SDK-01', flows: [first] } } });
  expect(policyOf('purposes.registration.variants.0', 'a member')).toBe(FLOWS.replace('[telephone], ', ''));
  expect(policyOf('purposes.registration.variants.1', 'a member')).toBe(FLOWS.replace(', [email, name]', ''));
  expect(policyOf('purposes.registration.variants.1', 'email')).toBe(FLOWS.replace('email, ', ''));
  expect(policyOf('incidents.content.0', 'a member')).toBe(FLOWS.replace('[{ name: { en: Cause } }]', '[]'));
});
