import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { backupTaken, erasureAck } from './collection.ts';
import { count, day, id, instant, matter, method, name, record, subject } from '../vocabulary.ts';

/** Tenant-wide order: dispose of every part of this class due on this day. The ledger records it before any key dies. */
export const DisposalOrderedV1 = defineEvent(
  'retention.disposal-ordered.v1',
  z.object({
    order: id,
    class: name,
    day,
    method,
    custody: z.array(z.enum(['lethe', 'platform'])).min(1),
    expected: count,
    at: instant,
  }),
  { order: true },
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

export const RetentionErasureAckedV1 = defineEvent('retention.erasure-acked.v1', erasureAck);
export const RetentionBackupTakenV1 = defineEvent('retention.backup-taken.v1', backupTaken);

/** The platform's counted statement about a disposal in its own stores. */
export const PlatformDisposalAckedV1 = defineEvent(
  'retention.platform-disposal-acked.v1',
  z.object({ order: id, found: count, deleted: count, at: instant }),
);
