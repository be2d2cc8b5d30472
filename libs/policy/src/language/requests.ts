import { z } from 'zod';
import { SOURCES } from '../pack.ts';
import { clause, list, name, named, names, stated, statedCount, statedPeriod } from './words.ts';

export const CALENDARS = ['calendar-days', 'working-days'] as const;

/** `calendar` is asked for by the check: days of what? `holidays` names the calendar of working days. */
const deadline = z.strictObject({
  days: stated(z.int().min(1).max(365)),
  calendar: z.enum(CALENDARS).optional(),
  holidays: name.optional(),
  from: z.enum(['received', 'identity-verified']).default('received'),
  /** What the policy promises for the ordinary case. */
  target: statedCount.optional(),
  clause,
});
const type = z.strictObject({
  name: names,
  /** The text promises it; else `source` says why it is served all the same. */
  promised: z.boolean().default(true),
  source: z.enum(SOURCES).optional(),
  /** Where the person does it alone. */
  selfService: z.array(names).default([]),
  channels: z.array(name).default([]),
  deadline: deadline.optional(),
  effect: name.optional(),
  clause,
});

export const requests = z.strictObject({
  deadline,
  types: z.record(name, type).optional(),
  identity: z.strictObject({
    before: z.enum(['acting', 'answering']).default('acting'),
    proofs: z.record(name, named).optional(),
    noNewFields: z.boolean().default(false),
    clause,
  }),
  /** On which a person may ask for deletion. */
  grounds: z.record(name, named),
  fee: z
    .strictObject({
      amount: stated(z.number().min(0)),
      currency: z.string().regex(/^[A-Z]{3}$/, 'not an ISO 4217 currency'),
      /** What may cost something: what it costs, and never more. */
      chargeable: z.array(named).default([]),
      threshold: z.strictObject({ requests: statedCount, per: statedPeriod }).optional(),
      clause,
    })
    .optional(),
  refusals: z
    .strictObject({
      may: z.record(name, named).default({}),
      cannot: z.record(name, named).default({}),
      /** Types of request that are never refused. */
      never: z.array(name).default([]),
      reason: z.boolean().default(true),
      clause,
    })
    .optional(),
  /** How often one person may ask for a copy on one day. Deleting, withdrawing and closing an account are never counted. */
  limit: z.strictObject({ copiesPerDay: statedCount, clause }).optional(),
  defer: z.record(name, z.strictObject({ name: names, types: list, clause })).optional(),
  cascade: z.strictObject({ exceptions: z.array(named).default([]), clause }).optional(),
  automatedDecisions: z.strictObject({ limits: z.array(name).default([]), clause }).optional(),
  /** What deleting means, and where. */
  deletion: z.strictObject({ means: list, where: list, clause }).optional(),
});
