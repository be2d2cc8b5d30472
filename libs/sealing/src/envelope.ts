import { createCipheriv, createDecipheriv, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { Fault, type TenantId } from '@lethe/kernel';
import { freshIv, joined } from './bytes.ts';
import type { PartLabels } from './seal-item.ts';

/**
 * A sealed part: version 1 byte, algorithm 1, generation of the subject key 4 (big-endian), IV 12, tag 16, ciphertext.
 * Version 1, algorithm 1: AES-256-GCM under a key of the part's own.
 */
const VERSION = 1;
const AES_256_GCM = 1;
const HEADER = 6;
const IV_END = HEADER + 12;
const TAG_END = IV_END + 16;
const GENERATION_MAX = 0x7fff_ffff;

/** Bytes a sealed part is longer than its plaintext. */
export const ENVELOPE_BYTES = TAG_END;

const KEY_BYTES = 32;
const BLOCK = 64;
const [INNER_PAD, OUTER_PAD] = [0x36, 0x5c];
/** HMAC's two blocks: the padded key, and behind it the message; the padded key, and behind it the first one's hash. */
const INNER = Buffer.alloc(BLOCK + 256, INNER_PAD);
const OUTER = Buffer.alloc(BLOCK + 32, OUTER_PAD);
/** What a part's key is expanded for: the label, which of the two keys, the part id, and the block number of HKDF. */
const ROLE_AT = BLOCK + INNER.write('lethe/part-key/1', BLOCK, 'latin1');
const SUBJECT_ROLE = 0x73;
const TIME_ROLE = 0x74;
const PART_MOST = INNER.length - ROLE_AT - 2;
const DERIVED = Buffer.alloc(KEY_BYTES);

/**
 * HKDF-Expand (RFC 5869) with HMAC-SHA-256 to one block; the key is uniform, so there is nothing to extract. HMAC (RFC 2104) is two
 * hashes of whole messages: an object of Node's for each costs four times as much. As text, and so never wiped: it opens the one part
 * whose plaintext is in memory too.
 */
function expand(key: Buffer, role: number, end: number): string {
  for (let i = 0; i < KEY_BYTES; i++) {
    INNER[i] = key[i]! ^ INNER_PAD;
    OUTER[i] = key[i]! ^ OUTER_PAD;
  }
  INNER[ROLE_AT] = role;
  OUTER.write(hash('sha256', INNER.subarray(0, end), 'binary'), BLOCK, 'latin1');
  return hash('sha256', OUTER, 'binary');
}

/**
 * The key of one part. It is the exclusive or of one expansion of either key, so whoever lacks one of them, whichever it is,
 * lacks a value indistinguishable from random: no assumption beyond HMAC being a PRF.
 */
export type PartKey = (subjectKey: KeyObject, timeKey: KeyObject, part: string) => KeyObject;

/** Lets `work` make keys of parts. What they are made of is in the clear, each once, until `work` is done. */
export function deriving<Result>(work: (partKey: PartKey) => Result): Result {
  const clear = new Map<KeyObject, Buffer>();
  const bytesOf = (key: KeyObject): Buffer => {
    let bytes = clear.get(key);
    if (bytes === undefined) clear.set(key, (bytes = key.export()));
    return bytes;
  };
  try {
    return work((subjectKey, timeKey, part) => {
      if (part.length > PART_MOST) throw new Fault('invalid', 'sealing/part-id', 'a part id is too long', 'part');
      const end = ROLE_AT + 2 + INNER.write(part, ROLE_AT + 1, 'latin1');
      INNER[end - 1] = 1;
      const one = expand(bytesOf(subjectKey), SUBJECT_ROLE, end);
      const other = expand(bytesOf(timeKey), TIME_ROLE, end);
      for (let i = 0; i < KEY_BYTES; i++) DERIVED[i] = one.charCodeAt(i) ^ other.charCodeAt(i);
      return createSecretKey(DERIVED);
    });
  } finally {
    for (const bytes of clear.values()) bytes.fill(0);
    for (const block of [INNER, OUTER]) block.fill(0, 0, KEY_BYTES);
    DERIVED.fill(0);
  }
}

const labelsOf = (version: number, algorithm: number, tenant: TenantId, item: Omit<PartLabels, 'time'>): Buffer =>
  joined(`${version}.${algorithm}`, tenant, item.subject, item.part, item.compartment);

/** `iv` is given by known-answer tests only. */
export function sealPart(
  key: KeyObject,
  generation: number,
  tenant: TenantId,
  labels: Omit<PartLabels, 'time'>,
  plaintext: Buffer,
  iv: Buffer = freshIv(),
): Buffer {
  const sealed = Buffer.allocUnsafe(TAG_END + plaintext.length);
  sealed[0] = VERSION;
  sealed[1] = AES_256_GCM;
  sealed.writeUInt32BE(generation, 2);
  iv.copy(sealed, HEADER);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  cipher.setAAD(labelsOf(VERSION, AES_256_GCM, tenant, labels));
  cipher.update(plaintext).copy(sealed, TAG_END);
  cipher.final();
  cipher.getAuthTag().copy(sealed, IV_END);
  return sealed;
}

/** The generation of the subject key a part was sealed under; undefined when this is no sealed part. */
export function generationOf(sealed: Buffer): number | undefined {
  if (sealed.length < TAG_END || sealed[0] !== VERSION || sealed[1] !== AES_256_GCM) return undefined;
  const generation = sealed.readUInt32BE(2);
  return generation >= 1 && generation <= GENERATION_MAX ? generation : undefined;
}

/** The plaintext, or undefined when ciphertext, labels or key are not the ones it was sealed with. */
export function openPart(
  key: KeyObject,
  tenant: TenantId,
  labels: Omit<PartLabels, 'time'>,
  sealed: Buffer,
): Buffer | undefined {
  if (generationOf(sealed) === undefined) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(HEADER, IV_END), { authTagLength: 16 });
  decipher.setAAD(labelsOf(sealed[0]!, sealed[1]!, tenant, labels));
  decipher.setAuthTag(sealed.subarray(IV_END, TAG_END));
  const plaintext = decipher.update(sealed.subarray(TAG_END));
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}
