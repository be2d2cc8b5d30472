import { DataSource } from 'typeorm';
import type { DatabaseAddress } from './address.ts';
import type { Migrations } from './migrations.ts';
import { sqlFault } from './sql-fault.ts';
import { hmacPads, TENANT_GUARD } from './tenant-claim.ts';
import { dataSource } from './typeorm-database.ts';

const MIGRATE_LOCK = 7_420_002;

/**
 * Brings one database to the newest step, under the owner's login, all steps or none. Replicas that start together wait
 * for one another. The tenant secret is stored anew each time, so that exchanging the file exchanges it.
 */
export async function migrate(
  owner: DatabaseAddress,
  all: readonly Migrations[],
  tenantSecret?: Buffer,
  /** Run after every migration, even when none was new: grants to logins, whose names are no part of a schema. */
  always: readonly string[] = [],
): Promise<void> {
  const base = dataSource(owner, { poolSize: 2, applicationName: 'lethe-migrate', statementTimeoutMs: 0 });
  const source = new DataSource({
    ...base.options,
    migrations: all.flatMap(({ steps }) => [...steps]),
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'all',
  });
  try {
    await source.initialize();
    const runner = source.createQueryRunner();
    try {
      await runner.query('set lock_timeout = 0');
      await runner.query('select pg_advisory_lock($1)', [MIGRATE_LOCK]);
      await guard(runner, tenantSecret);
      await source.runMigrations({ transaction: 'all' });
      for (const statement of always) await runner.query(statement);
      await runner.query('select pg_advisory_unlock($1)', [MIGRATE_LOCK]);
    } finally {
      await runner.release();
    }
  } catch (error) {
    throw sqlFault(error);
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}

async function guard(
  runner: { query(text: string, values?: unknown[]): Promise<unknown> },
  tenantSecret?: Buffer,
): Promise<void> {
  await runner.query('revoke create on schema public from public');
  await runner.query('grant usage on schema public to lethe_service');
  for (const statement of TENANT_GUARD) await runner.query(statement);
  if (tenantSecret === undefined) return;
  const { inner, outer } = hmacPads(tenantSecret);
  await runner.query(
    `insert into lethe.tenant_secret (inner_pad, outer_pad) values ($1, $2)
     on conflict (only_one) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad
       where tenant_secret.inner_pad is distinct from excluded.inner_pad`,
    [inner, outer],
  );
}
