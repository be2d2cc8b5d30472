import { z } from 'zod';
import { CONSENT_LEVELS } from '../pack.ts';
import { clause, name, statedSpan } from './words.ts';

const age = z.int().min(1).max(21);

/** Who is a child, who answers for one, and what happens when one is found. */
export const minors = z.strictObject({
  childBelow: age,
  sensitiveUpTo: age.optional(),
  guardian: z
    .strictObject({
      /** How strong the guardian's yes must be at least. */
      level: z.enum(CONSENT_LEVELS),
      /** Rules of their own about children, to which the guardian agrees beside the policy (`child-rules`). */
      rules: z.strictObject({ clause }).optional(),
      clause,
    })
    .optional(),
  /** Until when the guardian is told; nothing of the child is taken or used before the guardian has answered. */
  onDiscovery: z.strictObject({ within: statedSpan.optional(), clause }).optional(),
  grounds: z.array(name).default([]),
  /** Staff reach a child's data by approval, every access is logged, nothing is copied. */
  staff: z
    .strictObject({
      approval: z.boolean(),
      copying: z.enum(['forbidden', 'allowed']),
      clause,
    })
    .optional(),
  /** Nothing asks a child for data on our own initiative. */
  invitations: z.strictObject({ allowed: z.boolean(), clause }).optional(),
  clause,
});
export type MinorsSection = z.output<typeof minors>;
