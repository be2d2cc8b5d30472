import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { migrations } from '@lethe/platform';
import { startDatabase, type TestDatabase } from '@lethe/testing';
import { forgetHeard } from './heard.ts';
import { PositionStore } from './position-store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase({ migrations: migrations('consent', []) });
});
beforeEach(() => database.admin.transaction((sql) => sql.query('delete from heard')));
afterAll(() => database.stop());

const hour = (hours: number) => new Date(Date.UTC(2026, 10, 22, hours));
const hear = (first: number, ids: readonly string[], last = first + ids.length - 1) =>
  database.database.transaction((sql) =>
    sql.query(
      'insert into heard (consumer, topic, slot, incarnation, first, last, ids, at) values ($1, $2, 0, $3, $4, $5, $6, $7)',
      ['c', 't', 'one', first, last, ids, hour(1)],
    ),
  );

test('ids heard one at a time are gathered, and each is still known under its number; a gap that was passed over stays one', async () => {
  for (let number = 1; number <= 20; number += 1) await hear(number, [`id-${number}`]);
  await hear(21, [], 30);
  for (let number = 31; number <= 40; number += 1) await hear(number, [`id-${number}`]);
  await database.database.transaction((sql) => forgetHeard(sql, 'c', hour(0), hour(2)));
  const [rows] = await database.admin.transaction((sql) =>
    sql.query<{ count: number }>('select count(*)::int as count from heard'),
  );
  expect(rows!.count).toBe(3);
  const store = new PositionStore('c', 't', 0);
  const numbers = Array.from({ length: 41 }, (_, index) => index + 1);
  const heard = await database.database.transaction((sql) => store.heard(sql, 'one', numbers));
  for (const number of numbers.slice(0, 40))
    expect(heard.get(number)).toBe(number > 20 && number <= 30 ? '' : `id-${number}`);
  expect(heard.has(41)).toBe(false);
  await database.database.transaction((sql) => forgetHeard(sql, 'c', hour(2), hour(2)));
  expect((await database.database.transaction((sql) => store.heard(sql, 'one', numbers))).size).toBe(0);
});
