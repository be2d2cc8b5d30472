import { z } from 'zod';
import { signature } from './certificate.ts';
import { clause, day, digest, id, instant, name, period, subject, tenant } from './vocabulary.ts';

/**
 * The receipt of a consent (`lethe-consent-receipt/1`): the record and receipt of ISO/IEC TS 27560:2023, its field names as
 * the standard has them, canonical JSON signed with Ed25519. The PIPL makes `lawful_basis`, `collection_method` and the
 * mark of sensitive data mandatory. Nothing of what was collected stands in it: the principal is the subject ref.
 */
const words = z.string().min(1).max(500);
const named = z.strictObject({ en: words, 'zh-CN': words });
/** A value the policy does not give is not left out: it is said that it is not stated, and who says what is used. */
const notStated = z.strictObject({ not_stated: z.literal(true), used: words.optional(), source: name.optional() });

export const receiptBody = z.strictObject({
  format: z.literal('lethe-consent-receipt/1'),
  schema_version: z.literal('ISO/IEC TS 27560:2023'),
  record_id: id,
  receipt_id: id,
  pii_principal_id: subject,
  issuer: z.strictObject({ tenant, mode: z.enum(['development', 'production']) }),
  processing: z.strictObject({
    privacy_notice: z.strictObject({
      pack: name,
      version: z.string(),
      digest: digest.optional(),
      shown: id.optional(),
    }),
    language: z.union([z.string(), notStated]),
    purpose: z.strictObject({ id: name, name: named }),
    purpose_type: z.enum(['basic', 'additional', 'other']),
    lawful_basis: z.literal('consent'),
    consent_type: z.strictObject({ level: name, implied: z.boolean(), bundled: z.boolean() }),
    collection_method: z.union([name, notStated]),
    pii_information: z.array(
      z.strictObject({
        pii_attribute_id: name,
        pii_type: name,
        name: named,
        pii_optional: z.boolean(),
        sensitive: z.boolean(),
      }),
    ),
    pii_controllers: z.array(name).min(1),
    storage_locations: z.array(z.string()),
    retention_period: z.union([z.strictObject({ period, from: name, stated: z.boolean(), source: name }), notStated]),
    jurisdiction: z.string(),
    recipient_third_parties: z.array(z.strictObject({ id: name, name: named })),
    withdrawal_method: z.union([z.array(name).min(1), notStated]),
    privacy_rights: z.array(name),
    clause,
  }),
  party: z.strictObject({
    party_id: name,
    party_name: named,
    party_type: z.literal('pii-controller'),
    party_address: z.union([words, notStated]),
    party_contact: z.union([z.array(z.strictObject({ kind: name, value: words })).min(1), notStated]),
  }),
  event: z.strictObject({
    event_time: instant,
    recorded_time: instant,
    validity_duration: z.union([period, notStated]),
    entity_id: z.enum(['pii-principal', 'pii-controller', 'guardian']),
    event_type: z.enum(['explicit', 'implied']),
    event_state: z.enum(['ConsentGiven', 'ConsentRefused', 'ConsentWithdrawn']),
    evidence_until: day,
  }),
});

export const receiptDocument = z.strictObject({ receipt: receiptBody, signature });

/** Names in the order of canonical JSON (RFC 8785), so that what is written of it are the bytes that verify. */
const ordered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(ordered)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([name, each]) => [name, ordered(each)]),
        )
      : value;
/** As it is handed out: `JSON.stringify` of it, and the answer over HTTP, are canonical. */
export const receiptHandedOut = receiptDocument.transform((document) => ordered(document) as typeof document);
export type ReceiptBody = z.output<typeof receiptBody>;
export type ReceiptDocument = z.output<typeof receiptDocument>;
