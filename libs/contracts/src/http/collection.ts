import { z } from 'zod';
import { defineRoute } from '../http.ts';
import {
  anyInstant,
  compartment,
  count,
  custody,
  day,
  digest,
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
import { refusal, restoreReport } from './common.ts';

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

export const names = z.array(name).max(32);
/** A region by ISO 3166. */
export const region = z.string().regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/);

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
  /** What the browser said then: what a tracker took all the same is refused where the policy honors it. */
  doNotTrack: z.boolean().optional(),
  exception: citedGround.optional(),
  /** The ground on which it may be kept in a region outside the pack's list. */
  abroad: citedGround.optional(),
  /** The one use it is collected for; absent: every use of the purpose. */
  use: name.optional(),
  /** Device permission, territory, context: what the rule of the purpose asks for. */
  declarations: z.array(name).max(16).default([]),
  /**
   * Where it is kept. Absent: where this deployment stores what it seals, if it states that; what the platform holds itself lies
   * where only the platform can say.
   */
  region: region.optional(),
  /** May be empty where `held` names what there is. Values of a purpose the platform holds itself are judged and forgotten. */
  fields,
  /** Fields whose values stay with the platform: for a purpose whose pack says `custody: platform`, no value need be sent. */
  held: names.optional(),
  /** Where the platform keeps them: the name it gives its own store. */
  place: name.optional(),
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
  summary:
    'A copy of everything held of one person, for that person; refused, as a verdict, when it was asked for too often on one day.',
  body: z.object({ subject }),
  answer: z.object({
    /** Nothing is handed out today: `parts` and `withheld` are empty, and say nothing of what is held. */
    refusal: refusal.optional(),
    /** From this local day on it may be asked for again. */
    again: day.optional(),
    parts: z.array(
      z.object({
        part,
        record,
        purpose: name,
        collectedAt: instant,
        disposal: day.optional(),
        /** Where it lies. */
        region: region.optional(),
        fields,
      }),
    ),
    withheld: z.array(
      z.object({
        part,
        refusal,
        /** What the platform holds itself, for the platform to add to the copy. */
        held: z
          .object({
            purpose: name,
            fields: z.array(name),
            place: name,
            collectedAt: instant,
            disposal: day.optional(),
          })
          .optional(),
      }),
    ),
  }),
});

/** The tenant's stream (`lethe.out.<tenant>` on Kafka): answers, orders to its stores and backups, what holds keep. Long poll over HTTP. */
export const outItem = z.object({
  number: count,
  id,
  kind: z.enum([
    'submission-answered',
    'erasure-ordered',
    'disposal-ordered',
    'withdrawal-ordered',
    'backup-ordered',
    'hold-placed',
    'hold-released',
    'erasure-certified',
    'subject-restricted',
  ]),
  at: instant,
  subject: subject.optional(),
  data: z.record(z.string(), z.unknown()),
});

export const Held = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/held',
  roles: ['officer', 'auditor'],
  summary:
    'How many parts are held, by purpose, class, fields and who holds them; of them those that only a law keeps, and those kept beyond their day. No person, no value.',
  answer: z.object({
    held: z.array(
      z.object({
        purpose: name,
        class: name,
        custody: z.enum(['lethe', 'platform']),
        fields: z.array(name),
        parts: count,
        /** Kept by nothing but a floor or hold since their person was erased; and until when the last of them is. */
        restricted: count,
        restrictedUntil: day.optional(),
        /** Kept beyond their day: by a floor, a hold or an agreed extension. */
        beyond: count,
      }),
    ),
  }),
});

/** What a cell says of a measure: the exact sum as a decimal, and of how many of its records; or that there is one that is not told. */
const measured = z.union([
  z.strictObject({ sum: z.string().regex(/^-?\d+(\.\d+)?$/), records: count }),
  z.strictObject({ withheld: z.literal(true) }),
]);
/** What a cell says: generalized dimensions, how many people and records are in it, and what is summed. Kept in collection and with the ledger. */
export const cellContent = z.object({
  dimensions: z.record(z.string(), z.string()),
  people: count,
  records: count,
  /** What the ladder sums, by its name. */
  measures: z.record(z.string(), measured).default({}),
});
/** Cells that are handed on together: an entry of the ledger is a line. */
export const CELLS_AT_ONCE = 100;
const cell = cellContent.extend({ class: name, cohort: day });

export const Cells = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/cells',
  roles: ['auditor', 'officer'],
  summary: 'Anonymized aggregates: cells of k people or more, for those who look after them.',
  query: z.object({ class: name.optional() }),
  answer: z.object({ cells: z.array(cell) }),
});

export const ReleaseCells = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/releases',
  roles: ['officer', 'backend'],
  summary:
    "Anonymized results for use outside: handed out with the risk of finding somebody in them, or refused above the pack's threshold.",
  body: z.object({
    class: name,
    /** Cohorts by their day, first and last included. */
    from: day.optional(),
    to: day.optional(),
  }),
  answer: z.object({
    risk: z.object({
      /** People, each as often as a cell counts them. */
      records: count,
      /** Cells. */
      classes: count,
      averageProsecutorRisk: z.number(),
      maximumProsecutorRisk: z.number(),
      uniqueness: z.number(),
      k: z.record(z.string(), count),
    }),
    /** The greatest maximum prosecutor risk that may leave. */
    threshold: z.number(),
    /** Present when nothing is handed out. */
    refusal: refusal.optional(),
    cells: z.array(cell),
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
  body: z.object({
    /** Asked again under this id it is the same restore. */
    restore: id,
    backup: id,
    approvals: z.array(z.string()).length(2),
    service,
    /** Of the sealed file, as the service said when it was taken. */
    sha256: digest,
  }),
  /** `running` after twenty seconds: asked again, it is answered when it is done. */
  answer: z.discriminatedUnion('state', [
    z.object({ state: z.literal('running') }),
    restoreReport.extend({ state: z.literal('restored') }),
  ]),
});
