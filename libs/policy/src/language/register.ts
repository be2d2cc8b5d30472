import { z } from 'zod';
import { clause, name, names, words } from './words.ts';

export const CONCERNS = [
  'scope',
  'collection',
  'consent',
  'minors',
  'cookies',
  'sdk',
  'permissions',
  'sharing',
  'transfer',
  'disclosure',
  'territory',
  'retention',
  'backup',
  'security',
  'incident',
  'access',
  'copy',
  'correction',
  'deletion',
  'withdrawal',
  'account-closure',
  'automated-decision',
  'identity-check',
  'deadline',
  'fee',
  'refusal',
  'policy-update',
  'cessation',
  'controller-change',
  'contact',
] as const;

/** What carries a clause: one of the services, or each of them. */
export const CARRIERS = ['collection', 'consent', 'retention', 'erasure', 'disclosure', 'all'] as const;

/** The register of clauses: every promise, and what carries it. */
export const clauseFile = z.strictObject({
  apiVersion: z.literal('lethe.dev/v1'),
  kind: z.literal('ClauseRegister'),
  pack: name,
  clauses: z.array(
    z.strictObject({
      id: clause,
      where: words,
      concern: z.enum(CONCERNS),
      class: z.enum(['enforceable', 'evidenced', 'outOfScope']),
      service: z.enum(CARRIERS).optional(),
      name: names,
      meaning: words,
      /** A path into the pack (`purposes.order`), or `later`. */
      rule: z
        .string()
        .regex(/^(later|none|[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)*)$/, 'not a path into the pack, `later` or `none`'),
      /** It says what another clause says: that one is proved for both. */
      merged: z.strictObject({ into: clause, why: words }).optional(),
      /** What of it acts on a page, a build or a store that is not ours. */
      platform: words.optional(),
    }),
  ),
});
export type ClauseFile = z.output<typeof clauseFile>;
