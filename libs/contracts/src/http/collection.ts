import { z } from 'zod';
import { defineRoute } from '../http.ts';
import {
  anyInstant,
  clause,
  compartment,
  count,
  custody,
  day,
  id,
  instant,
  matter,
  method,
  name,
  part,
  record,
  service,
  subject,
} from '../vocabulary.ts';
import { refusal } from './common.ts';

/** The platform's own id of a person. It is personal data: it stands in a body, becomes an HMAC, and is never stored. */
export const userId = z.string().min(1).max(256);

export const SubjectOf = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/subjects',
  roles: ['backend'],
  summary: 'The subject ref of a person of the platform, made on first use.',
  body: z.object({ userId }),
  answer: z.object({ subject, created: z.boolean() }),
});

export const MatterOf = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/matters',
  roles: ['backend'],
  summary: 'The matter id of an order, an account or another thing of the platform, made on first use.',
  body: z.object({ subject, kind: name, platformId: z.string().min(1).max(256) }),
  answer: z.object({ matter, created: z.boolean() }),
});

const fieldValue = z.union([z.string().max(10_000), z.number(), z.boolean(), z.array(z.string().max(10_000)).max(100)]);
export const fields = z.record(name, fieldValue);

const names = z.array(name).max(32);
/** A region by ISO 3166. */
const region = z.string().regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/);

/** Where it comes from. Absent: from the person, or logged where the purpose is automatic. */
export const source = z.object({
  /** `reused`: the platform held it already, for the purpose named. */
  kind: z.enum(['person', 'automatic', 'indirect', 'public', 'reused']),
  /** Who passes it on, by the name the pack gives it. */
  party: name.optional(),
  /** What that party has attested: consent of the person, a written requirement, … */
  attestations: names.default([]),
  /** Since when the attestations stand; data collected before they did is refused. */
  since: anyInstant.optional(),
  /** The uses for which the party was authorized to pass it on. */
  covers: names.default([]),
  /** `reused` only: the purpose for which it was collected. */
  purpose: name.optional(),
});
/** A ground on which no consent is asked for, with what shows it: names of documents or facts, never their text. */
export const citedGround = z.object({ ground: name, evidence: names.default([]) });

export const submission = z.object({
  /** Remembered 30 days as an HMAC; the same key with another body is refused. */
  idempotencyKey: z.string().min(8).max(128),
  subject,
  purpose: name,
  /** Required where the purpose's class counts from a matter's anchor. */
  matter: matter.optional(),
  collectedAt: anyInstant.optional(),
  /** The notice (pack version) the person was shown. */
  notice: z.string().max(32).optional(),
  channel: name.optional(),
  /** The product it was collected in; one that the pack does not cover is refused. */
  product: name.optional(),
  /** Who collected it for the platform. */
  collector: name.optional(),
  source: source.optional(),
  /** The kind of tracker by which it was taken. */
  tracker: name.optional(),
  exception: citedGround.optional(),
  /** The ground on which it may be kept in a region outside the pack's list. */
  abroad: citedGround.optional(),
  /** The one use it is collected for; absent: every use of the purpose. */
  use: name.optional(),
  /** Device permission, territory, context: what the rule of the purpose asks for. */
  declarations: z.array(name).max(16).default([]),
  region: region.default('CN'),
  fields,
  /** People known only through this one: each gets a ref and parts of their own. */
  others: z
    .array(z.object({ subject, declaration: name, fields }))
    .max(50)
    .default([]),
});
export type Submission = z.output<typeof submission>;

export const submissionAnswer = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('admitted'),
    idempotencyKey: z.string(),
    submission: id,
    record,
    replayed: z.boolean(),
    parts: z.array(
      z.object({
        part,
        subject,
        compartment,
        class: name,
        disposal: day.optional(),
        floor: day.optional(),
        /** Those of its fields that are sensitive, this person's age considered. */
        sensitive: names.optional(),
      }),
    ),
    /** Fields the purpose does not declare, taken out instead of refusing the rest. */
    dropped: z.array(z.string().max(64)).optional(),
    warnings: names.optional(),
    /** Shadow mode: what would have been refused. Nothing of it is kept. */
    shadow: refusal.optional(),
  }),
  z.object({ outcome: z.literal('refused'), idempotencyKey: z.string(), submission: id, refusal }),
]);

export const Collect = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/records',
  roles: ['backend'],
  summary: 'Submits personal data; each submission is admitted once or refused with a code and a clause.',
  body: z.object({ submissions: z.array(submission).min(1).max(500) }),
  answer: z.object({ answers: z.array(submissionAnswer) }),
});

/** Who of the platform's staff, by a name that tells nobody outside who it is. */
const staffId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

