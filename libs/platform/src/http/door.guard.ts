import type { Route } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../callers/caller.ts';
import type { Callers } from '../callers/callers.ts';
import { ASKED, ROUTE } from './answer.ts';
import { Unreadable, unfit } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';

type Request = FastifyRequest & { [ASKED]?: unknown };

/** Before any handler: who asks, may they, and does the question fit? In this order, so that strangers learn no shapes. */
export class DoorGuard implements CanActivate {
  constructor(
    private readonly callers: Pick<Callers, 'verify'>,
    private readonly mode: 'development' | 'production',
    private readonly limit?: RateLimit,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = Reflect.getMetadata(ROUTE, context.getHandler()) as Route | undefined;
    // A handler without a route has no contract, so it has no door.
    if (route === undefined || (route.developmentOnly === true && this.mode !== 'development')) {
      throw new Unreadable(404, 'platform/no-such-route', 'there is no such route');
    }
    const request = context.switchToHttp().getRequest<Request>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const caller = route.roles.length === 0 ? undefined : await this.#caller(route, request);
    request[ASKED] = {
      params: fit('params', route.params, request.params),
      query: fit('query', route.query, request.query),
      body: fit('body', route.body, request.body ?? {}),
      caller,
      get gone() {
        return goneSignal(reply);
      },
    };
    return true;
  }

  async #caller(route: Route, request: FastifyRequest): Promise<Caller> {
    const caller = await this.callers.verify(request.headers.authorization);
    if (!route.roles.includes(caller.role))
      throw new Fault('forbidden', 'platform/role-may-not', `this is for ${route.roles.join(', ')}`);
    if (caller.role !== 'service' && this.limit?.take(caller.tenant) === false)
      throw new Unreadable(429, 'platform/too-many', 'this tenant asks faster than it may');
    return caller;
  }
}

function fit(where: 'params' | 'query' | 'body', schema: Route['body'], value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw unfit(where, result.error);
  return result.data;
}

function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
