import pg from 'pg';
import type { DatabaseAddress } from './address.ts';
import { sqlFault } from './sql-fault.ts';

/** One database to exist, its owner (runs migrations, owns every table) and its service's login (owns nothing). */
export interface DatabasePlan {
  readonly database: string;
  readonly owner: { readonly user: string; readonly password: string };
  readonly login: { readonly user: string; readonly password: string };
  /** Further logins that may connect: the keyring's quarantine login. They get no rights here. */
  readonly others?: readonly { readonly user: string; readonly password: string }[];
}

/** No server, ours or theirs, writes into its log what a statement of Lethe carried. */
const QUIET = [
  ['log_min_messages', 'log'],
  ['log_min_error_statement', 'panic'],
  ['log_error_verbosity', 'terse'],
  ['log_statement', 'none'],
  ['log_min_duration_statement', '-1'],
  ['log_parameter_max_length', '0'],
  ['log_parameter_max_length_on_error', '0'],
] as const;

const PREPARE_LOCK = 7_420_001;

/**
 * The administrator's step: roles and databases, one database and two logins per service. May run any number of times,
 * and from several replicas at once. Nobody but owner and login may connect to a service's database.
 */
export async function prepareDatabases(admin: DatabaseAddress, plans: readonly DatabasePlan[]): Promise<void> {
  const client = new pg.Client({ ...admin, application_name: 'lethe-prepare', connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [PREPARE_LOCK]);
    await role(client, 'lethe_service', 'nologin nosuperuser nobypassrls nocreatedb nocreaterole');
    for (const plan of plans) {
      await login(client, plan.owner);
      await login(client, plan.login);
      for (const other of plan.others ?? []) await login(client, other);
      await client.query(`grant lethe_service to ${pg.escapeIdentifier(plan.login.user)}`);
      await database(client, plan);
    }
  } catch (error) {
    throw sqlFault(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function role(client: pg.Client, name: string, attributes: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
  await client.query(`${rowCount === 0 ? 'create' : 'alter'} role ${pg.escapeIdentifier(name)} ${attributes}`);
}

async function login(client: pg.Client, { user, password }: { user: string; password: string }): Promise<void> {
  const name = pg.escapeIdentifier(user);
  await role(client, user, 'login nosuperuser nobypassrls nocreatedb nocreaterole noreplication inherit');
  // A statement of this kind takes no parameters; the server must not log it (log_statement stays `none`).
  await client.query(`alter role ${name} password ${pg.escapeLiteral(password)}`);
  await client.query(`alter role ${name} set idle_in_transaction_session_timeout = '30s'`);
  await client.query(`alter role ${name} set lock_timeout = '3s'`);
  for (const [setting, value] of QUIET) {
    try {
      await client.query(`alter role ${name} set ${setting} = ${pg.escapeLiteral(value)}`);
    } catch (error) {
      // An administrator who is no superuser may not: then the server's own configuration must say so (runbook).
      if ((error as { code?: string }).code !== '42501') throw error;
    }
  }
}

async function database(client: pg.Client, { database, owner, login, others = [] }: DatabasePlan): Promise<void> {
  const name = pg.escapeIdentifier(database);
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  if (rowCount === 0) await client.query(`create database ${name} owner ${pg.escapeIdentifier(owner.user)}`);
  await client.query(`revoke all on database ${name} from public`);
  for (const { user } of [login, ...others])
    await client.query(`grant connect on database ${name} to ${pg.escapeIdentifier(user)}`);
}
