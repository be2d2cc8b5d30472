import pg from 'pg';
import { SteadyClient } from './database/steady-client.ts';
import { verifying } from './database/typeorm-database.ts';

/** What has been opened, to be closed in reverse; each is closed even when another fails to. */
export class Opened {
  readonly #ends: (() => Promise<unknown>)[] = [];
  #closing: Promise<void> | undefined;

  push(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  /** Connections outside TypeORM (relay, embedded log), ended with the rest. */
  pool(address: pg.PoolConfig, max: number, onConnect?: (client: pg.ClientBase) => Promise<void>): pg.Pool {
    const pool = new pg.Pool({
      ...address,
      Client: SteadyClient,
      max,
      statement_timeout: 30_000,
      lock_timeout: 3_000,
      keepAlive: true,
      ...(onConnect === undefined ? {} : { verify: verifying(onConnect) }),
    });
    pool.on('error', () => undefined);
    this.push(() => pool.end());
    return pool;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end().catch(() => undefined);
  }
}
