import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isHoliday } from 'chinese-days';
import fc from 'fast-check';
import { dayOf, nextDay, weekdayOf } from '@lethe/kernel';
import { requestDeadline } from './disposal.ts';
import { explain } from './explain.ts';
import { inspectPack, loadPack, parsePack } from './load-pack.ts';
import { addWorkingDays, type WorkingCalendar } from './working-days.ts';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../../policies/epiao');
const text = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const epiao = loadPack(FOLDER);
const china = epiao.calendars.get('china')!;
const years = (said: readonly string[]): WorkingCalendar => ({ ...china, years: new Set(said) });

test('every day of the published years is worked or not as the well-kept library has it', () => {
  const settled = years([...china.years, '2027']);
  for (let day = '2024-12-31'; day < '2026-12-31'; day = nextDay(day)) {
    const next = nextDay(day);
    expect({ next, worked: addWorkingDays(day, 1, settled) === next }).toEqual({ next, worked: !isHoliday(next) });
  }
});

test('fifteen working days leap over the Spring Festival, and count the weekend that is worked for it', () => {
  // Received on Friday 6 February: Saturday the 14th is worked, the 15th to the 23rd are not, Saturday the 28th is.
  expect(addWorkingDays('2026-02-06', 15, china)).toBe('2026-03-05');
  expect(requestDeadline(epiao, new Date('2026-02-06T02:00:00Z'))).toBe('2026-03-05');
  // The day of receipt is the tenant's own.
  expect(requestDeadline(epiao, new Date('2026-02-05T16:30:00Z'))).toBe('2026-03-05');
});

test('past the last published year every day counts: earlier than the truth, never later (I50)', () => {
  // 14 and 15 December are days like others; from the 16th on the notice of the next year may still change a weekend.
  expect(addWorkingDays('2026-12-11', 2, china)).toBe('2026-12-15');
  expect(addWorkingDays('2026-12-18', 2, china)).toBe('2026-12-20');
  expect(addWorkingDays('2026-12-31', 15, china)).toBe('2027-01-15');
  const day = fc
    .date({ min: new Date('2024-06-01'), max: new Date('2027-12-31'), noInvalidDate: true })
    .map((instant) => dayOf(instant, 'UTC'));
  const lessKnown = fc.constantFrom<readonly string[]>([], ['2025'], ['2026']);
  fc.assert(
    fc.property(day, fc.integer({ min: 1, max: 30 }), lessKnown, (from, count, known) => {
      const truth = addWorkingDays(from, count, china);
      const less = {
        ...years(known),
        worked: new Set([...china.worked].filter((each) => known.includes(each.slice(0, 4)))),
      };
      expect(addWorkingDays(from, count, less) <= truth).toBe(true);
    }),
  );
});

test('a deadline of working days without anybody who says which days they are is found', () => {
  const without = () => parsePack(text('policy.yaml'), 'policy.yaml');
  expect(without).toThrow(/policy\.yaml:\d+:\d+: deadline-without-calendar: .*china/);
});

test.each([
  ['a day of another year', '2026-05-01/2026-05-05', '2025-05-01/2025-05-05', 'other-year'],
  ['a working day that is worked anyway', '2026-05-09', '2026-05-08', 'not-a-weekend'],
  ['a range that ends before it begins', '2026-10-01/2026-10-07', '2026-10-07/2026-10-01', 'format'],
])('%s is found where it stands', (_, from, to, code) => {
  const deployer = text('deployer.yaml').replace(from, to);
  const wrong = () =>
    parsePack(text('policy.yaml'), 'policy.yaml', { deployer: { text: deployer, file: 'deployer.yaml' } });
  expect(wrong).toThrow(new RegExp(`deployer\\.yaml:\\d+:\\d+: .*${code}`));
});

test('who publishes the days is said, and the pack itself is in order', () => {
  expect(inspectPack(FOLDER).findings).toEqual([]);
  expect(china.sources).toHaveLength(china.years.size);
  const told = explain(epiao, 'EP-SLA-01', 'en')[0]?.lines;
  expect(told).toContain('days: 15');
  expect(told?.at(-1)).toMatch(/china: .*国办发明电〔2025〕7号.*of a later year every day counts$/);
  expect(explain(epiao, 'EP-BAK-04', 'en')[0]?.lines).toContain(
    'maxDays: 90 (not stated by the policy, but by deployer)',
  );
  expect([...china.worked].map(weekdayOf).every((day) => day > 5)).toBe(true);
});
