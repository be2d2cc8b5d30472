import { z } from 'zod';
import { CONSENT_LEVELS } from '../pack.ts';
import { clause, list, name, names, statedCount } from './words.ts';

const level = z.enum(CONSENT_LEVELS);
/** A path into the pack, `purposes` or `requests.deadline`; `assessment`: a high risk that an assessment found. */
const path = z.string().regex(/^[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)*$/, 'not a path into the pack');

/** What counts as a major change, how it is announced, and which consents are asked again. */
export const changes = z.strictObject({
  /** Every version is published on all of these before it governs. */
  publishOn: list,
  major: z.record(
    name,
    z.strictObject({ name: names, what: z.array(path).min(1), reconsent: z.union([level, z.literal('none')]), clause }),
  ),
  /** Beside the publication, a major change is announced on all of these. */
  majorNotice: z.array(name).default([]),
  /** A major change is shown to each person on all of these; until then the version before it governs that person's rights. */
  personNotice: z.array(name).default([]),
  /** Days between the last of these and the day from which the version governs. */
  noticeDays: statedCount,
  continuedUse: z.strictObject({ counts: z.boolean(), clause }).optional(),
  /** Fewer rights than before, only so. */
  reduction: z.strictObject({ level, clause }).optional(),
  /** The list of major changes is open: a person decides about any other, and says so. */
  undecided: z.strictObject({ clause }).optional(),
  clause,
});
export type ChangesSection = z.output<typeof changes>;
