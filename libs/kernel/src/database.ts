import type { TenantId } from './ids.ts';

/** One connection inside one transaction. The port every store is handed; forgetting it must not compile. */
export interface Sql {
  /** Runs one statement with bound parameters; the rows it returns (none: an empty array). */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A transaction. Tables of a tenant show nothing until `enter` has named it (row-level security). */
export interface Transaction extends Sql {
  /** Everything after this is done for that tenant, until the next `enter` or the end of the transaction. */
  enter(tenant: TenantId): Promise<void>;
  /** Runs after a commit, never after a rollback: wakes a relay, evicts a cache. Must not throw. */
  afterCommit(work: () => void): void;
}

/** What `work` does, events included, all happens or none of it. */
export interface Database {
  transaction<Result>(work: (sql: Transaction) => Promise<Result>): Promise<Result>;
  /** The same with the tenant entered. */
  within<Result>(tenant: TenantId, work: (sql: Transaction) => Promise<Result>): Promise<Result>;
}
