import { Fault, type FaultKind } from '@lethe/kernel';
import type { z } from 'zod';
import type { Problem, Route } from './http.ts';

/** What is put to a route: each part only where the route declares it. */
export interface Asking<R extends Route> {
  readonly params?: z.input<NonNullable<R['params']>>;
  readonly query?: z.input<NonNullable<R['query']>>;
  readonly body?: z.input<NonNullable<R['body']>>;
}

/** Parameters of a path and a query: refs, ids, dates, counts. */
type Scalars = Readonly<Record<string, string | number | boolean | undefined>>;

/** A route and what is asked of it, as an HTTP request below a service's base URL. */
export function requestOf<R extends Route>(
  route: R,
  asking: Asking<R>,
): { method: Route['method']; path: string; body?: string } {
  const params = (asking.params ?? {}) as Scalars;
  const path = route.path.replaceAll(/:([a-z]+)/gi, (_, name: string) => encodeURIComponent(String(params[name])));
  const query = new URLSearchParams();
  const asked: Scalars = asking.query ?? {};
  for (const [name, value] of Object.entries(asked)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  const json = route.method === 'POST' || route.method === 'PUT' ? JSON.stringify(asking.body ?? {}) : undefined;
  return { method: route.method, path: `${path}${search}`, ...(json === undefined ? {} : { body: json }) };
}

const KINDS: Readonly<Record<number, FaultKind>> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'missing',
  409: 'conflict',
  429: 'unavailable',
};

/**
 * Reads an answer.
 * @throws Fault with the problem's code; `unavailable` for 429 and every 5xx, which may be asked again
 */
export function answerOf<R extends Route>(route: R, status: number, json: unknown): z.output<R['answer']> {
  if (status >= 200 && status < 300) return route.answer.parse(json) as z.output<R['answer']>;
  const problem = (typeof json === 'object' && json !== null ? json : {}) as Partial<Problem>;
  const kind = status >= 500 ? 'unavailable' : (KINDS[status] ?? 'invalid');
  throw new Fault(
    kind,
    problem.code ?? 'http/no-answer',
    problem.detail ?? `${route.service} answered ${String(status)}`,
    problem.field,
  );
}
