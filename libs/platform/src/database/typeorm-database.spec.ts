import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { startDatabase, type TestDatabase } from '@lethe/testing';
import { migrate } from './migrate.ts';
import { migrationOf, migrations, plainTable } from './migrations.ts';
import { prepareDatabases } from './prepare.ts';
import { TypeOrmDatabase } from './typeorm-database.ts';

let db: TestDatabase;
const MARKER = '张三13812345678';

beforeAll(async () => {
  db = await startDatabase({
    statements: [
      'create table thing (id int primary key, big bigint, day date, at timestamptz, bytes bytea, name text unique check (length(name) < 20), owner int references thing (id))',
      ...plainTable('thing'),
    ],
  });
});
afterAll(() => db.stop());

test('values come as numbers, days, instants and bytes', async () => {
  const [read] = await db.database.transaction((sql) =>
    sql.query(
      `select 9007199254740991::bigint as big, '2028-02-29'::date as day, 'epoch'::timestamptz as at, '\\x00ff'::bytea as bytes`,
    ),
  );
  expect(read).toEqual({ big: 9007199254740991, day: '2028-02-29', at: new Date(0), bytes: Buffer.from([0, 255]) });
  await expect(db.database.transaction((sql) => sql.query('select 9007199254740993::bigint'))).rejects.toThrow();
});

test('what follows a commit runs after it, and never after a rollback', async () => {
  const seen: string[] = [];
  await db.database.transaction(async (sql) => {
    sql.afterCommit(() => seen.push('committed'));
    await sql.query('select 1');
    expect(seen).toEqual([]);
  });
  await db.database
    .transaction(async (sql) => {
      sql.afterCommit(() => seen.push('never'));
      await sql.query('insert into thing (id) values (77)');
      throw new Error('undone');
    })
    .catch(() => undefined);
  expect(seen).toEqual(['committed']);
  expect(await db.database.transaction((sql) => sql.query('select from thing where id = 77'))).toEqual([]);
});

test.each([
  [
    'a unique value',
    `insert into thing (id, name) values (2, $1), (3, $1)`,
    { kind: 'conflict', sqlState: '23505', constraint: 'thing_name_key' },
  ],
  [
    'a check',
    `insert into thing (id, name) values (4, $1 || 'xxxxxxxxxxxxxxxxxxxx')`,
    { sqlState: '23514', constraint: 'thing_name_check' },
  ],
  ['a wrong type', `insert into thing (id) values ($1::text::int)`, { sqlState: '22P02' }],
  ['a mistake of ours', `select $1::text from nowhere`, { sqlState: '42P01' }],
] as const)('I49: %s that fails says a code and a constraint, and no value', async (_, statement, expected) => {
  const error = await db.database
    .transaction((sql) => sql.query(statement, [MARKER]))
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject(expected);
  const told = `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}${String((error as Error).stack)}`;
  expect(told).not.toContain('13812345678');
  expect(readFileSync(join(db.postgres.folder, 'server.log'), 'utf8')).not.toContain('13812345678');
});

test('a transaction that asks nothing costs nothing, and what follows its commit runs', async () => {
  const seen: string[] = [];
  const stopped = await TypeOrmDatabase.open(db.addresses.login, { poolSize: 1 });
  await stopped.transaction((sql) => (sql.afterCommit(() => seen.push('committed')), Promise.resolve()));
  expect(seen).toEqual(['committed']);
  // Its one connection was left outside any transaction.
  const [outside] = await stopped.transaction((sql) =>
    sql.query('select now() - xact_start as since, state from pg_stat_activity where pid = pg_backend_pid()'),
  );
  expect(outside).toMatchObject({ state: 'active' });
  await stopped.close();
});

test('what is asked at once in one transaction is answered in its order, also behind a failure', async () => {
  const answers = await db.database
    .transaction((sql) =>
      Promise.allSettled([sql.query('select 1 as n'), sql.query('select 1 / 0 as n'), sql.query('select 3 as n')]).then(
        (settled) => {
          throw Object.assign(new Error('seen'), { settled });
        },
      ),
    )
    .catch((error: unknown) => (error as { settled: PromiseSettledResult<unknown>[] }).settled);
  expect(answers).toMatchObject([
    { status: 'fulfilled', value: [{ n: 1 }] },
    { status: 'rejected', reason: { sqlState: '22012' } },
    { status: 'rejected', reason: { sqlState: '25P02' } },
  ]);
  expect(await db.database.transaction((sql) => sql.query('select 4 as n'))).toEqual([{ n: 4 }]);
});

