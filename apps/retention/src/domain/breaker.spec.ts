import { allowance, daysMoved, isFresh, judgeSweep, seenIn } from './breaker.ts';

const outlook = { parts: 900, forecast: 0, dated: 0, statedDays: 0, today: '2026-03-02' };

test('a thousand parts pass, more only in proportion to what was expected or is there', () => {
  expect(judgeSweep(outlook)).toEqual({ kind: 'go-on' });
  expect(judgeSweep({ ...outlook, parts: 1_001 })).toEqual({ kind: 'stopped', because: 'out-of-proportion' });
  expect(judgeSweep({ ...outlook, parts: 1_500, forecast: 500 })).toEqual({ kind: 'go-on' });
  expect(judgeSweep({ ...outlook, parts: 5_000, dated: 100_000 })).toEqual({ kind: 'go-on' });
  expect(judgeSweep({ ...outlook, parts: 5_001, dated: 100_000 })).toEqual({
    kind: 'stopped',
    because: 'out-of-proportion',
  });
});

test('a clock that jumps more than two days past the last swept day waits for a second person, whatever is due', () => {
  expect(judgeSweep({ ...outlook, lastSweptDay: '2026-02-28' })).toEqual({ kind: 'go-on' });
  expect(judgeSweep({ ...outlook, parts: 0, lastSweptDay: '2026-02-27' })).toEqual({
    kind: 'stopped',
    because: 'days-skipped',
  });
  expect(judgeSweep({ ...outlook, lastSweptDay: '2027-01-01' })).toEqual({ kind: 'go-on' });
});

test('each day by which the clock was moved on purpose brings the allowance of a day', () => {
  expect(allowance({ forecast: 0, dated: 0, statedDays: 2 })).toBe(3_000);
  expect(allowance({ forecast: 0, dated: 100_000, statedDays: 19 })).toBe(100_000);
  expect(daysMoved(0, 3 * 86_400_000 + 5)).toBe(3);
  expect(daysMoved(86_400_000, 0)).toBe(0);
});

test('under a pass go the days that were seen, not those that came later, nor what grew out of proportion since', () => {
  const pass = { pass: 'p', parts: 5_000, through: '2026-03-02' };
  const seen = { day: '2026-03-02', expected: 6_000 };
  expect(seenIn(pass, [seen], 0)).toEqual([seen]);
  expect(seenIn(pass, [seen], 1)).toEqual([]);
  expect(seenIn(pass, [{ day: '2026-03-02', expected: 6_001 }], 0)).toEqual([]);
  expect(seenIn(pass, [seen, { day: '2026-03-03', expected: 500_000 }], 0)).toEqual([seen]);
  expect(seenIn(pass, [{ day: '2026-03-03', expected: 1 }], 0)).toEqual([]);
  const moved = { day: '2027-03-02', goes: '2026-03-01', expected: 1 };
  expect(seenIn(pass, [moved], 0)).toEqual([moved]);
});

test('a pass is good for a day, and one of a clock that has been put right for none', () => {
  const now = new Date('2026-03-02T04:00:00.000Z');
  const hoursOff = (hours: number) => isFresh(new Date(now.getTime() + hours * 3_600_000), now);
  expect([-24, -23, 1, 400 * 24].map(hoursOff)).toEqual([false, true, true, false]);
});
