import { randomBytes, randomUUID } from 'node:crypto';

let last = 0n;

/**
 * A UUID of version 7 (RFC 9562): 48 bits of machine time in milliseconds, then a counter and random bits.
 * Within one process each is greater than the one before, so rows written later lie later in an index.
 */
export function newId(): string {
  const now = BigInt(Date.now()) << 12n;
  last = now > last ? now : last + 1n;
  const head = ((last >> 12n) & 0xffffffffffffn).toString(16).padStart(12, '0');
  const counter = (last & 0xfffn).toString(16).padStart(3, '0');
  // The random half of a UUID of version 4 is ours as it is, variant bits included; Node draws many at once.
  return `${head.slice(0, 8)}-${head.slice(8)}-7${counter}${randomUUID().slice(18)}`;
}

/** 16 random bytes as base64url: a subject ref, a matter id, a nonce (ASVS 11.5.1: a UUID would not do). */
export const newRef = (): string => randomBytes(16).toString('base64url');

/** The name of a life of a database: when it began, and something nobody else has. */
export const lifeOf = (now: Date): string => `${now.toISOString().replace(/[-:]/g, '')}-${newId().slice(-8)}`;
