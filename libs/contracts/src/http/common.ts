import { z } from 'zod';
import { clause, count, id, instant, name, service } from '../vocabulary.ts';

/** What a rule decided against. */
export const refusal = z.object({
  code: name,
  clause: clause.optional(),
  field: z.string().max(128).optional(),
  text: z.string().max(500).optional(),
});

/** `GET /v1/applied` on every service, role service: has your consumer applied this number of this slot? Long poll. */
export const appliedQuery = z.object({
  topic: z.string().max(64),
  slot: z.coerce.number().int().min(0),
  number: z.coerce.number().int().min(0),
  /** The life of the producer's database in which the number was given; absent: whatever life the consumer is in. */
  incarnation: z.string().max(64).optional(),
  waitMs: z.coerce.number().int().min(0).max(30_000).default(0),
});
export const appliedAnswer = z.object({ service, applied: z.boolean(), number: count });

/** `GET /v1/events` on every producer, role service: the events a consumer missed. */
export const missedQuery = z.object({
  topic: z.string().max(64),
  slot: z.coerce.number().int().min(0),
  from: z.coerce.number().int().min(1),
  to: z.coerce.number().int().min(1),
});
export const missedAnswer = z.object({
  incarnation: z.string(),
  records: z.array(z.object({ number: count, id: z.uuid(), value: z.string() })),
});

/** `GET /v1/<service>/heads` on every producer, role service: by slot the last number that the log has taken. */
export const headsAnswer = z.object({
  incarnation: z.string(),
  slots: z.array(z.object({ topic: z.string(), slot: count, number: count })),
  /** For how long the oldest announcement waits to be told, milliseconds; absent where none does. */
  untoldMs: count.optional(),
});

/** `POST /v1/<service>/restatements`: state anew the present of everyone in this slot. */
export const restateBody = z.object({
  topic: z.string().max(64),
  slot: z.int().min(0),
  /** All of the statement stands beyond this number: one that was made a moment ago will do. Absent: a new one. */
  beyond: count.optional(),
});
/** `through`: the number of the last event of the statement. */
export const restateAnswer = z.object({ through: count });

/** `GET /health/ready` */
export const readyAnswer = z.object({
  status: z.enum(['ready', 'not-ready']),
  mode: z.enum(['development', 'production']),
  services: z.record(z.string(), z.object({ ready: z.boolean(), reason: z.string().optional() })),
  /** Volumes of this process that have no room left: what must be written to them is refused. */
  full: z.array(z.enum(['data', 'keys', 'ledger', 'backups', 'isolation'])).optional(),
  at: instant,
});

/** What a restore from a backup did. */
export const restoreReport = z.object({
  /** Parts let in. */
  restored: count,
  /** Entries of the ledger replayed. */
  replayed: count,
  /** Parts that the ledger or a dead key forbids. */
  dropped: count,
  unrecoverable: count,
  /** One by one what cannot be recovered, the first 10,000; all of it: `GET /v1/collection/recovery?incarnation=`. */
  lost: z
    .array(z.object({ part: id.optional(), record: id.optional() }))
    .max(10_000)
    .default([]),
  /** The life that began with it: sequences count within it. */
  incarnation: z.string().max(64),
});
