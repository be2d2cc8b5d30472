import { expect, test } from '@jest/globals';
import { Fault } from '@lethe/kernel';
import { codeOf, isUnavailable } from './unavailable.ts';

const failed = (fields: object, message = 'with a value in it') => Object.assign(new Error(message), fields);

test.each([
  [new Fault('unavailable', 'a/b', 'c'), true],
  [new Fault('conflict', 'a/b', 'c'), false],
  [failed({ code: '40P01' }), true],
  [failed({ code: '53100' }), true],
  [failed({ code: '23505' }), false],
  [failed({ code: 'ECONNREFUSED' }), true],
  [failed({ driverError: failed({ code: '57P01' }) }), true],
  [failed({ cause: new Fault('unavailable', 'a/b', 'c') }), true],
  [failed({}, 'Connection terminated unexpectedly'), true],
  [failed({}, 'Cannot use a pool after calling end on the pool'), true],
  [new TypeError('a bug'), false],
  ['no error', false],
])('what is down is told from what is wrong (%#)', (error, expected) => {
  expect(isUnavailable(error)).toBe(expected);
});

test('a failure is stored as a code, never with its message', () => {
  expect(codeOf(failed({ code: '23505', detail: 'Key (phone)=(138)' }))).toBe('sql/23505');
  expect(codeOf(failed({ sqlState: '22P02' }))).toBe('sql/22P02');
  expect(codeOf(new Fault('invalid', 'erasure/wrong', 'words'))).toBe('erasure/wrong');
  expect(codeOf(new TypeError('138'))).toBe('error/TypeError');
  expect(codeOf('138')).toBe('unknown');
});
