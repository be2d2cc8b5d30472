import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Installation } from '@lethe/platform';
import { isRegion } from '@lethe/policy';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
);

/** As compose hands on what nobody has set. */
const unsaid = z.literal('').transform(() => undefined);

/** Where the packs of this installation are. */
export const policiesFolder = (): string => resolve(process.env['LETHE_POLICIES'] ?? resolve(root, 'policies'));

/** All the environment that Lethe reads. A value that does not fit refuses the start, named, never printed. */
const environment = z
  .object({
    LETHE_MODE: z.enum(['development', 'production']).default('development'),
    LETHE_HOME: z.string().default('.lethe'),
    LETHE_HOST: z
      .string()
      .refine((text) => isIP(text) !== 0, 'not an IP address')
      .default('127.0.0.1'),
    LETHE_PORT: z.coerce.number().int().min(0).max(65_535).default(7420),
    LETHE_SLOTS: z.coerce.number().int().min(1).max(512).optional(),
    LETHE_TRUSTED_PROXIES: list.default([]),
    /** Development only: networks from which plain HTTP is taken; `attached` stands for those this machine is in. */
    LETHE_PRIVATE_NETWORKS: list.default([]),
    /** Questions a second of one tenant, a burst of twice as many; 0: no limit. 1,000 in production, none in development. */
    LETHE_TENANT_RATE: unsaid.or(z.coerce.number().int().min(0).max(1_000_000)).optional(),
    /** Minutes from one round of the sweep to the next; at most six hours, so that each day is swept several times before it ends. */
    LETHE_SWEEP_MINUTES: unsaid.or(z.coerce.number().int().min(1).max(360)).optional(),
    /** Only where collection runs: where what it seals is stored, its backups included. */
    LETHE_REGION: unsaid
      .or(z.string())
      .optional()
      .refine((text) => text === undefined || isRegion(text), 'not a region (ISO 3166), such as CN or CN-HK'),
    LETHE_POLICIES: z.string().default(resolve(root, 'policies')),
    LETHE_KAFKA: list.optional(),
    /** `scram`: each service logs in with its own secret; `none`: a broker that takes anybody. */
    LETHE_KAFKA_LOGIN: z.enum(['none', 'scram']).default('none'),
    /** `on`: the broker's certificate is checked against the authorities that Node knows (NODE_EXTRA_CA_CERTS adds one). */
    LETHE_KAFKA_TLS: z.enum(['off', 'on']).default('off'),
    /** Only where topics and logins are made: `host:port` of the listener that takes the administrator. */
    LETHE_KAFKA_ADMIN: z
      .string()
      .regex(/^[^\s:/]+:\d{1,5}$/, 'not host:port')
      .optional(),
    LETHE_DATA_URL: z.string().optional(),
    /** Only where collection runs. */
    LETHE_KEYS_URL: z.string().default(''),
    /** `lethe init` gives each service its secrets in a folder below this one. */
    LETHE_HAND_OUT: z.string().optional(),
    /** Only where collection runs: the root of the keyring in Vault's or OpenBao's transit engine; its token is a secret. */
    LETHE_TRANSIT_URL: z.url().optional(),
    LETHE_TRANSIT_KEY: z.string().default('lethe'),
    LETHE_TRANSIT_MOUNT: z.string().optional(),
    LETHE_TRANSIT_NAMESPACE: z.string().optional(),
    /** Backups in an S3-compatible store instead of folders; the keys of its two buckets are secrets. */
    LETHE_S3_URL: z.url().optional(),
    LETHE_S3_REGION: z.string().default('us-east-1'),
    LETHE_S3_BACKUPS: z.string().default('lethe-backups'),
    LETHE_S3_ISOLATION: z.string().default('lethe-isolation'),
    LETHE_COLLECTION_URL: z.url().optional(),
    LETHE_CONSENT_URL: z.url().optional(),
    LETHE_RETENTION_URL: z.url().optional(),
    LETHE_ERASURE_URL: z.url().optional(),
  })
  .refine((given) => given.LETHE_MODE !== 'production' || given.LETHE_PRIVATE_NETWORKS.length === 0, {
    path: ['LETHE_PRIVATE_NETWORKS'],
    message: 'must be empty in mode production, which takes plain HTTP from this machine or a named proxy only',
  })
  // Compose states a region for development; whoever makes an installation of mode production there states its own first.
  .refine(
    (given) =>
      given.LETHE_MODE !== 'production' || given.LETHE_HAND_OUT === undefined || given.LETHE_REGION !== undefined,
    { path: ['LETHE_REGION'], message: 'says in mode production where the volumes and backups lie (ISO 3166)' },
  );

