import { settleWithdrawal } from './withdrawal.ts';
import { guardianAt, guardianOf } from './guardian.ts';

const NOW = new Date('2026-03-02T02:00:00.000Z');

test('a withdrawal is effective only when everyone who acts on the purpose has applied it', () => {
  expect(settleWithdrawal([true, true], NOW)).toEqual({ outcome: 'effective', at: NOW });
  expect(settleWithdrawal([true, false], NOW)).toMatchObject({ outcome: 'accepted' });
});

test('silence is never agreement: with no answer the lease decides, thirty seconds from now', () => {
  expect(settleWithdrawal([], NOW)).toEqual({ outcome: 'accepted', effectiveBy: new Date('2026-03-02T02:00:30.000Z') });
});

test('a guardianship ends by itself at its instant', () => {
  const statement = {
    version: 1,
    since: NOW,
    guardian: guardianOf({ child: true, guardianVerified: false }),
    until: NOW,
  };
  expect(guardianAt(statement, new Date(NOW.getTime() - 1))).toBe('missing');
  expect(guardianAt(statement, NOW)).toBe('not-needed');
  expect(guardianAt(undefined, NOW)).toBe('not-needed');
});
