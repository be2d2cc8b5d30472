import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Classes, riskOf } from './risk.ts';

const of = (rows: readonly (readonly string[])[]) => {
  const classes = new Classes();
  for (const row of rows) classes.add(row);
  return riskOf(classes.sizes());
};

describe('the risk of being found', () => {
  test('seven records in classes of 3, 2, 1 and 1, counted by hand', () => {
    const rows = ['34 M', '34 M', '34 M', '45 F', '45 F', '51 F', '60 M'].map((row) => row.split(' '));
    expect(of(rows)).toEqual({
      records: 7,
      classes: 4,
      averageProsecutorRisk: 4 / 7,
      maximumProsecutorRisk: 1,
      uniqueness: 2 / 7,
      k: { '1': 2, '2': 1, '3': 1 },
    });
  });
  test('nobody is alone among four who are all alike', () =>
    expect(of([['a'], ['a'], ['a'], ['a']])).toEqual({
      records: 4,
      classes: 1,
      averageProsecutorRisk: 0.25,
      maximumProsecutorRisk: 0.25,
      uniqueness: 0,
      k: { '4': 1 },
    }));
  test('of nobody nobody is found', () =>
    expect(of([])).toEqual({
      records: 0,
      classes: 0,
      averageProsecutorRisk: 0,
      maximumProsecutorRisk: 0,
      uniqueness: 0,
      k: {},
    }));
  test('values that only look alike side by side are not', () =>
    expect(
      of([
        ['1', '12'],
        ['11', '2'],
        ['1:1', '2'],
        ['1', '1:2'],
        ['\u0001', '2'],
        ['', '\u00012'],
      ]).classes,
    ).toBe(6));
  test('a value longer than one character can tell is told apart as well', () =>
    expect(
      of([
        ['x'.repeat(0xffff), 'y'],
        ['x'.repeat(0xffff) + 'y', ''],
        ['x'.repeat(0x10001), '\u0001y'],
        ['x', 'x'.repeat(0x10000)],
      ]).classes,
    ).toBe(4));
});

test('however many classes there are, and however long what they say, each record is counted in its own', () => {
  const many = Array.from({ length: 30_000 }, (_, n) => [`${String(n)}${'票'.repeat(n % 40)}`, String(n % 7)]);
  const { records, classes, k } = of([...many, ...many.slice(0, 20_000), ...many.slice(0, 5)]);
  expect({ records, classes, k }).toEqual({
    records: 50_005,
    classes: 30_000,
    k: { '1': 10_000, '2': 19_995, '3': 5 },
  });
});

test('for any values, what is counted as alike is what agrees value by value', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ maxLength: 3, unit: 'binary' }), fc.constantFrom('', 'a', 'aa', '\u0000')), {
        maxLength: 80,
      }),
      (all) => {
        const sizes = Map.groupBy(all, (row) => JSON.stringify(row));
        expect(of(all)).toEqual(riskOf([...sizes.values()].map(({ length }) => length)));
      },
    ),
  ));

const rows = fc.array(fc.tuple(fc.constantFrom('20-29', '30-39', ''), fc.constantFrom('北京', '上海')), {
  minLength: 1,
  maxLength: 60,
});

describe('for any records', () => {
  test('the mean over the records of 1 ÷ the size of their class is classes ÷ records', () =>
    fc.assert(
      fc.property(rows, (all) => {
        const alike = (row: readonly string[]) => all.filter((other) => other.join('|') === row.join('|')).length;
        const mean = all.reduce((sum, row) => sum + 1 / alike(row), 0) / all.length;
        const risk = of(all);
        expect(risk.averageProsecutorRisk).toBeCloseTo(mean, 10);
        expect(risk.maximumProsecutorRisk).toBe(Math.max(...all.map((row) => 1 / alike(row))));
        expect(risk.uniqueness).toBe(all.filter((row) => alike(row) === 1).length / all.length);
      }),
    ));
  test('k accounts for every record and every class, and the order of the records changes nothing', () =>
    fc.assert(
      fc.property(rows, (all) => {
        const risk = of(all);
        const sizes = Object.entries(risk.k);
        expect(sizes.reduce((sum, [size, classes]) => sum + Number(size) * classes, 0)).toBe(all.length);
        expect(sizes.reduce((sum, [, classes]) => sum + classes, 0)).toBe(risk.classes);
        expect(of([...all].reverse())).toEqual(risk);
      }),
    ));
  test('fewer quasi-identifiers never raise it', () =>
    fc.assert(
      fc.property(rows, (all) => {
        const [both, one] = [of(all), of(all.map(([first]) => [first]))];
        expect(one.averageProsecutorRisk).toBeLessThanOrEqual(both.averageProsecutorRisk);
        expect(one.uniqueness).toBeLessThanOrEqual(both.uniqueness);
      }),
    ));
});
