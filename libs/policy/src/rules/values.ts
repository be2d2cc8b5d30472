import { isDay } from '@lethe/kernel';
import { acceptedText } from '../accept.ts';
import type { FieldValue, Refusal } from '../facts.ts';
import type { Field, FieldRule, Pack, Purpose } from '../pack.ts';
import { ruled } from './circumstances.ts';

export const isEmpty = (value: FieldValue | undefined): boolean =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

export function hasType(field: Field, value: FieldValue): boolean {
  switch (field.type) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'day':
      return typeof value === 'string' && isDay(value);
    case 'instant':
      return typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
    case 'list':
      return Array.isArray(value) && value.every((each) => typeof each === 'string');
  }
}

/** A digest of a password as the PHC string format writes it, or a SHA-2 digest by its name. */
const DIGEST =
  /^(\$(argon2(id|i|d)|2[aby]|scrypt|pbkdf2(-[a-z0-9]+)?)\$[\x21-\x7e]{8,500}|sha(256:[0-9a-f]{64}|512:[0-9a-f]{128}))$/;

/** A secret is only taken as a digest, a text of one shape only in that shape. */
export function judgeValue(
  pack: Pack,
  purpose: Purpose,
  field: Field,
  value: FieldValue,
  path: string,
): Refusal | undefined {
  if (field.secret && !(typeof value === 'string' && DIGEST.test(value)))
    return ruled(pack, 'secret-in-clear', purpose, path, field.clause);
  if (field.accept !== undefined && (typeof value !== 'string' || acceptedText(field.accept, value) === undefined))
    return ruled(pack, 'shape-not-accepted', purpose, path, field.accept.clause);
  return undefined;
}

/** What of a submission is kept: declared fields where the purpose drops the rest, texts cut to the shape they match. */
export function sift(
  pack: Pack,
  purpose: Purpose,
  rules: ReadonlyMap<string, FieldRule>,
  values: Readonly<Record<string, FieldValue>>,
): { readonly fields: Readonly<Record<string, FieldValue>>; readonly dropped: readonly string[] } {
  let fields: Record<string, FieldValue> | undefined;
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (!rules.has(name)) {
      if (purpose.undeclared !== 'drop') continue;
      fields ??= { ...values };
      Reflect.deleteProperty(fields, name);
      dropped.push(name);
      continue;
    }
    const accept = pack.fields.get(name)?.accept;
    if (accept === undefined || accept.whole || typeof value !== 'string') continue;
    const kept = acceptedText(accept, value);
    if (kept !== undefined && kept !== value) (fields ??= { ...values })[name] = kept;
  }
  return { fields: fields ?? values, dropped };
}

export const isSensitive = (
  pack: Pack,
  field: string,
  person: { readonly sensitive?: boolean; readonly guardian: string },
): boolean => {
  const known = pack.fields.get(field);
  if (known?.about === 'organization') return false;
  return known?.sensitive === true || person.sensitive === true || person.guardian !== 'not-needed';
};
