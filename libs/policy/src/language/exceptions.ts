import { z } from 'zod';
import { clause, list, name, names } from './words.ts';

/** A ground on which data is processed without consent: cited, with its evidence, and recorded with the record. */
export const ground = z.strictObject({
  name: names,
  /** What must be shown: names of documents or facts, never their text. */
  needs: z.array(name).default([]),
  /** Never for what the person may choose. */
  basicOnly: z.boolean().default(false),
  /** Absent: any purpose. */
  purposes: list.optional(),
  /** Sensitive fields too. */
  sensitive: z.boolean().default(true),
  enabled: z.boolean().default(true),
  clause,
});

/** Two lists that are never mixed: for collecting and using, and for handing on. */
export const exceptions = z.strictObject({
  collection: z.record(name, ground).default({}),
  disclosure: z.record(name, ground).default({}),
});

/** What de-identified and anonymous data may serve without further notice or consent. */
export const deidentified = z.strictObject({
  uses: z.array(name),
  anonymousOnly: z.array(name).default([]),
  /** What must be shown before a set counts as de-identified or anonymous. */
  needs: list,
  clause,
});
