import { z } from 'zod';
import { publicKeys } from '../certificate.ts';
import { defineRoute } from '../http.ts';
import { receiptHandedOut } from '../receipt.ts';
import { anyDay, anyInstant, count, digest, id, instant, name, part, subject, tenant } from '../vocabulary.ts';
import { refusal } from './common.ts';

const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$/, 'not a language tag');

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
  /** When it was done, where that was earlier; a yes that names no notice is one to the version of that day. */
  at: anyInstant.optional(),
  channel: name.optional(),
  /** One tick said yes to several things: such an act is never a separate consent for any of them. */
  bundled: z.boolean().optional(),
  /** It follows from using the service; recorded as that, and never more than acceptance. */
  implied: z.boolean().optional(),
  /** Where one of several is chosen: `all`, `reduced` or `none` of the trackers. */
  choice: name.optional(),
  /** Narrows it to these fields of the purpose; what rests on it ends there. */
  fields: z.array(name).max(100).optional(),
  /** The language the notice was read in, BCP 47. */
  language: language.optional(),
  /** The notice that was shown before, as `POST /v1/notices` answered; else the latest one about this. */
  shown: id.optional(),
  /** In which way the person withdrew: `settings`, `unsubscribe`, `device-settings`, … */
  route: name.optional(),
  /** The person was told what stops, and withdraws all the same. */
  confirmed: z.boolean().optional(),
  /**
   * It was done before Lethe was here. What the platform does not know any more is said to be unknown, never made up; what
   * would be refused today is recorded as it was, with a finding, and carries nothing that today's rules do not let it carry.
   */
  imported: z.object({ unknown: z.array(z.enum(['at', 'level', 'notice'])).default([]) }).optional(),
});
export const consentState = z.object({
  consent: id,
  purpose: name,
  state: z.enum(['given', 'refused', 'withdrawn', 'never-asked']),
  level: name.optional(),
  notice: z.string().optional(),
  version: count,
  at: instant.optional(),
  channel: name.optional(),
  implied: z.boolean().optional(),
  choice: z.string().optional(),
  fields: z.array(z.string()).optional(),
  route: z.string().optional(),
  /** It was done before Lethe was here; what of it is not known. */
  imported: z.boolean().optional(),
  unknown: z.array(z.string()).optional(),
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
        z.object({
          outcome: z.literal('recorded'),
          consent: id,
          version: count,
          /** False: collection has not heard of it yet, and may still decide by what stood before: ask `GET /v1/consents/:consent/applied`. */
          applied: z.boolean(),
          /** Imported acts: what today’s rules say against it. */
          findings: z.array(refusal).optional(),
        }),
        z.object({ outcome: z.literal('effective'), consent: id, version: count, at: instant }),
        z.object({ outcome: z.literal('accepted'), consent: id, version: count, effectiveBy: instant }),
        z.object({ outcome: z.literal('refused'), refusal }),
        /** Nothing was recorded: the person must first be told that this function stops; then send it again, `confirmed`. */
        z.object({ outcome: z.literal('warned'), stops: z.array(name), clause: z.string(), text: z.string() }),
      ]),
    ),
  }),
});

export const ConsentApplied = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/consents/:consent/applied',
  roles: ['backend', 'subject', 'officer'],
  summary:
    'Has every service that acts on this act applied it? What is asked after a yes is decided by it, or by something later. Waits `waitMs` for that.',
  params: z.object({ consent: id }),
  query: z.object({ waitMs: z.coerce.number().int().min(0).max(20_000).default(0) }),
  answer: z.object({ applied: z.boolean() }),
});

export const ConsentsOf = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/subjects/:subject/consents',
  roles: ['backend', 'subject', 'officer', 'service'],
  summary: 'The consents of one person; `at` asks for a past instant.',
  params: z.object({ subject }),
  query: z.object({ at: anyInstant.optional() }),
  answer: z.object({
    consents: z.array(consentState),
    guardian: z.enum(['not-needed', 'missing', 'verified']),
    /** Everything about the person is sensitive, by the pack’s line. */
    sensitive: z.boolean().optional(),
  }),
});

export const ConsentCounts = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/consents/counts',
  roles: ['officer', 'auditor', 'operator'],
  summary: 'How many people have said yes to each purpose, and not taken it back, by the version of the notice.',
  answer: z.object({ counts: z.array(z.object({ purpose: name, notice: z.string(), people: count })) }),
});
export const ConsentHistory = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/subjects/:subject/consents/history',
  roles: ['backend', 'subject', 'officer'],
  summary: 'Every act of one person as it was recorded, oldest first, and every notice that was shown.',
  params: z.object({ subject }),
  answer: z.object({
    acts: z.array(consentState.extend({ recordedAt: instant })),
    notices: z.array(
      z.object({
        notice: id,
        about: name,
        version: z.string(),
        language: z.string(),
        channel: name,
        says: z.array(name),
        asks: z.boolean(),
        at: instant,
      }),
    ),
  }),
});

