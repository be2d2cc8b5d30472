import { classOf } from '../disposal.ts';
import type { Ladder, Pack } from '../pack.ts';
import { damai } from '../testing-damai.ts';
import { judgeRelease, releaseThreshold } from './release.ts';

const orders = classOf(damai, 'orders');
const withLadder = (over: Partial<Ladder>): Pack => ({
  ...damai,
  classes: new Map(damai.classes).set('orders', { ...orders, ladder: { ...orders.ladder!, ...over } }),
});
const cells = (...people: number[]) => people.map((each) => ({ people: each }));

test('where the pack does not say, a result leaves while each of its cells has k people', () => {
  expect(releaseThreshold(damai, 'orders')).toEqual({ value: 0.05, stated: false, source: 'decision' });
  expect(judgeRelease(damai, 'orders', cells(20, 21)).refusal).toBeUndefined();
});
test('what was folded under a smaller k does not leave under a greater one', () => {
  const stricter = withLadder({ k: { value: 25, stated: true, source: 'policy' } });
  expect(judgeRelease(stricter, 'orders', cells(24, 300))).toMatchObject({
    risk: { records: 324, classes: 2, maximumProsecutorRisk: 1 / 24 },
    threshold: 1 / 25,
    refusal: { code: 'release-too-risky', clause: orders.clause, field: 'class' },
  });
  expect(judgeRelease(stricter, 'orders', cells(25, 300)).refusal).toBeUndefined();
});
test('a pack says its own threshold, under its own clause', () => {
  const pack = withLadder({
    release: { maximumRisk: { value: 0.01, stated: true, source: 'policy' }, clause: 'XX-RLS-01' },
  });
  expect(judgeRelease(pack, 'orders', cells(99)).refusal).toMatchObject({ clause: 'XX-RLS-01' });
  expect(judgeRelease(pack, 'orders', cells(100)).refusal).toBeUndefined();
});
test('nothing at all may leave: nobody is in it', () =>
  expect(judgeRelease(damai, 'orders', [])).toMatchObject({ risk: { records: 0, maximumProsecutorRisk: 0 } }));
test('of a class that is deleted there is no result', () =>
  expect(() => releaseThreshold(damai, 'logs')).toThrow(RangeError));
