import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePack } from '@lethe/policy';
import { mutantsOf } from './mutants.ts';
import { settle } from './settle.ts';

const folder = fileURLToPath(new URL('../../../policies/xiaopiaopiao', import.meta.url));
const POLICY = readFileSync(join(folder, 'policy.yaml'), 'utf8');
const changed = (parameter: string, from: string): string =>
  mutantsOf(POLICY)
    .find((each) => each.parameter === parameter && each.from === from)!
    .policy();

test('a pack that is one is left as it is', () => {
  expect(settle(POLICY)).toBe(POLICY);
});

test('what named a permission that is gone goes too, and nothing else', () => {
  const text = changed('permissions.camera', 'a member');
  expect(() => parsePack(text, 'policy.yaml')).toThrow(/undeclared-permission/);
  const [before, after] = [POLICY, settle(text)!].map((each) => parsePack(each, 'policy.yaml'));
  expect(before!.permissions?.has('camera')).toBe(true);
  expect(after!.permissions?.has('camera')).toBe(false);
  expect(after!.permissions?.size).toBe(before!.permissions!.size - 1);
  expect([...after!.purposes.keys()]).toEqual([...before!.purposes.keys()]);
  expect([...after!.fields.keys()]).toEqual([...before!.fields.keys()]);
});

test('a list goes with its last member, a purpose with its only field', () => {
  const alone = parsePack(settle(changed('permissions.camera.moment.anyOf', 'picture-upload'))!, 'policy.yaml');
  expect(alone.permissions?.has('camera')).toBe(true);
  const gone = parsePack(settle(changed('purposes.notice.fields.mobile-number', 'a member'))!, 'policy.yaml');
  expect(gone.purposes.has('notice')).toBe(false);
});

test('a column that a step of a ladder loses goes from the coarser steps too, one after the other', () => {
  const damai = readFileSync(fileURLToPath(new URL('../../../policies/damai/policy.yaml', import.meta.url)), 'utf8');
  const text = mutantsOf(damai)
    .find(({ parameter, from }) => parameter === 'classes.orders.ladder.steps.0' && from === 'event-month')!
    .policy();
  expect(() => parsePack(text, 'policy.yaml')).toThrow(/finer-step/);
  const [before, after] = [damai, settle(text)!].map(
    (each) => parsePack(each, 'policy.yaml').classes.get('orders')?.ladder,
  );
  const without = before!.steps.map((step) => step.filter((dimension) => dimension !== 'event-month'));
  expect(after!.steps).toEqual(without.filter(({ length }) => length > 0));
  expect(after!.dimensions).toEqual(before!.dimensions);
});

test('what only something new could put right is no pack', () => {
  expect(settle(POLICY.replace(/^zone: .*\n/m, ''))).toBeUndefined();
  expect(settle('pack: [')).toBeUndefined();
});
