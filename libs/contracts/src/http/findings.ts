import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { count, day, id, instant, name } from '../vocabulary.ts';

export const findingKind = z.enum([
  'waiting-past-limit',
  'uncovered-class',
  'disposal-overdue',
  'ack-overdue',
  'hold-past-review',
  'purge-failed',
  'backup-not-taken',
  'end-overdue',
]);

export const Findings = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/findings',
  roles: ['officer', 'operator', 'auditor'],
  summary:
    'What a person has to look at: what waits past its limit, a class no rule covers, disposals and acks overdue, holds past their review date, purges that failed, an end that takes longer than the policy says. Open ones first; each sweep looks anew.',
  answer: z.object({
    /** How many are open, by kind. */
    open: z.partialRecord(findingKind, count),
    findings: z
      .array(
        z.object({
          finding: id,
          kind: findingKind,
          class: name.optional(),
          /** The matter, day, order and participant, hold, backup or end. */
          about: z.string().optional(),
          since: day,
          parts: count,
          foundAt: instant,
          resolvedAt: instant.optional(),
        }),
      )
      .max(1_000),
  }),
});
