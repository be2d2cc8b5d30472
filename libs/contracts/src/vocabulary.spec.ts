import { anyDay, anyInstant, day } from './vocabulary.ts';

test('what is said from outside lies where periods of any length can be counted from it', () => {
  for (const text of ['1900-01-01T00:00:00Z', '2026-02-28T23:59:59.999+08:00', '2499-12-31T23:59:59Z'])
    expect(anyInstant.safeParse(text).success).toBe(true);
  for (const text of [
    '0001-01-01T00:00:00Z',
    '1899-12-31T23:59:59Z',
    '2500-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '',
  ])
    expect(anyInstant.safeParse(text).success).toBe(false);
  for (const text of ['1900-01-01', '2028-02-29', '2499-12-31']) expect(anyDay.safeParse(text).success).toBe(true);
  for (const text of ['0001-01-01', '1899-12-31', '2500-01-01', '9999-12-31', '2027-02-29'])
    expect(anyDay.safeParse(text).success).toBe(false);
  // What we answer may lie beyond: a period of 120 years from there.
  expect(day.safeParse('2620-01-01').success).toBe(true);
});
