import fc from 'fast-check';
import { classOf } from './disposal.ts';
import { Cohort, type Cell, foldKey, type Folded, type FoldMember } from './fold.ts';
import type { Measure, Pack } from './pack.ts';
import { damai } from './testing-damai.ts';

const withMeasures = (measures: readonly Measure[]): Pack => {
  const orders = classOf(damai, 'orders');
  return {
    ...damai,
    classes: new Map(damai.classes).set('orders', { ...orders, ladder: { ...orders.ladder!, measures } }),
  };
};
const P = { value: 10, stated: false, source: 'decision' } as const;
const summing = withMeasures([
  { name: 'spent', field: 'ticket-price', decimals: 2, p: P },
  { name: 'tickets', field: 'ticket-count', decimals: 0, p: P },
]);

const order = {
  'event-day': '2026-04-01',
  genre: 'drama',
  'ticket-price': 480,
  'event-city': '北京',
  'sales-channel': 'app',
  seat: '3-14',
  'order-number': 'O-501',
};

test('a cell says month, genre, price band, city tier and channel, and nothing that points to anybody', () => {
  expect(foldKey(damai, 'orders', order)).toEqual({
    'event-month': '2026-04',
    genre: 'drama',
    'price-band': '300-600',
    'city-tier': 'tier-1',
    channel: 'app',
  });
});
test('a coarser step says less', () =>
  expect(foldKey(damai, 'orders', order, 2)).toEqual({
    'event-month': '2026-04',
    genre: 'drama',
    'city-tier': 'tier-1',
  }));
test('what the ladder does not list never reaches a cell', () => {
  expect(
    foldKey(damai, 'orders', {
      ...order,
      genre: '李雷 13800000000',
      'event-city': '李雷',
      'ticket-price': 'free',
      'event-day': '李雷',
    }),
  ).toEqual({
    'event-month': 'other',
    genre: 'other',
    'price-band': 'other',
    'city-tier': 'other',
    channel: 'app',
  });
  expect(foldKey(damai, 'orders', {}, 3)).toEqual({ 'event-month': 'unknown', genre: 'unknown' });
  expect(foldKey(damai, 'orders', { ...order, 'ticket-price': 5000 })).toMatchObject({ 'price-band': '2000-up' });
});

const foldCohort = (pack: typeof damai, className: string, cohort: readonly FoldMember[]): Folded => {
  const all = new Cohort(pack, className);
  for (const member of cohort) all.add(member);
  return all.fold();
};
const members = (count: number, over: Partial<typeof order> = {}, from = 0): FoldMember[] =>
  Array.from({ length: count }, (_, index) => ({
    subject: `s${from + index}`,
    record: `r${from + index}`,
    values: { ...order, ...over },
  }));

test('twenty people make a cell and nineteen do not', () => {
  expect(foldCohort(damai, 'orders', members(20))).toMatchObject({
    cells: [{ people: 20, records: 20 }],
    anonymized: 20,
    forgotten: 0,
  });
  expect(foldCohort(damai, 'orders', members(19))).toEqual({ cells: [], anonymized: 0, forgotten: 19 });
});
test('people count, not records', () => {
  const busy = members(30).map((member) => ({ ...member, subject: 's' }));
  expect(foldCohort(damai, 'orders', busy)).toEqual({ cells: [], anonymized: 0, forgotten: 30 });
});
test('what is too small on one step is tried on the next', () => {
  const folded = foldCohort(damai, 'orders', [
    ...members(20),
    ...members(12, { 'sales-channel': 'web' }, 20),
    ...members(9, { 'sales-channel': 'phone' }, 40),
  ]);
  expect(folded).toMatchObject({ anonymized: 41, forgotten: 0 });
  expect(folded.cells.map((cell) => [cell.people, Object.keys(cell.dimensions).length])).toEqual([
    [20, 5],
    [21, 4],
  ]);
});
test('the parts of one record are one member', () => {
  const [first] = members(1);
  if (first === undefined) throw new Error('nobody');
  const halves = members(20).flatMap((member) => [
    { ...member, values: { genre: 'drama' } },
    { ...member, values: { 'event-day': '2026-04-01' } },
  ]);
  expect(foldCohort(damai, 'orders', halves)).toMatchObject({
    cells: [{ people: 20, records: 20, dimensions: { genre: 'drama', 'event-month': '2026-04' } }],
  });
});

