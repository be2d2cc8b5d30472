import { http } from '@lethe/contracts';
import { z } from 'zod';

/** One thing a platform knows about one of its people, a line of JSON; docs/import.md says what each means. */
const person = z.string().min(1).max(256);
const name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$/, 'not a kebab-case name')
  .max(64);
const instant = z.iso.datetime({ offset: true });
/** What nobody knows any more is said to be unknown, never left out by accident and never made up. */
const orUnknown = <Value extends z.ZodType>(value: Value) => z.union([z.literal('unknown'), value]);
const version = z.string().regex(/^[0-9][0-9A-Za-z.-]{0,31}$/, 'not a version');
const matter = z.strictObject({ kind: name, id: z.string().min(1).max(256) });
const act = http.consentAct.shape;
const submission = http.submission.shape;

export const line = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('notice'),
    person,
    about: name,
    version,
    at: instant,
    channel: name,
    language: http.shownNotice.shape.language,
    says: http.shownNotice.shape.says,
  }),
  z.strictObject({
    kind: z.literal('consent'),
    person,
    purpose: name,
    state: act.state,
    at: orUnknown(instant),
    notice: orUnknown(version),
    level: orUnknown(z.enum(['acceptance', 'opt-in', 'device-permission', 'explicit', 'separate', 'guardian'])),
    channel: act.channel,
    bundled: act.bundled,
    implied: act.implied,
    choice: act.choice,
    language: act.language,
    route: act.route,
  }),
  z.strictObject({
    kind: z.literal('guardian'),
    person,
    child: z.boolean().optional(),
    birthday: z.iso.date().optional(),
    guardianVerified: z.boolean().default(false),
    /** Since when: the day the guardian was verified, or the platform learned that there is none. */
    at: orUnknown(instant),
    guardian: person.optional(),
  }),
  z.strictObject({
    kind: z.literal('record'),
    person,
    /** The platform's own id of it: the same line sent again is the same record. */
    id: z.string().min(1).max(256),
    purpose: name,
    collectedAt: orUnknown(instant),
    notice: orUnknown(version).optional(),
    matter: matter.optional(),
    channel: name.optional(),
    product: name.optional(),
    collector: name.optional(),
    source: submission.source,
    exception: submission.exception,
    declarations: submission.declarations,
    region: submission.region,
    fields: submission.fields,
    others: z
      .array(z.strictObject({ person, declaration: name, fields: submission.fields }))
      .max(50)
      .default([]),
  }),
  z.strictObject({ kind: z.literal('anchor'), person, matter, anchor: name, at: instant }),
]);
export type Line = z.output<typeof line>;
export type Kind = Line['kind'];
export type LineOf<K extends Kind> = Extract<Line, { kind: K }>;

/** Something about one line that a person should know. It names fields and clauses, never a value. */
export interface ImportFinding {
  readonly line: number;
  readonly code: string;
  readonly clause?: string | undefined;
  readonly field?: string | undefined;
  readonly text?: string | undefined;
}

/** Reads one line. */
export function readLine(text: string, number: number): { readonly line: Line } | ImportFinding {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line: number, code: 'not-json', text: 'A line is one JSON object.' };
  }
  const parsed = line.safeParse(value);
  if (parsed.success) return { line: parsed.data };
  const [issue] = parsed.error.issues;
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const field = [...(issue?.path ?? []), ...keys.slice(0, 1)].join('.');
  // What zod says names what is wanted, and never what was there; a key that nobody knows stands in `field` already.
  const wanted = keys.length > 0 ? 'A line of this kind has no such field.' : issue?.message;
  return { line: number, code: 'not-a-line', text: wanted, ...(field === '' ? {} : { field }) };
}
