import { addPeriod, dayOf, disposalDay } from '@lethe/kernel';
import fc from 'fast-check';
import {
  backupPurgeDay,
  cohortOf,
  dispose,
  disposalOf,
  disposalUnder,
  evidenceDisposal,
  evidenceOver,
  goesOn,
  isChild,
  requestDeadline,
  waitingLimit,
} from './disposal.ts';
import { localDay } from './memo.ts';
import type { Pack } from './pack.ts';
import { damai } from './testing-damai.ts';
import { afterEarlier } from './versions.ts';

const at = (text: string): Date => new Date(text);

test('an order completed on 20 May 2023 is free of its floor three years and a day later, and folded with its month', () => {
  expect(disposalOf(damai, 'orders', at('2023-05-20T13:30:00Z'))).toEqual({ day: '2026-06-02', floor: '2026-05-21' });
});

test('the tenant’s day counts, not the machine’s', () => {
  expect(disposalOf(damai, 'logs', at('2026-02-28T15:59:59Z')).day).toBe('2026-08-29');
  expect(disposalOf(damai, 'logs', at('2026-02-28T16:00:00Z')).day).toBe('2026-09-02');
});

test('evidence is over on the day it must be gone, and not a day before, around every leap day and month end', () => {
  const day = fc.date({ min: at('2019-01-01T00:00:00Z'), max: at('2040-01-01T00:00:00Z'), noInvalidDate: true });
  const periods = fc.constantFrom('P3Y', 'P6M', 'P1Y1M', 'P45D');
  fc.assert(
    fc.property(day, periods, (instant, period) => {
      const pack = { ...damai, evidence: { ...damai.evidence, period: { ...damai.evidence.period, value: period } } };
      const today = localDay(instant, pack.zone);
      const last = evidenceOver(pack, today);
      const noon = (of: string) => at(`${of}T04:00:00Z`);
      expect(evidenceDisposal(pack, noon(last)) <= today).toBe(true);
      expect(evidenceDisposal(pack, noon(addPeriod(last, 'P1D'))) > today).toBe(true);
    }),
  );
});

test('a cohort goes on its earliest member’s date', () => {
  const days = ['2026-03-01', '2026-03-17', '2026-03-31'].map(
    (day) => disposalOf(damai, 'personalization', at(`${day}T04:00:00Z`)).day,
  );
  expect(days).toEqual(['2026-09-02', '2026-09-02', '2026-09-02']);
});

test('a week begins on Monday and a month has its length', () => {
  expect(cohortOf('week', '2026-03-01')).toEqual({ first: '2026-02-23', last: '2026-03-01' });
  expect(cohortOf('month', '2024-02-10')).toEqual({ first: '2024-02-01', last: '2024-02-29' });
});

test('a request received on 2 March must be answered by the end of 17 March', () => {
  expect(requestDeadline(damai, at('2026-03-02T02:00:00Z'))).toBe('2026-03-17');
  expect(requestDeadline(damai, at('2026-03-01T16:30:00Z'))).toBe('2026-03-17');
});

test('a child is under fourteen until the first instant of the birthday', () => {
  expect(isChild(damai, '2012-03-02', at('2026-03-01T15:59:59Z'))).toBe(true);
  expect(isChild(damai, '2012-03-02', at('2026-03-01T16:00:00Z'))).toBe(false);
  expect(isChild(damai, '2012-02-29', at('2026-02-28T04:00:00Z'))).toBe(true);
  expect(isChild(damai, '2012-02-29', at('2026-03-01T04:00:00Z'))).toBe(false);
});

test('a backup is kept as long as was asked for, and never longer than the pack allows', () => {
  expect(backupPurgeDay(damai, at('2026-03-02T02:00:00Z'))).toBe('2026-06-01');
  expect(backupPurgeDay(damai, at('2026-03-02T02:00:00Z'), 30)).toBe('2026-04-02');
  expect(backupPurgeDay(damai, at('2026-03-02T02:00:00Z'), 400)).toBe('2026-06-01');
});

test('evidence goes too', () => expect(evidenceDisposal(damai, at('2026-03-02T02:00:00Z'))).toBe('2029-03-03'));
test('waiting has an end', () =>
  expect(waitingLimit(damai, 'delivery', at('2026-03-02T02:00:00Z'))).toBe('2028-03-03'));