/** An installation, and what only its host needs to know. */
export interface HostInstallation extends Installation {
  readonly handOut?: string;
}

/** @throws Error that names the variables that do not fit, without their values */
export function installationOf(env: NodeJS.ProcessEnv): HostInstallation {
  const read = environment.safeParse(env);
  if (!read.success) {
    const lines = read.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(['configuration is not usable:', ...new Set(lines)].join('\n'));
  }
  const given = read.data;
  const peers = Object.fromEntries(
    (['collection', 'consent', 'retention', 'erasure'] as const).flatMap((service) => {
      const url = given[`LETHE_${service.toUpperCase() as Uppercase<typeof service>}_URL`];
      return url === undefined ? [] : [[service, url]];
    }),
  );
  return {
    mode: given.LETHE_MODE,
    home: resolve(given.LETHE_HOME),
    host: given.LETHE_HOST,
    port: given.LETHE_PORT,
    slots: given.LETHE_SLOTS ?? (given.LETHE_KAFKA === undefined ? 4 : 12),
    trustedProxies: given.LETHE_TRUSTED_PROXIES,
    privateNetworks: given.LETHE_PRIVATE_NETWORKS.flatMap((network) =>
      network === 'attached' ? attached() : [network],
    ),
    tenantRate: given.LETHE_TENANT_RATE ?? (given.LETHE_MODE === 'production' ? 1_000 : 0),
    ...(given.LETHE_SWEEP_MINUTES === undefined ? {} : { sweepEveryMs: given.LETHE_SWEEP_MINUTES * 60_000 }),
    ...(given.LETHE_REGION === undefined ? {} : { region: given.LETHE_REGION }),
    policies: resolve(given.LETHE_POLICIES),
    ...(given.LETHE_KAFKA === undefined
      ? {}
      : {
          kafka: {
            brokers: given.LETHE_KAFKA,
            login: given.LETHE_KAFKA_LOGIN === 'scram',
            tls: given.LETHE_KAFKA_TLS === 'on',
            ...(given.LETHE_KAFKA_ADMIN === undefined ? {} : { administration: given.LETHE_KAFKA_ADMIN }),
          },
        }),
    ...(given.LETHE_DATA_URL === undefined
      ? {}
      : { servers: { data: given.LETHE_DATA_URL, keys: given.LETHE_KEYS_URL } }),
    ...(given.LETHE_TRANSIT_URL === undefined
      ? {}
      : {
          transit: {
            address: given.LETHE_TRANSIT_URL,
            key: given.LETHE_TRANSIT_KEY,
            ...(given.LETHE_TRANSIT_MOUNT === undefined ? {} : { mount: given.LETHE_TRANSIT_MOUNT }),
            ...(given.LETHE_TRANSIT_NAMESPACE === undefined ? {} : { namespace: given.LETHE_TRANSIT_NAMESPACE }),
          },
        }),
    ...(given.LETHE_S3_URL === undefined
      ? {}
      : {
          s3: {
            endpoint: given.LETHE_S3_URL,
            region: given.LETHE_S3_REGION,
            backups: given.LETHE_S3_BACKUPS,
            isolation: given.LETHE_S3_ISOLATION,
          },
        }),
    ...(given.LETHE_HAND_OUT === undefined ? {} : { handOut: resolve(given.LETHE_HAND_OUT) }),
    ...(Object.keys(peers).length === 0 ? {} : { peers }),
  };
}

/** The networks of this machine's own addresses: in a container, those that it was put in. */
const attached = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.flatMap(({ internal, cidr }) => (internal || cidr === null ? [] : [cidr])),
  );
