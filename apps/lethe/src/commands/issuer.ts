import { createHash, createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, tenantId } from '@lethe/kernel';
import { thumbprint } from '@lethe/ledger';
import { z } from 'zod';

const ed25519 = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().min(1),
  kid: z.string().min(1).optional(),
});
type Key = z.output<typeof ed25519>;
const listed = z.array(z.looseObject({ iss: z.string() }));

/**
 * Writes down who may say who is asking: the issuer's public keys and its entry in `issuers.json`, both below `into`. An issuer
 * that stands there is replaced, so that its keys and tenants can change.
 * @throws Fault `invalid` where the file holds no public Ed25519 key, or a private one; no value of it is repeated
 */
export function issuer(
  iss: string,
  options: { readonly keys: string; readonly tenants: string; readonly into: string },
): void {
  const tenants = options.tenants === 'all' ? 'all' : options.tenants.split(',').map((name) => tenantId(name.trim()));
  const keys = keysIn(readFileSync(options.keys, 'utf8'), options.keys);
  mkdirSync(options.into, { recursive: true });
  const list = join(options.into, 'issuers.json');
  const others = existsSync(list)
    ? listed.parse(JSON.parse(readFileSync(list, 'utf8'))).filter((one) => one.iss !== iss)
    : [];
  const jwks = `${createHash('sha256').update(iss).digest('hex').slice(0, 16)}.json`;
  writeFileSync(join(options.into, jwks), `${JSON.stringify({ keys })}\n`);
  writeFileSync(list, `${JSON.stringify([...others, { iss, tenants, jwks }], undefined, 2)}\n`);
  process.stderr.write(
    `lethe: ${list} names ${iss} with ${String(keys.length)} key(s), kid ${keys.map(({ kid }) => kid).join(', ')}\n`,
  );
}

/** One key as PEM, or a set as an issuer publishes it: of that, those that Lethe takes. */
function keysIn(text: string, file: string): (Key & { readonly kid: string })[] {
  const bad = (why: string): Fault => new Fault('invalid', 'lethe/no-issuer-keys', `${file}: ${why}`, 'keys');
  if (/PRIVATE KEY/.test(text)) throw bad('a private key; the issuer keeps it, Lethe wants the public one');
  let found: readonly unknown[];
  try {
    if (text.includes('PUBLIC KEY')) found = [createPublicKey(text).export({ format: 'jwk' })];
    else {
      const json = JSON.parse(text) as { readonly keys?: readonly unknown[] };
      found = json.keys ?? [json];
    }
  } catch {
    throw bad('neither a public key as PEM nor a set of keys (JWKS)');
  }
  if (found.some((key) => typeof key === 'object' && key !== null && 'd' in key))
    throw bad('a private key; the issuer keeps it, Lethe wants the public one');
  const keys = found.flatMap((key) => {
    const read = ed25519.safeParse(key);
    return read.success ? [{ ...read.data, kid: read.data.kid ?? thumbprint(read.data.x) }] : [];
  });
  if (keys.length === 0) throw bad('no Ed25519 key');
  return keys;
}
