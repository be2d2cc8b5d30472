import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tenantId, type Transaction } from '@lethe/kernel';
import { startDatabase, type TestDatabase } from '@lethe/testing';
import pg from 'pg';
import { checkLogin } from './check-login.ts';
import { migrations, tenantTable } from './migrations.ts';
import { TypeOrmDatabase } from './typeorm-database.ts';

/** Each way around row security that is known, on a real PostgreSQL. */
const NOTES = migrations('consent', [
  {
    number: 1_800_000_000_000,
    name: 'notes',
    statements: [
      'create table note (tenant text not null, id int not null, body text, primary key (tenant, id))',
      ...tenantTable('note'),
      'create table answer (tenant text not null, note int not null, foreign key (tenant, note) references note (tenant, id))',
      ...tenantTable('answer'),
      'create view noted with (security_invoker = true) as select tenant, id from note',
      'grant select on noted to lethe_service',
    ],
  },
]);
const A = tenantId('a-tenant');
const B = tenantId('b-tenant');
let db: TestDatabase;

const all = (sql: Transaction) => sql.query<{ tenant: string; id: number }>('select tenant, id from note order by id');

beforeAll(async () => {
  db = await startDatabase({ migrations: NOTES });
  await db.database.within(A, (sql) => sql.query('insert into note values ($1, 1, $2)', [A, 'of A']));
  await db.database.within(B, (sql) => sql.query('insert into note values ($1, 2, $2)', [B, 'of B']));
});
afterAll(() => db.stop());

describe('I44: in the context of one tenant', () => {
  test('only its rows are read, counted, changed or deleted', async () => {
    expect(await db.database.within(A, all)).toEqual([{ tenant: A, id: 1 }]);
    expect(
      await db.database.within(A, (sql) => sql.query(`update note set body = 'x' where id = 2 returning id`)),
    ).toEqual([]);
    expect(await db.database.within(A, (sql) => sql.query('delete from note where id = 2 returning id'))).toEqual([]);
    expect(await db.database.within(B, all)).toEqual([{ tenant: B, id: 2 }]);
  });

  test('no row can be written for another', async () => {
    await expect(
      db.database.within(A, (sql) => sql.query('insert into note values ($1, 9, null)', [B])),
    ).rejects.toMatchObject({ kind: 'forbidden', sqlState: '42501' });
    await expect(db.database.within(A, (sql) => sql.query('update note set tenant = $1', [B]))).rejects.toMatchObject({
      kind: 'forbidden',
    });
  });

  test('row 7: a unique index says nothing of another tenant', async () => {
    await db.database.within(A, (sql) => sql.query('insert into note values ($1, 2, null)', [A]));
    await db.database.within(A, (sql) => sql.query('delete from note where id = 2'));
    expect(await db.database.within(B, all)).toHaveLength(1);
  });

  test('row 8: a foreign key does not find another tenant’s row', async () => {
    await expect(
      db.database.within(A, (sql) => sql.query('insert into answer values ($1, 2)', [A])),
    ).rejects.toMatchObject({ sqlState: '23503' });
  });

  test('row 3: a view shows no more than its reader may see', async () => {
    expect(await db.database.within(A, (sql) => sql.query('select id from noted'))).toEqual([{ id: 1 }]);
    const [bare] = await db.admin.transaction((sql) =>
      sql.query<{ n: number }>(
        `select count(*) as n from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace and not coalesce(reloptions @> '{security_invoker=true}', false)`,
      ),
    );
    expect(bare).toEqual({ n: 0 });
  });
});

test('row 1: the owner of the tables sees nothing either without a tenant', async () => {
  expect(await db.owner.transaction(all)).toEqual([]);
});

describe('row 2: a login for which row security would not hold is refused at start', () => {
  const spoil = (statement: string) => db.admin.transaction((sql) => sql.query(statement));
  test('BYPASSRLS', async () => {
    await spoil('alter role lethe_consent_1 bypassrls');
    await expect(checkLogin(db.database)).rejects.toMatchObject({ code: 'platform/login-too-mighty' });
    await spoil('alter role lethe_consent_1 nobypassrls');
    await checkLogin(db.database);
  });
  test('an owner of tables', async () => {
    await spoil('create table public.mine (id int)');
    await spoil('alter table public.mine owner to lethe_consent_1');
    await expect(checkLogin(db.database)).rejects.toMatchObject({ code: 'platform/login-owns-tables' });
    await spoil('drop table public.mine');
  });
  test('a table with a tenant and no forced security', async () => {
    await spoil('create table public.bare (tenant text)');
    await spoil('grant select on public.bare to lethe_service');
    await expect(checkLogin(db.database)).rejects.toMatchObject({ code: 'platform/table-without-row-security' });
    await spoil('drop table public.bare');
  });
  test('a right to truncate', async () => {
    await spoil('grant truncate on public.note to lethe_service');
    await expect(checkLogin(db.database)).rejects.toMatchObject({ code: 'platform/login-may-truncate' });
    await spoil('revoke truncate on public.note from lethe_service');
  });
  test('a superuser', async () => {
    await expect(checkLogin(db.admin)).rejects.toMatchObject({ code: 'platform/login-too-mighty' });
  });
});

