import { steady } from '@lethe/kernel';
import { startPostgres, type TestPostgres } from '@lethe/testing';
import { SteadyClient } from './steady-client.ts';

let server: TestPostgres;
let client: SteadyClient;
beforeAll(async () => {
  server = await startPostgres();
  client = new SteadyClient({ ...server.server.admin });
  await client.connect();
}, 120_000);
afterAll(async () => {
  await client.end();
  await server.stop();
});

const kept = async () =>
  (await client.query<{ statement: string }>('select statement from pg_prepared_statements')).rows.map(
    ({ statement }) => statement,
  );

test('a steady statement is planned once a connection, and answers as any other', async () => {
  const SUM = steady('select $1::int + $2::int as sum');
  for (const [a, b] of [
    [1, 2],
    [3, 4],
  ])
    expect((await client.query(SUM, [a, b])).rows).toEqual([{ sum: a! + b! }]);
  expect((await client.query('select $1::int - $2::int as rest', [3, 1])).rows).toEqual([{ rest: 2 }]);
  expect(await kept()).toEqual([SUM]);
});

test('one that fails is not kept, and fails again', async () => {
  const NOWHERE = steady('select $1::int as n from nowhere');
  for (let times = 0; times < 2; times += 1)
    await expect(client.query(NOWHERE, [1])).rejects.toMatchObject({ code: '42P01' });
  expect(await kept()).not.toContain(NOWHERE);
});

test('a transaction that is given up leaves what it planned good for the next', async () => {
  const ONE = steady('select 1 / $1::int as n');
  await client.query('start transaction');
  await expect(client.query(ONE, [0])).rejects.toMatchObject({ code: '22012' });
  await client.query('rollback');
  expect((await client.query(ONE, [1])).rows).toEqual([{ n: 1 }]);
});
