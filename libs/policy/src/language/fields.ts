import { z } from 'zod';
import { FIELD_TYPES } from '../pack.ts';
import { clause, list, name, named, names } from './words.ts';

export const categories = z.record(name, z.strictObject({ name: names }));
export const declarations = z.record(name, named);

/** A text of which only one shape is accepted, in words a person who does not program can write. */
const accept = z.strictObject({
  begins: z.string().min(1).max(32).optional(),
  of: z.enum(['digits', 'letters', 'letters-and-digits']),
  from: z.int().min(1).max(100),
  to: z.int().min(1).max(100),
  /** What stands around it: `drop` keeps the match only, `refuse` takes the text only where it is nothing else. */
  rest: z.enum(['drop', 'refuse']).default('refuse'),
  clause,
});

export const field = z.strictObject({
  name: names,
  category: name,
  type: z.enum(FIELD_TYPES).default('text'),
  sensitive: z.boolean().default(false),
  /** Device and log data that becomes personal only when it is joined with what tells who somebody is. */
  whenAlone: z.enum(['personal', 'not-personal']).default('personal'),
  /** A company's own data: never personal. */
  about: z.enum(['person', 'organization']).default('person'),
  /** Never accepted in clear: only as a digest that the platform has made, `sha256:…`, `argon2:…` or another such. */
  secret: z.boolean().default(false),
  /** Tells a device or a person directly; replaced where the pack asks for de-identification. */
  identifier: z.boolean().default(false),
  /** The person's day of birth: it tells at once whether a guardian has to agree. */
  birth: z.boolean().default(false),
  permission: name.optional(),
  accept: accept.optional(),
  /** What staff see of it: so many characters at either end. */
  mask: z.strictObject({ start: z.int().min(0).max(8), end: z.int().min(0).max(8), clause }).optional(),
  clause,
});
export const fields = z.record(name, field);

/** What logs become when they are joined, unless one of these grounds is there. */
export const joining = z.strictObject({
  treatment: z.enum(['deidentify', 'anonymize']),
  /** `consent`: the person has authorized the purpose; otherwise a ground of `exceptions.collection`. */
  unless: list,
  clause,
});

/** Uses by name: what a purpose's closed list may name, and what each may not have. */
export const uses = z.record(
  name,
  z.strictObject({
    name: names,
    /** Single people's data is never handed out for it. */
    only: z.enum(['aggregates', 'groups']).optional(),
    /** Fields of these categories only. */
    categories: list.optional(),
    /** A field that needs a device permission is used only while the permission stands. */
    whilePermitted: z.boolean().default(false),
    clause,
  }),
);
