import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { anyInstant, clause, id, matter, name, part, record, subject } from '../vocabulary.ts';
import { citedGround, fields, names, region } from './collection.ts';
import { refusal } from './common.ts';

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
  /** Of a device permission: how it stands before anybody has touched it, and whether the function goes on without it. */
  default: z.enum(['off', 'on']).optional(),
  optional: z.boolean().optional(),
  /** The platform holds this data itself: Lethe has nothing to open. */
  heldBy: z.literal('platform').optional(),
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
