import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { digest, instant, name } from '../vocabulary.ts';

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
      }),
    ),
  }),
});
