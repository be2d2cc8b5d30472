import { z } from 'zod';
import { CONSENT_LEVELS } from '../pack.ts';
import { clause, list, name, names, recipientKind, statedPeriod } from './words.ts';

const level = z.enum(CONSENT_LEVELS);

/** How consent is asked for, counted and asked for again. */
export const consent = z.strictObject({
  /**
   * The policy is agreed to before anything is collected. `newest`: the version in force, not an earlier one;
   * `shown`: a yes counts only after that version was shown to the person.
   */
  acceptance: z
    .strictObject({ newest: z.boolean().default(false), shown: z.boolean().default(false), clause })
    .optional(),
  /** Using the service is acceptance, and never more. */
  implied: z.strictObject({ clause }).optional(),
  /** What must be said, where, and how strong the yes must be, before something new or changed begins; silence is no yes. */
  newFunction: z.strictObject({ notice: list, channels: list, level, clause }).optional(),
  /** A recipient that wants another purpose, or uses what it got in another manner, asks the person again. */
  changed: z
    .strictObject({
      triggers: z.record(
        name,
        z.strictObject({
          name: names,
          what: z.enum(['purpose', 'manner']),
          /** The kinds of recipients it is about; absent or empty: all. */
          of: z.array(recipientKind).default([]),
          level,
          clause,
        }),
      ),
    })
    .optional(),
  /** After a no, how long the person is not asked again. */
  noNagging: z.strictObject({ period: statedPeriod, clause }).optional(),
  /** Withdrawing ends what comes after it; what was lawfully done before stays. */
  withdrawal: z
    .strictObject({
      /** The ways in which a person can withdraw; absent or empty: any. */
      channels: z.array(name).default([]),
      /** Whoever withdraws from a basic function is told first what stops. */
      warnBasic: z.strictObject({ clause }).optional(),
      clause,
    })
    .optional(),
});
export type ConsentSection = z.output<typeof consent>;
