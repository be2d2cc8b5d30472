import fc from 'fast-check';
import { addPeriod, dayOf, disposalDay, endOfDay, startOfDay } from './calendar.ts';

test('29 February and three years end on 28 February; as a floor on 1 March', () => {
  expect(addPeriod('2024-02-29', 'P3Y')).toBe('2027-02-28');
  expect(addPeriod('2024-02-29', 'P3Y', 'later')).toBe('2027-03-01');
});

test('the disposal day is the day after the last day of the period', () => {
  expect(disposalDay('2026-01-01', 'P3Y')).toBe('2029-01-02');
  expect(disposalDay('2026-01-31', 'P1M')).toBe('2026-03-01');
});

test('a day is the tenant’s, not the machine’s', () => {
  expect(dayOf(new Date('2026-09-30T16:30:00Z'), 'Asia/Shanghai')).toBe('2026-10-01');
  expect(endOfDay('2026-10-01', 'Asia/Shanghai').toISOString()).toBe('2026-10-01T16:00:00.000Z');
});

test('every instant lies within its day', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
      (instant) => {
        const day = dayOf(instant, 'Asia/Shanghai');
        expect(startOfDay(day, 'Asia/Shanghai').getTime()).toBeLessThanOrEqual(instant.getTime());
        expect(endOfDay(day, 'Asia/Shanghai').getTime()).toBeGreaterThan(instant.getTime());
      },
    ),
  );
});

test('a floor never ends before the ceiling of the same period', () => {
  const day = fc
    .date({ min: new Date('2000-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
    .map((d) => dayOf(d, 'UTC'));
  fc.assert(
    fc.property(day, fc.constantFrom('P1M', 'P6M', 'P1Y', 'P3Y', 'P15D', 'P1Y6M'), (from, period) => {
      expect(addPeriod(from, period, 'later') >= addPeriod(from, period)).toBe(true);
    }),
  );
});

test('asked again within the minute, a day is still the right one on both sides of midnight', () => {
  const before = new Date('2026-03-01T15:59:59.999Z');
  const after = new Date('2026-03-01T16:00:00.000Z');
  for (const [instant, day] of [
    [before, '2026-03-01'],
    [before, '2026-03-01'],
    [after, '2026-03-02'],
    [new Date('2026-03-01T16:00:59.999Z'), '2026-03-02'],
    [before, '2026-03-01'],
  ] as const)
    expect(dayOf(instant, 'Asia/Shanghai')).toBe(day);
  expect(dayOf(after, 'UTC')).toBe('2026-03-01');
});
