import { addPeriod, dayOf } from '@lethe/kernel';
import fc from 'fast-check';
import {
  backupPurgeDay,
  cohortOf,
  disposalOf,
  evidenceDisposal,
  isChild,
  requestDeadline,
  waitingLimit,
} from './disposal.ts';
import { localDay } from './memo.ts';
import { damai } from './testing-damai.ts';

const at = (text: string): Date => new Date(text);

test('an order completed on 20 May 2023 is free of its floor three years and a day later, and folded with its month', () => {
  expect(disposalOf(damai, 'orders', at('2023-05-20T13:30:00Z'))).toEqual({ day: '2026-06-02', floor: '2026-05-21' });
});

test('the tenant’s day counts, not the machine’s', () => {
  expect(disposalOf(damai, 'logs', at('2026-02-28T15:59:59Z')).day).toBe('2026-08-29');
  expect(disposalOf(damai, 'logs', at('2026-02-28T16:00:00Z')).day).toBe('2026-09-02');
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
