import type { z } from 'zod';
import type { Role, Service } from './vocabulary.ts';

/** One question a service answers over HTTP: who may ask, what is asked, what comes back. Client and controller share it. */
export interface Route<
  Body extends z.ZodType = z.ZodType,
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  readonly service: Service;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/v1/...`, parameters as `:name`. No personal data ever stands in a path or a query. */
  readonly path: `/v1/${string}`;
  /** Empty: open to everyone (health); otherwise the roles of which the caller needs one. */
  readonly roles: readonly Role[];
  readonly summary: string;
  readonly body?: Body;
  readonly params?: Params;
  readonly query?: Query;
  readonly answer: Answer;
  /** Status of a success; 200 unless said. */
  readonly status?: number;
  /** Answered also while the service serves nobody: it reads no table of the service. */
  readonly whenClosed?: boolean;
  /** Exists only in an instance of mode `development`. */
  readonly developmentOnly?: boolean;
}

export const defineRoute = <
  Body extends z.ZodType,
  Params extends z.ZodType,
  Query extends z.ZodType,
  Answer extends z.ZodType,
>(
  route: Route<Body, Params, Query, Answer>,
): Route<Body, Params, Query, Answer> => route;

/** RFC 9457. `code` is stable and for machines, `field` a dotted path; no value that was sent is ever repeated. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
  readonly clause?: string;
}
