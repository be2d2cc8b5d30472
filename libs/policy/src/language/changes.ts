import { z } from 'zod';
import { CONSENT_LEVELS } from '../pack.ts';
import { clause, list, name, names, statedCount } from './words.ts';

const level = z.enum(CONSENT_LEVELS);
/** A path into the pack, `purposes` or `requests.types`. */
const path = z.string().regex(/^[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)*$/, 'not a path into the pack');

/** What counts as a major change, how it is announced, and which consents are asked again. */
export const changes = z.strictObject({
  publishOn: list,
  major: z.record(
    name,
    z.strictObject({ name: names, what: z.array(path).min(1), reconsent: z.union([level, z.literal('none')]), clause }),
  ),
  majorNotice: z.array(name).default([]),
  noticeDays: statedCount,
  continuedUse: z.strictObject({ counts: z.boolean(), clause }).optional(),
  /** Fewer rights than before, only so. */
  reduction: z.strictObject({ level, clause }).optional(),
  archive: z.strictObject({ clause }).optional(),
  clause,
});
