import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { Fault } from '@lethe/kernel';
import { freshIv, joined } from './bytes.ts';

/** What a wrapped thing is, so that it unwraps as nothing else: `['day', tenant, day, class]`. */
export type WrapContext = readonly [kind: string, ...of: string[]];

/** AES-256-GCM: IV 12, tag 16, ciphertext. */
export function wrapBytes(under: KeyObject, context: WrapContext, bytes: Buffer): Buffer {
  const iv = freshIv();
  const cipher = createCipheriv('aes-256-gcm', under, iv, { authTagLength: 16 });
  cipher.setAAD(joined('lethe/wrap/1', ...context));
  const wrapped = Buffer.allocUnsafe(28 + bytes.length);
  iv.copy(wrapped, 0);
  cipher.update(bytes).copy(wrapped, 28);
  cipher.final();
  cipher.getAuthTag().copy(wrapped, 12);
  return wrapped;
}

/** @throws Fault `forbidden` when it was wrapped under another key, or as another thing */
export function unwrapBytes(under: KeyObject, context: WrapContext, wrapped: Buffer): Buffer {
  const kind = context[0];
  if (wrapped.length < 28) throw new Fault('forbidden', 'sealing/not-this-key', `a wrapped ${kind} is cut short`);
  const decipher = createDecipheriv('aes-256-gcm', under, wrapped.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(joined('lethe/wrap/1', ...context));
  decipher.setAuthTag(wrapped.subarray(12, 28));
  const bytes = decipher.update(wrapped.subarray(28));
  try {
    decipher.final();
    return bytes;
  } catch {
    throw new Fault('forbidden', 'sealing/not-this-key', `a wrapped ${kind} does not open under this key`);
  }
}

/** A key that has just been made: to use, and wrapped, to keep. Its bytes are nowhere else. */
export function newWrappedKey(
  under: KeyObject,
  context: WrapContext,
): { readonly key: KeyObject; readonly wrapped: Buffer } {
  const bytes = randomBytes(32);
  const made = { key: createSecretKey(bytes), wrapped: wrapBytes(under, context, bytes) };
  bytes.fill(0);
  return made;
}

/** @throws Fault `forbidden` as `unwrapBytes` */
export function unwrapKey(under: KeyObject, context: WrapContext, wrapped: Buffer): KeyObject {
  const bytes = unwrapBytes(under, context, wrapped);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

export function wrapKey(under: KeyObject, context: WrapContext, key: KeyObject): Buffer {
  const bytes = key.export();
  const wrapped = wrapBytes(under, context, bytes);
  bytes.fill(0);
  return wrapped;
}
