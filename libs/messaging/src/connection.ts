/** One connection to PostgreSQL, kept for as long as a session lock must be held. A `PoolClient` of `pg` is one. */
export interface Connection {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  /** With a reason: the connection is closed, not reused. */
  release(reason?: Error | boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Where one comes from. A `Pool` of `pg` is one. */
export interface ConnectionSource {
  connect(): Promise<Connection>;
}
