import { createHmac, type KeyObject } from 'node:crypto';

type Values = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Direct identifiers replaced: the same identifier of a tenant is the same pseudonym, and no pseudonym leads back. */
export function pseudonymized<Fields extends Values>(
  { idempotency }: { readonly idempotency: KeyObject },
  tenant: string,
  fields: Fields,
  names: readonly string[],
): Fields {
  if (names.length === 0) return fields;
  const of = (name: string, value: string): string =>
    `p.${createHmac('sha256', idempotency).update(`pseudonym\0${tenant}\0${name}\0${value}`).digest('base64url').slice(0, 22)}`;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      names.includes(name) ? of(name, JSON.stringify(value)) : value,
    ]),
  ) as Fields;
}
