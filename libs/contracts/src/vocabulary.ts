import {
  isDay,
  isPeriod,
  isRef,
  isTenantId,
  type MatterId,
  type PartId,
  type RecordId,
  type SubjectRef,
} from '@lethe/kernel';
import { z } from 'zod';

/** Every word an event or an answer may be made of. None of them has room for personal data. */
const ref = (what: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/, `not a ${what}`)
    .refine(isRef, `not a ${what}`);

export const tenant = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/, 'not a tenant id')
  .refine(isTenantId)
  .transform((text) => text);
export const subject = ref('subject ref').transform((text) => text as SubjectRef);
export const matter = ref('matter id').transform((text) => text as MatterId);
export const record = z.uuid().transform((text) => text as RecordId);
export const part = z.uuid().transform((text) => text as PartId);
export const id = z.uuid();
/** Machine or legal time, as stated by the field's description. */
export const instant = z.iso.datetime({ precision: 3 });
const WITHIN = 'not between the years 1900 and 2500';
/** Dates counted from it stay within the calendar of every database: no year below 1 or beyond 9999. */
const isWithin = (text: string): boolean => {
  const year = new Date(text).getUTCFullYear();
  return year >= 1900 && year < 2500;
};
/** An instant from outside, any precision. */
export const anyInstant = z.iso.datetime({ offset: true }).refine(isWithin, WITHIN);
export const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine(isDay, 'not a calendar day');
/** A day from outside. */
export const anyDay = day.refine(isWithin, WITHIN);
export const period = z
  .string()
  .regex(/^P[0-9YMWD]+$/)
  .refine(isPeriod, 'not an ISO 8601 period');
/** The platform's own reference of a document: letters, digits and `._:-`. Never anybody's name or number. */
export const reference = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);
const kebab = z.string().regex(/^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$/);
/** A kebab-case name declared in a policy pack: purpose, field, class, compartment, code. */
export const name = kebab.max(64);
/** A name of a place, with the name of what lies there behind it: longer than any name alone. */
export const place = kebab.max(128);
/** A clause of a pack, `DM-RET-03`. */
export const clause = z.string().regex(/^[A-Z]{2,4}-[A-Z]{3}-\d{2}[a-z]?$/);
export const count = z.int().min(0);
export const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** What can be erased together: `contract`, `statutory`, `evidence`, or one per consent-based purpose: `consent.<purpose>`. */
export const compartment = z.string().regex(/^(contract|statutory|evidence|consent\.[a-z][a-z0-9-]*)$/);
export const service = z.enum(['collection', 'consent', 'retention', 'erasure', 'disclosure']);
export const role = z.enum(['backend', 'subject', 'operator', 'officer', 'auditor', 'service']);
export const method = z.enum(['delete', 'anonymize']);
/** Whether the platform is told that a hold keeps something, or that it keeps it no longer. */
export const holdState = z.enum(['placed', 'released']);
/**
 * Why a store of the platform takes part no more: all that lay in it was destroyed, or lies in stores that take part, or it
 * never had anything.
 */
export const leftBecause = z.enum(['destroyed', 'moved', 'never-held']);
export const custody = z.enum(['lethe', 'platform']);

export type Service = z.infer<typeof service>;
export type Role = z.infer<typeof role>;
export type Disposal = z.infer<typeof method>;
export type Compartment = z.infer<typeof compartment>;
