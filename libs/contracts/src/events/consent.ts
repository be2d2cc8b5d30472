import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { backupTaken, erasureAck } from './collection.ts';
import { count, digest, id, instant, name } from '../vocabulary.ts';

const packVersion = z.string().regex(/^[0-9][0-9A-Za-z.-]{0,31}$/);

/** Tenant-wide: written to every slot. A tenant exists and has a pack. */
export const TenantOpenedV1 = defineEvent(
  'consent.tenant-opened.v1',
  z.object({
    pack: name,
    packVersion,
    packDigest: digest,
    movableClock: z.boolean(),
  }),
);
/** Tenant-wide: a further version of the tenant's pack governs from an instant of legal time on. */
export const PackActivatedV1 = defineEvent(
  'consent.pack-activated.v1',
  z.object({
    packVersion,
    packDigest: digest,
    effectiveFrom: instant,
  }),
);
/** Tenant-wide, development only: legal time of the tenant is machine time plus this. */
export const ClockMovedV1 = defineEvent('consent.clock-moved.v1', z.object({ offsetMs: z.int() }));

/** Written to every slot each 5 s of machine time: consent is a lease, and this renews it. Tenant is `lethe`. */
export const HeartbeatV1 = defineEvent('consent.heartbeat.v1', z.object({ beat: count }));

const consentChanged = z.object({
  consent: id,
  /** Counts the changes of this person and purpose from 1. */
  version: count.min(1),
  purpose: name,
  state: z.enum(['given', 'refused', 'withdrawn']),
  level: z.enum(['acceptance', 'opt-in', 'device-permission', 'explicit', 'separate', 'guardian']),
  /** The notice (pack version) under which it was given. */
  notice: z.string().regex(/^[0-9][0-9A-Za-z.-]{0,31}$/),
  /** Legal time of the act. */
  at: instant,
  /** It followed from using the service; nobody said it. */
  implied: z.literal(true).optional(),
  /** Where one of several is chosen: the level of trackers. */
  choice: name.optional(),
  /** The person has narrowed it to these fields of the purpose. */
  fields: z.array(name).max(100).optional(),
});
export const ConsentChangedV1 = defineEvent('consent.consent-changed.v1', consentChanged);

/** Whether this person needs a guardian's consent, and has it. No age, no birth date. */
const guardianshipChanged = z.object({
  version: count.min(1),
  guardian: z.enum(['not-needed', 'missing', 'verified']),
  until: instant.optional(),
  /** Until then everything about the person is sensitive. */
  sensitiveUntil: instant.optional(),
  at: instant,
});
export const GuardianshipChangedV1 = defineEvent('consent.guardianship-changed.v1', guardianshipChanged);

/** What stands of a tenant now, for a consumer that missed how it came about: in the slot that is stated. */
export const TenantStatedV1 = defineEvent(
  'consent.tenant-stated.v1',
  z.object({
    pack: name,
    packVersion,
    packDigest: digest,
    movableClock: z.boolean(),
    /** Machine time at which it was opened. */
    openedAt: instant,
    offsetMs: z.int(),
    /** What was activated since, oldest first. */
    versions: z
      .array(z.object({ packVersion, packDigest: digest, effectiveFrom: instant, activatedAt: instant }))
      .max(1000),
  }),
);
/** The latest act of one person on each purpose, and who answers for them. What is older than what a consumer knows changes nothing. */
export const PersonStatedV1 = defineEvent(
  'consent.person-stated.v1',
  z.object({ consents: z.array(consentChanged).max(1000), guardian: guardianshipChanged.optional() }),
);
/** Everything of the slot has been stated before this number. Tenant is `lethe`. */
export const ConsentSlotStatedV1 = defineEvent(
  'consent.slot-stated.v1',
  z.object({ statement: id, tenants: count, people: count }),
);

export const ConsentErasureAckedV1 = defineEvent('consent.erasure-acked.v1', erasureAck);
export const ConsentBackupTakenV1 = defineEvent('consent.backup-taken.v1', backupTaken);