test('a lock that does not come is given up after 3 s, and can be tried again', async () => {
  await db.database.transaction(async (sql) => {
    await sql.query('lock table thing');
    const started = Date.now();
    await expect(db.database.transaction((other) => other.query('select from thing'))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'platform/try-again',
      sqlState: '55P03',
    });
    expect(Date.now() - started).toBeLessThan(6_000);
  });
});

test('limits stand on every connection', async () => {
  const [limits] = await db.database.transaction((sql) =>
    sql.query(
      `select current_setting('statement_timeout') as s, current_setting('lock_timeout') as l, current_setting('idle_in_transaction_session_timeout') as i`,
    ),
  );
  expect(limits).toEqual({ s: '10s', l: '3s', i: '30s' });
});

test('a database that is not there is unavailable, not a mistake', async () => {
  const error = await TypeOrmDatabase.open({ ...db.addresses.login, port: 1 }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Fault);
  expect(error).toMatchObject({ kind: 'unavailable' });
  expect(inspect(error)).not.toContain(db.addresses.login.password);
});

test('replicas that start together prepare and migrate once', async () => {
  const { owner, admin } = db.addresses;
  const plan = {
    database: 'lethe_race',
    owner: { user: 'race_owner', password: 'owner' },
    login: { user: 'race', password: 'login' },
  };
  await Promise.all(Array.from({ length: 4 }, () => prepareDatabases({ ...admin, database: 'postgres' }, [plan])));
  const steps = [
    {
      number: 1_800_000_000_001,
      name: 'once',
      statements: ['create table once (id int)', 'insert into once values (1)'],
    },
  ];
  const at = { ...owner, database: 'lethe_race', ...plan.owner };
  await Promise.all(Array.from({ length: 4 }, () => migrate(at, [{ database: 'log', steps: steps.map(migrationOf) }])));
  const raced = await TypeOrmDatabase.open(at);
  expect(await raced.transaction((sql) => sql.query('select count(*) as n from once'))).toEqual([{ n: 1 }]);
  await raced.close();
});

test('a step that fails leaves nothing of the steps before it', async () => {
  const plan = {
    database: 'lethe_half',
    owner: { user: 'half_owner', password: 'owner' },
    login: { user: 'half', password: 'login' },
  };
  await prepareDatabases({ ...db.addresses.admin, database: 'postgres' }, [plan]);
  const at = { ...db.addresses.owner, database: 'lethe_half', ...plan.owner };
  const broken = migrations('log', [
    { number: 1_800_000_000_001, name: 'first', statements: ['create table first (id int)'] },
    { number: 1_800_000_000_002, name: 'second', statements: ['create table second (id nonsense)'] },
  ]);
  await expect(migrate(at, [broken])).rejects.toMatchObject({ sqlState: '42704' });
  const half = await TypeOrmDatabase.open(at);
  expect(
    await half.transaction((sql) => sql.query(`select from pg_tables where tablename in ('first', 'second')`)),
  ).toEqual([]);
  await half.close();
});

test('a failed statement that was overlooked undoes the transaction, and says so', async () => {
  const seen: string[] = [];
  const overlooked = db.database.transaction(async (sql) => {
    await sql.query('insert into thing (id) values (50)');
    await sql.query('select 1 / 0').catch(() => undefined);
    sql.afterCommit(() => seen.push('committed'));
  });
  await expect(overlooked).rejects.toMatchObject({ sqlState: '25P02' });
  expect(seen).toEqual([]);
});

test('a connection that breaks in the middle is not handed out again', async () => {
  const broken = db.database.transaction(async (sql) => {
    await sql.query('select pg_terminate_backend(pg_backend_pid())');
  });
  await expect(broken).rejects.toMatchObject({ kind: 'unavailable' });
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => db.database.transaction((sql) => sql.query('select 1 as one'))),
  );
  expect(answers.flat()).toHaveLength(12);
});

test('who asks a database that has been closed is told that it is away', async () => {
  const closed = await TypeOrmDatabase.open(db.addresses.login);
  await closed.close();
  await expect(closed.transaction((sql) => sql.query('select 1'))).rejects.toMatchObject({ kind: 'unavailable' });
});

test('who asks while it closes, behind what is still under way, is told the same', async () => {
  const closing = await TypeOrmDatabase.open(db.addresses.login, { poolSize: 2 });
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held = closing.transaction(async (sql) => {
    await sql.query('select 1');
    begun.resolve();
    await gate.promise;
    return sql.query('select 2 as two');
  });
  await begun.promise;
  const closed = closing.close();
  await expect(closing.transaction((sql) => sql.query('select 1'))).rejects.toMatchObject({
    ...{ kind: 'unavailable', code: 'platform/database-unavailable' },
  });
  gate.resolve();
  expect(await held).toEqual([{ two: 2 }]);
  await closed;
});
