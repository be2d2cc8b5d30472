import { createSecretKey, type KeyObject } from 'node:crypto';
import { Fault, type Database, type TenantId, type Transaction } from '@lethe/kernel';
import type pg from 'pg';
import { DataSource, type Logger } from 'typeorm';
import type { DatabaseAddress } from './address.ts';
import { POSTGRES_TYPES } from './postgres-types.ts';
import { sqlFault, SqlMistake } from './sql-fault.ts';
import { SteadyClient } from './steady-client.ts';
import { tenantClaim } from './tenant-claim.ts';

export interface DatabaseOptions {
  /** 32 bytes, the same as in `lethe.tenant_secret`; absent for a database without tenants. */
  readonly tenantSecret?: Buffer;
  readonly poolSize?: number;
  readonly applicationName?: string;
  /** Told when an idle connection breaks; nothing else is known of it. */
  readonly onConnectionLost?: () => void;
  /** Looked at on every new connection, before anybody uses it. @throws to have it closed, and whoever asked for it told so */
  readonly onConnect?: (client: pg.ClientBase) => Promise<void>;
  /** Why nobody may use the database now; undefined: they may. */
  readonly refuse?: () => Fault | undefined;
  /** Milliseconds; 10 s unless said. */
  readonly statementTimeoutMs?: number;
}

/**
 * The kernel's `Database` over a TypeORM data source. No entity, no repository, no cache, no query log: statements with
 * bound parameters inside a transaction, and a tenant that ends with it.
 * int8 comes as number (refused beyond 2^53), date as `YYYY-MM-DD`, timestamptz as Date, bytea as Buffer, numeric as text.
 */
export class TypeOrmDatabase implements Database {
  readonly #source: DataSource;
  readonly #secret: KeyObject | undefined;

  readonly #closing: () => void;
  readonly #refuse: (() => Fault | undefined) | undefined;

  private constructor(
    source: DataSource,
    secret: KeyObject | undefined,
    closing: () => void,
    refuse: (() => Fault | undefined) | undefined,
  ) {
    this.#source = source;
    this.#secret = secret;
    this.#closing = closing;
    this.#refuse = refuse;
  }

  static async open(address: DatabaseAddress, options: DatabaseOptions = {}): Promise<TypeOrmDatabase> {
    let isClosing = false;
    const onConnectionLost = (): void => {
      if (!isClosing) options.onConnectionLost?.();
    };
    const source = dataSource(address, { ...options, onConnectionLost });
    try {
      await source.initialize();
    } catch (error) {
      throw sqlFault(error);
    }
    const secret = options.tenantSecret === undefined ? undefined : createSecretKey(options.tenantSecret);
    return new TypeOrmDatabase(source, secret, () => (isClosing = true), options.refuse);
  }

  transaction<Result>(work: (sql: Transaction) => Promise<Result>): Promise<Result> {
    return this.#run(undefined, work);
  }

  within<Result>(tenant: TenantId, work: (sql: Transaction) => Promise<Result>): Promise<Result> {
    return this.#run(tenant, work);
  }

  /**
   * One connection in one read-only snapshot with the tenant entered, for streams (COPY). No statement in it is cut off by time.
   * @param work must not keep the connection
   */
  async snapshot<Result>(tenant: TenantId, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    if (this.#secret === undefined) throw noTenants();
    const client = await this.#connect();
    let broken: Error | undefined;
    try {
      await client.query('start transaction isolation level repeatable read read only');
      client.streams(true);
      await client.query(`select set_config('lethe.tenant', $1, true), set_config('statement_timeout', '0', true)`, [
        tenantClaim(this.#secret, tenant, client.processID),
      ]);
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      // A stream broken off in the middle leaves the connection in no state to be used again.
      broken = error instanceof Error ? error : new Error('broken off');
      throw sqlFault(error);
    } finally {
      client.streams(false);
      this.#release(client, broken);
    }
  }

  async close(): Promise<void> {
    this.#closing();
    if (this.#source.isInitialized) await this.#source.destroy();
  }

  /** On the data source's own pool: transaction and tenant open with the first statement, and no result passes through an entity layer. */
  async #run<Result>(tenant: TenantId | undefined, work: (sql: Transaction) => Promise<Result>): Promise<Result> {
    const client = await this.#connect();
    const transaction = new ClientTransaction(client, this.#secret);
    let broken = false;
    try {
      if (tenant !== undefined) await transaction.enter(tenant);
      const result = await work(transaction);
      // A transaction in which a failed statement was overlooked ends in a rollback, without an error of its own.
      if (transaction.end() && (await client.query('commit')).command !== 'COMMIT') throw new SqlMistake('25P02');
      transaction.committed();
      return result;
    } catch (error) {
      if (transaction.end())
        broken = await client.query('rollback').then(
          () => false,
          () => true,
        );
      throw sqlFault(error);
    } finally {
      this.#release(client, broken);
    }
  }

  #release(client: Client, broken: Error | boolean | undefined): void {
    // One that is closed may still complain while it goes.
    if (broken === undefined || broken === false) client.off('error', unheard);
    client.release(broken);
  }

  async #connect(): Promise<Client> {
    const refused = this.#refuse?.();
    if (refused !== undefined) throw refused;
    try {
      const { master } = this.#source.driver as unknown as { readonly master: pg.Pool | undefined };
      // Closed: whoever still asks while everything stops is told to come again, as for a server that is away.
      if (master === undefined)
        throw new Fault('unavailable', 'platform/database-unavailable', 'the database is closed');
      const client = (await master.connect()) as unknown as Client;
      // Said again by the statement that is under way, or by the next one; unheard it would end the process.
      client.on('error', unheard);
      return client;
    } catch (error) {
      throw sqlFault(error);
    }
  }
}

const unheard = (): void => undefined;

/** `processID` is the backend's, known to pg since the connection began. */
type Client = SteadyClient & { readonly processID: number; release(broken?: Error | boolean): void };

class ClientTransaction implements Transaction {
  readonly #client: Client;
  readonly #secret: KeyObject | undefined;
  readonly #after: (() => void)[] = [];
  /** What opens transaction and tenant, and leaves together with the next statement. */
  #before = 'start transaction';
  #begun = false;
  #open = true;

