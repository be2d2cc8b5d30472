import { compare, foundAmong, waitingPastLimit, type Facts } from './finding.ts';

const TODAY = '2026-03-02';
const nothing: Facts = {
  counted: [],
  unordered: [],
  unanswered: [],
  silent: [],
  unmoved: [],
  untaken: [],
  unrecorded: [],
  holds: [],
  backups: [],
  untakenBackups: [],
};
const kinds = (facts: Partial<Facts>) =>
  foundAmong({ ...nothing, ...facts }, TODAY, new Set(['orders'])).map(({ kind }) => kind);

test('a matter is a finding from the day of its limit on, and only while something waits', () => {
  const waiting = { class: 'orders', matter: 'm', limit: TODAY, parts: 2 };
  expect(waitingPastLimit([waiting], '2026-03-01')).toEqual([]);
  expect(waitingPastLimit([{ ...waiting, parts: 0 }], TODAY)).toEqual([]);
  expect(waitingPastLimit([waiting], TODAY)).toEqual([
    { kind: 'waiting-past-limit', class: 'orders', about: 'm', since: TODAY, parts: 2 },
  ]);
});

test('a class with parts that no rule covers is a finding', () => {
  expect(kinds({ counted: [{ class: 'orders', parts: 3 }] })).toEqual([]);
  expect(kinds({ counted: [{ class: 'lost', parts: 0 }] })).toEqual([]);
  expect(kinds({ counted: [{ class: 'lost', parts: 1 }] })).toEqual(['uncovered-class']);
});

test('a day is overdue once it is over and nothing was ordered', () => {
  expect(kinds({ unordered: [{ class: 'orders', day: TODAY, parts: 1 }] })).toEqual([]);
  expect(kinds({ unordered: [{ class: 'orders', day: '2026-03-01', parts: 1 }] })).toEqual(['disposal-overdue']);
});

test('each participant that has not answered an order is a finding of its own', () => {
  const order = { order: 'o', class: 'orders', day: TODAY, parts: 1 };
  expect(kinds({ unanswered: [{ ...order, missing: ['lethe', 'platform'] }] })).toEqual(['ack-overdue', 'ack-overdue']);
});

test('a backup of Lethe’s own whose files could not be moved is an order that Lethe has not carried out', () => {
  const unmoved = [{ backup: 'b', since: TODAY }];
  expect(foundAmong({ ...nothing, unmoved }, TODAY, new Set())).toEqual([
    { kind: 'ack-overdue', about: 'b lethe', since: TODAY, parts: 0 },
  ]);
});

test('a hold is to be reviewed by the end of its review day', () => {
  expect(kinds({ unrecorded: [{ hold: 'h', since: TODAY }] })).toEqual(['ack-overdue']);
  expect(kinds({ holds: [{ hold: 'h', reviewOn: TODAY, parts: 1 }] })).toEqual([]);
  expect(kinds({ holds: [{ hold: 'h', reviewOn: '2026-03-01', parts: 1 }] })).toEqual(['hold-past-review']);
});

test('a purge that failed is a finding at once, one that never came the day after', () => {
  expect(kinds({ backups: [{ backup: 'b', purgeOn: TODAY, failures: 0 }] })).toEqual([]);
  expect(kinds({ backups: [{ backup: 'b', purgeOn: TODAY, failures: 1 }] })).toEqual(['purge-failed']);
  expect(kinds({ backups: [{ backup: 'b', purgeOn: '2026-03-01', failures: 0 }] })).toEqual(['purge-failed']);
});

test('an end is overdue from the day on which nothing may be left any more, while something is that no floor keeps', () => {
  const end = { end: 'e', dueOn: TODAY, left: 2 };
  expect(kinds({ end: { ...end, dueOn: '2026-03-03' } })).toEqual([]);
  expect(kinds({ end: { ...end, left: 0 } })).toEqual([]);
  expect(kinds({ end })).toEqual(['end-overdue']);
});

test('what is listed stays listed once, what is no longer found is resolved', () => {
  const one = { kind: 'hold-past-review', about: 'h', since: TODAY, parts: 0 } as const;
  const other = { ...one, about: 'g' };
  expect(compare([one], [one, other])).toEqual({ opened: [other], resolved: [] });
  expect(compare([one], [])).toEqual({ opened: [], resolved: [one] });
});

test('a holder that is silent about a backup is a finding with its name', () => {
  const facts = { ...nothing, silent: [{ backup: 'b', holder: 'archive', since: '2026-03-01' }] };
  expect(foundAmong(facts, '2026-03-02', new Set())).toEqual([
    { kind: 'ack-overdue', about: 'b archive', since: '2026-03-01', parts: 0 },
  ]);
});
