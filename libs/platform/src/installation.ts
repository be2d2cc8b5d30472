import type { Service } from '@lethe/contracts';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KeyedCallers, type Issuer } from './callers/callers.ts';
import { DenyList } from './callers/deny-list.ts';
import { DEVELOPMENT_ISSUER } from './callers/development-issuer.ts';
import { makeSigningKey, privateKeyOf, publicEntryOf, type PublicKeyEntry } from './callers/keys.ts';
import type { DatabaseAddress } from './database/address.ts';
import type { DatabasePlan } from './database/prepare.ts';
import type { Home, Mode } from './home/home.ts';
import { password, refuseMadeUp } from './home/secrets.ts';
import type { S3Buckets } from './backup-place.ts';
import type { TransitPlace } from './keyring-root.ts';

/** What the environment says; read once, refused whole, never printed. */
export interface Installation {
  readonly mode: Mode;
  /** LETHE_HOME */
  readonly home: string;
  readonly host: string;
  /** LETHE_PORT; 0 takes a free one. */
  readonly port: number;
  readonly slots: number;
  /** Addresses or networks of proxies that say `X-Forwarded-Proto: https`; others may come from loopback only. */
  readonly trustedProxies: readonly string[];
  /** Networks stated to be private, from which plain HTTP is taken (a compose bridge); refused in production. */
  readonly privateNetworks?: readonly string[];
  /** Questions a second that one tenant may ask of one process, twice as many at once; 0: as many as it likes. */
  readonly tenantRate?: number;
  /** How often what is due goes: milliseconds of machine time from one round of the sweep to the next; absent: an hour. */
  readonly sweepEveryMs?: number;
  /** LETHE_REGION: where what is sealed here lies, its database and backups (ISO 3166); absent: each submission says it. */
  readonly region?: string;
  /** Folder of the policy packs. */
  readonly policies: string;
  /** Absent: the embedded log. */
  readonly kafka?: {
    readonly brokers: readonly string[];
    /** Each service logs in (SCRAM-SHA-512) with `secrets/<service>/kafka-password`; absent: the broker takes anybody. */
    readonly login?: boolean;
    readonly tls?: boolean;
    /** `host:port` of a listener that takes the administrator; where logins are made, never where a service runs. */
    readonly administration?: string;
  };
  /**
   * `postgres://[user[:password]@]host[:port]` of the two clusters; absent: two embedded postmasters under the home. Without a
   * password the administrator's is `secrets/data-admin-password` (`keys-admin-password`); without that either, databases and
   * logins must have been prepared (`prepareInstallation`).
   */
  readonly servers?: { readonly data: string; readonly keys: string };
  /** Absent: the root of the keyring is a file below the home's secrets. */
  readonly transit?: TransitPlace;
  /** Absent: backups lie in folders of the home. */
  readonly s3?: S3Buckets;
  /** Tests only: embedded servers force nothing to disk. Refused in production. */
  readonly volatile?: boolean;
  /** Base URLs of services that run elsewhere. */
  readonly peers?: Readonly<Record<string, string>>;
}

export const SERVICES: readonly Service[] = ['collection', 'consent', 'retention', 'erasure', 'disclosure'];
export const KAFKA_ADMINISTRATOR_SECRET = 'kafka-admin-password';
export const kafkaPasswordName = (service: Service): string => `${service}/kafka-password`;
export type ClusterName = 'data' | 'keys';
/** A database server: where it is, and as whom to administer it if that is known. */
export interface Server {
  readonly host: string;
  readonly port: number;
  readonly admin?: DatabaseAddress;
}

const databaseName = (of: Service | 'keyring' | 'log'): string => `lethe_${of}`;

/** Every secret of an installation and the list of public keys; does nothing where they are. */
export function makeSecrets(home: Home): void {
  const { secrets } = home;
  for (const cluster of ['data', 'keys'] as const) secrets.ensure(`${cluster}-admin-password`);
  secrets.ensure(KAFKA_ADMINISTRATOR_SECRET);
  for (const service of SERVICES) {
    secrets.ensure(`${service}/signing-key.jwk`, () => makeSigningKey(service));
    secrets.ensure(`${service}/tenant-secret`, password);
    secrets.ensure(kafkaPasswordName(service));
  }
  for (const of of [...SERVICES, 'keyring', 'log'] as const)
    for (const login of ['owner', 'login'] as const) secrets.ensure(`${of}/database-${login}-password`);
  secrets.ensure('keyring/database-quarantine-password');
  if (home.mode === 'development') secrets.ensure('development/issuer.jwk', () => makeSigningKey(DEVELOPMENT_ISSUER));
  const keys = SERVICES.map((service) => publicEntryOf(secrets.need(`${service}/signing-key.jwk`), service));
  secrets.publish('public/services.json', JSON.stringify({ keys }));
  if (home.mode === 'development') {
    secrets.publish(
      'public/development-issuer.json',
      JSON.stringify({ keys: [publicEntryOf(secrets.need('development/issuer.jwk'), DEVELOPMENT_ISSUER)] }),
    );
  }
}

