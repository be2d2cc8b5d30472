import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logger.ts';
import { problemOf } from './problem.ts';

/** What is left of a body that is too large is thrown away up to here, so that whoever is still sending hears the answer. */
const THROWN_AWAY = 16 * 1_048_576;

/** Every failure of a door leaves as `application/problem+json`; a mistake of ours is logged, its text is not. */
@Catch()
export class FaultFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(error);
    if (problem.status >= 500) {
      this.logger.error(
        { error, route: request.routeOptions?.url, method: request.method, status: problem.status },
        'a question failed',
      );
    }
    if (problem.status === 401 || problem.status === 403) {
      const route = request.routeOptions?.url;
      this.logger.warn(
        { code: problem.code, route, method: request.method, status: problem.status },
        'a question was refused',
      );
    }
    if (reply.sent) return;
    // The framework would cut the connection: a client in the middle of its body then sees that, and no answer.
    if (problem.status === 413 && Number(request.headers['content-length']) <= THROWN_AWAY)
      void reply.removeHeader('connection');
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (problem.status === 503 || problem.status === 429) void reply.header('retry-after', '1');
    void reply
      .status(problem.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem));
  }
}
