import fc from 'fast-check';
import { Cohort, foldKey, type Folded, type FoldMember } from './fold.ts';
import { damai } from './testing-damai.ts';

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

test('whatever the cohort: no cell below k, every record counted once or forgotten, in whatever order they come', () => {
  const member = fc.record({
    subject: fc.integer({ min: 0, max: 60 }).map(String),
    values: fc.record({
      genre: fc.constantFrom('drama', 'opera', 'x'),
      'event-day': fc.constantFrom('2026-04-01', '2026-05-01'),
      'ticket-price': fc.integer({ min: 0, max: 3000 }),
      'sales-channel': fc.constantFrom('app', 'web'),
    }),
  });
  fc.assert(
    fc.property(fc.array(member, { maxLength: 300 }), (cohort) => {
      const all = cohort.map((each, index) => ({ ...each, record: String(index) }));
      const folded = foldCohort(damai, 'orders', all);
      expect(foldCohort(damai, 'orders', all.toReversed())).toEqual(folded);
      expect(folded.cells.every((cell) => cell.people >= 20 && cell.records >= cell.people)).toBe(true);
      expect(folded.cells.reduce((sum, cell) => sum + cell.records, 0)).toBe(folded.anonymized);
      expect(folded.anonymized + folded.forgotten).toBe(cohort.length);
      expect(new Set(folded.cells.map((cell) => JSON.stringify(cell.dimensions))).size).toBe(folded.cells.length);
    }),
  );
});
