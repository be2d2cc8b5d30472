import { refusal } from './common.ts';
import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { goingAlready } from '../events/collection.ts';
import { extensionEvidence as evidence, extensionScope, holdScope } from '../events/retention.ts';
import {
  anyDay,
  anyInstant,
  count,
  day,
  holdState,
  id,
  instant,
  matter,
  method,
  name,
  subject,
} from '../vocabulary.ts';

export const StateAnchor = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/matters/anchors',
  roles: ['backend'],
  summary:
    'An anchor of a matter came or moved (transaction completed, account closed): its parts get their disposal date. `applied`: what is submitted next is dated by it; false where a busy collection has not heard of it within eight seconds, and saying the same again asks again.',
  body: z.object({
    anchors: z
      .array(z.object({ matter, subject, anchor: name, at: anyInstant }))
      .min(1)
      .max(500),
  }),
  answer: z.object({ accepted: count, applied: z.boolean() }),
});

export const PlaceHold = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/holds',
  roles: ['officer'],
  summary:
    'A reason not to dispose. Answers once collection has recorded it under the day’s lock, or another person has released it meanwhile (`released`: nothing is held); else 409 `too-late`, naming the order, or a withdrawal’s entry in the ledger. One on a matter or on everything is in force for what can be kept, and names the rest.',
  body: z.object({ scope: holdScope, reason: name, authority: name, reviewOn: anyDay }),
  /** `tooLate`: of a hold on a matter or on everything, what it names and what goes all the same. */
  answer: z.object({
    hold: id,
    parts: count,
    state: z.enum(['in-force', 'released']),
    tooLate: z.array(goingAlready),
  }),
  status: 201,
});
export const ReleaseHold = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/holds/:hold/release',
  roles: ['officer'],
  summary:
    'Releases a hold; another person than the one who placed it, or, where that was lost with a database, than the one who has reviewed it since.',
  params: z.object({ hold: id }),
  answer: z.object({ hold: id, releasedAt: instant }),
});
export const ReviewHold = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/holds/:hold/review',
  roles: ['officer'],
  summary: 'Somebody has looked at a hold: it stands until another review date. One that passes is a finding.',
  params: z.object({ hold: id }),
  body: z.object({ reviewOn: anyDay }),
  answer: z.object({ hold: id, reviewOn: day }),
});
export const Holds = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/holds',
  roles: ['officer', 'auditor'],
  summary: 'Holds in force and released.',
  answer: z.object({
    holds: z.array(
      z.object({
        hold: id,
        scope: holdScope,
        reason: name,
        authority: name,
        placedBy: z.string(),
        placedAt: instant,
        reviewOn: day,
        reviewedAt: instant.optional(),
        releasedAt: instant.optional(),
        state: z.enum(['placing', 'in-force', 'too-late', 'released']),
        /** What it named and what was going already. */
        tooLate: z.array(goingAlready),
        /** The platform's stores that were told of it, or of its end; those that have said that they act by it; those that have not. */
        told: count,
        acked: count,
        waitingFor: z.array(name),
      }),
    ),
  }),
});
export const AckHold = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/holds/:hold/acks',
  roles: ['backend'],
  summary:
    'One of the platform’s stores says that it keeps what the hold keeps (`placed`), or that it knows of its end (`released`): what it was told of last.',
  params: z.object({ hold: id }),
  body: z.object({ participant: name, state: holdState }),
  answer: z.object({ accepted: z.boolean() }),
});

/** An id, a number or a citation that shows something; never what it says. */
export const AgreeExtension = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/extensions',
  roles: ['backend'],
  summary:
    'A longer period was agreed with the person, or a law asks for it, for a record or a matter: on a ground the pack lists, with what it needs, until a last day. Answers once collection has recorded it under the day’s lock; else 409 `too-late`, naming the order, or 422 `nothing-to-extend` where nothing of the person lies under that record or matter.',
  body: z.object({ scope: extensionScope, ground: name, evidence: evidence.default([]), until: anyDay }),
  answer: z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('agreed'), extension: id, parts: count, clause: z.string() }),
    z.object({ outcome: z.literal('refused'), refusal }),
  ]),
});
export const WithdrawExtension = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/extensions/:extension/withdraw',
  roles: ['backend', 'officer'],
  summary: 'The person no longer agrees: the period of before counts again, and what is past it goes at once.',
  params: z.object({ extension: id }),
  answer: z.object({ extension: id, state: z.enum(['withdrawn', 'ended']) }),
});
export const Extensions = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/extensions',
  roles: ['officer', 'auditor', 'backend'],
  summary: 'Extensions agreed and ended, latest first.',
  answer: z.object({
    extensions: z.array(
      z.object({
        extension: id,
        scope: extensionScope,
        ground: name,
        clause: z.string(),
        evidence,
        until: day,
        agreedAt: instant,
        agreedBy: z.string(),
        parts: count,
        state: z.enum(['placing', 'in-force', 'too-late', 'no-consent', 'nothing', 'withdrawn', 'ended']),
        endedAt: instant.optional(),
        endedBecause: z.enum(['withdrawn', 'erased', 'over']).optional(),
      }),
    ),
  }),
});

