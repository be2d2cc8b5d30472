import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { count, day, id, instant, name } from '../vocabulary.ts';

/**
 * `ordered`: two persons want it. `stopped`: collection takes nothing more in, and what no floor keeps is on its way out.
 * `reached`: no part is left with anybody. `shredded`: every key of the tenant is dead, and stated so. `final`: no copy of a
 * key and no backup is left.
 */
export const endState = z.enum(['proposed', 'ordered', 'stopped', 'reached', 'shredded', 'final']);

/** Parts by the counts: what goes at once, what a floor keeps, and what still waits for an anchor. */
const left = z.object({ atOnce: count, floored: count, waiting: count });

export const End = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/end',
  roles: ['officer', 'auditor', 'operator', 'backend'],
  summary:
    'The end of the tenant: how far it is, and what is left until it is reached. Without `end`: nobody has proposed one.',
  answer: z.object({
    legalTime: instant,
    end: id.optional(),
    state: endState.optional(),
    reason: name.optional(),
    proposedBy: z.string().optional(),
    proposedAt: instant.optional(),
    confirmedBy: z.string().optional(),
    confirmedAt: instant.optional(),
    stoppedAt: instant.optional(),
    reachedAt: instant.optional(),
    finalAt: instant.optional(),
    left,
    /** Orders somebody has not carried out, holds in force, backups not purged. */
    outstanding: count,
    holds: count,
    backups: count,
    /** The last day on which a floor keeps something. */
    lastDay: day.optional(),
  }),
});
export const ProposeEnd = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/end',
  roles: ['officer'],
  summary:
    'Proposes to end the tenant, for good; a second officer confirms within a day. The answer says what would go at once.',
  body: z.object({ reason: name }),
  answer: z.object({ end: id, left }),
  status: 201,
});
export const ConfirmEnd = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/end/:end/confirmation',
  roles: ['officer'],
  summary:
    'Ends the tenant, as another officer proposed: nothing more is collected, what no floor keeps goes at once, the rest on its dates. Waits up to `waitMs` until collecting has stopped.',
  params: z.object({ end: id }),
  body: z.object({ waitMs: z.int().min(0).max(30_000).default(5_000) }),
  answer: z.object({ end: id, state: endState }),
});
