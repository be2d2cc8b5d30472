import { stray, type Route } from '@lethe/contracts';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../callers/caller.ts';
import { ASKED, ROUTE } from './answer.ts';
import { Unreadable, unfit, unknownKey } from './problem.ts';

/** Where the hook before the body leaves whom it let in; null where everyone may ask. */
export const ADMITTED = Symbol('admitted');

type Request = FastifyRequest & { [ASKED]?: unknown; [ADMITTED]?: Caller | null };

/** Before any handler, once the caller is known: does the question fit? */
export class DoorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const route = Reflect.getMetadata(ROUTE, context.getHandler()) as Route | undefined;
    const request = context.switchToHttp().getRequest<Request>();
    const admitted = request[ADMITTED];
    // A handler without a route has no contract, so it has no door; and none opens to whom nobody has let in.
    if (route === undefined || admitted === undefined || (admitted === null && route.roles.length > 0))
      throw new Unreadable(404, 'platform/no-such-route', 'there is no such route');
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    request[ASKED] = {
      params: fit('params', route.params, request.params),
      query: fit('query', route.query, request.query),
      body: fit('body', route.body, request.body ?? {}),
      caller: admitted ?? undefined,
      get gone() {
        return goneSignal(reply);
      },
    };
    return true;
  }
}

function fit(where: 'params' | 'query' | 'body', schema: Route['body'], value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw unfit(where, result.error);
  const unknown = stray(value, result.data);
  if (unknown !== undefined) throw unknownKey(where, unknown);
  return result.data;
}

function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
