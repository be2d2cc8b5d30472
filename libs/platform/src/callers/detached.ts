import { sign, verify, type KeyObject } from 'node:crypto';
import { canonical } from '@lethe/ledger';

/** So that a signature of an order can never pass for a token, nor for another service's statement. */
const TYPE = 'lethe-statement+jws';

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

/** Compact JWS (RFC 7515, appendix F: payload detached) over the RFC 8785 form of a statement. */
export function signDetached(key: KeyObject, kid: string, statement: unknown): string {
  const header = encode(canonical({ alg: 'EdDSA', kid, typ: TYPE }));
  const signature = sign(null, Buffer.from(`${header}.${encode(canonical(statement))}`, 'ascii'), key);
  return `${header}..${signature.toString('base64url')}`;
}

/** True when `kid` made this signature over exactly this statement. Every other header is false. */
export function verifyDetached(key: KeyObject, kid: string, statement: unknown, jws: string): boolean {
  const parts = jws.split('.');
  if (parts.length !== 3 || parts[1] !== '') return false;
  const [header, , signature] = parts as [string, string, string];
  if (header !== encode(canonical({ alg: 'EdDSA', kid, typ: TYPE }))) return false;
  const bytes = Buffer.from(signature, 'base64url');
  // One signature has one text: unused bits of the last letter count, too.
  if (bytes.toString('base64url') !== signature) return false;
  return verify(null, Buffer.from(`${header}.${encode(canonical(statement))}`, 'ascii'), key, bytes);
}
