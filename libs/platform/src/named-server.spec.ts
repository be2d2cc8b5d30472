import { expect, test } from '@jest/globals';
import { Fault } from '@lethe/kernel';
import { SqlFault } from './database/sql-fault.ts';
import { kafkaOf, needing, postgresOf } from './named-server.ts';

const data = postgresOf('data', {
  host: 'db.internal',
  port: 5433,
  admin: { host: 'db.internal', port: 5433, database: 'postgres', user: 'root-of-it', password: 'not-to-be-said' },
});
const failing = (error: Error) => () => Promise.reject(error);

test.each([
  ['ECONNREFUSED', 'SQLSTATE ECONNREFUSED'],
  ['28P01', 'the login is not there yet, or its password is another, SQLSTATE 28P01'],
  ['3D000', 'the database is not there yet, SQLSTATE 3D000'],
])(
  'a database that is not there (%s) is named with its place and its setting, without its login',
  async (state, words) => {
    const fault = new SqlFault('unavailable', 'platform/database-unavailable', state);
    await expect(needing(data, failing(fault))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'platform/database-unavailable',
      message: `PostgreSQL of the data at db.internal:5433 (LETHE_DATA_URL): ${words}`,
    });
  },
);

test('a broker is named by the listener that was asked', async () => {
  const fault = new Fault('unavailable', 'messaging/log-down', 'the event log cannot be reached');
  await expect(needing(kafkaOf(['a:9092', 'b:9092']), failing(fault))).rejects.toThrow(
    'Kafka at a:9092,b:9092 (LETHE_KAFKA): the event log cannot be reached',
  );
  await expect(needing(kafkaOf(['a:9092'], 'a:9094'), failing(fault))).rejects.toThrow(
    'Kafka at a:9094 (LETHE_KAFKA_ADMIN)',
  );
});

test('what is wrong for another reason passes as it is', async () => {
  const fault = new Fault('conflict', 'platform/root-differs', 'the root of this home is a file, and stays one');
  await expect(needing(data, failing(fault))).rejects.toBe(fault);
  await expect(needing(data, () => Promise.resolve(7))).resolves.toBe(7);
});
