import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { defineRoute } from '@lethe/contracts';
import { Fault, tenantId } from '@lethe/kernel';
import { Controller } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import type { Caller } from '../callers/caller.ts';
import { createLogger } from '../logger.ts';
import { PrometheusMetrics } from '../metrics.ts';
import { Answer, Asked } from './answer.ts';
import { application, type ApplicationOptions } from './application.ts';
import { plainHttpJudge } from './plain-http.ts';
import { platformModule } from './platform.controllers.ts';

const Echo = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/echo/:id',
  roles: ['backend', 'officer'],
  summary: 'Echoes',
  params: z.object({ id: z.string().max(8) }),
  query: z.object({ times: z.coerce.number().int().min(1).default(1) }),
  body: z.object({ phone: z.string().max(11), people: z.array(z.object({ age: z.int() })).default([]) }),
  answer: z.object({ length: z.int(), tenant: z.string() }),
  status: 201,
});
const Fail = defineRoute({
  service: 'consent',
  method: 'GET',
  path: '/v1/fail',
  roles: ['backend'],
  summary: 'Fails',
  query: z.object({ how: z.string() }),
  answer: z.object({}),
});
const Moved = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/moved',
  roles: [],
  developmentOnly: true,
  summary: 'Moves',
  answer: z.object({}),
});

@Controller()
class Doors {
  @Answer(Echo)
  echo(@Asked() { body, query, caller }: Asked<typeof Echo>) {
    return { length: body.phone.length * query.times, tenant: caller.tenant, phone: body.phone } as {
      length: number;
      tenant: string;
    };
  }
  @Answer(Fail)
  fail(@Asked() { query }: Asked<typeof Fail>): Promise<Record<string, never>> {
    if (query.how === 'conflict') throw new Fault('conflict', 'consent/moved', 'someone moved first');
    if (query.how === 'shape') return Promise.resolve(7 as unknown as Record<string, never>);
    throw new Error(`a mistake that holds 13812345678`);
  }
  @Answer(Moved)
  moved(): Record<string, never> {
    return {};
  }
}

const CALLERS: Record<string, Caller> = {
  'Bearer backend': { tenant: tenantId('damai'), role: 'backend', sub: 'i#b' },
  'Bearer operator': { tenant: tenantId('damai'), role: 'operator', sub: 'i#o' },
  'Bearer auditor': { tenant: tenantId('damai'), role: 'auditor', sub: 'i#a' },
};
const lines: string[] = [];
const open = (mode: 'development' | 'production', more: Partial<ApplicationOptions> = {}) =>
  application({
    modules: [platformModule([Doors])],
    callers: {
      verify: (authorization) => {
        const caller = CALLERS[authorization ?? ''];
        return caller === undefined
          ? Promise.reject(new Fault('forbidden', 'platform/no-caller', 'a valid token is needed'))
          : Promise.resolve(caller);
      },
    },
    mode,
    plainHttp: { trustedProxies: [] },
    logger: createLogger('test', { write: (line) => void lines.push(line) }),
    readiness: () => Promise.resolve({ status: 'ready', mode, services: {}, at: new Date(0).toISOString() }),
    metrics: () => new PrometheusMetrics().text(),
    ...more,
  });

let app: NestFastifyApplication;
beforeAll(async () => {
  app = await open('development');
});
afterAll(() => app.close());

const post = (payload: string | Buffer, headers: Record<string, string> = {}, url = '/v1/echo/x') =>
  app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'application/json', authorization: 'Bearer backend', ...headers },
    remoteAddress: '127.0.0.1',
  });
const get = (url: string, headers: Record<string, string> = { authorization: 'Bearer backend' }) =>
  app.inject({ method: 'GET', url, headers, remoteAddress: '127.0.0.1' });

