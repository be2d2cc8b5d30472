import { createHash } from 'node:crypto';
import { compartment, count, day, http, id, instant, method, name, subject, tenant } from '@lethe/contracts';
import { z } from 'zod';

/** Refs dropped by one entry. */
export const FORGOTTEN_AT_ONCE = 1000;

/** What happened to whom, by refs; and what a cohort was folded into. A recovery replays it: nothing forgotten comes back, and no result is lost. */
export const ledgerEntry = z.strictObject({
  /** Counts from 1, without gaps. */
  entry: count.min(1),
  tenant,
  kind: z.enum(['erased', 'withdrawn', 'disposed', 'restricted', 'held', 'released', 'ended', 'forgotten', 'folded']),
  subject: subject.optional(),
  compartments: z.array(compartment).max(200).optional(),
  class: name.optional(),
  day: day.optional(),
  /** Of a disposal. */
  method: method.optional(),
  /** The disposal order; of an end, the end. */
  order: id.optional(),
  erasure: id.optional(),
  hold: id.optional(),
  /** Of a withdrawal: the consent version it had; a consent given later stays. */
  consentVersion: count.optional(),
  /** Of `forgotten`: the entries whose refs are dropped. */
  entries: z.array(count.min(1)).max(FORGOTTEN_AT_ONCE).optional(),
  /** Of `folded`: cells of k people or more, and which of the cohort's cells the first of them is, from 1. */
  cells: z.array(http.cellContent).min(1).max(http.CELLS_AT_ONCE).optional(),
  first: count.min(1).optional(),
  at: instant,
});
export type LedgerEntry = z.output<typeof ledgerEntry>;
/** An entry before it has a number. */
export const ledgerFact = ledgerEntry.omit({ entry: true });
export type LedgerFact = z.output<typeof ledgerFact>;

/** An entry as its file has it: the ref lies beside it (`refs.ts`), and it knows it by a salted digest. */
const storedEntry = ledgerEntry.extend({ about: z.string().length(43).optional() });
export type StoredEntry = z.output<typeof storedEntry>;

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** What a line says: the entry, its text, and its MAC where it has one. */
export interface LineContent {
  readonly entry: StoredEntry;
  readonly text: string;
  readonly mac: string | undefined;
}

const CHECKSUM = 16;
/** Characters of a MAC: 32 bytes as base64url. */
const MAC = 43;

/**
 * One line of the file: a checksum of what follows, the entry's MAC, and the entry as JSON, with spaces between. The checksum tells
 * a line that the disk has changed from one that was written by somebody else. Lines of before there were MACs have none.
 */
export const lineOf = (text: string, mac?: string): string => {
  const rest = mac === undefined ? text : `${mac} ${text}`;
  return `${checksum(rest)} ${rest}\n`;
};

/** What a line (without its line feed) says; undefined unless checksum and shape are right. */
export function lineIn(line: string): LineContent | undefined {
  const rest = line.slice(CHECKSUM + 1);
  if (line[CHECKSUM] !== ' ' || checksum(rest) !== line.slice(0, CHECKSUM)) return undefined;
  const hasMac = !rest.startsWith('{');
  if (hasMac && rest[MAC] !== ' ') return undefined;
  const text = hasMac ? rest.slice(MAC + 1) : rest;
  try {
    const parsed = storedEntry.safeParse(JSON.parse(text));
    return parsed.success ? { entry: parsed.data, text, mac: hasMac ? rest.slice(0, MAC) : undefined } : undefined;
  } catch {
    return undefined;
  }
}