export const ReceiptOf = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/consents/:consent/receipt',
  roles: ['backend', 'subject', 'officer'],
  summary: 'The receipt of one act, with the fields of ISO/IEC TS 27560, signed; `lethe verify` reads it offline.',
  params: z.object({ consent: id }),
  answer: receiptHandedOut,
});

export const ReceiptKeys = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/consents/keys',
  roles: [],
  summary: 'The public keys with which receipts verify.',
  answer: publicKeys,
});

export const RightsOf = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/subjects/:subject/rights',
  roles: ['backend', 'subject', 'officer', 'service'],
  summary:
    'The version of the policy by which this person’s rights are judged: never fewer than they had, unless they agreed to that.',
  params: z.object({ subject }),
  answer: z.object({ version: z.string(), digest }),
});

export const shownNotice = z.object({
  subject,
  /** A purpose, `policy`, or what else can be agreed to; else a notice of the pack such as a caution. */
  about: name,
  version: z
    .string()
    .regex(/^[0-9][0-9A-Za-z.-]{0,31}$/)
    .optional(),
  language: language.default('zh-CN'),
  channel: name,
  says: z.array(name).max(16).default([]),
  /** It asks for a yes; false: it only tells. */
  asks: z.boolean().default(false),
  at: anyInstant.optional(),
  /** It was shown before Lethe was here: a version that nobody knows any more is recorded as it was, with a finding. */
  imported: z.boolean().optional(),
});

export const ShowNotices = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/notices',
  roles: ['backend'],
  summary:
    'A notice is about to be shown, or was. Refused where the person may not be asked again yet, where it leaves out what the policy says it must say, or names a version there is not.',
  body: z.object({
    notices: z.array(shownNotice).min(1).max(100),
  }),
  answer: z.object({
    outcomes: z.array(
      z.discriminatedUnion('outcome', [
        z.object({
          outcome: z.literal('recorded'),
          notice: id,
          /** Imported notices: what today’s rules say against it. */
          findings: z.array(refusal).optional(),
        }),
        z.object({ outcome: z.literal('refused'), refusal }),
      ]),
    ),
  }),
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
    /** Or the birthday, from which it is worked out by the pack’s lines. A birthday is not kept. */
    child: z.boolean().optional(),
    birthday: anyDay.optional(),
    guardianVerified: z.boolean().default(false),
    /** The person who answers for the child. */
    guardian: subject.optional(),
    /** The part, admitted through collection, that shows it. */
    evidence: part.optional(),
    /** The guardian has been told that data of the child was taken in. */
    guardianTold: z.boolean().optional(),
    /** Since when it is so, where that was earlier: when the guardian was verified. Absent: from now on. */
    at: anyInstant.optional(),
    until: anyInstant.optional(),
  }),
  answer: z.object({
    guardian: z.enum(['not-needed', 'missing', 'verified']),
    version: count,
    /** False: collection has not heard of it yet, may still decide by what stood before, and has not said whether it holds anything. Saying the same again asks again. */
    applied: z.boolean(),
    sensitive: z.boolean().optional(),
    /** The guardian is to be told, at the latest then. */
    tellGuardianBy: instant.optional(),
  }),
});

export const GuardiansToTell = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/guardians',
  roles: ['backend', 'officer'],
  summary: 'Children who were found after the fact and whose guardians have not been told, the most urgent first.',
  answer: z.object({
    children: z.array(
      z.object({ subject, foundAt: instant, tellBy: instant.optional(), overdue: z.boolean(), clause: z.string() }),
    ),
  }),
});

export const CurrentNotice = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/notice',
  roles: ['backend', 'subject', 'officer', 'auditor'],
  summary: 'The pack in force for the tenant.',
  answer: z.object({
    pack: name,
    version: z.string(),
    digest,
    zone: z.string(),
    title: z.string(),
    /** Purposes of which the pack says that use goes on while Lethe does not answer. */
    openWhenAway: z.array(name).default([]),
  }),
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
export const Tenants = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/development/tenants',
  roles: [],
  developmentOnly: true,
  summary: 'Development: the tenants that are open, each with the pack it was opened under.',
  answer: z.object({ tenants: z.array(z.object({ tenant, pack: name })) }),
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
