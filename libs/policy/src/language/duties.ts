import { isZone } from '@lethe/kernel';
import { z } from 'zod';
import { SOURCES } from '../pack.ts';
import { clause, list, name, named, names, region, statedPeriod, statedSpan, statedText, words } from './words.ts';

/** What is told, to whom and by when, when something has gone wrong. */
export const incidents = z.strictObject({
  deadline: z.strictObject({ within: statedSpan, from: name, clause }),
  content: z.array(named).min(1),
  channels: list,
  fallback: name,
  regulator: z.strictObject({ when: name, clause }).optional(),
  process: z.strictObject({ steps: list, clause }).optional(),
  children: z
    .strictObject({ notify: list, channels: list, fallback: name, training: statedPeriod.optional(), clause })
    .optional(),
  reports: z.strictObject({ channel: name, clause }).optional(),
  clause,
});

/** The end of a service: collecting stops at once, always. */
export const cessation = z.strictObject({
  /** How people are told. */
  notify: z.strictObject({ ways: list, clause }).optional(),
  /** What becomes of what is held, and by when. What a law keeps is kept. */
  disposal: z.strictObject({
    methods: z.array(z.enum(['delete', 'anonymize'])).min(1),
    within: statedPeriod.optional(),
    clause,
  }),
  guardians: z.strictObject({ clause }).optional(),
  clause,
});

export const security = z.strictObject({
  controls: z.record(name, z.strictObject({ name: names, evidence: name, interval: statedPeriod, clause })),
});

export const contacts = z.record(
  name,
  z.strictObject({
    name: names,
    kind: z.enum(['phone', 'email', 'letter', 'person', 'form', 'court']),
    value: statedText,
    for: z.array(name).default([]),
    clause,
  }),
);

/** Sections on which the text is wholly silent: what is used instead, who says so, and the id by which refusals name it. */
export const silent = z.record(
  z.string().regex(/^[a-z][a-zA-Z-]*(\.[a-zA-Z-]+)*$/, 'not a section'),
  z.strictObject({
    source: z.enum(SOURCES),
    note: names,
    clause: z.string().regex(/^[A-Z]{2,4}-SIL-\d{2}$/, 'not the id of a silence'),
  }),
);

/** What a text without a name, a place or a date leaves to whoever runs it. */
export const zone = z
  .string()
  .regex(/^[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z0-9_+-]+)+$|^UTC$/, 'not an IANA time zone, such as Asia/Shanghai')
  .refine(isZone, 'not an IANA time zone, such as Asia/Shanghai');
export const controller = z.strictObject({
  name: names,
  address: words.optional(),
  country: region.optional(),
  clause,
});
