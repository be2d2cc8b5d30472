import type { Problem } from '@lethe/contracts';
import { Fault, type FaultKind } from '@lethe/kernel';
import type { z } from 'zod';

const STATUS: Readonly<Record<FaultKind, number>> = {
  invalid: 422,
  missing: 404,
  conflict: 409,
  forbidden: 403,
  unavailable: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Not readable',
  401: 'Who is asking?',
  403: 'Not allowed',
  404: 'Not here',
  409: 'Someone moved first',
  413: 'Too large',
  415: 'Not JSON',
  422: 'Does not fit',
  426: 'HTTPS needed',
  429: 'Too many at once',
  500: 'A mistake of ours',
  503: 'Try again',
};

/** A question that could not even be read; it has a status of its own. */
export class Unreadable extends Fault {
  constructor(
    readonly status: 400 | 401 | 404 | 413 | 415 | 426 | 429,
    code: string,
    message: string,
  ) {
    super('invalid', code, message);
  }
}

export function problem(status: number, code: string, detail: string, field?: string): Problem {
  return {
    type: `urn:lethe:fault:${code.replace('/', ':')}`,
    title: TITLES[status] ?? 'Not done',
    status,
    code,
    detail,
    ...(field === undefined ? {} : { field }),
  };
}

/** What is said about a failure: never more than a code, a sentence of ours and the name of a field. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Unreadable) return problem(error.status, error.code, error.message);
  if (error instanceof Fault) {
    const status = error.code === 'platform/no-caller' ? 401 : STATUS[error.kind];
    return problem(status, error.code, error.message, error.field);
  }
  return ofFramework(error) ?? problem(500, 'platform/mistake', 'this should not have happened; it has been logged');
}

/** Fastify and Nest: their status decides, their text is not repeated. */
function ofFramework(error: unknown): Problem | undefined {
  const said = error as { statusCode?: unknown; status?: unknown } | null;
  const status = Number(said?.statusCode ?? said?.status);
  if (status === 404) return problem(404, 'platform/no-such-route', 'there is no such route');
  if (status === 413) return problem(413, 'platform/body-too-large', 'a body has at most 1 MiB');
  if (status === 415) return problem(415, 'platform/not-json', 'a body is application/json');
  if (status >= 400 && status < 500) return problem(400, 'platform/unreadable', 'the question cannot be read');
  return undefined;
}

/** No name has five digits in a row; a phone number that became a key has. */
const SEGMENT = /^(?!.*\d{5})[A-Za-z][A-Za-z0-9-]{0,40}$|^\d{1,4}$/;

/** What a schema says of a value names what it wants and never the value; of a key that nobody knows it would name the key. */
const wanted = (issue: z.core.$ZodIssue | undefined): string =>
  issue === undefined || issue.code === 'unrecognized_keys' ? 'invalid' : issue.message;

type Where = 'body' | 'query' | 'params';
/** A dotted path; a key that could be a value becomes `*`. */
const fieldOf = (where: Where, path: readonly PropertyKey[]): string =>
  path.length === 0 ? where : path.map((segment) => (SEGMENT.test(String(segment)) ? String(segment) : '*')).join('.');
const doesNotFit = (where: Where, field: string, detail: string): Fault =>
  new Fault('invalid', `platform/${where}-does-not-fit`, `${field}: ${detail}`, field);

/** Names the first wrong field and what is wanted there. */
export function unfit(where: Where, error: z.ZodError): Fault {
  const issue = error.issues[0];
  const others = error.issues.length > 1 ? ` (and ${String(error.issues.length - 1)} more)` : '';
  return doesNotFit(where, fieldOf(where, issue?.path ?? []), `${wanted(issue)}${others}`);
}

/** Something was said that the question has no place for. */
export const unknownKey = (where: Where, path: readonly string[]): Fault =>
  doesNotFit(where, fieldOf(where, path), 'there is no such field');
