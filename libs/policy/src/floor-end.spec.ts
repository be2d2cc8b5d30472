import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { addPeriod, type Day, dayOf, nextDay, weekdayOf } from '@lethe/kernel';
import { comparePacks } from './changes.ts';
import { dispose, disposalOf, disposalUnder, goesOn } from './disposal.ts';
import { explain } from './explain.ts';
import { parsePack } from './load-pack.ts';
import type { DisposalClass, Pack } from './pack.ts';
import { afterEarlier } from './versions.ts';
import { longestRest, nextWorkingDay, type WorkingCalendar } from './working-days.ts';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../../policies/epiao');
const text = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const POLICY = text('policy.yaml');
const DEPLOYER = text('deployer.yaml');

const AT_MOST = 15;
const END = `end: { holidays: china, atMost: { notStated: true, use: ${String(AT_MOST)}, source: decision } },`;
const ORDERS =
  'period: { notStated: true, use: P3Y, source: decision }\n    limit: { notStated: true, use: P2Y, source: decision }\n    floor:\n      {\n        period: P3Y,';
const PERIOD = 'period: { notStated: true, use: P3Y, source: decision }';

/** Epiao's pack, of which no class says article 203, with an order kept at least so long, up to a working day. */
function saying({
  floor = 'P3Y',
  period = 'P1M',
  end = END,
  prevails = 'prevails: statute,',
  deployer = DEPLOYER,
} = {}) {
  expect(POLICY).toContain(ORDERS);
  const policy = POLICY.replace(
    ORDERS,
    ORDERS.replace('use: P3Y', `use: ${period}`).replace('period: P3Y,', `period: ${floor}, ${end} ${prevails}`),
  );
  return parsePack(policy, 'policy.yaml', {
    clauses: { text: text('clauses.yaml'), file: 'clauses.yaml' },
    deployer: { text: deployer, file: 'deployer.yaml' },
  });
}
const ordersOf = (pack: Pack): DisposalClass => pack.classes.get('orders')!;
const pack = saying({ floor: 'P6M' });
const china = pack.calendars.get('china')!;
const day = (from: string, to: string) =>
  fc.date({ min: new Date(from), max: new Date(to), noInvalidDate: true }).map((instant) => dayOf(instant, 'UTC'));
const published = (years: readonly string[]): WorkingCalendar => ({
  ...china,
  years: new Set(years),
  off: new Set([...china.off].filter((each) => years.includes(each.slice(0, 4)))),
  worked: new Set([...china.worked].filter((each) => years.includes(each.slice(0, 4)))),
});

describe('the last day of a floor that is no working day', () => {
  const free = (anchor: Day) => dispose(ordersOf(pack), anchor);

  test.each([
    ['an ordinary day is the last one', '2025-09-10', '2026-03-11'],
    // Six months end on Sunday 15 February; the Spring Festival is over on the 23rd, the 24th is worked.
    ['the first day of the Spring Festival: the day after the last', '2025-08-15', '2026-02-25'],
    ['the last day of the Spring Festival', '2025-08-23', '2026-02-25'],
    ['a Saturday worked for the Spring Festival is a day like others', '2025-08-14', '2026-02-15'],
    ['National Day: Thursday 8 October is worked', '2026-04-01', '2026-10-09'],
    ['the Saturday worked for National Day', '2026-04-10', '2026-10-11'],
    ['the Sunday after it is not', '2026-04-11', '2026-10-13'],
    ['an ordinary Saturday: Monday', '2025-09-07', '2026-03-10'],
  ])('%s', (_, anchor, goes) => expect(free(anchor)).toEqual({ day: goes, floor: goes }));

  test('is the tenant’s own day, whole, whatever the zone: in one with summer time too', () => {
    const berlin: Pack = { ...pack, zone: 'Europe/Berlin' };
    // 23:30 on 28 March, an hour before clocks move in spring; six months and a day of rest later clocks have not moved back.
    expect(disposalOf(berlin, 'orders', new Date('2026-03-28T22:30:00Z')).floor).toBe('2026-09-29');
    expect(disposalOf(berlin, 'orders', new Date('2026-03-28T23:30:00Z')).floor).toBe('2026-09-30');
    expect(disposalOf(pack, 'orders', new Date('2026-03-28T22:30:00Z')).floor).toBe('2026-09-30');
  });
});

