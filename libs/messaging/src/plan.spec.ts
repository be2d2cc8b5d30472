import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { groupEvents } from './group.ts';
import { planBatch, type Incoming, type Position } from './plan.ts';

const at = (number: number, more: Partial<Position> = {}): Position => ({
  incarnation: 'one',
  number,
  lastId: '',
  nextOffset: undefined,
  former: [],
  parked: 0,
  stopped: undefined,
  ...more,
});
const record = (number: number, incarnation = 'one'): Incoming => ({
  number,
  incarnation,
  id: `${incarnation}-${number}`,
  value: '',
});
const kinds = (position: Position, ...records: Incoming[]) =>
  planBatch(position, records).planned.map(({ kind }) => kind);

test('mine + 1 is new, what is not beyond mine is known', () => {
  expect(kinds(at(3), record(2), record(4), record(4), record(5))).toEqual(['known', 'new', 'known', 'new']);
});

test('the head of a batch ends before a gap; at its beginning the gap is named', () => {
  expect(planBatch(at(0), [record(1), record(3)]).planned.length).toBe(1);
  expect(planBatch(at(1), [record(3)]).gap).toEqual({ incarnation: 'one', from: 2, to: 2 });
});

test('a new incarnation is expected to begin at 1, and never shares a transaction with the old one', () => {
  expect(planBatch(at(3), [record(4), record(1, 'two')]).planned.length).toBe(1);
  expect(kinds(at(3), record(1, 'two'), record(2, 'two'))).toEqual(['new', 'new']);
  expect(planBatch(at(3), [record(4, 'two')]).gap).toEqual({ incarnation: 'two', from: 1, to: 3 });
  expect(kinds(at(3, { former: ['zero'] }), record(9, 'zero'), record(4))).toEqual(['stale', 'new']);
});

test('a record without a readable number is neither new nor known', () => {
  expect(kinds(at(3), record(0), record(Number.NaN), record(1.5))).toEqual(['stray', 'stray', 'stray']);
});

test('whatever is delivered in whatever order, new numbers follow mine without gap or repetition', () => {
  fc.assert(
    fc.property(fc.nat(5), fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 40 }), (start, numbers) => {
      let position = at(start);
      let rest = numbers.map((number) => record(number));
      const taken: number[] = [];
      while (rest.length > 0) {
        const plan = planBatch(position, rest);
        if (plan.gap) {
          expect(plan.planned).toEqual([]);
          rest = [
            ...Array.from({ length: plan.gap.to - plan.gap.from + 1 }, (_, index) => record(plan.gap!.from + index)),
            ...rest,
          ];
          continue;
        }
        const fresh = plan.planned.filter(({ kind }) => kind === 'new').map((entry) => entry.record.number);
        taken.push(...fresh);
        position = at(fresh.at(-1) ?? position.number);
        rest = rest.slice(plan.planned.length);
      }
      expect(taken).toEqual(taken.map((_, index) => start + 1 + index));
    }),
  );
});

const event = fc.record({
  tenant: fc.constantFrom('a', 'b'),
  subject: fc.constantFrom('p', 'q', undefined),
  type: fc.constantFrom('x', 'y', 'z'),
});

test('gathered into groups, no event overtakes one of its person, nor one about everyone of its tenant, nor is overtaken by it', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const items = events.map((one, index) => ({
        event: one as { tenant: never; subject: never; type: string },
        index,
      }));
      const groups = groupEvents(items);
      const order = groups.flatMap((group) => group.items);
      expect(order.map(({ index }) => index).sort((x, y) => x - y)).toEqual(items.map(({ index }) => index));
      for (const group of groups)
        for (const item of group.items)
          expect([item.event.tenant, item.event.type]).toEqual([group.tenant, group.type]);
      for (const [position, later] of order.entries()) {
        for (const earlier of order.slice(0, position)) {
          const related =
            earlier.event.tenant === later.event.tenant &&
            (earlier.event.subject === undefined ||
              later.event.subject === undefined ||
              earlier.event.subject === later.event.subject);
          if (related) expect(earlier.index).toBeLessThan(later.index);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('events of one kind about many people make one group, whatever stands between them for other tenants', () => {
  const items = Array.from({ length: 40 }, (_, index) => ({
    event: (index % 4 === 0
      ? { tenant: 'lethe', type: 'beat' }
      : { tenant: 'damai', subject: `p${index}`, type: 'change' }) as { tenant: never; subject: never; type: string },
  }));
  expect(groupEvents(items).map(({ type, items: found }) => [type, found.length])).toEqual([
    ['beat', 10],
    ['change', 30],
  ]);
});
