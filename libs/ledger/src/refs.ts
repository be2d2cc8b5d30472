import { createHash, randomBytes } from 'node:crypto';
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