describe('where nobody has published yet which days are worked', () => {
  test('it ends so many days later as the pack says, and the parts keep that day', () => {
    const three = saying();
    // 20 May 2029 lies in a year of which nobody has said anything.
    expect(dispose(ordersOf(three), '2026-05-20')).toEqual({ day: '2029-06-05', floor: '2029-06-05' });
    const told = DEPLOYER.replace(
      "      '2025':",
      "      '2029':\n        source: 国务院办公厅\n        off: [2029-05-01/2029-05-05]\n      '2025':",
    );
    const later = { ...saying({ deployer: told }), version: '2029-01-01' };
    expect(dispose(ordersOf(later), '2026-05-20').day).toBe('2029-05-22');
    // What came in before is dated already, and goes on the day for which it was dated: a later notice moves nothing.
    const law = afterEarlier(later, [three]);
    expect(goesOn(law.classes.get('orders')!, '2029-06-05')).toBe('2029-06-05');
    expect(dispose(law.classes.get('orders.2029-01-01')!, '2026-05-20').day).toBe('2029-05-22');
    expect(
      disposalUnder(
        law.classes.get('orders')!,
        { 'transaction-completed': new Date('2026-05-20T04:00:00Z') },
        pack.zone,
      ),
    ).toEqual({ day: '2029-06-05', floor: '2029-06-05' });
  });

  test('from 16 December on the next notice may still say anything: the end waits for the first day that is sure', () => {
    expect(nextWorkingDay('2026-12-15', AT_MOST, china)).toBe('2026-12-15');
    expect(nextWorkingDay('2026-12-16', AT_MOST, china)).toBe('2026-12-31');
    expect(nextWorkingDay('2025-12-31', AT_MOST, china)).toBe('2025-12-31');
    expect(nextWorkingDay('2025-12-31', AT_MOST, published(['2025', '2027']))).toBe('2026-01-15');
    expect(nextWorkingDay('2024-12-31', AT_MOST, china)).toBe('2025-01-02');
  });

  test('whatever is published, it ends no earlier than the whole truth would end it, and no later than by what the pack says', () => {
    const known = fc.subarray(['2025', '2026']);
    fc.assert(
      fc.property(day('2025-01-01', '2026-12-15'), known, (last, years) => {
        const truth = nextWorkingDay(last, AT_MOST, china);
        const end = nextWorkingDay(last, AT_MOST, published(years));
        expect(end >= truth).toBe(true);
        expect(end <= addPeriod(last, `P${String(AT_MOST)}D`)).toBe(true);
      }),
    );
  });
});

