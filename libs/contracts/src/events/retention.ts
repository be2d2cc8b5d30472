import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { backupTaken, erasureAck } from './collection.ts';
import { count, day, holdState, id, instant, matter, method, name, record, reference, subject } from '../vocabulary.ts';

const disposalOrder = {
  order: id,
  class: name,
  day,
  method,
  custody: z.array(z.enum(['lethe', 'platform'])).min(1),
  expected: count,
  at: instant,
};
/** As version 2, without participants. Not ordered any more; what was ordered before is still carried out. */
export const DisposalOrderedV1 = defineEvent('retention.disposal-ordered.v1', z.object(disposalOrder), { order: true });
/**
 * Tenant-wide order: dispose of every part of this class due on this day. The ledger records it before any key dies.
 * `participants`: the platform's stores it is addressed to beside collection, one ack each.
 */
export const DisposalOrderedV2 = defineEvent(
  'retention.disposal-ordered.v2',
  z.object({ ...disposalOrder, participants: z.array(name).max(100) }),
  { order: true },
);

/**
 * Tenant-wide: what goes by its date may go while the machine's day, in the tenant's zone, is not past `through`, and nobody
 * has stopped disposal (`stop`). Told when either changes. `through` absent: no sweep has looked at a day yet.
 */
export const DisposalClearedV1 = defineEvent(
  'retention.disposal-cleared.v1',
  z.object({ through: day.optional(), stop: z.object({ stop: id, at: instant }).optional(), at: instant }),
);

export const holdScope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('subject'), subject }),
  z.object({ kind: z.literal('record'), record, subject }),
  z.object({ kind: z.literal('matter'), matter }),
  z.object({ kind: z.literal('tenant') }),
]);
/** In the person's slot where the scope has one; otherwise tenant-wide. */
export const HoldPlacedV1 = defineEvent(
  'retention.hold-placed.v1',
  z.object({ hold: id, scope: holdScope, at: instant }),
);
export const HoldReleasedV1 = defineEvent('retention.hold-released.v1', z.object({ hold: id, at: instant }));
/** One of the platform's stores acts by a hold, or by its end. */
export const HoldAckedV1 = defineEvent(
  'retention.hold-acked.v1',
  z.object({ hold: id, participant: name, state: holdState, at: instant }),
);

/** What an extension names: a record or a matter, and whose it is. */
export const extensionScope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('record'), record, subject }),
  z.object({ kind: z.literal('matter'), matter, subject }),
]);
/** What it rests on, and where the platform keeps each of these. */
export const extensionEvidence = z.array(z.object({ name, reference })).max(10);
const extensionAgreed = { extension: id, scope: extensionScope, goes: day, consent: id.optional(), at: instant };
/** As version 2, without ground and evidence. Not announced any more. */
export const ExtensionAgreedV1 = defineEvent('retention.extension-agreed.v1', z.object(extensionAgreed));
/** A longer period was agreed. `goes`: the first day after it. `consent`: it stands while this does. In the person's slot. */
export const ExtensionAgreedV2 = defineEvent(
  'retention.extension-agreed.v2',
  z.object({ ...extensionAgreed, ground: name, evidence: extensionEvidence }),
);
export const ExtensionWithdrawnV1 = defineEvent(
  'retention.extension-withdrawn.v1',
  z.object({ extension: id, at: instant }),
);

/** An anchor of a matter came or moved (legal time). In the person's slot. */
export const MatterAnchoredV1 = defineEvent(
  'retention.matter-anchored.v1',
  z.object({ matter, anchor: name, at: instant, version: count.min(1) }),
);

export const BackupOrderedV1 = defineEvent('retention.backup-ordered.v1', z.object({ backup: id, at: instant }));
export const BackupIsolatedV1 = defineEvent(
  'retention.backup-isolated.v1',
  z.object({ backup: id, because: z.enum(['disposal', 'erasure', 'withdrawal']), at: instant }),
);
/** Tenant-wide order: the files are gone; the key of the backup must die. */
export const BackupPurgedV1 = defineEvent('retention.backup-purged.v1', z.object({ backup: id, at: instant }), {
  order: true,
});
/** Files and key are gone: what waited for this backup may become final. */
export const BackupGoneV1 = defineEvent('retention.backup-gone.v1', z.object({ backup: id, at: instant }));

