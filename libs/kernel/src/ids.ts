import { Fault } from './fault.ts';

/** A string that has been checked: the mark exists for the compiler only. */
export type Branded<Base, Name extends string> = Base & { readonly __is: Name };

/** A tenant's name: lower-case letters, digits and hyphens, 2 to 40 characters. */
export type TenantId = Branded<string, 'tenant'>;
/** A person, inside Lethe: 16 random bytes as base64url (22 characters), never derived from personal data, never reused. */
export type SubjectRef = Branded<string, 'subject'>;
/** One admitted submission. */
export type RecordId = Branded<string, 'record'>;
/** Fields of one record that share one subject, purpose, basis, compartment and disposal class. */
export type PartId = Branded<string, 'part'>;
/** A thing whose anchor is awaited or may move: an order, an account. 16 random bytes as base64url, made by Lethe. */
export type MatterId = Branded<string, 'matter'>;

const TENANT = /^[a-z][a-z0-9-]{1,39}$/;
const REF = /^[A-Za-z0-9_-]{21}[AQgw]$/;

export const isTenantId = (text: string): text is TenantId => TENANT.test(text);
/** True for the canonical base64url text of 16 bytes. */
export const isRef = (text: string): boolean => REF.test(text);

/** @throws Fault `invalid`, naming no value */
export function tenantId(text: string): TenantId {
  if (!isTenantId(text)) throw new Fault('invalid', 'kernel/tenant-id', 'not a tenant id', 'tenant');
  return text;
}

/** @throws Fault `invalid`, naming no value */
export function subjectRef(text: string): SubjectRef {
  if (!isRef(text)) throw new Fault('invalid', 'kernel/subject-ref', 'not a subject ref', 'subject');
  return text as SubjectRef;
}
