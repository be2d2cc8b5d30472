import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A public Ed25519 key with the name of who holds its other half. */
export interface PublicKeyEntry {
  readonly kid: string;
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
}

/** Makes an Ed25519 key; the private half as JWK text, to be stored 0400. */
export function makeSigningKey(kid: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid });
}

export const privateKeyOf = (jwk: string): KeyObject =>
  createPrivateKey({ key: JSON.parse(jwk) as JsonWebKey, format: 'jwk' });

export function publicEntryOf(jwk: string, kid: string): PublicKeyEntry {
  const { x } = createPublicKey(privateKeyOf(jwk)).export({ format: 'jwk' });
  return { kid, kty: 'OKP', crv: 'Ed25519', x: x! };
}

export const publicKeyOf = (entry: PublicKeyEntry): KeyObject =>
  createPublicKey({ key: { kty: entry.kty, crv: entry.crv, x: entry.x }, format: 'jwk' });
