import { randomBytes } from 'node:crypto';
import type { Service } from '@lethe/contracts';
import {
  migrate,
  migrations,
  openServiceDatabase,
  prepareDatabases,
  TypeOrmDatabase,
  type DatabaseAddress,
  type Migrations,
} from '@lethe/platform';
import { startPostgres, type TestPostgres } from './test-postgres.ts';

export interface TestDatabaseOptions {
  /** Migrations of a service: its database has the foundation (messaging, tenants, lease), logins and row-level security. */
  readonly migrations?: Migrations;
  /** Instead of a service's: statements run once by the owner in an empty database without tenants. */
  readonly statements?: readonly string[];
  /** A server that is there already: several databases on one. */
  readonly postgres?: TestPostgres;
  readonly poolSize?: number;
  /** Of the server, over ours, where it has none yet. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A database of its own on a real PostgreSQL. */
export interface TestDatabase {
  /** Under the service's login: row-level security holds. */
  readonly database: TypeOrmDatabase;
  /** Under the owner's login: to look behind the curtain (forced row-level security holds for it, too). */
  readonly owner: TypeOrmDatabase;
  /** Under the administrator's: sees everything, for assertions only. */
  readonly admin: TypeOrmDatabase;
  readonly addresses: {
    readonly login: DatabaseAddress;
    readonly owner: DatabaseAddress;
    readonly admin: DatabaseAddress;
  };
  /** 32 bytes with which tenants are signed. */
  readonly tenantSecret: Buffer;
  readonly postgres: TestPostgres;
  stop(): Promise<void>;
}

let counter = 0;

/** A migrated database for one spec file: `beforeAll(async () => { test = await startDatabase({ migrations }) })`, `afterAll(() => test.stop())`. */
export async function startDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { settings = {} } = options;
  const postgres = options.postgres ?? (await startPostgres({ settings }));
  const kind: Service | 'keyring' | 'log' | 'plain' = options.migrations?.database ?? 'plain';
  counter += 1;
  const name = `lethe_${kind}_${String(counter)}`;
  const server = postgres.server.admin;
  const owner: DatabaseAddress = { ...server, database: name, user: `${name}_owner`, password: 'owner' };
  const login: DatabaseAddress = { ...server, database: name, user: name, password: 'login' };
  await prepareDatabases(server, [{ database: name, owner, login }]);
  const tenantSecret = randomBytes(32);
  const pool = { poolSize: options.poolSize ?? 10 };
  let database: TypeOrmDatabase;
  if (kind === 'plain') {
    const statements = options.statements ?? [];
    await migrate(owner, [migrations('log', [{ number: 1_700_000_000_000, name: 'plain', statements }])], tenantSecret);
    database = await TypeOrmDatabase.open(login, { ...pool, tenantSecret });
  } else {
    database = await openServiceDatabase({ owner, login }, options.migrations!, { ...pool, tenantSecret });
  }
  const asOwner = await TypeOrmDatabase.open(owner, { poolSize: 2, tenantSecret });
  const asAdmin = await TypeOrmDatabase.open({ ...server, database: name }, { poolSize: 2, tenantSecret });
  return {
    database,
    owner: asOwner,
    admin: asAdmin,
    addresses: { login, owner, admin: { ...server, database: name } },
    tenantSecret,
    postgres,
    stop: async () => {
      await Promise.all([database.close(), asOwner.close(), asAdmin.close()]);
      if (options.postgres === undefined) await postgres.stop();
    },
  };
}
