import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { anyDay, anyInstant, digest, id, instant, name } from '../vocabulary.ts';
import { refusal } from './common.ts';

/** A path into a policy: `requests.types.copy.selfService`. */
const path = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)*$/)
  .max(200);
const version = z.string().regex(/^[0-9][0-9A-Za-z.-]{0,31}$/);
/** The text of a pack is a policy: it is about nobody, and everybody may read it. */
const text = z.string().max(512 * 1024);
/** `policy.yaml`, the register `clauses.yaml`, and what the policy leaves to the deployer, `deployer.yaml`. */
const packText = z.object({ policy: text, clauses: text.optional(), deployer: text.optional() });

export const finding = z.object({
  file: z.string(),
  line: z.int(),
  column: z.int(),
  code: z.string(),
  message: z.string(),
  allowed: z.array(z.string()).optional(),
});

export const SendPack = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/development/packs',
  roles: [],
  developmentOnly: true,
  summary: 'Development: a pack sent as text, checked like one of the installation; kept where nothing was found.',
  body: packText,
  answer: z.object({
    findings: z.array(finding),
    pack: name.optional(),
    version: version.optional(),
    digest: digest.optional(),
  }),
});

export const PackText = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/packs/:digest',
  roles: ['backend', 'subject', 'operator', 'officer', 'auditor', 'service'],
  summary: 'The archive: the text of one version, exactly as it was in force.',
  params: z.object({ digest }),
  answer: packText,
});

/** Where a version was published or announced, and when. */
export const publication = z.object({
  channel: name,
  at: anyInstant,
  /** The first day on which the version governs, as the announcement says. */
  effectiveFrom: anyDay.optional(),
});

export const PackVersions = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/packs',
  roles: ['backend', 'subject', 'operator', 'officer', 'auditor'],
  summary: 'Every version of the tenant’s pack, oldest first, with the instant of legal time from which it governs.',
  answer: z.object({
    versions: z.array(
      z.object({
        pack: name,
        version,
        digest,
        effectiveFrom: instant.optional(),
        governs: z.boolean(),
        changes: z.array(name).optional(),
        publications: z.array(publication).optional(),
        decided: z.enum(['major', 'minor']).optional(),
        assessment: name.optional(),
        cause: name.optional(),
      }),
    ),
  }),
});

export const ProposePack = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/packs',
  roles: ['operator', 'officer'],
  summary:
    'Proposes a further version of the caller’s pack, with what was published about it; a second person confirms. Answers what changes, and what would stand in the way.',
  body: z.object({
    /** A version of the installation, or the digest of a text that was sent: one of them is named. */
    version: version.optional(),
    digest: digest.optional(),
    publications: z.array(publication).max(32).default([]),
    /** What a person decided about a change that no kind of the policy’s own list describes. */
    decided: z.enum(['major', 'minor']).optional(),
    /** The impact assessment behind the version, by its id, and what it found. */
    assessment: z.object({ id: name, risk: z.enum(['high', 'other']) }).optional(),
    /** Why: the law, technology, business. */
    cause: name.optional(),
  }),
  answer: z.object({
    proposal: id,
    version,
    digest,
    effectiveFrom: instant,
    changes: z.array(name),
    /** Rights under the policy that would be fewer than before. */
    reductions: z.array(path),
    reconsent: z.array(z.object({ purpose: name, level: name })),
    refusals: z.array(refusal),
  }),
});

export const ConfirmPack = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/packs/:proposal/confirmation',
  roles: ['operator', 'officer'],
  summary: 'Activates a version another person has proposed, unless something its policy asks for is missing.',
  params: z.object({ proposal: id }),
  answer: z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('activated'), version, digest, effectiveFrom: instant }),
    z.object({ outcome: z.literal('refused'), refusals: z.array(refusal).min(1) }),
  ]),
});
