import { createHmac, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { EventDefinition } from './event.ts';
import { digest, id, instant, tenant } from './vocabulary.ts';

/** Where a platform writes and reads; the only two topics it ever sees. */
export const inTopic = (of: string): string => `lethe.in.${of}`;
export const outTopic = (of: string): string => `lethe.out.${of}`;

/** Most bytes of one message in an `in` topic; a submission must be small enough to fit, sealed. */
export const EDGE_MESSAGE_BYTES = 1_000_000;
/** Longest life of a session, milliseconds of machine time. */
export const SESSION_MS = 3_600_000;

const base64url = (bytes: number) => z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`));
const message = <const Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.object({ specversion: z.literal('1.0'), id, source: z.literal('platform'), type: z.literal(type), data });

/**
 * A platform opens a session: a compact JWS (EdDSA, the platform's registered key) over a compact JWE (ECDH-ES+A256KW, A256GCM,
 * to the intake key `kid`) over `sessionSecret`. It is written to every slot, so that it stands before each slot's messages.
 */
export const sessionOpened = message(
  'platform.session-opened.v1',
  z.object({
    session: id,
    statement: z
      .string()
      .max(8192)
      .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/),
  }),
);

/** What only Lethe reads of a session. */
export const sessionSecret = z.object({
  tenant,
  session: id,
  /** AES-256-GCM key of the session's submissions. */
  key: base64url(32),
  /** HMAC-SHA-256 key under which idempotency keys are named in clear. */
  digestKey: base64url(32),
  /** Machine time; at most `SESSION_MS` ahead. */
  expires: instant,
});

/** One submission: AES-256-GCM of its JSON (ciphertext, then tag) under the session's key, AAD `edgeAad`. */
export const submissionSealed = message(
  'platform.submission-sealed.v1',
  z.object({
    session: id,
    digest,
    iv: base64url(12),
    sealed: z
      .string()
      .max(EDGE_MESSAGE_BYTES)
      .regex(/^[A-Za-z0-9_-]+$/),
  }),
);

/** Written by Lethe itself: whoever reads it has passed everything before it. */
export const intakeFence = z.object({
  specversion: z.literal('1.0'),
  id,
  source: z.literal('lethe/collection'),
  type: z.literal('collection.intake-fence.v1'),
});

export const SESSION_JWE = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', typ: 'lethe-session+jwe' } as const;
export const SESSION_JWS = { alg: 'EdDSA', typ: 'lethe-session+jws' } as const;

/** How an idempotency key, which may be personal data, is named in a topic. */
export const edgeDigest = (digestKey: KeyObject, of: string, idempotencyKey: string): string =>
  createHmac('sha256', digestKey).update(`lethe/edge/1/key\n${of}\n${idempotencyKey}`).digest('hex');

/** Binds a sealed submission to its tenant, session and idempotency key: each with its length before it, so that it reads in one way only. */
export function edgeAad(of: string, session: string, digestOfKey: string): Uint8Array {
  return Buffer.concat(
    ['lethe/edge/1', of, session, digestOfKey].flatMap((text) => {
      const bytes = Buffer.from(text, 'utf8');
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** Codes of refusals that another session cures; the same submission may be sent again under its own key. */
export const SESSION_CODES: readonly string[] = ['unknown-session', 'session-expired', 'intake-key-gone'];

const told = new WeakMap<EventDefinition, Map<string, EventDefinition>>();
/** The same event, told in the tenant's own topic. */
export function onOut<Definition extends EventDefinition>(definition: Definition, of: string): Definition {
  const known = told.get(definition) ?? new Map<string, EventDefinition>();
  told.set(definition, known);
  const made = known.get(of) ?? { ...definition, topic: outTopic(of) };
  known.set(of, made);
  return made as Definition;
}
