import { amountOf, measured, type Total } from './measure.ts';
import type { Measure } from './pack.ts';

const spent = (over: Partial<Measure> = {}): Measure => ({
  ...{ name: 'spent', field: 'price', decimals: 2 },
  p: { value: 10, stated: true, source: 'policy' },
  ...over,
});
const totals = (...sums: number[]): Total[] => sums.map((sum) => ({ sum: BigInt(sum), records: 1 }));
const many = (count: number, sum: number): number[] => Array.from({ length: count }, () => sum);

test.each([
  [480, 48_000n],
  [0.1, 10n],
  [1.005, 100n],
  [-2.5, -250n],
  [-0.001, 0n],
  [123_456_789_012_345.67, 12_345_678_901_234_567n],
  [1e21, 10n ** 23n],
  [1.7e308, BigInt(1.7e308) * 100n],
  ['480', undefined],
  [true, undefined],
  [['480'], undefined],
])('%p is %p hundredths', (value, amount) => expect(amountOf(spent(), { price: value })).toBe(amount));
test('what is not said is no amount, whatever every object has', () => {
  expect(amountOf(spent(), {})).toBeUndefined();
  expect(amountOf(spent({ field: 'toString' }), {})).toBeUndefined();
});

test('a sum says its decimals, no more and no fewer', () => {
  const of = (decimals: number, ...sums: number[]) => measured(spent({ decimals }), 5, totals(...sums), []);
  expect(of(2, 1, 1, 1, 1, 1)).toEqual({ sum: '0.05', records: 5 });
  expect(of(0, 1, 1, 1, 1, 1)).toEqual({ sum: '5', records: 5 });
  expect(of(2, -100, -100, -1, -100, -100, -100)).toEqual({ sum: '-5.01', records: 6 });
});
test('no float drifts in, however much is said', () => {
  const much = Array.from({ length: 20 }, () => ({ sum: 10n ** 20n + 1n, records: 3 }));
  expect(measured(spent(), 20, much, [])).toEqual({ sum: '20000000000000000000.20', records: 60 });
});

describe('a sum is withheld', () => {
  const withheld = (sums: number[], bounds = {}, over: Partial<Measure> = {}): boolean =>
    'withheld' in measured(spent(over), 5, totals(...sums), [bounds]);

  test('where fewer than k people say something', () => {
    expect(withheld(many(4, 100))).toBe(true);
    expect(withheld(many(5, 100))).toBe(false);
  });
  test('where who has most after somebody can tell what that one has to within p percent: at p percent, not above', () => {
    expect(withheld([1000, 900, ...many(5, 20)])).toBe(true);
    expect(withheld([1000, 900, ...many(4, 20), 21])).toBe(false);
    expect(withheld([1000, 900, ...many(5, 20)], {}, { p: { value: 9, stated: true, source: 'policy' } })).toBe(false);
  });
  test('where everybody has nothing: that is what each has', () => {
    expect(withheld(many(30, 0))).toBe(true);
    expect(withheld([...many(30, 0), 5, 5])).toBe(true);
    expect(withheld([...many(30, 0), 5, 5, 5])).toBe(false);
  });
  test('where one has much less than nothing, and what goes out evens what comes in', () => {
    expect(withheld([-1000, 10, 10, 10, 10, 10])).toBe(true);
    expect(withheld([-1000, 500, 500, 500, -500])).toBe(false);
  });
  test('where the cell says that each has at least so much, and together they have little more', () => {
    expect(withheld(many(6, 30_000), { from: 300, to: 600 })).toBe(true);
    expect(withheld([...many(5, 30_000), 33_000], { from: 300, to: 600 })).toBe(true);
    expect(withheld(many(6, 48_000), { from: 300, to: 600 })).toBe(false);
  });
  test('where the cell says that each has at most so much, and together they have little less', () => {
    expect(withheld(many(6, 59_900), { from: 300, to: 600 })).toBe(true);
    expect(withheld(many(6, 59_900), { from: 300 })).toBe(false);
    expect(withheld(many(6, -100), { to: 0 })).toBe(false);
  });
  test('as many records as a person has, so often what the cell says of each', () => {
    const twice = many(6, 96_000).map((sum) => ({ sum: BigInt(sum), records: 2 }));
    expect(measured(spent(), 5, twice, [{ from: 300, to: 600 }])).toEqual({ sum: '5760.00', records: 12 });
    const low = many(6, 61_000).map((sum) => ({ sum: BigInt(sum), records: 2 }));
    expect(measured(spent(), 5, low, [{ from: 300, to: 600 }])).toEqual({ withheld: true });
  });
});
