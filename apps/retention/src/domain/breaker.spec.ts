import { judgeSweep } from './breaker.ts';

const outlook = { parts: 900, forecast: 0, dated: 0, today: '2026-03-02' };

test('a thousand parts pass, more only in proportion to what was expected or is there', () => {
  expect(judgeSweep(outlook)).toEqual({ kind: 'go-on' });
  expect(judgeSweep({ ...outlook, parts: 1_001 })).toEqual({ kind: 'stopped', because: 'out-of-proportion' });
  expect(judgeSweep({ ...outlook, parts: 1_500, forecast: 500 })).toEqual({ kind: 'go-on' });
  expect(judgeSweep({ ...outlook, parts: 5_000, dated: 100_000 })).toEqual({ kind: 'go-on' });
});

test('a clock that jumps more than two days past the last swept day waits for a second person', () => {
  expect(judgeSweep({ ...outlook, lastSweptDay: '2026-02-28' })).toEqual({ kind: 'go-on' });
  expect(judgeSweep({ ...outlook, lastSweptDay: '2026-02-27' })).toEqual({ kind: 'stopped', because: 'days-skipped' });
});
