import { addsUp, destroyed, dueDays, isClosed, isOverdue, REORDER_AFTER_MS, type DayTally } from './disposal.ts';

const NOW = new Date('2026-03-02T02:00:00.000Z');
const TODAY = '2026-03-02';
const tally = (over: Partial<DayTally> = {}): DayTally => ({
  class: 'orders',
  day: TODAY,
  custody: 'lethe',
  method: 'delete',
  parts: 5,
  ...over,
});

describe('what is due', () => {
  test('is ordered on its day, not a day before', () => {
    expect(dueDays([tally(), tally({ day: '2026-03-03' })], TODAY, NOW)).toEqual([
      { class: 'orders', day: TODAY, method: 'delete', custody: ['lethe'], expected: 5 },
    ]);
  });

  test('is never ordered before its floor, whatever its date says', () => {
    expect(dueDays([tally({ floor: '2026-03-03' })], TODAY, NOW)).toEqual([]);
    expect(dueDays([tally({ floor: TODAY })], TODAY, NOW)).toHaveLength(1);
  });

  test('goes to everyone who holds such parts, in one order', () => {
    const [order] = dueDays([tally(), tally({ custody: 'platform', parts: 2 })], TODAY, NOW);
    expect(order).toMatchObject({ custody: ['lethe', 'platform'], expected: 7 });
  });

  test('is ordered once even when nothing is counted any more, since its key must die', () => {
    expect(dueDays([tally({ parts: 0 })], TODAY, NOW)).toMatchObject([{ expected: 0 }]);
    expect(dueDays([tally({ parts: -2 })], TODAY, NOW)).toMatchObject([{ expected: 0 }]);
    expect(dueDays([tally({ parts: 0, custody: 'platform' })], TODAY, NOW)).toEqual([]);
  });

  test('is not ordered while an order for it is in force', () => {
    expect(dueDays([tally({ order: {} })], TODAY, NOW)).toEqual([]);
  });

  test('is ordered again only when parts are left some time after an order was carried out', () => {
    const closedAt = (ago: number) => ({ order: { closedAt: new Date(NOW.getTime() - ago) } });
    expect(dueDays([tally(closedAt(0))], TODAY, NOW)).toEqual([]);
    expect(dueDays([tally(closedAt(REORDER_AFTER_MS))], TODAY, NOW)).toHaveLength(1);
    expect(dueDays([tally({ ...closedAt(REORDER_AFTER_MS), parts: 0 })], TODAY, NOW)).toEqual([]);
  });
});

describe('an order', () => {
  test('is in force until everyone it was addressed to has carried it out', () => {
    const shop = { participant: 'shop', ackedAt: NOW };
    const crm = { participant: 'crm' };
    expect(isClosed({ custody: ['lethe', 'platform'], effectiveAt: NOW, participants: [shop, crm] })).toBe(false);
    expect(isClosed({ custody: ['lethe', 'platform'], participants: [shop] })).toBe(false);
    expect(isClosed({ custody: ['lethe', 'platform'], effectiveAt: NOW, participants: [shop] })).toBe(true);
    expect(isClosed({ custody: ['platform'], participants: [shop] })).toBe(true);
    expect(isClosed({ custody: ['lethe'], effectiveAt: NOW, participants: [crm] })).toBe(false);
  });

  test('is overdue after an hour of silence', () => {
    const order = { custody: ['lethe' as const], participants: [], orderedAt: new Date(NOW.getTime() - 3_600_000) };
    expect(isOverdue(order, NOW)).toBe(true);
    expect(isOverdue({ ...order, effectiveAt: NOW }, NOW)).toBe(false);
  });
});

test('a statement is taken only if it adds up', () => {
  expect(addsUp({ found: 3, deleted: 3, rescan: 0 })).toBe(true);
  expect(addsUp({ found: 3, deleted: 2, rescan: 0 })).toBe(false);
  expect(addsUp({ found: 3, deleted: 3, rescan: 1 })).toBe(false);
});

test('a disposal that only set aside what is held has destroyed nothing', () => {
  expect(destroyed({ found: 3, held: 2, restricted: 1 })).toBe(false);
  expect(destroyed({ found: 4, held: 2, restricted: 1 })).toBe(true);
});
