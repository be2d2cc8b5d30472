import type { KeyObject } from 'node:crypto';
import type { Transform } from 'node:stream';

/**
 * Encrypts a stream to a backup's public key (X25519, base64url of 32 bytes): an ephemeral key, HKDF-SHA-256, then AES-256-GCM
 * in chunks of 64 KiB that are numbered and the last of which is marked.
 */
export function sealStream(_publicKey: string): Transform {
  throw new Error('not yet');
}

/** Reverses `sealStream`. Errs with Fault `invalid` on any change, a missing end, or anything after the end; nothing is handed out unverified. */
export function openStream(_privateKey: KeyObject): Transform {
  throw new Error('not yet');
}
