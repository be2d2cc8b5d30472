import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import type { Route } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import type { DynamicModule } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Callers } from '../callers/callers.ts';
import type { Logger } from '../logger.ts';
import { ROUTE } from './answer.ts';
import { ADMITTED, DoorGuard } from './door.guard.ts';
import { Doorkeeper } from './doorkeeper.ts';
import { FaultFilter } from './fault.filter.ts';
import { BODY_LIMIT, readJson } from './json-body.ts';
import { openApi } from './openapi.ts';
import { isLoopback, plainHttpJudge, type PlainHttp } from './plain-http.ts';
import { problem, problemOf } from './problem.ts';
import { RateLimit } from './rate-limit.ts';

export interface Readiness {
  readonly status: 'ready' | 'not-ready';
  readonly mode: 'development' | 'production';
  readonly services: Readonly<Record<string, { readonly ready: boolean; readonly reason?: string | undefined }>>;
  /** Volumes of this process that have no room left. */
  readonly full?: readonly string[] | undefined;
  readonly at: string;
}

export interface ApplicationOptions {
  readonly modules: readonly DynamicModule[];
  readonly callers: Pick<Callers, 'verify'>;
  readonly mode: 'development' | 'production';
  readonly plainHttp: PlainHttp;
  /** Questions a second that one tenant may ask, twice as many at once; absent: no limit. */
  readonly tenantRate?: number;
  /** Why a service answers nobody now; undefined: it answers. */
  readonly closed?: (service: Route['service']) => Fault | undefined;
  readonly logger: Logger;
  readonly readiness: () => Promise<Readiness>;
  /** The text of `/metrics`. */
  readonly metrics: () => Promise<string>;
  readonly answered?: (route: string, status: number) => void;
}

/** One Nest application on Fastify with these modules; not yet listening. */
export async function application(options: ApplicationOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: BODY_LIMIT,
    trustProxy: false,
    requestTimeout: 60_000,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  doors(fastify, options);
  const routes = new Map<string, Route>();
  letIn(fastify, routes, options);
  class LetheModule {}
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: LetheModule, imports: [...options.modules] },
    adapter,
    {
      logger: false,
      bodyParser: false,
      abortOnError: false,
      forceCloseConnections: true,
    },
  );
  app.useGlobalGuards(new DoorGuard());
  app.useGlobalFilters(new FaultFilter(options.logger));
  let document: string | undefined;
  fastify.get('/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(
      openApi(
        routesOf(app).filter(({ developmentOnly }) => options.mode === 'development' || developmentOnly !== true),
        version(),
      ),
    );
    void reply.header('content-type', 'application/json; charset=utf-8').send(document);
  });
  await app.init();
  for (const route of routesOf(app)) routes.set(`${route.method} ${route.path}`, route);
  await fastify.ready();
  return app;
}

/** What stands before every handler, and the doors that need no caller. */
function doors(fastify: FastifyInstance, options: ApplicationOptions): void {
  const mayBePlain = plainHttpJudge(options.plainHttp);
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    if (mayBePlain(request.raw.socket.remoteAddress, request.headers['x-forwarded-proto'])) return done();
    // Before the body is read: what travelled in the clear is not taken in.
    const refusal = problem(
      426,
      'platform/https-needed',
      'plain HTTP is taken from this machine only, or from a proxy that is named and says https',
    );
    void reply
      .status(426)
      .header('connection', 'close')
      .header('upgrade', 'TLS/1.2')
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(refusal));
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    options.answered?.(request.routeOptions.url ?? 'none', reply.statusCode);
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (_request, body, done) => {
      try {
        done(null, body.length === 0 ? undefined : readJson(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  fastify.get('/health/live', (_request, reply) => {
    void reply.send({ status: 'live' });
  });
  fastify.get('/health/ready', async (_request, reply) => {
    const readiness = await options.readiness();
    return reply.status(readiness.status === 'ready' ? 200 : 503).send(readiness);
  });
  fastify.get('/metrics', async (request, reply) => {
    // A proxy on this machine asks for somebody who may be anywhere.
    const here =
      isLoopback(request.raw.socket.remoteAddress) &&
      !['forwarded', 'x-forwarded-for', 'x-forwarded-proto'].some((name) => name in request.headers);
    if (!here) {
      try {
        const { role } = await options.callers.verify(request.headers.authorization);
        if (role !== 'operator') throw new Fault('forbidden', 'platform/role-may-not', 'this is for operator');
      } catch (error) {
        const refusal = problemOf(error);
        return reply
          .status(refusal.status)
          .header('content-type', 'application/problem+json; charset=utf-8')
          .send(JSON.stringify(refusal));
      }
    }
    return reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(await options.metrics());
  });
}

/** Who asks is known before a body is read. Doors of no service (health, metrics) look after themselves. */
function letIn(fastify: FastifyInstance, routes: ReadonlyMap<string, Route>, options: ApplicationOptions): void {
  const doorkeeper = new Doorkeeper(
    options.callers,
    options.mode,
    options.tenantRate === undefined ? undefined : new RateLimit(options.tenantRate),
    options.closed,
  );
  fastify.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions;
    if (url?.startsWith('/v1/') !== true) return;
    const route = routes.get(`${request.method === 'HEAD' ? 'GET' : request.method} ${url}`);
    const caller = await doorkeeper.admit(route, request.headers.authorization);
    (request as typeof request & { [ADMITTED]?: unknown })[ADMITTED] = caller ?? null;
  });
}

/** Every route of the application, read from the handlers that answer. */
export function routesOf(app: NestFastifyApplication): Route[] {
  const routes: Route[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      const prototype = (metatype as { prototype?: Record<string, unknown> } | null)?.prototype ?? {};
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const handler = name === 'constructor' ? undefined : prototype[name];
        const route =
          typeof handler === 'function' ? (Reflect.getMetadata(ROUTE, handler) as Route | undefined) : undefined;
        if (route !== undefined) routes.push(route);
      }
    }
  }
  return routes;
}

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
