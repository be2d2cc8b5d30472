import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrations, plainTable } from '@lethe/platform';
import { eventually, startDatabase, type TestDatabase } from '@lethe/testing';
import pg from 'pg';
import { Bench, personIn, recordOf, SLOTS, TOPIC, type LogSource } from './bench.contract.ts';
import { EmbeddedEventLog, embeddedLogTables } from './embedded-event-log.ts';
import { eventLogContract } from './event-log.contract.ts';
import { messagingContract } from './messaging.contract.ts';

/** Each test has the tables to itself, and finds them empty. */
const emptied = new Set<string>();
const over = (pool: pg.Pool): LogSource => ({
  open: async (name) => {
    if (!emptied.has(name))
      await pool.query('delete from event_log').then(() => pool.query('delete from event_log_end'));
    emptied.add(name);
    return new EmbeddedEventLog({ pool, slots: SLOTS, pollMs: 50 });
  },
});

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await startDatabase({
    migrations: migrations('log', [
      {
        number: 1_763_769_600_000,
        name: 'log',
        statements: [embeddedLogTables, ...plainTable('event_log'), ...plainTable('event_log_end')],
      },
    ]),
  });
  pool = new pg.Pool(database.addresses.login);
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});

eventLogContract(() => over(pool));
messagingContract(
  () =>
    ({ pool: own }) =>
      over(own),
);

test('a log that was made anew is read from its beginning: numbers count, not offsets', async () => {
  const bench = await Bench.start(({ pool: own }) => over(own));
  try {
    await bench.fresh();
    const subject = personIn(0);
    const first = await bench.consumer();
    await bench.log.append(
      TOPIC,
      0,
      [1, 2, 3].map((number) => recordOf(number, { subject })),
    );
    await bench.effected(3);
    await first.stop();
    await bench.admin('truncate event_log, event_log_end');
    const anew = await bench.open();
    await bench.consumer({ log: anew });
    await anew.append(TOPIC, 0, [recordOf(4, { subject })]);
    expect((await bench.effected(4)).map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  } finally {
    await bench.quiet();
    await bench.stop();
  }
});

test('what another process appends is found by looking, in order with what is appended here', async () => {
  const here = new EmbeddedEventLog({ pool, slots: SLOTS, pollMs: 20 });
  const there = new EmbeddedEventLog({ pool, slots: SLOTS, pollMs: 20 });
  const seen: number[] = [];
  await here.subscribe('reader', ['lethe.two'], {
    from: () => Promise.resolve(undefined),
    read: ({ records }) => {
      seen.push(...records.map(({ number }) => number));
      return Promise.resolve({ kind: 'go-on', next: records.at(-1)!.offset + 1n });
    },
  });
  for (let number = 1; number <= 60; number += 1)
    await (number % 3 === 0 ? here : there).append('lethe.two', 0, [recordOf(number, {})]);
  await eventually(() => seen.length >= 60, { what: 'all of them' });
  expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  await Promise.all([here.close(), there.close()]);
});