test('an answer holds what its contract names, and nothing may keep a copy of it', async () => {
  const answer = await post('{"phone":"13812345678"}', {}, '/v1/echo/x?times=2');
  expect(answer.statusCode).toBe(201);
  expect(answer.json()).toEqual({ length: 22, tenant: 'damai' });
  expect(answer.headers['cache-control']).toBe('no-store');
});

test.each([
  ['no token', () => post('{}', { authorization: '' }), 401, 'platform/no-caller'],
  ['another role', () => post('{}', { authorization: 'Bearer auditor' }), 403, 'platform/role-may-not'],
  ['no token, before its body is read', () => post('{', { authorization: '' }), 401, 'platform/no-caller'],
  ['broken JSON', () => post('{"phone":'), 400, 'platform/not-json'],
  ['bad UTF-8', () => post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400, 'platform/not-utf-8'],
  ['a prototype key', () => post('{"phone":"1","__proto__":{"a":1}}'), 400, 'platform/forbidden-key'],
  ['17 levels', () => post('['.repeat(17) + ']'.repeat(17)), 400, 'platform/too-deep'],
  ['half a megabyte of levels', () => post('['.repeat(500_000)), 400, 'platform/not-json'],
  ['5 MB', () => post(`{"phone":"${'1'.repeat(5_000_000)}"}`), 413, 'platform/body-too-large'],
  [
    'not JSON',
    () => post('phone=1', { 'content-type': 'application/x-www-form-urlencoded' }),
    415,
    'platform/not-json',
  ],
  ['an unknown route', () => get('/v1/nothing'), 404, 'platform/no-such-route'],
  ['a fault', () => get('/v1/fail?how=conflict'), 409, 'consent/moved'],
  ['a mistake', () => get('/v1/fail?how=mistake'), 500, 'platform/mistake'],
  ['an answer out of contract', () => get('/v1/fail?how=shape'), 500, 'platform/mistake'],
] as const)('%s is a problem with a status and a code', async (_, ask, status, code) => {
  const answer = await ask();
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toMatchObject({ status, code, type: expect.stringContaining('urn:lethe:fault:') });
  expect(answer.headers['cache-control']).toBe('no-store');
});

test('I49: what does not fit is named by its field, never by its value', async () => {
  const answer = await post('{"phone":"138123456789999","people":[{"age":"張三 13812345678"}]}');
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'platform/body-does-not-fit', field: 'phone' });
  expect(answer.json()).toMatchObject({ detail: expect.stringMatching(/^phone: \w+.* \w+/) });
  const inner = await post('{"phone":"1","people":[{"age":"張三 13812345678"}]}');
  expect(inner.json()).toMatchObject({ field: 'people.0.age' });
  expect(answer.body + inner.body + lines.join('')).not.toMatch(/138123|張三/);
});

test('what is not a field is refused, not left out: a misspelled choice would count as not made', async () => {
  const answer = await post('{"phone":"1","people":[{"age":3,"agee":4}]}');
  expect(answer.json()).toMatchObject({ status: 422, code: 'platform/body-does-not-fit', field: 'people.0.agee' });
  const value = await post('{"phone":"1","people":[],"張三 13812345678":1}');
  expect(value.json()).toMatchObject({ status: 422, field: '*' });
  expect(value.body + lines.join('')).not.toMatch(/138123|張三/);
});

test('what exists in development only is not there in production', async () => {
  expect((await post('{}', {}, '/v1/moved')).statusCode).toBe(200);
  const production = await open('production');
  const answer = await production.inject({ method: 'POST', url: '/v1/moved', remoteAddress: '127.0.0.1' });
  expect(answer.statusCode).toBe(404);
  expect((await production.inject({ method: 'GET', url: '/openapi.json' })).json()).not.toHaveProperty([
    'paths',
    '/v1/moved',
  ]);
  await production.close();
});

