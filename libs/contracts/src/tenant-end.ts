import { z } from 'zod';
import { certificateBackup, finalStatementBody, logProof, signature } from './certificate.ts';
import { count, day, digest, id, instant, method, name, place, tenant } from './vocabulary.ts';

/**
 * What is handed out when a tenant has ended (`lethe-tenant-end/1`): canonical JSON (RFC 8785) signed with Ed25519, its
 * commitment a leaf of the Merkle log (RFC 6962). It names nobody. Issued once every part is gone and every key of the
 * tenant is dead; its final statement follows when no copy of a key and no backup is left.
 */
export const tenantEndBody = z.strictObject({
  format: z.literal('lethe-tenant-end/1'),
  statement: id,
  issuer: z.strictObject({
    instance: id,
    mode: z.enum(['development', 'production']),
    /** Whether the tenant's clock could be moved: then no time below is evidence of anything. */
    movableClock: z.boolean(),
    software: z.string().regex(/^[0-9][0-9A-Za-z.+-]{0,63}$/),
  }),
  tenant,
  pack: z.strictObject({ name, version: z.string().regex(/^[0-9][0-9A-Za-z.+-]{0,63}$/), digest }),
  /** Persons who let it happen; never the same one twice. */
  approvals: z.literal(2),
  /** Legal time of the tenant. `stopped`: nothing is collected from then on; `emptied`: no part is left anywhere. */
  times: z.strictObject({ ordered: instant, stopped: instant, emptied: instant, keysDead: instant, issued: instant }),
  /** All disposals the tenant ever had, by class: what collection found, and what the platform's stores said they found. */
  disposals: z.array(z.strictObject({ class: name, method, orders: count, found: count, platform: count })),
  /** What a look through the vault found when the keys were dead; nothing but zero is stated. */
  rescan: z.literal(0),
  keys: z.strictObject({ destroyed: count, ledgerEntry: count }),
  backups: z.array(certificateBackup),
  final: z.strictObject({
    /** The day on which the last copy is expected to be gone. */
    expected: day,
    /** A key epoch must end that began after this instant of machine time. */
    keysDestroyedBefore: instant,
    /** Every one of `backups` must be gone. */
    backups: count,
  }),
  /** Where something may still lie, unreadable or until when. */
  residuals: z.array(z.strictObject({ place, because: name, until: day.optional() })),
});

export const tenantEndDocument = z.strictObject({
  end: tenantEndBody,
  signature,
  log: logProof,
  /** Its `certificate` is the `statement` above. */
  final: z.strictObject({ statement: finalStatementBody, signature, log: logProof }).optional(),
});

export type TenantEndBody = z.output<typeof tenantEndBody>;
export type TenantEndDocument = z.output<typeof tenantEndDocument>;
