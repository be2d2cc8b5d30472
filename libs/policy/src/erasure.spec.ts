import fc from 'fast-check';
import { compartmentsOf, eraseScope, platformClasses } from './erasure.ts';
import type { Holding } from './facts.ts';
import { damai, NOW } from './testing-damai.ts';

const holding = (over: Partial<Holding>): Holding => ({
  compartment: 'contract',
  class: 'account',
  custody: 'lethe',
  method: 'delete',
  parts: 1,
  waiting: true,
  held: 0,
  restricted: 0,
  ...over,
});
const orders = (over: Partial<Holding>): Holding =>
  holding({
    compartment: 'statutory',
    class: 'orders',
    method: 'anonymize',
    waiting: false,
    floor: '2026-05-21',
    ...over,
  });

test('account, consents and deliveries go; an order stays until its three years are over, and says why', () => {
  const scope = eraseScope(
    damai,
    [holding({}), holding({ compartment: 'consent.face-verification', class: 'face' }), orders({})],
    NOW,
  );
  expect(scope.shred).toContain('contract');
  expect(scope.shred).toContain('consent.face-verification');
  expect(scope.shred).not.toContain('statutory');
  expect(scope.restrict).toEqual([
    { compartment: 'statutory', class: 'orders', until: '2026-05-21', basis: 'e-commerce-law' },
  ]);
});
test('an order that is not completed stays without a date', () => {
  expect(eraseScope(damai, [orders({ waiting: true, floor: undefined })], NOW).restrict).toEqual([
    { compartment: 'statutory', class: 'orders', basis: 'e-commerce-law' },
  ]);
});
test('an order whose floor has passed goes', () => {
  expect(eraseScope(damai, [orders({ floor: '2026-03-02' })], NOW)).toMatchObject({
    restrict: [],
    shred: expect.arrayContaining(['statutory']) as string[],
  });
  expect(eraseScope(damai, [orders({ floor: '2026-03-03' })], NOW).restrict).toHaveLength(1);
});
test('a hold keeps what it names, without a date, and no key of a compartment: the hold has keys of its own', () => {
  const scope = eraseScope(damai, [holding({ held: 1 }), orders({ floor: undefined, held: 1 })], NOW);
  expect(scope.restrict).toEqual([
    { compartment: 'contract', class: 'account', basis: 'hold' },
    { compartment: 'statutory', class: 'orders', basis: 'hold' },
  ]);
  expect(scope.shred).toEqual(expect.arrayContaining([...compartmentsOf(damai), 'statutory']));
});
test('evidence stays for its own time', () => {
  expect(eraseScope(damai, [holding({ compartment: 'evidence', class: 'evidence' })], NOW).restrict).toEqual([
    { compartment: 'evidence', class: 'evidence', basis: 'evidence' },
  ]);
});
test('every consent goes, also one under which nothing is held yet', () => {
  expect(eraseScope(damai, [holding({})], NOW).shred).toEqual(expect.arrayContaining([...compartmentsOf(damai)]));
});
test('what the platform holds itself is named, so that its stores can be asked', () =>
  expect(platformClasses(damai)).toEqual(['invoices']));

test('no compartment is both shredded and kept by law, and everything there is goes or stays', () => {
  const anyHolding = fc.record({
    parts: fc.integer({ min: 0, max: 3 }),
    held: fc.integer({ min: 0, max: 1 }),
    waiting: fc.boolean(),
    floor: fc.constantFrom('2026-01-01', '2027-01-01', undefined),
    kind: fc.constantFrom('orders', 'account', 'face'),
  });
  fc.assert(
    fc.property(fc.array(anyHolding, { maxLength: 6 }), (all) => {
      const holdings = all.map(({ kind, floor, ...rest }) =>
        kind === 'orders'
          ? orders({ ...rest, floor })
          : holding({ ...rest, class: kind, compartment: kind === 'face' ? 'consent.face-verification' : 'contract' }),
      );
      const scope = eraseScope(damai, holdings, NOW);
      const kept = scope.restrict.filter(({ basis }) => basis !== 'hold').map((each) => each.compartment);
      expect(scope.shred.filter((each) => kept.includes(each))).toEqual([]);
      for (const each of holdings.filter((one) => one.parts > 0))
        expect([...scope.shred, ...kept]).toContain(each.compartment);
      for (const each of holdings.filter(
        (one) => one.parts > 0 && one.class === 'orders' && (one.waiting || one.floor === '2027-01-01'),
      ))
        expect(scope.shred).not.toContain(each.compartment);
    }),
  );
});
