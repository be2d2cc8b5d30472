import { expect, test } from '@jest/globals';
import { RateLimit } from './rate-limit.ts';

test('a burst of twice the rate, then the rate, for each tenant alone', () => {
  let now = 0;
  const limit = new RateLimit(1_000, () => now);
  const taken = (name: string, asked: number): number =>
    Array.from({ length: asked }, () => limit.take(name)).filter(Boolean).length;
  expect(taken('damai', 2_500)).toBe(2_000);
  expect(taken('ciie', 10)).toBe(10);
  now += 500;
  expect(taken('damai', 2_500)).toBe(500);
  now += 3_600_000;
  expect(taken('damai', 2_500)).toBe(2_000);
});
