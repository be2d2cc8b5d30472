import type { MatterId, SubjectRef } from '@lethe/kernel';
import { afterRecorded, stopsSweep, type HoldScope } from './hold.ts';

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

const stops = (scope: HoldScope) =>
  (['placing', 'in-force', 'too-late', 'released'] as const).map((state) => stopsSweep([{ scope, state }]));

test('a hold on the whole tenant stops its sweep from the moment it is being placed until it is released', () => {
  expect(stops({ kind: 'tenant' })).toEqual(['held', 'held', undefined, undefined]);
});

test('any other stops it until collection has answered', () => {
  for (const scope of [
    { kind: 'subject' as const, subject: 's' as SubjectRef },
    { kind: 'matter' as const, matter: 'm' as MatterId },
  ])
    expect(stops(scope)).toEqual(['placing', undefined, undefined, undefined]);
});
