import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { anyInstant, count, digest, id, instant, name, subject, tenant } from '../vocabulary.ts';
import { refusal } from './common.ts';

export const consentAct = z.object({
  subject,
  purpose: name,
  state: z.enum(['given', 'refused', 'withdrawn']),
  /** How it was given; checked against what the purpose asks for. Not asked of a withdrawal. */
  level: z
    .enum(['acceptance', 'opt-in', 'device-permission', 'explicit', 'separate', 'guardian'])
    .default('acceptance'),
  notice: z
    .string()
    .regex(/^[0-9][0-9A-Za-z.-]{0,31}$/)
    .optional(),
  at: anyInstant.optional(),
  channel: name.optional(),
  /** One tick said yes to several things: such an act is never a separate consent for any of them. */
  bundled: z.boolean().optional(),
});
export const consentState = z.object({
  consent: id,
  purpose: name,
  state: z.enum(['given', 'refused', 'withdrawn', 'never-asked']),
  level: name.optional(),
  notice: z.string().optional(),
  version: count,
  at: instant.optional(),
});

export const ActOnConsent = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/consents',
  roles: ['backend', 'subject'],
  summary:
    'Gives, refuses or withdraws. A withdrawal answers `effective` once every service that acts on the purpose has applied it, else `accepted` with the moment at which it is effective whatever happens.',
  body: z.object({ acts: z.array(consentAct).min(1).max(100) }),
  answer: z.object({
    outcomes: z.array(
      z.discriminatedUnion('outcome', [
        z.object({ outcome: z.literal('recorded'), consent: id, version: count }),
        z.object({ outcome: z.literal('effective'), consent: id, version: count, at: instant }),
        z.object({ outcome: z.literal('accepted'), consent: id, version: count, effectiveBy: instant }),
        z.object({ outcome: z.literal('refused'), refusal }),
      ]),
    ),
  }),
});

export const ConsentsOf = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/subjects/:subject/consents',
  roles: ['backend', 'subject', 'officer'],
  summary: 'The consents of one person; `at` asks for a past instant.',
  params: z.object({ subject }),
  query: z.object({ at: anyInstant.optional() }),
  answer: z.object({ consents: z.array(consentState), guardian: z.enum(['not-needed', 'missing', 'verified']) }),
});

export const StateGuardian = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/guardians',
  roles: ['backend'],
  summary:
    'Says whether a person is a child by the pack’s line, and whether a guardian has been verified; ends by itself at the birthday.',
  body: z.object({
    subject,
    child: z.boolean(),
    guardianVerified: z.boolean().default(false),
    until: anyInstant.optional(),
  }),
  answer: z.object({ guardian: z.enum(['not-needed', 'missing', 'verified']), version: count }),
});

export const CurrentNotice = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/notice',
  roles: ['backend', 'subject', 'officer', 'auditor'],
  summary: 'The pack in force for the tenant.',
  answer: z.object({ pack: name, version: z.string(), digest, zone: z.string(), title: z.string() }),
});

export const OpenTenant = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/development/tenants',
  roles: [],
  developmentOnly: true,
  summary: 'Development: a tenant with a pack and a clock that can be moved.',
  /** `digest`: a text that was sent before, instead of the one of the installation. */
  body: z.object({ tenant, pack: name, startAt: anyInstant.optional(), digest: digest.optional() }),
  answer: z.object({ tenant, pack: name, version: z.string(), legalTime: instant }),
});
export const MoveClock = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/development/clock',
  roles: ['operator'],
  developmentOnly: true,
  summary: 'Development: moves the tenant’s legal time forward, and answers when every service has it.',
  body: z.object({ to: anyInstant }),
  answer: z.object({ legalTime: instant, offsetMs: z.int() }),
});
/** Production and development: one officer proposes, another confirms. */
export const ProposeTenant = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/tenants',
  roles: ['operator', 'officer'],
  summary: 'Proposes to open the caller’s tenant under a pack; a second person confirms.',
  body: z.object({ pack: name, version: z.string().optional() }),
  answer: z.object({ proposal: id }),
});
export const ConfirmTenant = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/tenants/:proposal/confirmation',
  roles: ['operator', 'officer'],
  summary: 'Confirms a proposal made by another person.',
  params: z.object({ proposal: id }),
  answer: z.object({ tenant, pack: name, version: z.string() }),
});
