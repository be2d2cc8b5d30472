import { z } from 'zod';
import { CONSENT_LEVELS } from '../pack.ts';
import { clause, list, name, names, statedPeriod } from './words.ts';

const level = z.enum(CONSENT_LEVELS);

/** How consent is asked for, counted and asked for again. */
export const consent = z.strictObject({
  /** Using the service says yes at this level, and never more. */
  implied: z.strictObject({ by: z.enum(['use']), level, clause }).optional(),
  newFunction: z
    .strictObject({
      notice: list,
      channels: list,
      level,
      silence: z.enum(['refused']).default('refused'),
      clause,
    })
    .optional(),
  changed: z.strictObject({ triggers: z.record(name, z.strictObject({ name: names, level, clause })) }).optional(),
  noNagging: z.strictObject({ period: statedPeriod, clause }).optional(),
  withdrawal: z.strictObject({ channels: z.array(name).default([]), retroactive: z.literal(false), clause }).optional(),
});
