import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { compartment, count, day, digest, id, instant, leftBecause, name, subject } from '../vocabulary.ts';
import { cellContent, CELLS_AT_ONCE, outItem } from './collection.ts';
import { refusal } from './common.ts';

/** In the order in which a request comes to them, up to `final`. */
export const requestState = z.enum([
  'received',
  'verified',
  'scoped',
  'frozen',
  'ordered',
  'shredding',
  'effective',
  'swept',
  'certified',
  'final',
  'refused',
  'restricted',
]);

export const AskErasure = defineRoute({
  service: 'erasure',
  method: 'POST',
  path: '/v1/requests',
  roles: ['backend', 'subject'],
  summary:
    'Asks for the erasure of a person’s data or the closing of an account. Answers alike for a known and an unknown person.',
  body: z.object({
    subject,
    kind: z.enum(['erasure', 'close-account']),
    ground: name.default('no-longer-used'),
    /** How the platform has proved who asks; absent: an officer verifies. Bound to this request. */
    identity: z.object({ method: name, verifiedAt: instant }).optional(),
    idempotencyKey: z.string().min(8).max(128),
  }),
  /** `receipt`: 16 random bytes that show, to whoever holds the certificate, that it is about this request. Keep it. */
  answer: z.object({
    request: id,
    state: requestState,
    deadline: day,
    receipt: z
      .string()
      .regex(/^[A-Za-z0-9_-]{22}$/)
      .optional(),
  }),
  status: 202,
});
export const RequestState = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/requests/:request',
  roles: ['backend', 'subject', 'officer', 'operator'],
  summary: 'Where a request stands. `waitMs` with `until` long-polls.',
  params: z.object({ request: id }),
  query: z.object({ until: requestState.optional(), waitMs: z.coerce.number().int().min(0).max(30_000).default(0) }),
  answer: z.object({
    request: id,
    state: requestState,
    deadline: day,
    receivedAt: instant,
    verifiedAt: instant.optional(),
    effectiveAt: instant.optional(),
    sweptAt: instant.optional(),
    finalAt: instant.optional(),
    certificate: id.optional(),
    refusal: refusal.optional(),
    restricted: z.array(z.object({ compartment, class: name, until: day.optional(), basis: name })),
    waitingFor: z.array(z.string()),
  }),
});
export const VerifyRequest = defineRoute({
  service: 'erasure',
  method: 'POST',
  path: '/v1/requests/:request/verification',
  roles: ['officer'],
  summary: 'An officer states how the identity was proved, or refuses with a ground.',
  params: z.object({ request: id }),
  body: z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('verified'), method: name }),
    z.object({ outcome: z.literal('refused'), code: name }),
  ]),
  answer: z.object({ request: id, state: requestState }),
});
export const AckErasure = defineRoute({
  service: 'erasure',
  method: 'POST',
  path: '/v1/requests/:request/acks',
  roles: ['backend'],
  summary: 'The platform’s counted statement. A rescan that still finds something, or silence, means no certificate.',
  params: z.object({ request: id }),
  body: z.object({ participant: name, found: count, deleted: count, restricted: count.default(0), rescan: count }),
  answer: z.object({ accepted: z.boolean() }),
});
/** The ledger's entry of a withdrawal: what its order and its statements name. */
const entry = z.coerce.number().int().min(1);
export const AckWithdrawal = defineRoute({
  service: 'erasure',
  method: 'POST',
  path: '/v1/withdrawals/:entry/acks',
  roles: ['backend'],
  summary:
    'The platform’s counted statement that its own stores have let go of what a withdrawn consent was the basis of. One that does not add up is not taken.',
  params: z.object({ entry }),
  body: z.object({ participant: name, found: count, deleted: count, restricted: count.default(0), rescan: count }),
  answer: z.object({ accepted: z.boolean() }),
});
export const Withdrawals = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/withdrawals',
  roles: ['officer', 'auditor', 'operator', 'backend'],
  summary:
    'Withdrawals of what the platform holds itself, newest first: who has stated what, and who is awaited. `which=late`: those somebody is awaited for beyond the deadline; `after`: those behind this one.',
  query: z.object({
    which: z.enum(['all', 'late']).default('all'),
    after: z.coerce.number().int().min(0).optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
  }),
  answer: z.object({
    withdrawals: z.array(
      z.object({
        entry: count,
        purpose: name,
        state: z.enum(['ordered', 'late', 'done']),
        orderedAt: instant,
        deadline: day,
        participants: z.array(
          z.object({ participant: name, found: count, deleted: count, restricted: count, at: instant }),
        ),
        waitingFor: z.array(name),
        /** Stores that take part no more and have not answered: why, and when a second person closed it. */
        closed: z.array(z.object({ participant: name, because: leftBecause, at: instant })),
      }),
    ),
  }),
});
/** The name under which the platform answers for what no store of its has registered for. */
export const UNNAMED_PARTICIPANT = 'platform';
export const RegisterParticipant = defineRoute({
  service: 'erasure',
  method: 'POST',
  path: '/v1/participants',
  roles: ['backend', 'operator'],
  summary:
    'Registers a store of the platform that takes part from now on: in every erasure, and in disposals of `classes`, or of whatever the platform holds where it names none.',
  body: z.object({ participant: name, classes: z.array(name).max(100).default([]) }),
  answer: z.object({ participant: name, registryVersion: count }),
});
export const Participants = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/participants',
  roles: ['officer', 'auditor', 'operator', 'backend'],
  summary:
    'The platform’s stores that take part, and those that have left: who said so, why, and who closed what they had not answered.',
  answer: z.object({
    participants: z.array(
      z.object({
        participant: name,
        classes: z.array(name),
        registryVersion: count,
        registeredAt: instant,
        left: z
          .object({
            because: leftBecause,
            by: z.string(),
            at: instant,
            /** What it had not answered is waited for until somebody has closed it. */
            closed: z.object({ by: z.string(), at: instant }).optional(),
          })
          .optional(),
      }),
    ),
  }),
});
/** A store that was shut down. What it has not answered stays open: late requests, late withdrawals, findings. */
export const LeaveParticipant = defineRoute({
  service: 'erasure',
  method: 'POST',
  path: '/v1/participants/:participant/leave',
  roles: ['officer'],
  summary:
    'A store takes part no more: nothing is asked of it from now on. What it has not answered is waited for, until a second person closes it. It may register again.',
  params: z.object({ participant: name }),
  body: z.object({ because: leftBecause }),
  answer: z.object({ participant: name, registryVersion: count, leftAt: instant }),
});
export const CloseParticipant = defineRoute({
  service: 'erasure',
  method: 'POST',
  path: '/v1/participants/:participant/closing',
  roles: ['officer'],
  summary:
    'Closes what a store that has left had not answered, in the caller’s name and for the reason it left; another person than the one who said that it left. Certificates name the store as a residual, and never as one that answered.',
  params: z.object({ participant: name }),
  answer: z.object({ participant: name, erasures: count, withdrawals: count, closedAt: instant }),
});
export const CertificateOf = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/certificates/:certificate',
  roles: ['backend', 'subject', 'officer', 'auditor'],
  summary: 'A certificate in its final format, with the final statement once there is one.',
  params: z.object({ certificate: id }),
  answer: z.object({ document: z.record(z.string(), z.unknown()) }),
});
export const EndStatement = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/end/statement',
  roles: ['officer', 'auditor', 'backend'],
  summary:
    'The signed statement of the tenant’s end, with its final statement once no copy of a key and no backup is left.',
  answer: z.object({ document: z.record(z.string(), z.unknown()) }),
});
export const Requests = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/requests',
  roles: ['officer', 'auditor', 'backend'],
  summary:
    'The requests of the tenant, newest first. `which=late`: those past their deadline that are neither certified nor refused, and who is waited for; `after`: those behind this one.',
  query: z.object({
    state: requestState.optional(),
    which: z.enum(['all', 'late']).default('all'),
    after: id.optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
  }),
  answer: z.object({
    requests: z.array(
      z.object({
        request: id,
        state: requestState,
        deadline: day,
        certificate: id.optional(),
        /** Of late ones. */
        waitingFor: z.array(z.string()).optional(),
      }),
    ),
    counts: z.record(z.string(), count),
  }),
});
/** The tenant's stream of orders and certificates, read by long poll; on Kafka the same items stand in `lethe.out.<tenant>`. */
export const Out = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/out',
  roles: ['backend'],
  summary: 'Orders for the platform’s own stores, and certificates, after a number.',
  query: z.object({
    after: z.coerce.number().int().min(0).default(0),
    waitMs: z.coerce.number().int().min(0).max(30_000).default(0),
  }),
  answer: z.object({ items: z.array(outItem) }),
});
/** Open: anyone may verify. */
export const LedgerKeys = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/ledger/keys',
  roles: [],
  summary: 'The public keys with which certificates and checkpoints verify.',
  answer: z.object({
    mode: z.enum(['development', 'production']),
    keys: z.array(z.object({ kid: z.string(), kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() })),
    checkpoint: z.string().optional(),
  }),
});
/** Role service: entries to replay after a restore. Refs and what happened, nothing else. */
export const LedgerEntries = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/ledger/entries',
  // The ledger is files on a volume of their own, and every recovery needs it.
  whenClosed: true,
  roles: ['service'],
  summary: 'The replay list after an entry.',
  query: z.object({
    after: z.coerce.number().int().min(0),
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  }),
  answer: z.object({
    head: count,
    entries: z.array(
      z.object({
        entry: count,
        tenant: z.string(),
        kind: z.enum(['erased', 'withdrawn', 'disposed', 'restricted', 'held', 'released', 'ended', 'folded']),
        subject: subject.optional(),
        compartments: z.array(compartment).optional(),
        class: name.optional(),
        day: day.optional(),
        order: id.optional(),
        erasure: id.optional(),
        hold: id.optional(),
        consentVersion: count.optional(),
        cells: z.array(cellContent).optional(),
        first: count.optional(),
        at: instant,
      }),
    ),
  }),
});
/**
 * Role service: what a cohort was folded into goes into the ledger before its day key may die. Said again, it changes nothing.
 * `first`: which of the cohort's cells the first of these is, from 1.
 */
export const KeepCells = defineRoute({
  service: 'erasure',
  method: 'POST',
  path: '/v1/ledger/cells',
  roles: ['service'],
  summary: 'Keeps the result of a disposal that the ledger has, durably.',
  body: z.object({
    order: id,
    class: name,
    day,
    first: count.min(1),
    cells: z.array(cellContent).min(1).max(CELLS_AT_ONCE),
  }),
  answer: z.object({ entry: count }),
});
export const certificateDigest = digest;
