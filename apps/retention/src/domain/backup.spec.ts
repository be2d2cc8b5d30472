import { BACKED_UP, canRestore, GIVE_UP_AFTER_MS, mustPurge, whenPartIsIn } from './backup.ts';

const T0 = new Date('2026-03-02T02:00:00.000Z');
const at = (seconds: number): Date => new Date(T0.getTime() + seconds * 1000);
const ordered = (services: readonly string[]) => ({ orderedAt: T0, services });

test('a backup is available when every service has put its part in, not before', () => {
  expect(whenPartIsIn(ordered(BACKED_UP.slice(0, 3)), undefined)).toBeUndefined();
  expect(whenPartIsIn(ordered(['collection', 'collection', 'collection', 'collection']), undefined)).toBeUndefined();
  expect(whenPartIsIn(ordered(BACKED_UP), undefined)).toEqual({ state: 'available' });
});

test('what was destroyed while it was being taken isolates it from the start', () => {
  const destroyed = (seconds: number) => ({ because: 'erasure' as const, at: at(seconds) });
  expect(whenPartIsIn(ordered(BACKED_UP), destroyed(2))).toEqual({ state: 'isolated', because: 'erasure' });
  expect(whenPartIsIn(ordered(BACKED_UP), destroyed(-1))).toEqual({ state: 'available' });
});

test('a backup is purged on its date in whatever state, and when it was never finished', () => {
  const backup = { state: 'available' as const, purgeOn: '2026-06-01', orderedAt: T0 };
  expect(mustPurge(backup, '2026-05-31', T0)).toBe(false);
  expect(mustPurge(backup, '2026-06-01', T0)).toBe(true);
  expect(mustPurge({ ...backup, state: 'isolated' }, '2026-06-02', T0)).toBe(true);
  expect(mustPurge({ ...backup, state: 'purged' }, '2026-06-02', T0)).toBe(false);
  expect(mustPurge({ ...backup, state: 'taking' }, '2026-03-02', new Date(T0.getTime() + GIVE_UP_AFTER_MS))).toBe(true);
  expect(mustPurge({ ...backup, state: 'purging' }, '2026-03-02', T0)).toBe(true);
});

test('what is on its way out is never restored', () => {
  expect((['taking', 'available', 'isolated', 'purging', 'purged'] as const).filter(canRestore)).toEqual([
    'available',
    'isolated',
  ]);
});