export const Open = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/open',
  roles: ['backend'],
  summary: 'Values, the gate’s verdict and the audit entry in one call; never for a restricted part.',
  body: z.object({
    purpose: name,
    subject: subject.optional(),
    parts: z.array(part).max(500).optional(),
    fields: z.array(name).max(100).optional(),
    /** What it is opened for, within the purpose. */
    use: name.optional(),
    /** What it is about: where the purpose keeps to one matter, nothing of another is opened. */
    matter: matter.optional(),
    exception: citedGround.optional(),
    declarations: names.optional(),
    /** One of the platform's staff looks at it; an approval where the pack asks for one, values masked as it says. */
    staff: z.object({ id: staffId, approval: id.optional(), copy: z.boolean().default(false) }).optional(),
  }),
  answer: z.object({
    opened: z.array(z.object({ part, record, subject, purpose: name, fields })),
    refused: z.array(z.object({ part: part.optional(), subject: subject.optional(), refusal })),
  }),
});

/** What each kind of question cannot do without. */
const ASKS = {
  collect: ['subject', 'purpose'],
  use: ['subject', 'purpose'],
  tracker: ['tracker', 'purpose'],
  sdk: ['sdk'],
  permission: ['permission'],
  region: ['region'],
  message: ['message', 'subject'],
  recipient: ['recipient', 'subject'],
  page: ['purpose'],
  join: ['purpose'],
  dataset: ['use'],
  field: ['fields'],
} as const;

/** One question of the gate; `kind` says which. A client asks before it acts: sets a cookie, starts an SDK, shows a page. */
export const gateQuestion = z
  .object({
    kind: z.enum(Object.keys(ASKS) as (keyof typeof ASKS)[]).default('use'),
    subject: subject.optional(),
    purpose: name.optional(),
    fields: z.array(name).max(100).default([]),
    /** `page`: the fields without which the page does not let the person go on. */
    required: names.optional(),
    /** What it is to be used for, within the purpose. */
    use: name.optional(),
    channel: name.optional(),
    product: name.optional(),
    declarations: names.optional(),
    /** What is going on right now. */
    moment: name.optional(),
    matter: matter.optional(),
    exception: citedGround.optional(),
    tracker: name.optional(),
    /** What the person's browser or settings say, where that is not known here. */
    level: name.optional(),
    doNotTrack: z.boolean().optional(),
    sdk: name.optional(),
    permission: name.optional(),
    region: region.optional(),
    message: name.optional(),
    /** `recipient`: to whom it is to go; `successor`: whoever takes the platform over. */
    recipient: name.optional(),
    /** `dataset`: what it is said to be, and what shows it. */
    state: z.enum(['personal', 'deidentified', 'anonymous']).optional(),
    evidence: names.optional(),
  })
  .superRefine((question, context) => {
    for (const asked of ASKS[question.kind]) {
      const value = question[asked];
      if (value === undefined || (Array.isArray(value) && value.length === 0))
        context.addIssue({ code: 'custom', path: [asked], message: `a question about ${question.kind} names it` });
    }
  });
export const gateAnswer = z.object({
  may: z.boolean(),
  basis: name.optional(),
  consent: id.optional(),
  notice: z.string().optional(),
  clause: clause.optional(),
  refusal: refusal.optional(),
  /** What the data counts as: joined, of a person of that age. */
  classified: z.enum(['not-personal', 'personal', 'sensitive', 'anonymous']).optional(),
  /** What has to be done with it first. */
  treatment: z.enum(['deidentify', 'anonymize', 'mask']).optional(),
  /** What refusing costs, in the words of the pack. */
  effect: z.string().optional(),
  /** Shadow mode: what would have been refused. */
  shadow: refusal.optional(),
});
export const MayUse = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/gate',
  roles: ['backend'],
  summary: 'May this be collected or used now, this cookie set, this SDK started, this page shown? Single or batch.',
  body: z.object({ questions: z.array(gateQuestion).min(1).max(500) }),
  answer: z.object({ answers: z.array(gateAnswer) }),
});

export const ApproveStaff = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/staff-approvals',
  roles: ['officer'],
  summary: 'Lets one of the staff see one person’s data for one purpose, until an instant; somebody else approves.',
  body: z.object({
    staff: staffId,
    subject,
    purpose: name,
    fields: z.array(name).max(100).optional(),
    until: anyInstant,
  }),
  answer: z.object({ approval: id }),
});

export const SetShadowMode = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/shadow-mode',
  roles: ['officer', 'operator'],
  summary: 'Shadow mode: everything is judged and recorded, nothing is refused. What would be refused is not kept.',
  body: z.object({ on: z.boolean() }),
  answer: z.object({ on: z.boolean() }),
});

