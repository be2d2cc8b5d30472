import { afterAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineRoute, events, type Service } from '@lethe/contracts';
import { on } from '@lethe/messaging';
import { Controller, Inject } from '@nestjs/common';
import pg from 'pg';
import { z } from 'zod';
import { bootstrap, type Running } from './bootstrap.ts';
import { migrations } from './database/migrations.ts';
import { EmbeddedPostgres } from './home/embedded-postgres.ts';
import { Answer, Asked } from './http/answer.ts';
import type { Installation } from './installation.ts';
import type { ServiceContext, ServiceDefinition } from './service.ts';

const Tell = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/tell',
  roles: ['operator'],
  summary: 'Tells',
  answer: z.object({ number: z.int() }),
});
const Heard = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/heard',
  roles: ['operator'],
  summary: 'How far it has heard, as soon as it has heard so far',
  query: z.object({ number: z.coerce.number().int() }),
  answer: z.object({ applied: z.boolean() }),
});

@Controller()
class Teller {
  constructor(@Inject('context') private readonly context: ServiceContext) {}
  @Answer(Tell)
  async tell(@Asked() { caller: { tenant } }: Asked<typeof Tell>) {
    const { context } = this;
    const now = context.clock.machineNow();
    const id = await context.database.within(tenant, (sql) =>
      context.outbox.announce(
        sql,
        events.BackupPurgedV1,
        { tenant, slot: 0, now },
        { backup: context.newId(), at: now.toISOString() },
      ),
    );
    const { number } = await context.outbox.numberOf(id, 50_000);
    return { number };
  }
}
@Controller()
class Hearer {
  constructor(@Inject('context') private readonly context: ServiceContext) {}
  @Answer(Heard)
  async heard(@Asked() { query }: Asked<typeof Heard>) {
    return { applied: await this.context.applied(events.BackupPurgedV1.topic, 0, query.number, 10_000) };
  }
}
class TellerModule {}
class HearerModule {}

const contexts = new Map<Service, ServiceContext>();
const service = (name: Service, module: object, controller: object, hears: boolean): ServiceDefinition => ({
  service: name,
  migrations: migrations(name, []),
  declarations: [],
  open: (context) => {
    contexts.set(name, context);
    return {
      module: { module, controllers: [controller], providers: [{ provide: 'context', useValue: context }] } as never,
      routes: hears ? [on(events.BackupPurgedV1, () => Promise.resolve())] : [],
    };
  },
});
const RETENTION = service('retention', TellerModule, Teller, false);
const BOTH = [RETENTION, service('erasure', HearerModule, Hearer, true)];

const homes: string[] = [];
function installation(): Installation {
  const home = join(mkdtempSync(join(tmpdir(), 'lethe-rolled-')), 'home');
  homes.push(home);
  return {
    mode: 'development',
    home,
    host: '127.0.0.1',
    port: 0,
    slots: 4,
    volatile: true,
    trustedProxies: [],
    policies: fileURLToPath(new URL('../../../policies', import.meta.url)),
  };
}
const running = new Set<Running>();
async function started(at: Installation, services = BOTH): Promise<Running> {
  const one = await bootstrap(services, at);
  running.add(one);
  return one;
}
async function stopped(one: Running): Promise<void> {
  running.delete(one);
  await one.stop();
}
afterAll(async () => {
  for (const one of running) await one.stop();
  for (const home of homes) rmSync(join(home, '..'), { recursive: true, force: true });
});

async function ask(
  one: Running,
  method: string,
  path: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const given = await fetch(`${one.url}/v1/development/token`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ tenant: 'damai', role: 'operator' }),
  });
  headers['authorization'] = `Bearer ${((await given.json()) as { token: string }).token}`;
  const body = method === 'POST' ? { body: '{}' } : {};
  const answer = await fetch(`${one.url}${path}`, { method, headers, ...body });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const tell = (one: Running) => ask(one, 'POST', '/v1/tell');
const heard = (one: Running, number: number) => ask(one, 'GET', `/v1/heard?number=${String(number)}`);
const REFUSED = { status: 503, body: { code: 'platform/rolled-back' } };
const ready = (one: Running) => ask(one, 'GET', '/health/ready');

/** As the administrator, on a server that nobody else has started. */
async function offline(at: Installation, statements: readonly string[]): Promise<void> {
  const server = await EmbeddedPostgres.start({
    folder: join(at.home, 'data'),
    password: passwordOf(at),
    volatile: true,
  });
  const client = new pg.Client(server.admin);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
  await server.stop();
}
const passwordOf = (at: Installation): string =>
  readFileSync(join(at.home, 'secrets', 'data-admin-password'), 'utf8').trim();

