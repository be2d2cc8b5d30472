import { randomFillSync } from 'node:crypto';

const IV_BYTES = 12;
const POOL = Buffer.alloc(IV_BYTES * 4096);
let used = POOL.length;

/**
 * 96 random bits, from a pool that is refilled whole: one call to the generator for 4,096 IVs.
 * Read it before the next call; nobody keeps it.
 */
export function freshIv(): Buffer {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += IV_BYTES;
  return POOL.subarray(used - IV_BYTES, used);
}

/** Texts as one byte string that can be read in one way only: each with its length before it (two bytes). */
export function joined(...texts: readonly string[]): Buffer {
  let size = 0;
  for (const text of texts) size += 2 + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const text of texts) {
    const length = bytes.write(text, at + 2);
    at = bytes.writeUInt16BE(length, at) + length;
  }
  return bytes;
}
