import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@lethe/kernel';
import { newSubject, part, read, sealed, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';

let bench: KeyringBench;
let entry = 0;
beforeAll(async () => {
  bench = await startKeyring();
});
afterAll(() => bench.stop());

const on = (day: string) => ({ kind: 'day', day, class: 'orders' }) as const;

/** A process whose way to the keyring can be cut, as a stopped process's or a lost network's is. */
function cuttable(database: Database): Database & { cut: boolean } {
  const through = {
    cut: false,
    transaction: <Result>(work: Parameters<typeof database.transaction<Result>>[0]) =>
      through.cut ? Promise.reject(new Error('cut off')) : database.transaction(work),
    within: <Result>(...given: Parameters<typeof database.within<Result>>) =>
      through.cut ? Promise.reject(new Error('cut off')) : database.within(...given),
  };
  return through;
}

test('a destruction is effective once every process has forgotten the key, soon after', async () => {
  const [here, there] = [await bench.keyring(), await bench.keyring()];
  const subject = newSubject();
  const item = await sealed(here, part({ subject, time: on('2030-01-01') }));
  await read(there, item);
  const { destroyedAt, effectiveAt, keys } = await here.destroySubjectKeys(TENANT, subject, ['contract'], {
    entry: ++entry,
  });
  expect(keys).toBe(1);
  expect(effectiveAt.getTime() - destroyedAt.getTime()).toBeLessThan(20_000);
  expect(await read(there, item)).toBe('-subject-key-dead');
});

test('a process that cannot be reached makes it effective later, never later than its cache can last, and then cannot read either (I35)', async () => {
  const cacheFor = 1_500;
  const database = cuttable(bench.cluster.database);
  const [here, silent] = [await bench.keyring({ cacheFor }), await bench.keyring({ cacheFor, database })];
  const item = await sealed(here, part({ time: on('2030-01-02') }));
  expect(await read(silent, item)).toBe('演出票 1 张');
  database.cut = true;
  const { destroyedAt, effectiveAt } = await here.destroyDayKey(TENANT, '2030-01-02', 'orders', ++entry);
  const waited = effectiveAt.getTime() - destroyedAt.getTime();
  expect(waited).toBeGreaterThan(1_000);
  expect(waited).toBeLessThanOrEqual(cacheFor + 1);
  // Its cache has lapsed, and it cannot ask: it reads nothing, whatever it remembers.
  await expect(read(silent, item)).rejects.toThrow('cut off');
  database.cut = false;
  expect(await read(silent, item)).toBe('-day-dead');
});

test('whoever is alone with the cluster signs off those that were killed: nobody waits for them', async () => {
  const database = cuttable(bench.cluster.database);
  const killed = await bench.keyring({ database });
  database.cut = true;
  const here = await bench.keyring({ alone: true });
  const { destroyedAt, effectiveAt } = await here.destroyDayKey(TENANT, '2030-03-03', 'orders', ++entry);
  expect(effectiveAt.getTime() - destroyedAt.getTime()).toBeLessThan(20_000);
  database.cut = false;
  await killed.close();
});

test('a key in use when its end is announced is waited for', async () => {
  const slow = { running: undefined as Promise<unknown> | undefined, go: () => undefined as void };
  const database: Database = {
    transaction: (work) =>
      bench.cluster.database.transaction((sql) =>
        work({
          ...sql,
          enter: sql.enter.bind(sql),
          afterCommit: sql.afterCommit.bind(sql),
          query: async <Row>(text: string, values?: readonly unknown[]) => {
            const rows = await sql.query<Row>(text, values);
            if (text.includes('keyring.resolve') && slow.running !== undefined) await slow.running;
            return rows;
          },
        }),
      ),
    within: (...given) => bench.cluster.database.within(...given),
  };
  const [here, user] = [await bench.keyring(), await bench.keyring({ database })];
  const subject = newSubject();
  const item = await sealed(here, part({ subject, time: on('2030-01-03') }));
  slow.running = new Promise<void>((resolve) => {
    slow.go = resolve;
  });
  const reading = read(user, item);
  await delay(100);
  let effective = false;
  const destroying = here.destroySubjectKeys(TENANT, subject, ['contract'], { entry: ++entry }).then(() => {
    effective = true;
  });
  await delay(300);
  expect(effective).toBe(false);
  slow.go();
  slow.running = undefined;
  expect(await reading).toBe('演出票 1 张');
  await destroying;
  // It was loaded before the eviction and came after it: it must not have been remembered.
  expect(await read(user, item)).toBe('-subject-key-dead');
});

test('the same entry again destroys nothing more and says the same', async () => {
  const here = await bench.keyring();
  const subject = newSubject();
  await sealed(here, part({ subject, compartment: 'consent.display', generation: 1, time: on('2030-01-04') }));
  const order = { entry: ++entry, generationAtMost: 2 };
  const first = await here.destroySubjectKeys(TENANT, subject, ['consent.display'], order);
  const after = await sealed(
    here,
    part({ subject, compartment: 'consent.display', generation: 3, time: on('2030-01-04') }),
  );
  expect(await here.destroySubjectKeys(TENANT, subject, ['consent.display'], order)).toEqual(first);
  expect(await read(here, after)).toBe('演出票 1 张');
  const day = await here.destroyDayKey(TENANT, '2030-01-04', 'orders', ++entry);
  expect(await here.destroyDayKey(TENANT, '2030-01-04', 'orders', entry)).toEqual(day);
  expect(await read(here, after)).toBe('-day-dead');
});

test('a process that closes is not waited for', async () => {
  const [here, leaving] = [await bench.keyring(), await bench.keyring()];
  const item = await sealed(here, part({ time: on('2030-01-05') }));
  await read(leaving, item);
  await leaving.close();
  const { destroyedAt, effectiveAt } = await here.destroyDayKey(TENANT, '2030-01-05', 'orders', ++entry);
  expect(effectiveAt.getTime() - destroyedAt.getTime()).toBeLessThan(20_000);
});

test('keys stay in memory for 60 s at most', async () => {
  await expect(bench.keyring({ cacheFor: 60_001 })).rejects.toMatchObject({ kind: 'invalid', field: 'cacheFor' });
});
