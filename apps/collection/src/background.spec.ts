import { crashAt } from '@lethe/platform';
import { startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { CHUNK } from './shredding.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterEach(() => {
  crashAt.strike = undefined;
});
afterAll(() => bench?.stop());

const START = '2026-03-02T04:00:00.000Z';
const LOGS = 'logs';
const DAY = '2026-09-03';

async function withLogs(name: string, records = 1): Promise<Tenant> {
  const tenant = await bench.tenant(name, START);
  const subject = await tenant.person('u-1');
  const one = { subject, purpose: 'display-and-logs', fields: { 'ip-address': '192.0.2.7' } };
  for (let left = records; left > 0; left -= 500)
    await tenant.collect(...Array.from({ length: Math.min(left, 500) }, () => one));
  return tenant;
}

/** Orders a disposal whose keys do not die yet. */
async function ordered(tenant: Tenant): Promise<void> {
  crashAt.strike = (point) => {
    if (point === 'collection.disposal.kept') throw new Error('killed');
  };
  await tenant.dispose(LOGS, DAY, 'delete');
  crashAt.strike = undefined;
}

const effectiveAt = async ({ id }: Tenant): Promise<number> => {
  const [row] = await bench.data.admin.transaction((sql) =>
    sql.query<{ at: Date }>('select effective_at as at from disposal where tenant = $1', [id]),
  );
  return row!.at.getTime();
};

test('who is woken does not wait for the round over all tenants', async () => {
  const others = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => withLogs(`round-${name}`)));
  const woken = await withLogs('round-z');
  for (const tenant of [...others, woken]) await ordered(tenant);
  await bench.service.background.wakeAll();
  bench.service.background.wake(woken.id);
  await bench.service.background.quiet();
  const mine = await effectiveAt(woken);
  const before = (await Promise.all(others.map(effectiveAt))).filter((other) => other < mine);
  // The one whose turn it was.
  expect(before.length).toBeLessThanOrEqual(1);
});

test('keys of one tenant die before the rows of another are all gone', async () => {
  const large = await withLogs('rows-large', 4 * CHUNK + 1);
  const woken = await withLogs('rows-woken');
  await ordered(woken);
  const seen: string[] = [];
  crashAt.strike = (point) => {
    if (seen.push(point) > 0 && point === 'collection.disposal.chunk') bench.service.background.wake(woken.id);
  };
  await large.dispose(LOGS, DAY, 'delete');
  const chunk = seen.indexOf('collection.disposal.chunk');
  expect(seen.indexOf('collection.disposal.key-dead', chunk)).toBeLessThan(
    seen.lastIndexOf('collection.disposal.chunk'),
  );
  expect(await large.count('part')).toBe(0);
});

test('rows go though somebody is woken all the time', async () => {
  const large = await withLogs('rows-patient', CHUNK + 1);
  const busy = await withLogs('busy');
  await ordered(large);
  const { background } = bench.service;
  background.wake(large.id);
  let turns = 0;
  for (; turns < 2_000 && (await large.count('part')) > 0; turns += 1) background.wake(busy.id);
  expect(await large.count('part')).toBe(0);
  await background.quiet();
});

test('a round finds what was left open in a tenant that had nothing to do in the one before', async () => {
  const tenant = await withLogs('idle');
  const round = async (): Promise<void> => {
    await bench.service.background.wakeAll();
    await bench.service.background.quiet();
  };
  await round();
  await ordered(tenant);
  expect(await tenant.count('disposal', `state = 'swept'`)).toBe(0);
  await round();
  expect(await tenant.count('disposal', `state = 'swept'`)).toBe(1);
});
