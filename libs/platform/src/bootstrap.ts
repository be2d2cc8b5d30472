import type { ServiceDefinition } from './service.ts';

/** What the environment says; read once, refused whole, never printed. */
export interface Installation {
  readonly mode: 'development' | 'production';
  /** LETHE_HOME */
  readonly home: string;
  readonly host: string;
  /** LETHE_PORT; 0 takes a free one. */
  readonly port: number;
  readonly slots: number;
  /** Addresses of proxies that say `X-Forwarded-Proto: https`; others may come from loopback only. */
  readonly trustedProxies: readonly string[];
  /** Folder of the policy packs. */
  readonly policies: string;
  /** Absent: the embedded log. */
  readonly kafka?: { readonly brokers: readonly string[] };
  /** Absent: two embedded postmasters under the home. */
  readonly servers?: { readonly data: string; readonly keys: string };
  readonly peers?: Readonly<Record<string, string>>;
}

/** A running application: one service, or all of them in one process. */
export interface Running {
  readonly url: string;
  /** Doors closed, batches finished, connections ended, embedded servers stopped. */
  stop(): Promise<void>;
}

/** Starts one Nest (Fastify) application with these services; resolves when `/health/ready` answers. */
export function bootstrap(_services: readonly ServiceDefinition[], _installation: Installation): Promise<Running> {
  return Promise.reject(new Error('not yet'));
}
