import { z } from 'zod';
import { compartment, count, day, digest, id, instant, name, place, tenant } from './vocabulary.ts';

/**
 * The certificate of an erasure, in its final format (`lethe-certificate/1`): what a third party can check offline.
 * Canonical JSON (RFC 8785) signed with Ed25519; the commitment to it is a leaf of the Merkle log (RFC 6962).
 * It names no person: the requester holds the receipt that opens `request.commitment`, and nobody else can link it.
 */
const kid = z.string().regex(/^(certificate|log|receipt)\.[A-Za-z0-9_-]{43}$/);
const signatureValue = z.string().regex(/^[A-Za-z0-9_-]{86}$/);
const version = z.string().regex(/^[0-9][0-9A-Za-z.+-]{0,63}$/);
/** A node of the tree, base64url of 32 bytes. */
const treeHash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

export const certificateScope = z.discriminatedUnion('outcome', [
  /** The key of the compartment is destroyed, then the rows go. */
  z.strictObject({ outcome: z.literal('shredded'), compartment, class: name, parts: count }),
  /** Rows only: something else in the compartment stays, or the platform holds it. A backup may have it until purged. */
  z.strictObject({ outcome: z.literal('deleted'), compartment, class: name, parts: count }),
  z.strictObject({
    outcome: z.literal('restricted'),
    compartment,
    class: name,
    parts: count,
    /** The disposal date; absent while the anchor is awaited or a hold is open-ended. */
    until: day.optional(),
    /** The floor or hold that keeps it. */
    basis: name,
  }),
]);

export const certificateParticipant = z.strictObject({
  participant: name,
  kind: z.enum(['service', 'platform']),
  /** The registry when the list was frozen for this request. */
  registryVersion: count,
  found: count,
  deleted: count,
  restricted: count,
  /** What a second look found; nothing but zero is certified. */
  rescan: z.literal(0),
  /** The number of the freeze that its position had passed; 0 where the statement came over HTTP. */
  position: count,
  at: instant,
});

export const certificateBackup = z.strictObject({
  backup: id,
  state: z.enum(['taking', 'available', 'isolated', 'purging']),
  takenAt: instant,
  purgeOn: day,
});

export const certificateBody = z.strictObject({
  format: z.literal('lethe-certificate/1'),
  certificate: id,
  issuer: z.strictObject({
    instance: id,
    mode: z.enum(['development', 'production']),
    /** Whether the tenant's clock could be moved: then no time below is evidence of anything. */
    movableClock: z.boolean(),
    software: version,
  }),
  tenant,
  pack: z.strictObject({ name, version, digest }),
  request: z.strictObject({
    /** SHA-256 over the 16 bytes of the receipt and the UTF-8 of the request id. */
    commitment: digest,
    kind: z.enum(['erasure', 'close-account']),
    ground: name,
  }),
  /** Legal time of the tenant. `effective`: nothing live can read it; `swept`: rows gone, rescan zero. */
  times: z.strictObject({
    received: instant,
    verified: instant,
    frozen: instant,
    effective: instant,
    swept: instant,
    issued: instant,
  }),
  deadline: day,
  final: z.strictObject({
    /** The day on which the last copy is expected to be gone. */
    expected: day,
    /** A key epoch must end that began after this instant of machine time. */
    keysDestroyedBefore: instant,
    /** Every one of `backups` must be gone. */
    backups: count,
  }),
  scope: z.array(certificateScope),
  participants: z.array(certificateParticipant).min(1),
  keys: z.strictObject({ destroyed: count, ledgerEntry: count }),
  backups: z.array(certificateBackup),
  /** Where something of the person may still lie, unreadable or until when. */
  residuals: z.array(z.strictObject({ place, because: name, until: day.optional() })),
});

export const signature = z.strictObject({ kid, alg: z.literal('Ed25519'), value: signatureValue });

export const logProof = z.strictObject({
  index: count,
  /** 16 random bytes, base64url; the leaf is SHA-256(0x00 ‖ SHA-256(salt ‖ canonical statement)). */
  salt: z.string().regex(/^[A-Za-z0-9_-]{21}[AQgw]$/),
  /** Inclusion path, leaf to root. */
  path: z.array(treeHash).max(64),
  /** C2SP tlog-checkpoint: a signed note of origin, size and root. */
  checkpoint: z.string().max(4096),
});

/** What can open, or bring back, something that went. It is final when none of these can. */
export const OPENERS = ['living-keys', 'copies-of-the-keyring', 'intake-topic', 'backups'] as const;
export type Opener = (typeof OPENERS)[number];

export const finalStatementBody = z.strictObject({
  format: z.literal('lethe-final-statement/1'),
  certificate: id,
  tenant,
  /** SHA-256 of the canonical certificate with its signature: this statement is about that document alone. */
  binds: digest,
  at: instant,
  epoch: z.strictObject({ epoch: count, before: instant, endedAt: instant }),
  backups: z.array(z.strictObject({ backup: id, goneAt: instant })),
});

export const certificateDocument = z.strictObject({
  certificate: certificateBody,
  signature,
  log: logProof,
  final: z.strictObject({ statement: finalStatementBody, signature, log: logProof }).optional(),
});

/** Public keys as a file: JWKS, Ed25519 only. `certificate.…` signs certificates, `log.…` signs checkpoints, `receipt.…` receipts of consent. */
export const publicKeys = z.object({
  keys: z
    .array(
      z.object({ kid, kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
    )
    .min(1),
});

export type CertificateBody = z.output<typeof certificateBody>;
export type FinalStatementBody = z.output<typeof finalStatementBody>;
export type CertificateDocument = z.output<typeof certificateDocument>;
export type LogProof = z.output<typeof logProof>;
export type PublicKeys = z.output<typeof publicKeys>;