test('two people of one record are two members, each with what is said of them', () => {
  const pairs = members(10).flatMap((member) => [
    { ...member, values: { ...order, 'ticket-count': 2 } },
    { ...member, subject: `with ${member.subject}`, values: { ...order, 'ticket-count': 1 } },
  ]);
  const folded = foldCohort(summing, 'orders', pairs);
  expect(folded.cells).toMatchObject([{ people: 20, records: 20, measures: { tickets: { sum: '30', records: 20 } } }]);
  expect(foldCohort(summing, 'orders', pairs.toReversed())).toEqual(folded);
});

describe('measures', () => {
  const measuresOf = (cohort: readonly FoldMember[]) =>
    foldCohort(summing, 'orders', cohort).cells.map(({ measures }) => measures);
  const priced = (prices: readonly unknown[]) =>
    members(prices.length).map((member, at) => ({
      ...member,
      values: { ...member.values, 'ticket-price': prices[at] } as FoldMember['values'],
    }));
  const same = (count: number, value: unknown) => Array.from({ length: count }, () => value);

  test('a sum is exact, to its decimals', () => {
    expect(measuresOf(priced(same(30, 330.1)))[0]).toMatchObject({ spent: { sum: '9903.00', records: 30 } });
    expect(measuresOf(priced([...same(20, 420.1), 333.33]))[0]).toMatchObject({
      spent: { sum: '8735.33', records: 21 },
    });
  });
  test('a person who is in a cell more than once counts once for k, and with all of it for p', () => {
    const [first, ...others] = priced(same(20, 480));
    const again = Array.from({ length: 600 }, (_, at) => ({ ...first!, record: `again ${at}` }));
    expect(measuresOf([first!, ...others])[0]).toMatchObject({ spent: { sum: '9600.00', records: 20 } });
    // 19 others have 120 below the band's end, and 180 above its beginning: a tenth of 600 x 480 is more.
    expect(measuresOf([first!, ...others, ...again])[0]).toMatchObject({ spent: { withheld: true } });
  });
  test('a measure of which fewer than k people say anything says nothing: not how many, either', () => {
    const said = members(25).map((member, at) => ({
      ...member,
      values: at < 19 ? { ...member.values, 'ticket-count': 2 } : member.values,
    }));
    expect(measuresOf(said)[0]).toEqual({ spent: { sum: '12000.00', records: 25 }, tickets: { withheld: true } });
    expect(measuresOf(members(25))[0]).toMatchObject({ tickets: { withheld: true } });
  });
  test('who says no number is not in the sum, and not in its records', () => {
    const said = members(24).map((member, at) => ({
      ...member,
      values: { ...member.values, 'ticket-count': at < 20 ? 2 : 'many' },
    }));
    expect(measuresOf(said)[0]).toMatchObject({ tickets: { sum: '40', records: 20 } });
  });
  test('a class that sums nothing has cells without measures', () =>
    expect(foldCohort(withMeasures([]), 'orders', members(20)).cells).toMatchObject([{ measures: {} }]));
  test('the band of a cell says what is the least and the most of each: a sum near either is withheld', () => {
    for (const price of [300, 301, 599])
      expect(measuresOf(priced(same(20, price)))[0]).toMatchObject({ spent: { withheld: true } });
    // On a step without the band the same price tells no more than that nobody has less than nothing.
    const channels = priced(same(20, 300)).map((member, at) => ({
      ...member,
      values: { ...member.values, 'sales-channel': at < 10 ? 'app' : 'web', 'ticket-price': at < 10 ? 300 : 700 },
    }));
    expect(foldCohort(summing, 'orders', channels).cells).toMatchObject([
      { dimensions: { genre: 'drama' }, measures: { spent: { sum: '10000.00', records: 20 } } },
    ]);
  });
});

/** What a member says of a measure, as whole cents: the attacks and the sums are counted by another way than the fold's. */
const cents = (cell: readonly FoldMember[], field: string): [subject: string, cents: number][] =>
  cell.flatMap(({ subject, values }) => {
    const value = values[field];
    return typeof value === 'number' ? [[subject, Math.round(value * 100)]] : [];
  });

