import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { SubjectRef } from '@lethe/kernel';

/** Bytes of one slot: salt, a space, ref, a line feed. */
export const SLOT = 46;
/** The slot of an entry about nobody. */
export const BLANK = `${' '.repeat(SLOT - 1)}\n`;
/** The slot of an entry whose ref was dropped. */
export const GONE = `${'-'.repeat(SLOT - 1)}\n`;

const digestOf = (slot: string): string => createHash('sha256').update(slot.slice(0, -1)).digest('base64url');

/** A ref as it is kept beside its entry, and the digest by which the entry knows it. Without the salt it leads to nobody. */
export function setApart(subject: SubjectRef): { readonly about: string; readonly slot: string } {
  const slot = `${randomBytes(16).toString('base64url')} ${subject}\n`;
  return { about: digestOf(slot), slot };
}

/** The ref of the entry that knows it by `about`; `gone` once dropped, `wrong` when the slot holds anything else. */
export function refIn(slot: Buffer, about: string): { readonly subject: SubjectRef } | 'gone' | 'wrong' {
  const text = slot.toString('latin1');
  if (text === GONE) return 'gone';
  if (text.length !== SLOT || digestOf(text) !== about) return 'wrong';
  return { subject: text.slice(23, SLOT - 1) as SubjectRef };
}

/** The file of the refs that lies beside a file of entries. */
export const refsOf = (name: string): string => name.replace('.jsonl', '.refs');

/** Made if it is not there. */
export const openRefs = (path: string): Promise<FileHandle> => open(path, constants.O_RDWR | constants.O_CREAT, 0o600);

/** Up to `count` slots of a file, from the `from`-th on; how to get one of them, counted from there. Without the file: none. */
export async function slotsIn(path: string, from: number, count: number): Promise<(nth: number) => Buffer> {
  const refs = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!refs) return () => Buffer.alloc(0);
  try {
    const there = Math.max(0, (await refs.stat()).size - from * SLOT);
    const bytes = Buffer.alloc(Math.min(there, count * SLOT));
    await refs.read(bytes, 0, bytes.length, from * SLOT);
    return (nth) => bytes.subarray(nth * SLOT, (nth + 1) * SLOT);
  } finally {
    await refs.close();
  }
}
