import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { backupTaken } from './collection.ts';
import { compartment, count, day, digest, id, instant, method, name } from '../vocabulary.ts';

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

export const ErasureBackupTakenV1 = defineEvent('erasure.backup-taken.v1', backupTaken);

/** An item of the platform's stream as `lethe.out.<tenant>` carries it; the same `item` and `number` stand in `GET /v1/out`. */
export const PlatformToldV1 = defineEvent(
  'erasure.platform-told.v1',
  z.object({
    item: id,
    number: count,
    kind: z.enum(['erasure-ordered', 'disposal-ordered', 'erasure-certified', 'subject-restricted']),
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
  }),
);
