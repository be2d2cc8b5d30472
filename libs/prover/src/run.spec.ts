import { beginsAt } from './run.ts';

test('a scenario begins on 2 March 2026, or on the first day of the policy where that is later, at nine', () => {
  const begins = (effectiveFrom: string, zone = 'Asia/Shanghai') => beginsAt({ effectiveFrom, zone }).toISOString();
  expect(begins('2021-07-01')).toBe('2026-03-02T01:00:00.000Z');
  expect(begins('2026-05-01')).toBe('2026-05-01T01:00:00.000Z');
  expect(begins('2026-05-01', 'Europe/Paris')).toBe('2026-05-01T07:00:00.000Z');
});
