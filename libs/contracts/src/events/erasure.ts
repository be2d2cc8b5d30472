import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { backupTaken } from './collection.ts';
import { backupWanted, holdScope } from './retention.ts';
import { compartment, count, day, digest, holdState, id, instant, leftBecause, method, name } from '../vocabulary.ts';

/** From here on nothing but storage and security reads this person's data. */
export const SubjectFrozenV1 = defineEvent('erasure.subject-frozen.v1', z.object({ erasure: id, at: instant }));
/** A refused or withdrawn request: the freeze ends. */
export const SubjectUnfrozenV1 = defineEvent('erasure.subject-unfrozen.v1', z.object({ erasure: id, at: instant }));

/** The person has closed the account (legal time): matters that wait for the anchor `account-closed` are dated from here. */
export const AccountClosedV1 = defineEvent('erasure.account-closed.v1', z.object({ erasure: id, at: instant }));

/** What goes and what stays restricted. Participants act, then ack `done`. */
export const ErasureOrderedV1 = defineEvent(
  'erasure.erasure-ordered.v1',
  z.object({
    erasure: id,
    shred: z.array(compartment),
    restrict: z.array(z.object({ compartment, class: name, until: day.optional(), basis: name })),
    at: instant,
  }),
  { order: true },
);

/** The counted statement of one of the platform's stores about an erasure that was ordered. */
export const PlatformErasureAckedV1 = defineEvent(
  'erasure.platform-acked.v1',
  z.object({
    erasure: id,
    participant: name,
    found: count,
    deleted: count,
    restricted: count,
    rescan: count,
    at: instant,
  }),
);

/** The ledger has it durably: destroy the subject keys of these compartments. `erasure` is absent for a withdrawal. */
export const ShredOrderedV1 = defineEvent(
  'erasure.shred-ordered.v1',
  z.object({
    entry: count,
    erasure: id.optional(),
    cause: z.enum(['erased', 'withdrawn']),
    compartments: z.array(compartment).min(1),
    /** Consent version the withdrawal had: a consent given later has keys of a later generation, which stay. */
    consentVersion: count.optional(),
    at: instant,
  }),
  { order: true },
);

/**
 * The ledger has an erasure durably in which the law keeps something in every compartment: the key of none may die. What the law does
 * not keep goes all the same, row by row, and so does the name. Where any compartment goes, `ShredOrderedV1` says it instead.
 */
export const ErasureRecordedV1 = defineEvent(
  'erasure.erasure-recorded.v1',
  z.object({ entry: count, erasure: id.optional(), at: instant }),
  { order: true },
);

/** The ledger has the disposal durably: the day key may die. Tenant-wide. */
export const DisposalRecordedV1 = defineEvent(
  'erasure.disposal-recorded.v1',
  z.object({ entry: count, order: id, class: name, day, method, at: instant }),
  { order: true },
);

export const ErasureCertifiedV1 = defineEvent(
  'erasure.erasure-certified.v1',
  z.object({ erasure: id, certificate: id, sha256: digest, at: instant }),
);
export const ErasureFinalV1 = defineEvent(
  'erasure.erasure-final.v1',
  z.object({ erasure: id, certificate: id, at: instant }),
);

/**
 * A store of the platform takes part from here on: in every erasure, and in disposals of the classes it names, or, where it
 * names none, of whatever the platform holds. Tenant-wide; the last one said of a participant counts.
 */
export const ParticipantRegisteredV1 = defineEvent(
  'erasure.participant-registered.v1',
  z.object({ participant: name, classes: z.array(name).max(100), registryVersion: count, at: instant }),
);

/**
 * A store of the platform takes part no more: nothing is asked of it from here on. `closed`: a second person has closed what it
 * had not answered, so that nobody waits for it. Tenant-wide; a registration said later takes it back.
 */
export const ParticipantLeftV1 = defineEvent(
  'erasure.participant-left.v1',
  z.object({ participant: name, because: leftBecause, closed: z.boolean(), registryVersion: count, at: instant }),
);

/** The platform's stores were told of a hold, or of its end, and each has to say that it acts by it. Tenant-wide. */
export const HoldToldV1 = defineEvent(
  'erasure.hold-told.v1',
  z.object({ hold: id, state: holdState, participants: z.array(name).min(1).max(100), at: instant }),
);

export const ErasureBackupTakenV1 = defineEvent('erasure.backup-taken.v1', backupTaken);

/** The ledger has the end of a tenant durably: every key of it may die. Tenant-wide. */
export const EndRecordedV1 = defineEvent('erasure.end-recorded.v1', z.object({ entry: count, end: id, at: instant }), {
  order: true,
});
/** What became of a tenant has been stated; `final` once no copy of a key and no backup is left. */
export const EndStatedV1 = defineEvent(
  'erasure.end-stated.v1',
  z.object({ end: id, sha256: digest, final: z.boolean(), at: instant }),
);

const told = {
  at: instant,
  request: id.optional(),
  participants: z.array(name).max(100).optional(),
  shred: z.array(compartment).optional(),
  restrict: z.array(z.object({ compartment, class: name, until: day.optional(), basis: name })).optional(),
  deadline: day.optional(),
  waitingFor: z
    .array(z.string().regex(/^[a-z][a-z0-9.-]{0,63}$/))
    .max(100)
    .optional(),
  certificate: id.optional(),
  sha256: digest.optional(),
  order: id.optional(),
  class: name.optional(),
  day: day.optional(),
  method: method.optional(),
  expected: count.optional(),
};
/** As version 2, without withdrawals. Not told any more; what was told before is still read. */
export const PlatformToldV1 = defineEvent(
  'erasure.platform-told.v1',
  z.object({
    item: id,
    number: count,
    kind: z.enum(['erasure-ordered', 'disposal-ordered', 'erasure-certified', 'subject-restricted']),
    ...told,
  }),
);
const toldOfWithdrawals = {
  ...told,
  /** Of a withdrawal: the ledger's entry that names it, and the purpose that may be served no longer. */
  entry: count.optional(),
  purpose: name.optional(),
};
/** As version 3, without backups and holds. Not told any more; what was told before is still read. */
export const PlatformToldV2 = defineEvent(
  'erasure.platform-told.v2',
  z.object({
    item: id,
    number: count,
    kind: z.enum([
      'erasure-ordered',
      'disposal-ordered',
      'withdrawal-ordered',
      'erasure-certified',
      'subject-restricted',
    ]),
    ...toldOfWithdrawals,
  }),
);
/** An item of the platform's stream as `lethe.out.<tenant>` carries it; the same `item` and `number` stand in `GET /v1/out`. */
export const PlatformToldV3 = defineEvent(
  'erasure.platform-told.v3',
  z.object({
    item: id,
    number: count,
    kind: z.enum([
      'erasure-ordered',
      'disposal-ordered',
      'withdrawal-ordered',
      'backup-ordered',
      'hold-placed',
      'hold-released',
      'erasure-certified',
      'subject-restricted',
    ]),
    ...toldOfWithdrawals,
    /** Of a backup the platform has registered: which, what is to become of it, and why it is to be isolated. */
    backup: id.optional(),
    wanted: backupWanted.optional(),
    because: z.enum(['disposal', 'erasure', 'withdrawal']).optional(),
    /** Of a hold: which, and, while it stands, what it keeps. */
    hold: id.optional(),
    scope: holdScope.optional(),
  }),
);
