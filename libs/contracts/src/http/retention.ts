import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { holdScope } from '../events/retention.ts';
import { anyInstant, count, day, id, instant, matter, method, name, subject } from '../vocabulary.ts';

export const StateAnchor = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/matters/anchors',
  roles: ['backend'],
  summary:
    'An anchor of a matter came or moved (transaction completed, account closed): its parts get their disposal date.',
  body: z.object({
    anchors: z
      .array(z.object({ matter, subject, anchor: name, at: anyInstant }))
      .min(1)
      .max(500),
  }),
  answer: z.object({ accepted: count }),
});

export const PlaceHold = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/holds',
  roles: ['officer'],
  summary:
    'A reason not to dispose. Answers once collection has recorded it under the day’s lock; else 409 `too-late`, naming the order.',
  body: z.object({ scope: holdScope, reason: name, authority: name, reviewOn: day }),
  answer: z.object({ hold: id, parts: count }),
  status: 201,
});
export const ReleaseHold = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/holds/:hold/release',
  roles: ['officer'],
  summary: 'Releases a hold; another person than the one who placed it.',
  params: z.object({ hold: id }),
  answer: z.object({ hold: id, releasedAt: instant }),
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
        releasedAt: instant.optional(),
        state: z.enum(['placing', 'in-force', 'too-late', 'released']),
      }),
    ),
  }),
});

export const tally = z.object({
  class: name,
  day: day.optional(),
  method,
  custody: z.enum(['lethe', 'platform']),
  parts: count,
  state: z.enum(['waiting', 'dated', 'ordered', 'effective', 'swept']),
});
export const Forecast = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/forecast',
  roles: ['officer', 'auditor', 'operator', 'backend'],
  summary: 'What is due when, by class.',
  answer: z.object({ legalTime: instant, nextDay: day.optional(), tallies: z.array(tally) }),
});
export const Sweep = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/sweeps',
  roles: ['operator'],
  summary:
    'Sweeps the caller’s tenant now, as the schedule does each hour: orders what is due, purges what has reached its date. `waitMs` answers when all it ordered is effective.',
  body: z.object({ waitMs: z.int().min(0).max(30_000).default(0) }),
  answer: z.object({ ordered: count, outstanding: count, backupsPurged: count }),
});
export const AckDisposal = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/disposals/:order/ack',
  roles: ['backend'],
  summary: 'The platform’s counted statement that its own stores have disposed of what the order names.',
  params: z.object({ order: id }),
  body: z.object({ found: count, deleted: count, rescan: count }),
  answer: z.object({ accepted: z.boolean() }),
});

export const TakeBackup = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/backups',
  roles: ['operator'],
  summary: 'Takes a backup of the caller’s tenant across all services.',
  body: z.object({ keepDays: z.int().min(1).max(3650).optional(), waitMs: z.int().min(0).max(30_000).default(0) }),
  answer: z.object({ backup: id, state: z.enum(['taking', 'available', 'isolated', 'purging', 'purged']) }),
  status: 201,
});
export const backup = z.object({
  backup: id,
  state: z.enum(['taking', 'available', 'isolated', 'purging', 'purged']),
  takenAt: instant,
  purgeOn: day,
  isolatedAt: instant.optional(),
  purgedAt: instant.optional(),
  rows: count,
  bytes: count,
});
export const Backups = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/backups',
  roles: ['operator', 'officer', 'auditor', 'service'],
  summary: 'The catalogue of backups.',
  answer: z.object({ backups: z.array(backup) }),
});
export const ProposeRestore = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/backups/:backup/restores',
  roles: ['operator', 'officer'],
  summary: 'Proposes to restore a backup through quarantine; a second person confirms.',
  params: z.object({ backup: id }),
  answer: z.object({ restore: id }),
  status: 201,
});
export const ConfirmRestore = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/restores/:restore/confirmation',
  roles: ['operator', 'officer'],
  summary: 'Confirms a restore another person proposed, and runs it.',
  params: z.object({ restore: id }),
  answer: z.object({ restored: count, replayed: count, dropped: count, unrecoverable: count, incarnation: id }),
});
