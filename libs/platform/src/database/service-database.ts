import type { DatabaseAddress } from './address.ts';
import { checkLogin } from './check-login.ts';
import { FOUNDATION } from './foundation.ts';
import { migrate } from './migrate.ts';
import { migrationOf, type Migrations } from './migrations.ts';
import { TypeOrmDatabase, type DatabaseOptions } from './typeorm-database.ts';

/** The two ways into one service's database. */
export interface ServiceAddresses {
  /** Runs migrations. A replica that is not given it waits for another's. */
  readonly owner?: DatabaseAddress;
  readonly login: DatabaseAddress;
}

/** Migrates a service's database (foundation first) and opens it under the service's login, having checked that login. */
export async function openServiceDatabase(
  addresses: ServiceAddresses,
  own: Migrations,
  options: DatabaseOptions & { readonly tenantSecret: Buffer },
): Promise<TypeOrmDatabase> {
  if (addresses.owner !== undefined) {
    await migrate(
      addresses.owner,
      [{ database: own.database, steps: FOUNDATION.map(migrationOf) }, own],
      options.tenantSecret,
    );
  }
  const database = await TypeOrmDatabase.open(addresses.login, options);
  try {
    await checkLogin(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}
