import { afterAll, beforeAll } from '@jest/globals';
import { migrations, plainTable } from '@lethe/platform';
import { startDatabase, type TestDatabase } from '@lethe/testing';
import pg from 'pg';
import { SLOTS, type LogSource } from './bench.contract.ts';
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
