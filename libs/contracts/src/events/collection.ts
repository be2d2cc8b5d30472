import { z } from 'zod';
import { defineEvent } from '../event.ts';
import {
  clause,
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
  subject,
} from '../vocabulary.ts';

/** Parts admitted by one batch in one slot; `subject` of the envelope is absent, each part names its own. */
export const PartsAdmittedV1 = defineEvent(
  'collection.parts-admitted.v1',
  z.object({
    parts: z
      .array(
        z.object({
          part,
          record,
          subject,
          purpose: name,
          compartment,
          class: name,
          custody,
          /** The local day before whose end the part must be gone; absent while its matter's anchor is awaited. */
          disposal: day.optional(),
          matter: matter.optional(),
          /** Statutory minimum: not before this day. */
          floor: day.optional(),
          /** Where a waiting part becomes a finding. */
          limit: day.optional(),
          method,
        }),
      )
      .min(1)
      .max(1000),
  }),
);

/** A matter's anchor arrived or moved: its parts of one class have this day now. */
export const MatterDatedV1 = defineEvent(
  'collection.matter-dated.v1',
  z.object({
    matter,
    class: name,
    from: day.optional(),
    to: day,
    floor: day.optional(),
    method,
    custody,
    parts: count,
  }),
);

const removedTallies = z
  .array(
    z.object({
      class: name,
      disposal: day.optional(),
      matter: matter.optional(),
      custody: custody.default('lethe'),
      parts: count,
    }),
  )
  .max(10_000);
/** As told until version 2, without a cause. */
export const PartsRemovedV1 = defineEvent('collection.parts-removed.v1', z.object({ tallies: removedTallies }));
/**
 * Rows went other than with their day: retention forgets those that were counted (`tallies`), and isolates the backups that
 * may hold any of them (`parts`).
 */
export const PartsRemovedV2 = defineEvent(
  'collection.parts-removed.v2',
  z.object({
    because: z.enum(['erased', 'withdrawn', 'corrected', 'kept-no-longer']),
    tallies: removedTallies,
    /** All rows that went, those that had left their tally before included. */
    parts: count,
  }),
);

/**
 * What of one slot's parts is counted for which day or waits for which matter, all of it: what a consumer has counted of
 * the slot before is forgotten with the first piece. Days that are being disposed of are not in it.
 */
export const TalliesStatedV1 = defineEvent(
  'collection.tallies-stated.v1',
  z.object({
    statement: id,
    /** From 0; one commit has all pieces. */
    piece: count,
    tallies: z
      .array(
        z.object({
          class: name,
          disposal: day.optional(),
          /** Of what waits: the matter, and whose part it is. */
          matter: matter.optional(),
          subject: subject.optional(),
          custody,
          method,
          floor: day.optional(),
          limit: day.optional(),
          parts: count,
        }),
      )
      .max(1000),
  }),
);
/** Everything of the slot has been stated before this number. Tenant is `lethe`. */
export const CollectionSlotStatedV1 = defineEvent(
  'collection.slot-stated.v1',
  z.object({ statement: id, tenants: count, tallies: count }),
);

/** A person of whom something is held is a child without a guardian, by this version of what consent says. */
export const ChildFoundV1 = defineEvent(
  'collection.child-found.v1',
  z.object({ version: count.min(1), parts: count.min(1) }),
);

/** Collection has judged a hold under the locks of the days it touches. */
export const HoldRecordedV1 = defineEvent(
  'collection.hold-recorded.v1',
  z.object({ hold: id, outcome: z.enum(['recorded', 'too-late']), order: id.optional(), parts: count }),
);
/** Parts that a hold names and that go all the same: the order that takes them, or, of a withdrawal, its entry in the ledger; neither: several. */
export const goingAlready = z.object({ order: id.optional(), entry: count.optional(), parts: count });
/**
 * Collection has judged a hold under the locks of what it touches. `parts`: those it keeps, or, too late, those it names. `tooLate`: what of
 * them is going already, by the order that takes it, or, of a withdrawal, by its entry in the ledger.
 */
export const HoldRecordedV2 = defineEvent(
  'collection.hold-recorded.v2',
  z.object({
    hold: id,
    outcome: z.enum(['recorded', 'too-late']),
    parts: count,
    tooLate: z.array(goingAlready).max(100),
  }),
);
export const HoldLiftedV1 = defineEvent('collection.hold-lifted.v1', z.object({ hold: id, parts: count }));

/** Collection has judged an extension under the locks of the days it touches. Recorded with no part: it names nothing of the person's, and keeps nothing. */
export const ExtensionRecordedV1 = defineEvent(
  'collection.extension-recorded.v1',
  z.object({
    extension: id,
    outcome: z.enum(['recorded', 'too-late', 'no-consent']),
    order: id.optional(),
    parts: count,
  }),
);
/** The period counts again: the extension was withdrawn, its consent was, its person is erased, or its last day is over. */
export const ExtensionEndedV1 = defineEvent(
  'collection.extension-ended.v1',
  z.object({ extension: id, because: z.enum(['withdrawn', 'erased', 'over']), at: instant }),
);