  constructor(client: Client, secret: KeyObject | undefined) {
    this.#client = client;
    this.#secret = secret;
  }

  async query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    // A statement after the end would run on a connection that belongs to someone else, outside any transaction.
    if (!this.#open) throw new Error('this transaction has ended');
    try {
      const { rows } = await this.#ask(text, values as unknown[]);
      return (rows as Row[] | undefined) ?? [];
    } catch (error) {
      throw sqlFault(error);
    }
  }

  async #ask(text: string, values: unknown[]): Promise<pg.QueryResult> {
    const client = this.#client;
    if (this.#before === '') return client.query(text, values);
    const before = this.#before;
    this.#before = '';
    this.#begun = true;
    const [, answer] = await client.together(() =>
      // What failed first says why.
      Promise.all([client.query(before), client.query(text, values)]),
    );
    return answer;
  }

  /** A claim is letters, digits, hyphens and a dot, so it stands in the text safely. */
  enter(tenant: TenantId): Promise<void> {
    if (this.#secret === undefined) return Promise.reject(noTenants());
    const claim = tenantClaim(this.#secret, tenant, this.#client.processID);
    const entering = `select set_config('lethe.tenant', '${claim}', true)`;
    this.#before = this.#before.startsWith('start') ? `start transaction; ${entering}` : entering;
    return Promise.resolve();
  }

  afterCommit(work: () => void): void {
    this.#after.push(work);
  }

  /** True, once, where there is something to commit or to roll back. */
  end(): boolean {
    this.#open = false;
    const begun = this.#begun;
    this.#begun = false;
    return begun;
  }

  committed(): void {
    for (const work of this.#after) {
      try {
        work();
      } catch (error) {
        // What is committed stands; a waker that throws must not make it look undone.
        process.emitWarning(`work after a commit threw ${error instanceof Error ? error.name : typeof error}`);
      }
    }
  }
}

const noTenants = (): Fault => new Fault('invalid', 'platform/no-tenants-here', 'this database has no tenants');

/** TypeORM prints failed migrations and pool errors, values included, unless it is given a logger that says nothing. */
const nothing = (): void => undefined;
const SILENT: Logger = {
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};

/** As a pool of `pg` asks for it. */
export const verifying =
  (look: (client: pg.ClientBase) => Promise<void>) =>
  (client: pg.ClientBase, done: (error?: Error) => void): void => {
    look(client).then(
      () => done(),
      (error: unknown) => done(error instanceof Error ? error : new Error('not verified')),
    );
  };

/** A data source with our limits: also used, under the owner's login, to run migrations. */
export function dataSource(address: DatabaseAddress, options: DatabaseOptions = {}): DataSource {
  return new DataSource({
    type: 'postgres',
    host: address.host,
    port: address.port,
    database: address.database,
    username: address.user,
    password: address.password,
    applicationName: options.applicationName ?? 'lethe',
    synchronize: false,
    logging: false,
    logger: SILENT,
    installExtensions: false,
    entities: [],
    poolSize: options.poolSize ?? 10,
    connectTimeoutMS: 10_000,
    poolErrorHandler: () => options.onConnectionLost?.(),
    extra: {
      statement_timeout: options.statementTimeoutMs ?? 10_000,
      idle_in_transaction_session_timeout: 30_000,
      lock_timeout: 3_000,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
      types: POSTGRES_TYPES,
      Client: SteadyClient,
      ...(options.onConnect === undefined ? {} : { verify: verifying(options.onConnect) }),
    },
  });
}
