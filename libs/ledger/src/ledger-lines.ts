import { createHmac, type KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Fault } from '@lethe/kernel';
import { lineIn, type LineContent, type StoredEntry } from './ledger-entry.ts';
import { BLANK, setApart } from './refs.ts';

export interface Line {
  /** Undefined when checksum or shape is wrong. */
  readonly content: LineContent | undefined;
  readonly offset: number;
  readonly next: number;
  /** Ends with a line feed. */
  readonly complete: boolean;
}

/** The lines of a file, from a byte at which one begins. */
export async function* linesOf(path: string, from: number): AsyncGenerator<Line> {
  const handle = await open(path, 'r');
  try {
    let rest = Buffer.alloc(0);
    let at = from;
    for await (const chunk of handle.createReadStream({ start: from, autoClose: false })) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      let begin = 0;
      for (let feed = rest.indexOf(10); feed >= 0; feed = rest.indexOf(10, begin)) {
        const line = rest.toString('utf8', begin, feed);
        const next = at + (feed - begin) + 1;
        yield { content: lineIn(line), offset: at, next, complete: true };
        at = next;
        begin = feed + 1;
      }
      rest = rest.subarray(begin);
    }
    if (rest.length > 0) yield { content: undefined, offset: at, next: at + rest.length, complete: false };
  } finally {
    await handle.close();
  }
}

/**
 * What shows that an entry was written here, behind the one that stands before it: a MAC over its text and the MAC of the one
 * before. Entries of before there were MACs have none of their own, and are under that of the first that has one.
 */
export class Chain {
  /** Before the first entry. */
  static readonly START = '';

  constructor(private readonly key: KeyObject) {}

  /** The MAC of an entry. @param before that of the entry before */
  after(before: string, text: string): string {
    return createHmac('sha256', this.key).update(`${before}\n${text}`).digest('base64url');
  }
}

/** An entry as it is written, and the slot its ref has beside it. */
export function apart({ subject, ...entry }: StoredEntry): { readonly stored: StoredEntry; readonly slot: string } {
  if (subject === undefined) return { stored: entry, slot: BLANK };
  const { about, slot } = setApart(subject);
  return { stored: { ...entry, about }, slot };
}

export const damaged = (file: string): Fault =>
  new Fault('unavailable', 'ledger/damaged', `${file} has lost or changed an entry`);

export const foreign = (file: string, entry: number): Fault =>
  new Fault(
    'unavailable',
    'ledger/foreign',
    `entry ${String(entry)} in ${file}, or one before it, was not written by this installation`,
  );
