import { events, makeEvent } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import { startDatabase, type TestDatabase } from '@lethe/testing';
import { migrations } from '../database/migrations.ts';
import { newId } from '../ids.ts';
import { createLogger } from '../logger.ts';
import { Clearances } from './clearances.ts';

const A = tenantId('a-tenant');
let now = new Date('2026-03-02T04:00:00.000Z');
const clock = {
  machineNow: () => now,
  legalNow: () => Promise.resolve(now),
  zone: () => Promise.resolve('Asia/Shanghai'),
};
const lines: string[] = [];
let db: TestDatabase;
let clearances: Clearances;
let isParked = false;
beforeAll(async () => {
  db = await startDatabase({ migrations: migrations('consent', []) });
  const logger = createLogger('consent', { write: (line) => void lines.push(line) });
  const consumer = () => ({ hasParked: () => Promise.resolve(isParked) });
  clearances = new Clearances({ database: db.database, clock, logger, consumer });
});
afterAll(() => db.stop());
beforeEach(async () => {
  now = new Date('2026-03-02T04:00:00.000Z');
  lines.length = 0;
  isParked = false;
  await db.admin.transaction((sql) => sql.query('truncate disposal_cleared'));
});

/** Retention tells it, in this life of its database and under this number. */
async function told(
  number: number,
  data: { readonly through?: string; readonly isStopped?: boolean },
  { incarnation = 'a', slot = 0 } = {},
): Promise<void> {
  const { isStopped = false, ...rest } = data;
  const at = now.toISOString();
  const event = makeEvent(
    events.DisposalClearedV1,
    { id: newId(), time: now, tenant: A },
    { ...rest, ...(isStopped ? { stop: { stop: newId(), at } } : {}), at },
  );
  const place = { topic: events.DisposalClearedV1.topic, slot, incarnation, numbers: [number] };
  for (const route of clearances.routes()) await db.database.within(A, (sql) => route.apply(sql, [event], place));
}

test('nothing waits of a tenant of which nothing was told, nor on a day up to the one that was', async () => {
  expect(await clearances.waits(A)).toBeUndefined();
  await told(1, { through: '2026-03-02' });
  expect(await clearances.waits(A)).toBeUndefined();
  now = new Date('2026-03-02T15:59:59.999Z');
  expect(await clearances.waits(A)).toBeUndefined();
  now = new Date('2026-03-02T16:00:00.000Z');
  expect(await clearances.waits(A)).toBe('days-skipped');
});

test('a stop holds before any sweep, on every day, and until it is told that disposal goes on', async () => {
  await told(1, { isStopped: true });
  expect(await clearances.waits(A)).toBe('stopped-by-officer');
  await told(2, { through: '2026-03-04', isStopped: true });
  expect(await clearances.waits(A)).toBe('stopped-by-officer');
  await told(3, { through: '2026-03-04' });
  expect(await clearances.waits(A)).toBeUndefined();
});

test('what was heard to the end is not taken back by hearing it once more from further back', async () => {
  for (const [number, isStopped] of [
    [1, false],
    [2, true],
    [1, false],
  ] as const)
    // prettier-ignore
    await told(number, { through: '2026-03-04', isStopped });
  expect(await clearances.waits(A)).toBe('stopped-by-officer');
  await told(1, { through: '2026-03-04' }, { incarnation: 'b' });
  expect(await clearances.waits(A)).toBeUndefined();
});

test('it stands where the whole tenant’s facts stand, and is heard nowhere else', async () => {
  await told(1, { isStopped: true }, { slot: 1 });
  expect(await clearances.waits(A)).toBeUndefined();
});

test('what is parked waits for a person though nothing was told; a stop and a wrong clock come first', async () => {
  isParked = true;
  expect(await clearances.waits(A)).toBe('unheard');
  await told(1, { through: '2026-03-04' });
  expect(await clearances.waits(A)).toBe('unheard');
  await told(2, { through: '2026-03-01' });
  expect(await clearances.waits(A)).toBe('days-skipped');
  await told(3, { through: '2026-03-04', isStopped: true });
  expect(await clearances.waits(A)).toBe('stopped-by-officer');
});

test('that it waits is logged once, and again when it has gone on between', async () => {
  await told(1, { through: '2026-03-01' });
  for (let times = 0; times < 3; times += 1) expect(await clearances.goesByDate(A)).toBe(false);
  await told(2, { through: '2026-03-04' });
  expect(await clearances.goesByDate(A)).toBe(true);
  await told(3, { through: '2026-03-04', isStopped: true });
  expect(await clearances.goesByDate(A)).toBe(false);
  expect(lines.map((line) => (JSON.parse(line) as { code: string }).code)).toEqual([
    'platform/days-skipped',
    'platform/stopped-by-officer',
  ]);
});
