import { z } from 'zod';
import { BASES, CONSENT_LEVELS } from '../pack.ts';
import { clause, list, name, names } from './words.ts';

export const basis = z.strictObject({ kind: z.enum(BASES), level: z.enum(CONSENT_LEVELS).optional(), clause });
/** `null` (nothing after the colon) takes everything from the purpose. */
const fieldRule = z
  .strictObject({
    required: z.boolean().optional(),
    class: name.optional(),
    basis: basis.optional(),
    clause: clause.optional(),
  })
  .nullable();
const fieldRules = z.record(name, fieldRule);
const anyOf = z.strictObject({ anyOf: list, clause });

/** Where it may come from. Absent: from the person, or logged where the purpose is `automatic`. */
const sources = z.strictObject({
  person: z.boolean().default(true),
  /** From somebody else: a closed list of parties, and what each must have attested before. */
  indirect: z
    .strictObject({
      parties: list,
      attestations: z.array(name).default([]),
      /** Asked for beside the others as soon as one field is sensitive. */
      sensitiveAttestations: z.array(name).default([]),
      /** Uses that need to be covered by what the party was authorized to pass on. */
      covers: z.array(name).default([]),
      /** The purpose whose consent the person must have given before. */
      consent: name.optional(),
      clause,
    })
    .optional(),
  /** Lawful public sources. */
  public: z.strictObject({ clause }).optional(),
});

export const purpose = z.strictObject({
  name: names,
  kind: z.enum(['basic', 'additional']),
  clause,
  basis,
  /** May be left out only where the purpose declares no field. */
  class: name.optional(),
  custody: z.enum(['lethe', 'platform']).default('lethe'),
  fields: fieldRules,
  /** What becomes of a field the purpose does not declare: the submission is refused, or the field dropped and counted. */
  undeclared: z.enum(['refuse', 'drop']).default('refuse'),
  variants: z.array(z.array(name).min(1)).default([]),
  others: z.strictObject({ declaration: name, class: name.optional(), clause, fields: fieldRules }).optional(),
  declarations: anyOf.optional(),
  /** One of these must be going on, and be declared with each submission: a voice chat is open, "locate" was tapped. */
  moment: anyOf.optional(),
  /** Logged, not typed in. */
  automatic: z.boolean().default(false),
  /** The channels on which it runs; absent: every channel of the pack. */
  channels: list.optional(),
  sources: sources.optional(),
  /** A closed list of uses; absent: the purpose itself. */
  uses: list.optional(),
  /** What it is never used for. */
  forbid: z.strictObject({ uses: list, clause }).optional(),
  /** Only what belongs to the matter named in the question is used: a case about one order sees that order. */
  onlyMatter: z.strictObject({ kind: name, clause }).optional(),
  /** Direct identifiers are replaced before they are stored, unless the joining rule's grounds are there. */
  deidentify: z.strictObject({ clause }).optional(),
  noticeRequired: z.boolean().default(false),
  /** Fields never change again: `submission` at once, else once the declaration named here has come. */
  immutable: z.strictObject({ after: name.default('submission'), clause }).optional(),
  /** `costs`: purposes that cannot be served without this one. */
  /** While Lethe does not answer, use goes on; never where it rests on a consent, which may have been withdrawn meanwhile. */
  whenAway: z.strictObject({ clause }).optional(),
  refusing: z.strictObject({ effect: names, costs: z.array(name).default([]), clause }),
  alsoUsedFor: z.array(name).default([]),
  refusals: z.record(name, clause).default({}),
});