describe('I45: a connection handed out has no tenant', () => {
  test('rows 4 and 6: after a transaction, after a rollback, on every connection of the pool', async () => {
    await db.database.within(A, all);
    await db.database.within(A, () => Promise.reject(new Error('undone'))).catch(() => undefined);
    const seen = await Promise.all(Array.from({ length: 10 }, () => db.database.transaction(all)));
    expect(seen.flat()).toEqual([]);
  });

  test('row 5: a statement after the end of its transaction does not run', async () => {
    let kept: Transaction | undefined;
    await db.database.within(A, (sql) => Promise.resolve((kept = sql)));
    await expect(all(kept!)).rejects.toThrow('this transaction has ended');
  });

  test('tenants of transactions that run side by side do not mix', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => db.database.within(n % 2 === 0 ? A : B, all)),
    );
    expect(answers.every((rows, n) => rows.length === 1 && rows[0]!.tenant === (n % 2 === 0 ? A : B))).toBe(true);
  });
});

describe('row 9: a tenant that is not signed', () => {
  const forge = (value: string) =>
    db.database.within(A, async (sql) => {
      await sql.query(`select set_config('lethe.tenant', $1, true)`, [value]);
      return all(sql);
    });
  const claimOf = (tenant: typeof A) =>
    db.database.within(tenant, async (sql) => {
      const [row] = await sql.query<{ claim: string; pid: number }>(
        `select current_setting('lethe.tenant') as claim, pg_backend_pid() as pid`,
      );
      return row!;
    });

  test.each(['b-tenant', 'b-tenant.', `b-tenant.${'0'.repeat(64)}`, '.', 'b-tenant.x.y'])(
    '%s shows nothing and fails',
    async (value) => {
      await expect(forge(value)).rejects.toMatchObject({ sqlState: '42501' });
    },
  );

  test('the signature of one tenant does not serve for another', async () => {
    const { claim } = await claimOf(A);
    await expect(forge(claim.replace(A, B))).rejects.toMatchObject({ sqlState: '42501' });
  });

  test('a claim seen on one connection is worth nothing on another', async () => {
    const { claim, pid } = await claimOf(B);
    const busy = Array.from({ length: 9 }, () =>
      db.database.transaction((sql) => sql.query<{ pid: number }>('select pg_backend_pid() as pid, pg_sleep(0.2)')),
    );
    const outcomes = await Promise.allSettled([forge(claim), ...busy]);
    const used = (outcomes.slice(1) as PromiseFulfilledResult<{ pid: number }[]>[]).map(({ value }) => value[0]!.pid);
    // Unless the pool happened to hand out the very connection, the claim is refused.
    if (used.includes(pid)) expect(outcomes[0]).toMatchObject({ status: 'rejected' });
    const client = new pg.Client(db.addresses.login);
    await client.connect();
    await client.query('begin');
    await client.query(`select set_config('lethe.tenant', $1, true)`, [claim]);
    await expect(client.query('select from note')).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  test('the secret cannot be read by the service', async () => {
    await expect(
      db.database.transaction((sql) => sql.query('select * from lethe.tenant_secret')),
    ).rejects.toMatchObject({ sqlState: '42501' });
  });

  test('the function cannot be replaced, nor shadowed by the search path', async () => {
    await expect(
      db.database.transaction((sql) =>
        sql.query(
          `create or replace function lethe.current_tenant() returns text language sql as $$ select 'b-tenant' $$`,
        ),
      ),
    ).rejects.toMatchObject({ sqlState: '42501' });
    await expect(
      db.database.transaction((sql) =>
        sql.query('create function public.sha256(bytea) returns bytea language sql as $$ select $1 $$'),
      ),
    ).rejects.toMatchObject({ sqlState: '42501' });
  });
});

test('row 10: nothing is truncated by a service', async () => {
  await expect(db.database.within(A, (sql) => sql.query('truncate note'))).rejects.toMatchObject({ sqlState: '42501' });
});

test('nobody connects to a database that is not theirs', async () => {
  const other = await startDatabase({ migrations: migrations('erasure', []), postgres: db.postgres });
  await expect(
    TypeOrmDatabase.open({
      ...other.addresses.login,
      user: db.addresses.login.user,
      password: db.addresses.login.password,
    }),
  ).rejects.toMatchObject({ sqlState: '42501' });
  await other.stop();
});

test('the tenant is judged once in a statement, not once in a row', async () => {
  const plan = await db.database.within(A, (sql) => sql.query<{ 'QUERY PLAN': string }>('explain select * from note'));
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/InitPlan/);
});