describe('for every day and every calendar', () => {
  const days = day('2024-06-01', '2028-06-01');
  const calendars = fc.subarray(['2025', '2026']).map(published);

  test('the end is never before the last day, and later days end no earlier', () => {
    fc.assert(
      fc.property(days, days, calendars, fc.integer({ min: 9, max: 31 }), (one, other, calendar, atMost) => {
        const [first, last] = [one, other].sort() as [Day, Day];
        const ends = [first, last].map((each) => nextWorkingDay(each, atMost, calendar)) as [Day, Day];
        expect(ends[0] >= first && ends[1] >= last).toBe(true);
        expect(ends[0] <= ends[1]).toBe(true);
      }),
    );
  });

  test('in a published year it is a working day, found again from itself, and every day passed over is a day of rest', () => {
    const isRest = (each: Day) => china.off.has(each) || (weekdayOf(each) > 5 && !china.worked.has(each));
    fc.assert(
      fc.property(day('2025-01-01', '2026-12-15'), (last) => {
        const end = nextWorkingDay(last, AT_MOST, china);
        if (end > '2026-12-15') return;
        expect(isRest(end)).toBe(false);
        expect(nextWorkingDay(end, AT_MOST, china)).toBe(end);
        for (let passed = last; passed < end; passed = nextDay(passed)) expect(isRest(passed)).toBe(true);
      }),
    );
  });

  test('a floor of a class ends no earlier than without article 203, and the class goes no earlier than its floor', () => {
    const { floor, ...rest } = ordersOf(pack);
    const { end, ...bare } = floor!;
    const cohorts = fc.constantFrom('day' as const, 'week' as const, 'month' as const);
    const periods = fc.constantFrom('P1M', 'P6M', 'P1Y', 'P3Y', 'P45D');
    fc.assert(
      fc.property(days, cohorts, periods, calendars, (anchor, cohort, period, calendar) => {
        const [with203, without] = [
          { ...rest, cohort, floor: { ...bare, period, end: { ...end!, published: calendar } } },
          { ...rest, cohort, floor: { ...bare, period } },
        ].map((each) => dispose(each, anchor));
        expect(with203!.floor! >= without!.floor!).toBe(true);
        expect(with203!.day >= without!.day).toBe(true);
        expect(with203!.day >= with203!.floor!).toBe(true);
      }),
    );
  });

  test('what is dated goes on its day under every later version, earlier only where that says so, and never before its floor', () => {
    const told = fc.array(
      fc.record({ floor: fc.constantFrom('P1M', 'P6M', 'P1Y'), years: calendars, moves: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(day('2024-06-01', '2026-12-01'), told, (anchor, versions) => {
        const { floor, ...rest } = ordersOf(pack);
        const { end, ...bare } = floor!;
        const packs = versions.map(({ floor: period, years, moves }, index): Pack => {
          const said = { ...bare, period, ...(moves ? { end: { ...end!, published: years } } : {}) };
          return { ...pack, version: `1-${String(index)}`, classes: new Map([['orders', { ...rest, floor: said }]]) };
        });
        const law = afterEarlier(packs.at(-1)!, packs.slice(0, -1)).classes.get('orders')!;
        const dated = dispose(ordersOf(packs[0]!), anchor);
        const goes = goesOn(law, dated.day);
        expect(goes <= dated.day && goes >= dated.floor!).toBe(true);
        const under = disposalUnder(law, { [law.anchor]: new Date(`${anchor}T04:00:00Z`) }, pack.zone)!;
        expect(goesOn(law, under.day) >= under.floor!).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the check', () => {
  const findings = (make: () => unknown): string => {
    try {
      make();
      return '';
    } catch (error) {
      return String((error as Error).message);
    }
  };

  test('takes it where the floor wins or the period leaves room for it', () => {
    expect(findings(() => saying())).toBe('');
    expect(findings(() => saying({ period: 'P3Y1M', prevails: '' }))).toBe('');
    expect(findings(() => saying({ period: 'P3Y', prevails: '' }))).toMatch(
      /floor-longer-than-ceiling: .*allowed: a period of P3Y and 15 days or more, prevails: statute/,
    );
    expect(findings(() => saying({ period: 'P3Y1M' }))).toMatch(/idle-prevails/);
  });

  test.each([
    ['the period of a class', PERIOD, 'period: { notStated: true, use: P3Y, source: decision, end: working-day }'],
    [
      'a class',
      'anchor: transaction-completed',
      'end: { holidays: china, atMost: 15 }\n    anchor: transaction-completed',
    ],
    [
      'the deadline of a request',
      'calendar: working-days, holidays: china, from: received, target: 7, clause: EP-SLA-01',
      'calendar: working-days, end: working-day, holidays: china, from: received, target: 7, clause: EP-SLA-01',
    ],
    ['how long a backup is kept', 'backups: { ', 'backups: { end: working-day, '],
  ])('refuses it on %s, where it stands', (_, from, to) => {
    expect(POLICY).toContain(from);
    const policy = POLICY.replace(from, to);
    const at = policy.indexOf(to) + to.indexOf('end:');
    const before = policy.slice(0, at).split('\n');
    expect(
      findings(() => parsePack(policy, 'policy.yaml', { deployer: { text: DEPLOYER, file: 'deployer.yaml' } })),
    ).toContain(
      `policy.yaml:${String(before.length)}:${String(before.at(-1)!.length + 1)}: unknown-key: nothing but the floor of a class ends on a working day`,
    );
  });

  test('wants a calendar that somebody gives, and no fewer days than the longest rest it tells of', () => {
    expect(findings(() => saying({ end: END.replace('china', 'utopia') }))).toMatch(
      /policy\.yaml:\d+:\d+: end-without-calendar: nobody says which days `utopia` works \(allowed: china, calendars\.utopia in deployer\.yaml\)/,
    );
    expect(longestRest(china)).toBe(9);
    expect(findings(() => saying({ end: END.replace('use: 15', 'use: 8') }))).toMatch(
      /end-too-early: china has rested for 9 days on end \(allowed: 9 or more\)/,
    );
    expect(findings(() => saying({ end: END.replace('use: 15', 'use: 9') }))).toBe('');
    expect(findings(() => saying({ end: END.replace('use: 15', 'use: 32') }))).toMatch(/too-big.*31 or less/);
  });

  test('a rest that lasts over the end of a year is one, and a year that nobody has published parts two', () => {
    const rests = (years: readonly string[]): WorkingCalendar => ({
      ...china,
      years: new Set(years),
      off: new Set(
        ['2025-12-30', '2025-12-31', '2026-01-01', '2026-01-02'].filter((each) => years.includes(each.slice(0, 4))),
      ),
      worked: new Set(),
    });
    // To the weekend of 3 and 4 January.
    expect(longestRest(rests(['2025', '2026']))).toBe(6);
    expect(longestRest(rests(['2024', '2026']))).toBe(4);
  });
});

test('explain says it, with who published the days', () => {
  const lines = (name: string) => explain(pack, name, 'en').flatMap((each) => each.lines);
  expect(lines('order').join('\n')).toMatch(
    /by law at least 6 months \(E-Commerce Law; ends on a working day, working days of china: .*国办发明电〔2025〕7号.*; of a later year it ends later by 15 days \(not stated by the policy, but by decision\)\)/,
  );
  expect(lines('EP-RET-03').at(-1)).toMatch(/^working days of china: .*; ends on a working day$/);
});

test('a new version that says it differs; a year that is published is nobody’s major change', () => {
  const bare = saying({ floor: 'P6M', end: '' });
  const major = (after: Pack): Pack => ({
    ...after,
    changes: { ...after.changes!, major: { kept: { ...Object.values(after.changes!.major)[0]!, what: ['classes'] } } },
  });
  expect(comparePacks(bare, major(pack)).kinds).toEqual(['kept']);
  const another = saying({
    floor: 'P6M',
    deployer: DEPLOYER.replace('2026-10-01/2026-10-07', '2026-10-01/2026-10-08'),
  });
  expect(comparePacks(pack, major(another))).toMatchObject({ kinds: [], other: true });
});