describe('for every class and every instant', () => {
  const instants = fc.date({ min: at('2019-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z'), noInvalidDate: true });
  const classes = fc.constantFrom(...damai.classes.values());

  test('nothing goes before its floor has ended', () => {
    fc.assert(
      fc.property(classes, instants, (each, instant) => {
        const { day, floor } = disposalOf(damai, each.name, instant);
        if (each.floor === undefined) return;
        expect(day > addPeriod(dayOf(instant, damai.zone), each.floor.period, 'later')).toBe(true);
        expect(floor !== undefined && floor <= day).toBe(true);
      }),
    );
  });

  test('nothing outlives its period, unless its floor does', () => {
    fc.assert(
      fc.property(classes, instants, (each, instant) => {
        const { day, floor } = disposalOf(damai, each.name, instant);
        const last = addPeriod(dayOf(instant, damai.zone), each.period.value);
        expect(day <= addPeriod(last, 'P1D') || day === floor).toBe(true);
      }),
    );
  });

  test('one cohort has one day, and a later one no earlier day', () => {
    fc.assert(
      fc.property(classes, instants, instants, (each, one, other) => {
        const [earlier, later] = one < other ? [one, other] : [other, one];
        const days = [earlier, later].map((instant) => disposalOf(damai, each.name, instant).day);
        expect((days[0] ?? '') <= (days[1] ?? '')).toBe(true);
        const cohorts = [earlier, later].map((instant) => cohortOf(each.cohort, dayOf(instant, damai.zone)).first);
        if (cohorts[0] === cohorts[1]) expect(days[0]).toBe(days[1]);
      }),
    );
  });
});

test('a day is remembered by the quarter of an hour, in any zone, and stays the day it is', () => {
  const zones = fc.constantFrom(
    'Asia/Shanghai',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Pacific/Apia',
  );
  const instants = fc.date({ min: at('1972-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z'), noInvalidDate: true });
  fc.assert(
    fc.property(zones, instants, fc.integer({ min: 0, max: 899_999 }), (zone, instant, within) => {
      const quarter = Math.floor(instant.getTime() / 900_000) * 900_000;
      localDay(new Date(quarter), zone);
      expect(localDay(new Date(quarter + within), zone)).toBe(dayOf(new Date(quarter + within), zone));
    }),
  );
});

describe('a later version', () => {
  const DONE = { 'transaction-completed': at('2023-05-20T13:30:00Z') };
  const orders = damai.classes.get('orders')!;
  const under = (period: string, { floor, ...over }: Partial<typeof orders> = orders) => {
    const { floor: _, ...bare } = orders;
    const changed = { ...bare, ...over, ...(floor && { floor }), period: { ...orders.period, value: period } };
    return { ...damai, version: `1-${period}`, classes: new Map([...damai.classes, ['orders', changed]]) };
  };
  /** What came in under the first of these, as the last has it. */
  const law = (...packs: readonly Pack[]) => afterEarlier(packs.at(-1)!, packs.slice(0, -1)).classes.get('orders')!;
  /** When it goes, and until when its floor keeps it. */
  const goes = (packs: readonly Pack[], anchors: Readonly<Record<string, Date>>) => {
    const date = disposalUnder(law(...packs), anchors, damai.zone);
    return date && { ...date, day: goesOn(law(...packs), date.day) };
  };

  test('never lengthens what came in under an earlier one (I18)', () => {
    expect(goes([damai, under('P10Y')], DONE)).toEqual(goes([damai], DONE));
    expect(goes([damai, under('P3Y'), under('P10Y')], DONE)).toEqual(goes([under('P3Y')], DONE));
  });

  test('shortens it, though not below the longest floor that a statute set meanwhile', () => {
    const short = under('P1M', {});
    expect(goes([short], DONE)).toEqual({ day: '2023-06-02' });
    expect(goes([under('P5Y'), short], DONE)).toEqual({ day: '2026-06-01', floor: '2026-05-21' });
    const floor = { ...orders.floor!, period: 'P5Y' };
    expect(goes([under('P9Y'), under('P5Y1M', { floor })], DONE)).toEqual({ day: '2028-06-02', floor: '2028-05-21' });
  });

  test('shortens what has its date already, by nothing but that date', () => {
    const dated = dispose(under('P9Y').classes.get('orders')!, '2023-05-20').day;
    expect(dated).toBe('2032-05-02');
    expect(goesOn(law(under('P9Y'), under('P4Y')), dated)).toBe('2027-05-02');
    expect(goesOn(law(under('P9Y'), under('P4Y'), under('P7Y')), dated)).toBe('2027-05-02');
    expect(goesOn(law(under('P4Y'), under('P9Y')), '2027-05-02')).toBe('2027-05-02');
  });

  test('leaves together what was dated for one day, the end of a short month: it goes when the last of its floors has passed', () => {
    const [long, short] = [under('P38M', { ...orders, cohort: 'day' }), under('P1M', { ...orders, cohort: 'day' })];
    const on = (day: string) => ({ 'transaction-completed': at(`2020-12-${day}T04:00:00Z`) });
    for (const [day, floor] of [
      ['29', '2023-12-30'],
      ['30', '2023-12-31'],
      ['31', '2024-01-01'],
    ] as const) {
      expect(goes([long], on(day))).toEqual({ day: '2024-03-01', floor });
      expect(goes([long, short], on(day))).toEqual({ day: '2024-01-01', floor });
    }
    expect(goes([long, short], on('28'))).toEqual({ day: '2023-12-29', floor: '2023-12-29' });
  });

  test('that counts from another anchor shortens only when that anchor has come, and waits for none', () => {
    const other = under('P1M', { anchor: 'account-closed' });
    expect(goes([damai, other], {})).toBeUndefined();
    expect(goes([damai, other], DONE)).toEqual(goes([damai], DONE));
    const closed = { ...DONE, 'account-closed': at('2024-01-01T04:00:00Z') };
    expect(goes([damai, other], closed)).toEqual({ day: '2026-06-01', floor: '2026-05-21' });
    // With its cohort, which a month is: not before the floor, and so with the next one.
    expect(goes([under('P9Y'), other, under('P4Y')], closed)).toEqual({ day: '2026-06-02', floor: '2026-05-21' });
    expect(goes([under('P9Y', {}), other, under('P4Y', {})], closed)).toEqual({ day: '2024-02-02' });
  });

  const periods = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 });
  const cohorts = fc.constantFrom('day' as const, 'week' as const, 'month' as const);
  const instants = fc.date({ min: at('2019-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z'), noInvalidDate: true });

  test('whatever versions follow, nothing goes later than any of them says, nor before its floor', () => {
    fc.assert(
      fc.property(periods, fc.boolean(), cohorts, instants, (months, floored, cohort, done) => {
        const packs = months.map((each) => under(`P${String(each)}M`, { ...(floored ? orders : {}), cohort }));
        const date = goes(packs, { 'transaction-completed': done })!;
        const alone = (instant: Date) => packs.map((pack) => goes([pack], { 'transaction-completed': instant })!.day);
        const first = alone(done)[0]!;
        // The last days of a long month end on the last day of a short one, under the first version: they go together.
        const together = [3, 2, 1, 0]
          .map((days) => new Date(done.getTime() + days * 86_400_000))
          .find((instant) => alone(instant)[0] === first)!;
        expect(date.day <= alone(floored ? together : done).sort()[0]!).toBe(true);
        expect(date.day <= first).toBe(true);
        if (floored) expect(date.day >= date.floor!).toBe(true);
      }),
    );
  });

  test('what was dated for a day goes on its earliest member’s new date, and days keep their order', () => {
    fc.assert(
      fc.property(periods, cohorts, instants, fc.integer({ min: 0, max: 40 }), (months, cohort, done, ahead) => {
        const packs = months.map((each) => under(`P${String(each)}M`, { cohort }));
        const [own] = packs.map((pack) => pack.classes.get('orders')!);
        const days = [done, new Date(done.getTime() + ahead * 86_400_000)].map((each) => localDay(each, damai.zone));
        const dated = days.map((day) => dispose(own!, day).day);
        const going = dated.map((day) => goesOn(law(...packs), day));
        const said = (day: string) => packs.map((pack) => dispose(pack.classes.get('orders')!, day).day).sort()[0]!;
        expect(going[0]! <= said(days[0]!)).toBe(true);
        expect(going[0]! <= going[1]!).toBe(true);
        // No member of the day would go later by itself than four days after: month ends fall together.
        expect(Date.parse(said(days[0]!)) - Date.parse(going[0]!)).toBeLessThanOrEqual(
          (cohort === 'day' ? 4 : cohort === 'week' ? 10 : 35) * 86_400_000,
        );
      }),
    );
  });
});

