import { afterRecorded, stopsSweep } from './hold.ts';

const recorded = { outcome: 'recorded' as const, parts: 2 };
const tooLate = { outcome: 'too-late' as const, order: 'o', parts: 0 };

test('a hold is in force once collection has recorded it, and too late when the day was closing', () => {
  expect(afterRecorded('placing', recorded)).toBe('in-force');
  expect(afterRecorded('placing', tooLate)).toBe('too-late');
});

test('what was answered is never taken back by another slot', () => {
  expect(afterRecorded('in-force', tooLate)).toBe('in-force');
  expect(afterRecorded('too-late', recorded)).toBe('too-late');
  expect(afterRecorded('released', recorded)).toBe('released');
});

test('a hold on the whole tenant stops its sweep from the moment it is being placed until it is released', () => {
  const scope = { kind: 'tenant' as const };
  expect(
    (['placing', 'in-force', 'too-late', 'released'] as const).map((state) => stopsSweep([{ scope, state }])),
  ).toEqual([true, true, false, false]);
});