const SWAP = [
  'alter database lethe_retention allow_connections false',
  `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'lethe_retention'`,
  'alter database lethe_retention rename to lethe_newer',
  'alter database lethe_older rename to lethe_retention',
];

test('an old data directory put back is noticed at the start, and serves nobody (I36)', async () => {
  const at = installation();
  const first = await started(at);
  expect((await tell(first)).body).toEqual({ number: 1 });
  expect((await heard(first, 1)).body).toEqual({ applied: true });
  await stopped(first);
  const [data, older] = [join(at.home, 'data'), join(at.home, 'older')];
  expect(spawnSync('cp', ['-a', data, older]).status).toBe(0);

  // As it was left, it is as good as ever.
  const second = await started(at);
  expect((await ready(second)).status).toBe(200);
  expect((await tell(second)).body).toEqual({ number: 2 });
  expect((await heard(second, 2)).body).toEqual({ applied: true });
  await stopped(second);

  renameSync(data, join(at.home, 'newer'));
  renameSync(older, data);
  const third = await started(at);
  const { status, body } = await ready(third);
  expect(status).toBe(503);
  expect(body).toMatchObject({
    status: 'not-ready',
    services: {
      retention: { ready: false, reason: expect.stringContaining('must be recovered') },
      erasure: { ready: false, reason: expect.stringContaining('must be recovered') },
    },
  });
  expect(await tell(third)).toMatchObject(REFUSED);
  expect(await heard(third, 1)).toMatchObject(REFUSED);
  // Not by a back door either: nothing in this process reaches its tables.
  for (const context of contexts.values()) {
    await expect(context.database.transaction((sql) => sql.query('select 1'))).rejects.toMatchObject({
      code: 'platform/rolled-back',
    });
    await expect(context.standsFirm()).rejects.toMatchObject({ code: 'platform/rolled-back' });
  }
  await stopped(third);

  // The newer one back: nothing was done to anything meanwhile.
  renameSync(data, older);
  renameSync(join(at.home, 'newer'), data);
  const fourth = await started(at);
  expect((await tell(fourth)).body).toEqual({ number: 3 });
  await stopped(fourth);
});

test('a database exchanged under a running service is noticed on the next connection', async () => {
  const at = installation();
  await stopped(await started(at));
  await offline(at, ['create database lethe_older template lethe_retention owner lethe_retention_owner']);
  const live = await started(at);
  expect((await tell(live)).body).toEqual({ number: 1 });
  expect((await heard(live, 1)).body).toEqual({ applied: true });
  const port = Number(readFileSync(join(at.home, 'data', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[3]);
  const admin = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'lethe_admin',
    database: 'postgres',
    password: passwordOf(at),
  });
  await admin.connect();
  for (const statement of SWAP) await admin.query(statement);
  await admin.end();

  expect(await tell(live)).toMatchObject(REFUSED);
  expect((await ready(live)).body).toMatchObject({
    services: { retention: { ready: false }, erasure: { ready: true } },
  });
  // Who lost nothing goes on.
  expect((await heard(live, 1)).body).toEqual({ applied: true });
  await stopped(live);
});

test('its own topic tells on it where the marks are lost, too', async () => {
  const at = installation();
  await stopped(await started(at));
  await offline(at, ['create database lethe_older template lethe_retention owner lethe_retention_owner']);
  const first = await started(at);
  await tell(first);
  expect((await heard(first, 1)).body).toEqual({ applied: true });
  await stopped(first);
  await offline(at, SWAP);
  rmSync(join(at.home, 'marks'), { recursive: true });
  const second = await started(at);
  expect(await tell(second)).toMatchObject(REFUSED);
  expect((await heard(second, 1)).status).toBe(200);
  await stopped(second);
});

test('a database made anew beside what was told before serves nobody', async () => {
  const at = installation();
  const first = await started(at);
  await tell(first);
  expect((await heard(first, 1)).body).toEqual({ applied: true });
  await stopped(first);
  await offline(at, ['drop database lethe_erasure']);
  const second = await started(at);
  expect(await heard(second, 1)).toMatchObject(REFUSED);
  expect((await tell(second)).status).toBe(200);
  await stopped(second);
});

test('a service that is merely behind is served, and catches up', async () => {
  const at = installation();
  const first = await started(at);
  await tell(first);
  expect((await heard(first, 1)).body).toEqual({ applied: true });
  await stopped(first);
  const alone = await started(at, [RETENTION]);
  for (let number = 2; number <= 4; number += 1) expect((await tell(alone)).body).toEqual({ number });
  await stopped(alone);
  const both = await started(at);
  expect((await ready(both)).status).toBe(200);
  expect((await heard(both, 4)).body).toEqual({ applied: true });
  await stopped(both);
});