describe('a mandatory minimum longer than the permitted maximum', () => {
  const orders = damai.classes.get('orders')!;
  const short = (cohort: 'day' | 'month') => ({
    ...orders,
    cohort,
    period: { ...orders.period, value: 'P1Y' },
    floor: { ...orders.floor!, prevails: 'statute' as const },
  });

  test('wins', () => {
    const { day, floor } = dispose(short('day'), '2023-05-20');
    expect([day, floor]).toEqual(['2026-05-21', '2026-05-21']);
  });

  test('whatever the day and the cohort: gone on the first day on which every floor has passed, and not before', () => {
    const instants = fc.date({ min: at('2019-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, fc.constantFrom('day' as const, 'month' as const), (instant, cohort) => {
        const anchor = localDay(instant, damai.zone);
        const { last } = cohortOf(cohort, anchor);
        expect(dispose(short(cohort), anchor).day).toBe(disposalDay(last, 'P3Y', 'later'));
      }),
    );
  });
});

test('the seven anchors count alike: each from the local day on which it came, in whatever zone', () => {
  const anchors = [
    'collection',
    'transaction-completed',
    'account-closed',
    'consent-withdrawn',
    'purpose-ended',
    'last-activity',
    'event-date',
  ];
  const media = damai.classes.get('media')!;
  const zones = fc.constantFrom('Asia/Shanghai', 'Pacific/Apia', 'America/St_Johns', 'Asia/Kathmandu', 'UTC');
  const instants = fc.date({ min: at('1992-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z'), noInvalidDate: true });
  fc.assert(
    fc.property(
      fc.constantFrom(...anchors),
      zones,
      instants,
      fc.constantFrom('P1M', 'P1Y', 'P3Y', 'P15D'),
      (anchor, zone, came, period) => {
        const counted = { ...media, anchor, period: { ...media.period, value: period } };
        expect(disposalUnder(counted, { [anchor]: came }, zone)).toEqual({
          day: disposalDay(dayOf(came, zone), period),
        });
        expect(disposalUnder(counted, { 'something-else': came }, zone)).toBeUndefined();
      },
    ),
  );
});