export const tally = z.object({
  class: name,
  /** The day on which it goes: no floor is on it then. */
  day: day.optional(),
  /** The day it was dated for, where it goes on another: a later version has shortened that, or the tenant has ended. By it its parts and its order are known. */
  dated: day.optional(),
  /** The latest floor on any of its parts that are not ordered. */
  floor: day.optional(),
  method,
  custody: z.enum(['lethe', 'platform']),
  parts: count,
  /** `late`: parts that came to a day which was disposed of; they are ordered again. */
  state: z.enum(['waiting', 'dated', 'ordered', 'effective', 'swept', 'late']),
});
export const Forecast = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/forecast',
  roles: ['officer', 'auditor', 'operator', 'backend'],
  summary: 'What is due when, by class.',
  answer: z.object({
    legalTime: instant,
    nextDay: day.optional(),
    tallies: z.array(tally),
    /** How long each class is kept, and whether the policy states it; where it does not, who says what is used instead. */
    periods: z.array(
      z.object({
        class: name,
        period: z.string().max(32),
        stated: z.boolean(),
        source: z.enum(['policy', 'statute', 'deployer', 'decision']),
        /** A mandatory minimum is longer than the period: it wins, and who says so. */
        floor: z
          .object({ period: z.string().max(32), basis: name, source: z.enum(['statute', 'deployer', 'decision']) })
          .optional(),
      }),
    ),
  }),
});
/**
 * Why a sweep orders nothing more. `unheard`: something that collection has told of the tenant is parked. `placing`: collection has
 * not answered a hold yet.
 */
const stoppedBecause = z.enum([
  'out-of-proportion',
  'days-skipped',
  'stopped-by-officer',
  'held',
  'placing',
  'unheard',
]);
/** `behind`: not all has been heard that collection has told, or it does not answer; this one ends by itself. */
const sweepStopped = z.enum([...stoppedBecause.options, 'behind']);
export const Sweep = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/sweeps',
  roles: ['operator'],
  summary:
    'Sweeps the caller’s tenant now, as the schedule does by itself (`LETHE_SWEEP_MINUTES`): orders what is due, purges what has reached its date. `waitMs` answers when all it ordered is effective; `stopped` says why it ordered nothing more.',
  body: z.object({ waitMs: z.int().min(0).max(30_000).default(0) }),
  answer: z.object({ ordered: count, outstanding: count, backupsPurged: count, stopped: sweepStopped.optional() }),
});
export const NextSweep = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/sweeps/next',
  roles: ['officer', 'auditor', 'operator'],
  summary:
    'What a sweep would order now, oldest day first, without ordering it. `stopped`: why none would; `held`: the tenant is.',
  answer: z.object({
    legalTime: instant,
    held: z.boolean(),
    stopped: stoppedBecause.optional(),
    orders: z.array(
      z.object({
        class: name,
        day,
        /** The day on which it goes, where a later version has shortened what was dated for `day`. */
        goes: day.optional(),
        method,
        custody: z.array(z.enum(['lethe', 'platform'])).min(1),
        parts: count,
      }),
    ),
  }),
});

const broken = z.enum(['out-of-proportion', 'days-skipped']);
export const Breaker = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/breaker',
  roles: ['officer', 'operator', 'auditor'],
  summary:
    'What the next sweep would order, by day and class; what stops it; and the proposals to let it pass that wait for a second person.',
  answer: z.object({
    stopped: stoppedBecause.optional(),
    /** Machine time. */
    stoppedAt: instant.optional(),
    stop: z.object({ reason: name, stoppedBy: z.string(), stoppedAt: instant }).optional(),
    /** The day of the machine’s clock, in the tenant’s zone, on which a sweep last went through. */
    sweptOn: day.optional(),
    /** Parts ordered within 24 hours with those due now; how many may go unasked; how many were expected. */
    parts: count,
    allowance: count,
    forecast: count,
    backlog: z.array(
      z.object({
        day,
        goes: day.optional(),
        class: name,
        method,
        custody: z.array(z.enum(['lethe', 'platform'])),
        parts: count,
      }),
    ),
    proposals: z.array(
      z.object({
        pass: id,
        because: broken,
        parts: count,
        through: day,
        reason: name,
        proposedBy: z.string(),
        proposedAt: instant,
      }),
    ),
  }),
});
export const ProposePass = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/breaker/passes',
  roles: ['officer', 'operator'],
  summary: 'Proposes to let what the breaker stopped pass, as it is now; a second person confirms within a day.',
  body: z.object({ reason: name }),
  answer: z.object({ pass: id, because: broken, parts: count, through: day }),
  status: 201,
});
export const ConfirmPass = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/breaker/passes/:pass/confirmation',
  roles: ['officer', 'operator'],
  summary: 'Confirms what another person proposed: a sweep within 24 hours orders the days that were seen.',
  params: z.object({ pass: id }),
  answer: z.object({ pass: id, parts: count, through: day }),
});
export const StopDisposal = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/breaker/stop',
  roles: ['officer', 'operator'],
  summary:
    'Stops all disposal of the caller’s tenant, at once. What was ordered already is carried out. Where a stop came back with a database that was put back, whoever stops anew answers for it.',
  body: z.object({ reason: name }),
  answer: z.object({ stoppedBy: z.string(), stoppedAt: instant }),
});
export const ResumeDisposal = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/breaker/resumption',
  roles: ['officer', 'operator'],
  summary:
    'Lets disposal go on; another person than the one who stopped it, or, where that was lost with a database, than the one who has stopped it anew.',
  answer: z.object({ resumedAt: instant }),
});

export const AckDisposal = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/disposals/:order/ack',
  roles: ['backend'],
  summary:
    'The counted statement of one of the platform’s stores that it has disposed of what the order names. `participant` may be left out where the order is addressed to one.',
  params: z.object({ order: id }),
  body: z.object({ participant: name.optional(), found: count, deleted: count, rescan: count }),
  answer: z.object({ accepted: z.boolean() }),
});
