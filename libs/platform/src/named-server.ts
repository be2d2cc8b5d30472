import { Fault } from '@lethe/kernel';
import type { ClusterName, Server } from './installation.ts';

/** A server that something waits for: what it is, where, and the setting that says so. Holds no login. */
export interface NamedServer {
  readonly what: string;
  readonly at: string;
  readonly setting: string;
}

export const postgresOf = (cluster: ClusterName, { host, port }: Server): NamedServer => ({
  what: `PostgreSQL of the ${cluster}`,
  at: `${host}:${String(port)}`,
  setting: cluster === 'data' ? 'LETHE_DATA_URL' : 'LETHE_KEYS_URL',
});

/** @param administration the listener that takes the administrator, where that one is meant */
export const kafkaOf = (brokers: readonly string[], administration?: string): NamedServer => ({
  what: 'Kafka',
  at: administration ?? brokers.join(','),
  setting: administration === undefined ? 'LETHE_KAFKA' : 'LETHE_KAFKA_ADMIN',
});

/** What an operator can do nothing with as a bare code. */
const WORDS: Readonly<Record<string, string>> = {
  '28P01': 'the login is not there yet, or its password is another',
  '3D000': 'the database is not there yet',
  '57P03': 'it is starting or stopping',
};

/** Runs what needs a server; that it is not there is said with its name, its place and its setting, under the same code. */
export async function needing<T>({ what, at, setting }: NamedServer, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Fault) || !['platform/database-unavailable', 'messaging/log-down'].includes(error.code))
      throw error;
    const words = 'sqlState' in error && typeof error.sqlState === 'string' ? WORDS[error.sqlState] : undefined;
    const reason = words === undefined ? error.message : `${words}, ${error.message}`;
    throw Object.assign(new Fault(error.kind, error.code, `${what} at ${at} (${setting}): ${reason}`), {
      cause: error,
    });
  }
}