/**
 * A store of the platform has registered a backup it took: what it covers (`from` to `until`, legal time), the classes in
 * it, none named: anything. Tenant-wide.
 */
export const BackupRegisteredV1 = defineEvent(
  'retention.backup-registered.v1',
  z.object({
    backup: id,
    holder: name,
    classes: z.array(name).max(100),
    from: instant,
    until: instant,
    purgeOn: day,
    at: instant,
  }),
);
/**
 * A backup that is not purged as it stands, once a day, so that the log always tells the whole catalogue. `takenAt` (of a
 * registered one: until when it covers), `from` and `isolatedAt` are legal time, the other instants machine time. Tenant-wide.
 */
export const BackupStatedV1 = defineEvent(
  'retention.backup-stated.v1',
  z.object({
    backup: id,
    state: z.enum(['taking', 'available', 'isolated', 'purging']),
    takenAt: instant,
    purgeOn: day,
    orderedAt: instant,
    because: z.enum(['disposal', 'erasure', 'withdrawal']).optional(),
    isolatedAt: instant.optional(),
    movedAt: instant.optional(),
    filesGoneAt: instant.optional(),
    toldAt: instant.optional(),
    /** The store of the platform that registered it; absent: Lethe’s own. */
    holder: name.optional(),
    classes: z.array(name).max(100),
    from: instant.optional(),
    /** Of Lethe’s own, what each service has put in. */
    parts: z
      .array(
        backupTaken.omit({ backup: true }).extend({
          service: z.enum(['collection', 'consent', 'retention', 'erasure']),
          classes: z.array(name).max(1000).optional(),
        }),
      )
      .max(4),
  }),
);
/** What a registered backup can be ordered into. */
export const backupWanted = z.enum(['isolation', 'purge']);
/** Tenant-wide order to the store that registered a backup: nothing restores from it any more, or it must be gone. */
export const PlatformBackupOrderedV1 = defineEvent(
  'retention.platform-backup-ordered.v1',
  z.object({
    backup: id,
    holder: name,
    wanted: backupWanted,
    because: z.enum(['disposal', 'erasure', 'withdrawal']).optional(),
    at: instant,
  }),
  { order: true },
);
/** The store has carried the order out. After a purge `backup-gone` follows. */
export const PlatformBackupAckedV1 = defineEvent(
  'retention.platform-backup-acked.v1',
  z.object({ backup: id, wanted: backupWanted, at: instant }),
);

export const RetentionErasureAckedV1 = defineEvent('retention.erasure-acked.v1', erasureAck);
export const RetentionBackupTakenV1 = defineEvent('retention.backup-taken.v1', backupTaken);

const disposalAck = { order: id, found: count, deleted: count, at: instant };
/** As version 2, of the platform as one. Not announced any more. */
export const PlatformDisposalAckedV1 = defineEvent('retention.platform-disposal-acked.v1', z.object(disposalAck));
/** The counted statement of one of the platform's stores about a disposal. */
export const PlatformDisposalAckedV2 = defineEvent(
  'retention.platform-disposal-acked.v2',
  z.object({ ...disposalAck, participant: name }),
);

/** Tenant-wide order of two persons: the tenant ends. Nothing more is collected; what no floor keeps goes at once. */
export const EndOrderedV1 = defineEvent('retention.end-ordered.v1', z.object({ end: id, at: instant }), {
  order: true,
});
/** Tenant-wide order: no part of the tenant is left with anybody; its keys must die. The ledger records it first. */
export const EndReachedV1 = defineEvent(
  'retention.end-reached.v1',
  z.object({
    end: id,
    orderedAt: instant,
    stoppedAt: instant,
    emptiedAt: instant,
    /** All disposals of the tenant, by class: what collection found, and what the platform said it found. */
    disposals: z.array(z.object({ class: name, method, orders: count, found: count, platform: count })).max(1_000),
    at: instant,
  }),
  { order: true },
);