export const Cease = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/cessations',
  roles: ['officer'],
  summary: 'Stops collecting for a product, or for everything, at once or at an instant of legal time; for good.',
  body: z.object({ product: name.optional(), at: anyInstant.optional() }),
  answer: z.object({ stopsAt: instant }),
});

/** Role service: what a scope is made of. Counts and dates, nothing else. */
export const holding = z.object({
  compartment,
  class: name,
  custody,
  method,
  parts: count,
  floor: day.optional(),
  waiting: z.boolean(),
  held: count,
  restricted: count,
});
export const Holdings = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/subjects/:subject/holdings',
  roles: ['service', 'officer'],
  summary: 'What is held of one person, by compartment and class.',
  params: z.object({ subject }),
  answer: z.object({ known: z.boolean(), generation: count, holdings: z.array(holding) }),
});

/** Subject and officer: their own records without values, or with. */
export const Access = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/access',
  roles: ['backend', 'subject'],
  summary: 'A copy of everything held of one person, for that person.',
  body: z.object({ subject }),
  answer: z.object({
    parts: z.array(z.object({ part, record, purpose: name, collectedAt: instant, disposal: day.optional(), fields })),
    withheld: z.array(z.object({ part, refusal })),
  }),
});

/** The tenant's stream (`lethe.out.<tenant>` on Kafka): answers, erasure and disposal orders. Long poll over HTTP. */
export const outItem = z.object({
  number: count,
  id,
  kind: z.enum([
    'submission-answered',
    'erasure-ordered',
    'disposal-ordered',
    'erasure-certified',
    'subject-restricted',
  ]),
  at: instant,
  subject: subject.optional(),
  data: z.record(z.string(), z.unknown()),
});

export const Cells = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/cells',
  roles: ['auditor', 'officer', 'backend'],
  summary: 'Anonymized aggregates: cells of k people or more.',
  query: z.object({ class: name.optional() }),
  answer: z.object({
    cells: z.array(
      z.object({
        class: name,
        cohort: day,
        dimensions: z.record(z.string(), z.string()),
        people: count,
        records: count,
      }),
    ),
  }),
});

export const Counts = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/counts',
  roles: ['officer', 'auditor', 'backend'],
  summary:
    'What collection has done for the tenant: admitted, refused by clause, anonymized, deleted, erased, restricted.',
  answer: z.object({
    admitted: count,
    refused: count,
    refusedByClause: z.record(z.string(), count),
    refusedByCode: z.record(z.string(), count),
    /** Judged in shadow mode: what would have been refused, by code. */
    shadowedByCode: z.record(z.string(), count).optional(),
    /** Fields left out because no purpose declares them. */
    dropped: count.optional(),
    /** Admitted parts by what they rest on. */
    byBasis: z.record(z.string(), count).optional(),
    anonymized: count,
    deleted: count,
    erased: count,
    restricted: count,
    restrictedUntil: day.optional(),
    parts: count,
  }),
});

/** Role service: restore, through quarantine only. */
export const RestoreBackup = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/restores',
  roles: ['service'],
  summary:
    'Opens a backup into quarantine, replays the ledger, reports, and lets the survivors in under a new incarnation.',
  body: z.object({ backup: id, approvals: z.array(z.string()).length(2), service }),
  answer: z.object({ restored: count, replayed: count, dropped: count, unrecoverable: count, incarnation: id }),
});

/** Moves the key epoch on (operators; the service does it itself each day). */
export const RotateEpoch = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/keyring/epochs',
  roles: ['operator', 'service'],
  summary: 'Re-wraps every key under a new epoch key and destroys the old one.',
  answer: z.object({ epoch: count, keys: count }),
});

/** Every hour of machine time has an intake key of its own; the private half never leaves the keyring and dies within 26 hours. */
export const IntakeKey = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/intake-key',
  roles: ['backend'],
  summary: 'The public key to which a platform seals its session, this hour.',
  answer: z.object({
    kid: z.string(),
    publicKey: z.object({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: z.string() }),
    until: instant,
  }),
});

/** A key of the platform: who signs with it speaks for the caller's tenant. */
export const platformKid = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
export const RegisterPlatformKey = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/platform-keys',
  roles: ['backend', 'operator'],
  summary: 'Registers an Ed25519 public key with which the platform signs its sessions. A kid never changes its key.',
  body: z.object({ kid: platformKid, x: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
  answer: z.object({ kid: platformKid, registered: z.boolean() }),
});
export const EndPlatformKey = defineRoute({
  service: 'collection',
  method: 'DELETE',
  path: '/v1/platform-keys/:kid',
  roles: ['backend', 'operator'],
  summary: 'From now on nothing signed with this key is believed; its sessions end within a minute.',
  params: z.object({ kid: platformKid }),
  answer: z.object({ ended: z.boolean() }),
});
