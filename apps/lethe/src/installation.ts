import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Installation } from '@lethe/platform';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const list = z.string().transform((text) => text.split(',').map((one) => one.trim()).filter((one) => one !== ''));

/** All the environment that Lethe reads. A value that does not fit refuses the start, named, never printed. */
const environment = z.object({
  LETHE_MODE: z.enum(['development', 'production']).default('development'),
  LETHE_HOME: z.string().default('.lethe'),
  LETHE_HOST: z.string().refine((text) => isIP(text) !== 0, 'not an IP address').default('127.0.0.1'),
  LETHE_PORT: z.coerce.number().int().min(0).max(65_535).default(7420),
  LETHE_SLOTS: z.coerce.number().int().min(1).max(512).optional(),
  LETHE_TRUSTED_PROXIES: list.default([]),
  LETHE_POLICIES: z.string().default(resolve(root, 'policies')),
  LETHE_KAFKA: list.optional(),
  LETHE_DATA_URL: z.string().optional(),
  LETHE_KEYS_URL: z.string().optional(),
  LETHE_COLLECTION_URL: z.url().optional(),
  LETHE_CONSENT_URL: z.url().optional(),
  LETHE_RETENTION_URL: z.url().optional(),
  LETHE_ERASURE_URL: z.url().optional(),
});

/** @throws Error that names the variables that do not fit, without their values */
export function installationOf(env: NodeJS.ProcessEnv): Installation {
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
    policies: resolve(given.LETHE_POLICIES),
    ...(given.LETHE_KAFKA === undefined ? {} : { kafka: { brokers: given.LETHE_KAFKA } }),
    ...(given.LETHE_DATA_URL === undefined || given.LETHE_KEYS_URL === undefined ? {} : { servers: { data: given.LETHE_DATA_URL, keys: given.LETHE_KEYS_URL } }),
    ...(Object.keys(peers).length === 0 ? {} : { peers }),
  };
}