/** Where a cluster is, and whether we may administer it. @throws Fault `invalid` for a made-up password in production */
export function serverOf(home: Home, cluster: ClusterName, url: string): Server {
  const { hostname, port, username, password: given } = new URL(url);
  const host = hostname;
  const at = { host, port: port === '' ? 5432 : Number(port) };
  const secret = given === '' ? home.secrets.find(`${cluster}-admin-password`) : decodeURIComponent(given);
  if (secret === undefined) return at;
  if (home.mode === 'production') refuseMadeUp(secret, `the administrator's password of the ${cluster} cluster`);
  return {
    ...at,
    admin: {
      ...at,
      database: 'postgres',
      user: username === '' ? 'postgres' : decodeURIComponent(username),
      password: secret,
    },
  };
}

/** Name and passwords of one database, as `prepareDatabases` takes them; a login without a readable password is left out of `addresses`. */
export function planOf(home: Home, of: Service | 'keyring' | 'log'): DatabasePlan {
  const database = databaseName(of);
  const secret = (login: string): string => {
    const name = `${of}/database-${login}-password`;
    const value = home.secrets.need(name);
    if (home.mode === 'production') refuseMadeUp(value, `secrets/${name}`);
    return value;
  };
  return {
    database,
    owner: { user: `${database}_owner`, password: secret('owner') },
    login: { user: database, password: secret('login') },
    ...(of === 'keyring' ? { others: [{ user: 'lethe_quarantine', password: secret('quarantine') }] } : {}),
  };
}

export const addressOf = (
  server: Server,
  database: string,
  login: { readonly user: string; readonly password: string },
): DatabaseAddress => ({
  host: server.host,
  port: server.port,
  database,
  ...login,
});

export const tenantSecretOf = (home: Home, service: Service): Buffer =>
  Buffer.from(home.secrets.need(`${service}/tenant-secret`), 'base64url');

const jwks = z.object({
  keys: z.array(z.object({ kid: z.string(), kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() })),
});
const issuersFile = z.array(
  z.object({
    iss: z.string().min(1).max(256),
    tenants: z.union([z.literal('all'), z.array(z.string())]),
    /** A file beside `issuers.json`; keys are never fetched. */
    jwks: z.string().regex(/^[\w.-]+$/),
  }),
);

/** Who may say who is asking: `<home>/issuers.json` with its fixed key files, and in development the development issuer. */
export function issuersOf(home: Home): Issuer[] {
  const file = join(home.path, 'issuers.json');
  const configured = existsSync(file) ? issuersFile.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
  const issuers: Issuer[] = configured.map(({ iss, tenants, jwks: name }) => ({
    iss,
    tenants,
    keys: keysIn(readFileSync(join(home.path, name), 'utf8')),
  }));
  if (home.mode === 'development')
    issuers.push({
      iss: DEVELOPMENT_ISSUER,
      tenants: 'all',
      keys: keysIn(home.secrets.need('public/development-issuer.json')),
    });
  return issuers;
}

export function callersOf(
  home: Home,
  service: Service,
  now: () => Date,
  broken?: (error: unknown) => void,
): KeyedCallers {
  return new KeyedCallers({
    service,
    signingKey: privateKeyOf(home.secrets.need(`${service}/signing-key.jwk`)),
    services: keysIn(home.secrets.need('public/services.json')),
    issuers: issuersOf(home),
    denied: new DenyList(
      () => home.secrets.find('public/denied.json'),
      () => performance.now(),
      broken,
    ),
    now,
  });
}

/** The development issuer's own key; none in production. */
export const developmentKeyOf = (home: Home): KeyObject | undefined =>
  home.mode === 'development'
    ? createPrivateKey({
        key: JSON.parse(home.secrets.need('development/issuer.jwk')) as Record<string, string>,
        format: 'jwk',
      })
    : undefined;

const keysIn = (text: string): PublicKeyEntry[] => jwks.parse(JSON.parse(text)).keys;