/** The day key is dead and no cache holds it: nothing live can read what the order named. */
export const DisposalEffectiveV1 = defineEvent(
  'collection.disposal-effective.v1',
  z.object({
    order: id,
    class: name,
    day,
    method,
    found: count,
    /** Records folded into kept cells. */
    anonymized: count,
    /** Records in cells below k, forgotten. */
    forgotten: count,
    held: count,
    restricted: count,
    cells: count,
    at: instant,
  }),
);
export const DisposalSweptV1 = defineEvent(
  'collection.disposal-swept.v1',
  z.object({ order: id, class: name, day, deleted: count, at: instant }),
);

/** Collection's acks in an erasure; see `ErasureAck`. */
export const SubjectShreddedV1 = defineEvent(
  'collection.subject-shredded.v1',
  z.object({
    entry: count,
    erasure: id.optional(),
    compartments: z.array(compartment),
    keys: count,
    effectiveAt: instant,
  }),
);
export const SubjectSweptV1 = defineEvent(
  'collection.subject-swept.v1',
  z.object({ entry: count, erasure: id.optional(), deleted: count, rescan: count, at: instant }),
);

export const BackupKeyMadeV1 = defineEvent(
  'collection.backup-key-made.v1',
  /** Public X25519 key, base64url of 32 bytes. */
  z.object({ backup: id, publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
);
export const BackupKeyIsolatedV1 = defineEvent(
  'collection.backup-key-isolated.v1',
  z.object({ backup: id, at: instant }),
);
export const BackupKeyDestroyedV1 = defineEvent(
  'collection.backup-key-destroyed.v1',
  z.object({ backup: id, at: instant }),
);

/** A key epoch ended: no copy of a key destroyed before `before` can be opened by anything that is kept. */
export const EpochEndedV1 = defineEvent(
  'collection.epoch-ended.v1',
  z.object({ epoch: count, before: instant, at: instant }),
);

/** What a service put into a backup. One shape, one event a service. */
export const backupTaken = z.object({
  backup: id,
  tables: count,
  rows: count,
  bytes: count,
  sha256: digest,
  snapshotAt: instant,
});
export const CollectionBackupTakenV1 = defineEvent('collection.backup-taken.v1', backupTaken);
/** And of which classes the parts in it are. */
export const CollectionBackupTakenV2 = defineEvent(
  'collection.backup-taken.v2',
  backupTaken.extend({ classes: z.array(name).max(1000) }),
);

/** A participant's counted statement in an erasure. `done` comes only after its position has passed the freeze. */
export const erasureAck = z.object({
  erasure: id,
  stage: z.enum(['frozen', 'done']),
  found: count,
  deleted: count,
  restricted: count,
  rescan: count,
  /** The number of the freeze in the slot's stream, which the participant's position has reached. */
  position: count,
  at: instant,
});
export const CollectionErasureAckedV1 = defineEvent('collection.erasure-acked.v1', erasureAck);

/** A refusal, as evidence and for counting: no data, no value. */
export const SubmissionRefusedV1 = defineEvent(
  'collection.submission-refused.v1',
  z.object({ submission: id, purpose: name.optional(), code: name, clause: clause.optional() }),
);

/**
 * What became of one submission that came through `lethe.in.<tenant>`, told in `lethe.out.<tenant>`. `digest` names the idempotency
 * key, which may be personal data and is not repeated; the platform made the digest itself.
 */
export const SubmissionAnsweredV1 = defineEvent(
  'collection.submission-answered.v1',
  z.object({
    digest,
    session: id,
    outcome: z.enum(['admitted', 'refused']),
    submission: id.optional(),
    record: record.optional(),
    replayed: z.boolean().optional(),
    parts: z
      .array(z.object({ part, subject, compartment, class: name, disposal: day.optional(), floor: day.optional() }))
      .max(1000)
      .optional(),
    refusal: z
      .object({
        code: name,
        clause: clause.optional(),
        field: z
          .string()
          .regex(/^[a-zA-Z][a-zA-Z0-9.-]{0,63}$/)
          .optional(),
      })
      .optional(),
  }),
);
/** A session that was not believed, told in `lethe.out.<tenant>`; what comes under it is refused. */
export const SessionRefusedV1 = defineEvent('collection.session-refused.v1', z.object({ session: id, code: name }));

/** An officer has stopped collecting for everything, from `at` (legal time) on; it may lie ahead. */
export const CollectingCeasedV1 = defineEvent('collection.collecting-ceased.v1', z.object({ at: instant }));
/** The tenant has ended here: nothing is collected from `at` (legal time) on. In every slot, after the last admission. */
export const CollectingEndedV1 = defineEvent('collection.collecting-ended.v1', z.object({ end: id, at: instant }));
/** Of a tenant that has ended no part is left here, and nothing waits to be carried out. Legal time. */
export const TenantEmptiedV1 = defineEvent('collection.tenant-emptied.v1', z.object({ end: id, at: instant }));
/** Every key of the tenant is dead; what a look through the vault found after that. */
export const TenantShreddedV1 = defineEvent(
  'collection.tenant-shredded.v1',
  z.object({ end: id, entry: count, keys: count, effectiveAt: instant, rescan: count }),
);
