import { createHmac, type KeyObject } from 'node:crypto';
import { tenantId, type TenantId } from '@lethe/kernel';

/**
 * The tenant of a transaction is a signed claim in the setting `lethe.tenant`: `<tenant>.<HMAC-SHA-256 of tenant and
 * backend pid>`. The secret is in the service's process and in a table only the owner reads. A statement smuggled in can
 * set the setting, but not sign it.
 */
export function tenantClaim(secret: KeyObject, tenant: TenantId, backendPid: number): string {
  // The type says so already; what stands in a statement's text is looked at all the same.
  tenantId(tenant);
  return `${tenant}.${createHmac('sha256', secret)
    .update(`${tenant}.${String(backendPid)}`)
    .digest('hex')}`;
}

/** The two padded keys of HMAC (RFC 2104): core PostgreSQL has sha256() but no hmac(). */
export function hmacPads(secret: Buffer): { readonly inner: Buffer; readonly outer: Buffer } {
  if (secret.length > 64) throw new Error('the tenant secret has at most 64 bytes');
  const pad = (value: number): Buffer => {
    const bytes = Buffer.alloc(64, value);
    for (const [index, byte] of secret.entries()) bytes[index] = byte ^ value;
    return bytes;
  };
  return { inner: pad(0x36), outer: pad(0x5c) };
}

/** Made once in each database, by the owner, before any migration. `current_tenant()`: null without a claim, an error for a forged one. */
export const TENANT_GUARD: readonly string[] = [
  `create schema if not exists lethe`,
  `create table if not exists lethe.tenant_secret (only_one boolean primary key default true check (only_one), inner_pad bytea not null, outer_pad bytea not null)`,
  `revoke all on lethe.tenant_secret from public`,
  `create or replace function lethe.current_tenant() returns text
     language plpgsql stable parallel restricted security definer
     set search_path = pg_catalog, pg_temp
   as $guard$
   declare
     claim text := current_setting('lethe.tenant', true);
     named text;
     expected text;
   begin
     if claim is null or claim = '' then
       return null;
     end if;
     named := split_part(claim, '.', 1);
     select encode(sha256(outer_pad || sha256(inner_pad || convert_to(named || '.' || pg_backend_pid()::text, 'UTF8'))), 'hex')
       into expected from lethe.tenant_secret;
     if expected is null or claim is distinct from named || '.' || expected then
       raise exception 'lethe: the tenant of this transaction is not signed' using errcode = '42501';
     end if;
     return named;
   end
   $guard$`,
  `revoke all on function lethe.current_tenant() from public`,
  `grant usage on schema lethe to lethe_service`,
  `grant execute on function lethe.current_tenant() to lethe_service`,
];
