import type { Route } from '@lethe/contracts';
import {
  createParamDecorator,
  Delete,
  Get,
  HttpCode,
  Post,
  Put,
  SetMetadata,
  type ExecutionContext,
} from '@nestjs/common';
import type { z } from 'zod';
import type { Caller } from '../callers/caller.ts';

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type Part<Definition, Key extends string> = Definition extends { readonly [key in Key]?: infer Schema }
  ? Output<Schema>
  : undefined;

/** What a handler is given: validated, the caller's roles checked. On routes open to everyone (no roles) do not touch `caller`: it is not there. */
export interface Asked<Definition extends Route = Route> {
  readonly body: Part<Definition, 'body'>;
  readonly params: Part<Definition, 'params'>;
  readonly query: Part<Definition, 'query'>;
  readonly caller: Caller;
  /** Ends when the caller has gone: long polls stop waiting. */
  readonly gone: AbortSignal;
}

/** What a handler answers; what its schema does not name does not leave. */
export type AnswerOf<Definition extends Route> = z.input<Definition['answer']>;

export const ROUTE = 'lethe:route';
/** Where the guard leaves what it has validated. */
export const ASKED = Symbol('asked');

const METHODS = { GET: Get, POST: Post, PUT: Put, DELETE: Delete };

/**
 * Marks the method of a controller that answers one route. The signature is checked by the compiler:
 * `@Answer(http.Collect) collect(@Asked() asked: Asked<typeof http.Collect>): Promise<AnswerOf<typeof http.Collect>>`.
 */
export function Answer<Definition extends Route>(route: Definition) {
  return <Method extends (asked: Asked<Definition>) => Promise<AnswerOf<Definition>> | AnswerOf<Definition>>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const handler = descriptor.value as unknown as (asked: Asked<Definition>) => unknown;
    // Whatever the handler returns, only what the contract names leaves the process.
    descriptor.value = async function (this: unknown, asked: Asked<Definition>): Promise<unknown> {
      return answered(route, await handler.call(this, asked));
    } as unknown as Method;
    METHODS[route.method](route.path)(target, key, descriptor);
    HttpCode(route.status ?? 200)(target, key, descriptor);
    SetMetadata(ROUTE, route)(target, key, descriptor);
  };
}

function answered(route: Route, answer: unknown): unknown {
  const checked = route.answer.safeParse(answer);
  if (checked.success) return checked.data;
  const fields = [...new Set(checked.error.issues.map((issue) => issue.path.join('.')))].slice(0, 8);
  throw new Error(`${route.method} ${route.path} answers out of contract: ${fields.join(', ')}`);
}

/** The question of the route, validated. */
export const Asked = createParamDecorator((_: unknown, context: ExecutionContext): unknown => {
  const request = context.switchToHttp().getRequest<{ [ASKED]?: unknown }>();
  return request[ASKED];
});
