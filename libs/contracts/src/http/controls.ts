import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { clause, count, day, digest, id, name, subject } from '../vocabulary.ts';

const evidenceOf = z.object({ control: name });

/** The document itself stays where it is: what is kept is its digest, of what kind it is, who filed it and when. */
export const FileControlEvidence = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/controls/:control/evidence',
  roles: ['officer', 'operator'],
  summary: 'Files evidence that a security control of the policy works: a test report, the result of a probe.',
  params: evidenceOf,
  body: z.object({ kind: name, sha256: digest }),
  answer: z.object({
    control: name,
    /** The last local day on which it still shows the control. */
    until: day,
  }),
});

export const Controls = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/controls',
  roles: ['officer', 'operator', 'auditor', 'backend'],
  summary: 'The security controls of the policy, and whether evidence of each is current, overdue or missing.',
  answer: z.object({
    controls: z.array(
      z.object({
        control: name,
        clause,
        /** The kind of evidence that shows it. */
        evidence: name,
        state: z.enum(['missing', 'current', 'overdue']),
        until: day.optional(),
      }),
    ),
  }),
});

/** How what is held of a person lies in the database. Values are looked for, never told. */
export const StoredAs = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/stored-as',
  roles: ['auditor', 'officer'],
  summary:
    'Reads the stored rows of a person, and a backup if one is named, and looks for their values in them: sealed, in clear, protected alike?',
  query: z.object({ subject, backup: id.optional() }),
  answer: z.object({
    parts: count,
    /** Parts that are an envelope of Lethe’s and nothing else. */
    sealed: count,
    /** Values found in a stored row, as they are or in hexadecimal or base64. */
    inClear: count,
    /** Values looked for: those of four bytes and more. */
    values: count,
    protections: z.array(z.object({ source: name, controls: z.array(name) })),
    /** Sources whose data lacks a control that other data of the person has. */
    weaker: z.array(name),
    /** Collection’s part of that backup, which is the one that holds values, as it lies: available or isolated. */
    backup: z
      .object({
        bytes: count,
        /** Values of the person found anywhere in it. */
        inClear: count,
        /** Values looked for: those of eight bytes and more. */
        values: count,
      })
      .optional(),
  }),
});
