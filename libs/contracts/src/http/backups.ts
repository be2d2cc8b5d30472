import { z } from 'zod';
import { backupWanted, holdScope } from '../events/retention.ts';
import { defineRoute } from '../http.ts';
import { anyDay, anyInstant, count, day, id, instant, name } from '../vocabulary.ts';
import { refusal, restoreReport } from './common.ts';

const state = z.enum(['taking', 'available', 'isolated', 'purging', 'purged']);

export const TakeBackup = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/backups',
  roles: ['operator'],
  summary: 'Takes a backup of the caller’s tenant across all services.',
  body: z.object({
    /** Names the backup, so that asking again takes no second one; made up where it is absent. */
    backup: id.optional(),
    keepDays: z.int().min(1).max(3650).optional(),
    waitMs: z.int().min(0).max(30_000).default(0),
  }),
  answer: z.object({ backup: id, state }),
  status: 201,
});
export const backup = z.object({
  backup: id,
  state,
  takenAt: instant,
  purgeOn: day,
  isolatedAt: instant.optional(),
  purgedAt: instant.optional(),
  rows: count,
  bytes: count,
  /** Of one of Lethe’s own: of which classes the parts in it are. Absent until that is told; backups from before it was do not tell. */
  classes: z.array(name).optional(),
  /** Of one of Lethe’s own: what is decided and not done yet. Its files still lie where they lay. */
  awaited: backupWanted.optional(),
  /** One that a store of the platform took and registered; absent: Lethe’s own. */
  platform: z
    .object({
      holder: name,
      /** None named: there may be anything in it. */
      classes: z.array(name),
      from: instant,
      until: instant,
      /** What its holder was ordered and has not said it did. */
      awaited: backupWanted.optional(),
    })
    .optional(),
});
export const Backups = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/backups',
  roles: ['operator', 'officer', 'auditor', 'service'],
  summary: 'The catalogue of backups: Lethe’s own, and those the platform has registered.',
  answer: z.object({ backups: z.array(backup) }),
});
export const RegisterBackup = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/backups/registrations',
  roles: ['backend'],
  summary:
    'A store of the platform has taken a backup of its own, under an id it chooses: from when until when it covers, and the classes in it (none named: anything). Answers the day on which it must be gone: the one asked for, never later than the policy lets any; and whether it is isolated from the start. The same again changes nothing.',
  body: z.object({
    backup: id,
    /** Certificates name it. */
    participant: name.max(56),
    classes: z.array(name).max(100).default([]),
    from: anyInstant,
    until: anyInstant,
    purgeOn: anyDay,
  }),
  answer: z.object({ backup: id, state, purgeOn: day }),
  status: 201,
});
export const AckBackup = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/backups/:backup/acks',
  roles: ['backend'],
  summary:
    'The statement of the store that registered a backup that an order about it is carried out. `left`: copies of it for which it is not; with more than none it is not taken.',
  params: z.object({ backup: id }),
  body: z.object({ participant: name, wanted: backupWanted, left: count }),
  answer: z.object({ accepted: z.boolean() }),
});
export const MayRestore = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/backups/:backup/restorable',
  roles: ['backend', 'operator', 'officer', 'auditor'],
  summary:
    'May the platform restore a backup it has registered? Not once something in it is erased, disposed of or withdrawn.',
  params: z.object({ backup: id }),
  answer: z.discriminatedUnion('may', [
    z.object({ may: z.literal(true) }),
    z.object({ may: z.literal(false), refusal }),
  ]),
});
/** `failed`: for good, with the code of the fault; propose it anew once that is mended. */
const restoring = z.discriminatedUnion('state', [
  z.object({ state: z.literal('proposed') }),
  z.object({ state: z.literal('running') }),
  restoreReport.extend({ state: z.literal('restored') }),
  z.object({ state: z.literal('failed'), code: z.string().regex(/^[a-z-]+\/[a-z0-9-]+$/) }),
]);
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
  summary:
    'Confirms a restore another person proposed, and runs it. Answers when it is done, or after twenty seconds that it is `running`: then it is asked for.',
  params: z.object({ restore: id }),
  answer: restoring,
});
export const Restores = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/restores',
  roles: ['operator', 'officer', 'auditor'],
  summary:
    'The last restore of each backup that can still be restored, proposed, under way, done or failed. One that was proposed and is wanted no more is left behind by the next, or goes with the backup.',
  answer: z.object({
    restores: z.array(
      z.object({
        restore: id,
        backup: id,
        state: z.enum(['proposed', 'running', 'restored', 'failed']),
        proposedBy: z.string(),
        proposedAt: instant,
        /** For what it was given up. */
        code: z.string().optional(),
      }),
    ),
  }),
});
export const RestoreState = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/restores/:restore',
  roles: ['operator', 'officer', 'auditor'],
  summary: 'How far a restore is, and what it did. Waits up to `waitMs` for its end.',
  params: z.object({ restore: id }),
  query: z.object({ waitMs: z.coerce.number().int().min(0).max(30_000).default(0) }),
  answer: restoring,
});

/** What a hold keeps, as the platform’s stream says it. */
export const toldScope = holdScope;
