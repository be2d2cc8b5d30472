import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logger.ts';
import { problemOf } from './problem.ts';

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
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (problem.status === 503 || problem.status === 429) void reply.header('retry-after', '1');
    void reply
      .status(problem.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem));
  }
}
