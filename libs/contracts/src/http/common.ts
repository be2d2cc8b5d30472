import { z } from 'zod';
import { clause, count, instant, name, service } from '../vocabulary.ts';

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

/** `GET /health/ready` */
export const readyAnswer = z.object({
  status: z.enum(['ready', 'not-ready']),
  mode: z.enum(['development', 'production']),
  services: z.record(z.string(), z.object({ ready: z.boolean(), reason: z.string().optional() })),
  at: instant,
});