test('the document at /openapi.json shows the schemas that validate', async () => {
  const document = (await get('/openapi.json', {})).json();
  expect(document.openapi).toBe('3.1.0');
  expect(document.paths['/v1/echo/{id}'].post).toMatchObject({
    'x-roles': ['backend', 'officer'],
    requestBody: {
      content: { 'application/json': { schema: { properties: { phone: { type: 'string', maxLength: 11 } } } } },
    },
  });
});

test('plain HTTP from elsewhere, a stranger and a body that is too large are refused before the body has come', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/echo/x',
    payload: '{',
    remoteAddress: '203.0.113.7',
    headers: { 'content-type': 'application/json', 'x-forwarded-proto': 'https' },
  });
  expect(answer.statusCode).toBe(426);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const answerTo = (authorization: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(
          `POST /v1/echo/x HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{`,
        ),
      );
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
    });
  expect(await answerTo('Bearer nobody')).toMatch(/^HTTP\/1\.1 401/);
  expect(await answerTo('Bearer backend')).toMatch(/^HTTP\/1\.1 413/);
  // Who is in the middle of it hears the answer, and is heard again on the same connection.
  const heard = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(
        `POST /v1/echo/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer backend\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n`,
      ),
    );
    socket.once('data', () => {
      socket.write(Buffer.alloc(5_000_000, '1'));
      socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    });
    socket.on('data', (data) => {
      text += data.toString();
      if (text.includes('"live"')) socket.destroy();
    });
    socket.once('error', reject).once('close', () => resolve(text));
  });
  expect(heard).toMatch(/^HTTP\/1\.1 413[^]*HTTP\/1\.1 200/);
});

test('metrics are for this machine, and elsewhere for an operator', async () => {
  const behind = await open('production', { plainHttp: { trustedProxies: ['127.0.0.1'] } });
  const asked = async (headers: Record<string, string>) =>
    (await behind.inject({ method: 'GET', url: '/metrics', headers, remoteAddress: '127.0.0.1' })).statusCode;
  const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' };
  expect(await asked({})).toBe(200);
  expect(await asked(proxied)).toBe(401);
  expect(await asked({ ...proxied, authorization: 'Bearer backend' })).toBe(403);
  expect(await asked({ ...proxied, authorization: 'Bearer operator' })).toBe(200);
  await behind.close();
});

test('a tenant that asks too fast is told so before anything is done', async () => {
  const limited = await open('production', { tenantRate: 1 });
  const ask = () =>
    limited.inject({
      method: 'POST',
      url: '/v1/echo/x',
      payload: '{"phone":"1"}',
      headers: { 'content-type': 'application/json', authorization: 'Bearer backend' },
      remoteAddress: '127.0.0.1',
    });
  const answers = await Promise.all(Array.from({ length: 6 }, ask));
  const refused = answers.find(({ statusCode }) => statusCode === 429);
  expect(refused?.json()).toMatchObject({ code: 'platform/too-many', status: 429 });
  expect(refused?.headers['retry-after']).toBe('1');
  expect(answers.filter(({ statusCode }) => statusCode === 201).length).toBeGreaterThanOrEqual(2);
  await limited.close();
});

test('a named proxy must say https; loopback need not', () => {
  const judge = plainHttpJudge({ trustedProxies: ['10.0.0.9', '10.1.0.0/16'] });
  expect(judge('127.0.0.1', undefined)).toBe(true);
  expect(judge('::ffff:127.0.0.1', undefined)).toBe(true);
  expect(judge('127.0.0.1', 'https')).toBe(true);
  expect(judge('127.0.0.1', 'http')).toBe(false);
  expect(judge('127.0.0.1', ['https', 'http'])).toBe(false);
  expect(judge('10.0.0.9', 'https')).toBe(true);
  expect(judge('10.1.2.3', 'https')).toBe(true);
  expect(judge('10.0.0.9', 'http')).toBe(false);
  expect(judge('10.0.0.9', undefined)).toBe(false);
  expect(judge('10.0.0.8', 'https')).toBe(false);
  expect(judge(undefined, 'https')).toBe(false);
});
