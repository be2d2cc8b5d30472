import { startOnFreePort, testcontainers, type Server } from './containers.ts';

/** The one PostgreSQL of compose, tests and CI; `tools/ci/images` makes it available where no registry answers. */
export const POSTGRES_IMAGE = 'postgres:17';

export interface PostgresOptions {
  /**
   * Keep the data on disk and wait for the disk, as in production; needed by tests that end the server and bring it back.
   * Otherwise the data lives in memory and is gone with the server.
   */
  readonly durable?: boolean;
  /** Settings of the server, by name, e.g. `{ max_connections: '300' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer extends Server {
  /** Superuser `postgres`, database `postgres`. */
  readonly url: string;
}

const WITHOUT_DISK = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts PostgreSQL 17 in a container and resolves when it takes connections (about 2 s). Address and password stay the same
 * over `restart` and `kill`.
 *
 * `restart` and `kill` reject unless `durable`: the data would be gone, and a test would prove nothing.
 * Text sorts by code point in the stand-in and by language in the official image: a test must not depend on either.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { GenericContainer, Wait } = await testcontainers();
  const settings = { ...(options.durable ? {} : WITHOUT_DISK), ...options.settings };
  const [server, port] = await startOnFreePort((port) => {
    const container = new GenericContainer(POSTGRES_IMAGE)
      .withExposedPorts({ container: 5432, host: port })
      .withEnvironment({ POSTGRES_PASSWORD: 'test' })
      .withCommand(['postgres', ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])])
      // While it sets itself up it listens on its socket only: asking over TCP, nobody takes that for ready.
      .withHealthCheck({
        test: ['CMD-SHELL', 'pg_isready -h 127.0.0.1 -U postgres'],
        interval: 250,
        timeout: 2_000,
        retries: 480,
      })
      .withWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(120_000);
    return options.durable ? container : container.withTmpFs({ '/var/lib/postgresql/data': 'rw' });
  });
  const url = `postgres://postgres:test@127.0.0.1:${port}/postgres`;
  if (options.durable) return { ...server, url };
  const refuse = () =>
    Promise.reject(new Error('start it with { durable: true }: this server keeps its data in memory'));
  return { ...server, url, restart: refuse, kill: refuse };
}