test('whatever the cohort: no cell below k, every record counted once or forgotten, in whatever order they come', () => {
  const member = fc.record({
    subject: fc.integer({ min: 0, max: 60 }).map(String),
    values: fc.record({
      genre: fc.constantFrom('drama', 'opera', 'x'),
      'event-day': fc.constantFrom('2026-04-01', '2026-05-01'),
      'ticket-price': fc.oneof(
        { weight: 40, arbitrary: fc.integer({ min: 0, max: 3000 }) },
        { weight: 40, arbitrary: fc.integer({ min: 0, max: 300_000 }).map((each) => each / 100) },
        { weight: 1, arbitrary: fc.constantFrom<string | number>('free', -300, 99_999) },
      ),
      'sales-channel': fc.constantFrom('app', 'web'),
      'ticket-count': fc.option(fc.integer({ min: 0, max: 9 }), { nil: '', freq: 3 }),
    }),
  });
  let told = 0;
  fc.assert(
    fc.property(fc.array(member, { maxLength: 300, size: 'max' }), (cohort) => {
      const all = cohort.map((each, index) => ({ ...each, record: String(index) }));
      const folded = foldCohort(summing, 'orders', all);
      expect(foldCohort(summing, 'orders', all.toReversed())).toEqual(folded);
      // Each record in two parts, which come far from each other.
      const [some, rest] = [
        ['genre', 'ticket-price'],
        ['event-day', 'sales-channel', 'ticket-count'],
      ].map((fields) =>
        all.map((each) => ({
          ...each,
          values: Object.fromEntries(Object.entries(each.values).filter(([name]) => fields.includes(name))),
        })),
      );
      expect(foldCohort(summing, 'orders', [...some!, ...rest!.toReversed()])).toEqual(folded);
      for (const [cell, behind] of membersOf(folded.cells, all))
        for (const [measure, field] of [
          ['spent', 'ticket-price'],
          ['tickets', 'ticket-count'],
        ] as const) {
          const found = cell.measures[measure]!;
          if ('withheld' in found) continue;
          told += 1;
          const amounts = cents(behind, field);
          const sum = amounts.reduce((sum, [, each]) => sum + each, 0);
          expect(found).toEqual({
            sum: measure === 'spent' ? (sum / 100).toFixed(2) : String(sum / 100),
            records: amounts.length,
          });
          const totals = new Map<string, number>();
          for (const [subject, each] of amounts) totals.set(subject, (totals.get(subject) ?? 0) + each);
          expect(totals.size).toBeGreaterThanOrEqual(20);
          // Whoever takes away their own from what all have together is never within a tenth of somebody else's.
          const sizes = [...totals.values()].map(Math.abs);
          const all = sizes.reduce((sum, each) => sum + each, 0);
          const near = sizes.filter((size, target) =>
            sizes.some((own, knower) => knower !== target && all - own - size <= 0.1 * size),
          );
          expect(near).toEqual([]);
        }
      expect(folded.cells.every((cell) => cell.people >= 20 && cell.records >= cell.people)).toBe(true);
      expect(folded.cells.reduce((sum, cell) => sum + cell.records, 0)).toBe(folded.anonymized);
      expect(folded.anonymized + folded.forgotten).toBe(cohort.length);
      expect(new Set(folded.cells.map((cell) => JSON.stringify(cell.dimensions))).size).toBe(folded.cells.length);
    }),
  );
  expect(told).toBeGreaterThan(20);
});

/** The members of each cell: each is in the finest that stands. */
function membersOf(cells: readonly Cell[], all: readonly FoldMember[]): Map<Cell, FoldMember[]> {
  const known = new Map(cells.map((cell) => [JSON.stringify(cell.dimensions), cell]));
  const found = new Map<Cell, FoldMember[]>(cells.map((cell) => [cell, []]));
  for (const member of all)
    for (const step of classOf(damai, 'orders').ladder!.steps.keys()) {
      const cell = known.get(JSON.stringify(foldKey(damai, 'orders', member.values, step)));
      if (cell === undefined) continue;
      found.get(cell)!.push(member);
      break;
    }
  return found;
}
