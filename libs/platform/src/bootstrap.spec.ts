import { afterAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineRoute, events, type Service } from '@lethe/contracts';
import { on } from '@lethe/messaging';
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { bootstrap, type Running } from './bootstrap.ts';
import { migrations, tenantTable } from './database/migrations.ts';
import type { TypeOrmDatabase } from './database/typeorm-database.ts';
import { undeclared } from './declarations.ts';
import { FOUNDATION_DECLARATIONS } from './database/foundation.ts';
import { Answer, Asked } from './http/answer.ts';
import type { Installation } from './installation.ts';
import type { ServiceContext, ServiceDefinition } from './service.ts';

const Tell = defineRoute({
  service: 'retention',
  method: 'POST',
  path: '/v1/tell',
  roles: ['operator'],
  summary: 'Tells',
  answer: z.object({ topic: z.string(), slot: z.int(), number: z.int(), applied: z.boolean() }),
});
const Heard = defineRoute({
  service: 'erasure',
  method: 'GET',
  path: '/v1/heard',
  roles: ['operator', 'service'],
  summary: 'Heard',
  answer: z.object({ heard: z.int(), by: z.string() }),
});
const AskOther = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/other',
  roles: ['operator'],
  summary: 'Asks',
  answer: z.object({ heard: z.int(), by: z.string() }),
});

@Controller()
class Teller {
  constructor(@Inject('context') private readonly context: ServiceContext) {}
  @Answer(Tell)
  async tell(@Asked() { caller }: Asked<typeof Tell>) {
    const { context } = this;
    const now = context.clock.machineNow();
    const id = await context.database.within(caller.tenant, (sql) =>
      context.outbox.announce(
        sql,
        events.BackupPurgedV1,
        { tenant: caller.tenant, slot: 0, now },
        { backup: context.newId(), at: now.toISOString() },
      ),
    );
    const place = await context.outbox.numberOf(id, 50_000);
    return { ...place, applied: await context.peers.applied('erasure', { ...place, waitMs: 10_000 }) };
  }
  @Answer(AskOther)
  other(@Asked() { caller }: Asked<typeof AskOther>) {
    return this.context.peers.ask(Heard, { tenant: caller.tenant, actor: caller.sub });
  }
}

@Controller()
class Hearer {
  constructor(@Inject('context') private readonly context: ServiceContext) {}
  @Answer(Heard)
  async heard(@Asked() { caller }: Asked<typeof Heard>) {
    const [row] = await this.context.database.within(caller.tenant, (sql) =>
      sql.query<{ n: number }>('select count(*) as n from heard_of'),
    );
    return { heard: row!.n, by: caller.actor ?? caller.sub };
  }
}
class TellerModule {}
class HearerModule {}

const contexts = new Map<Service, ServiceContext>();
const service = (
  name: Service,
  module: object,
  controller: object,
  routes: (context: ServiceContext) => ReturnType<typeof on>[],
  statements: string[] = [],
): ServiceDefinition => ({
  service: name,
  migrations: migrations(name, [{ number: 1_800_000_000_000, name: 'own', statements }]),
  declarations: [],
  open: (context) => {
    contexts.set(name, context);
    return {
      module: { module, controllers: [controller], providers: [{ provide: 'context', useValue: context }] } as never,
      routes: routes(context),
    };
  },
});
const TWO: readonly ServiceDefinition[] = [
  service('retention', TellerModule, Teller, () => []),
  service(
    'erasure',
    HearerModule,
    Hearer,
    () => [
      on(events.BackupPurgedV1, async (sql, batch) => {
        for (const { id, tenant } of batch) await sql.query('insert into heard_of values ($1, $2)', [tenant, id]);
      }),
    ],
    [
      'create table heard_of (tenant text not null, event uuid not null, primary key (tenant, event))',
      ...tenantTable('heard_of'),
    ],
  ),
];

const homes: string[] = [];
const installation = (over: Partial<Installation> = {}): Installation => {
  const home = join(mkdtempSync(join(tmpdir(), 'lethe-boot-')), 'home');
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
    ...over,
  };
};
afterAll(() => {
  for (const home of homes) rmSync(join(home, '..'), { recursive: true, force: true });
});

async function ask(
  running: Running,
  method: string,
  path: string,
  role?: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (role !== undefined) {
    const given = await fetch(`${running.url}/v1/development/token`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ tenant: 'damai', role }),
    });
    headers['authorization'] = `Bearer ${((await given.json()) as { token: string }).token}`;
  }
  const answer = await fetch(`${running.url}${path}`, {
    method,
    headers,
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const processesOf = (home: string): string => spawnSync('pgrep', ['-f', home], { encoding: 'utf8' }).stdout.trim();

test('services in one process hear one another, answer one another, and find their data again', async () => {
  const at = installation();
  const first = await bootstrap(TWO, at);
  expect((await ask(first, 'GET', '/health/ready')).body).toMatchObject({
    status: 'ready',
    mode: 'development',
    services: { retention: { ready: true }, erasure: { ready: true } },
  });
  expect((await ask(first, 'POST', '/v1/tell', 'operator')).body).toEqual({
    topic: 'lethe.retention.order',
    slot: 0,
    number: 1,
    applied: true,
  });
  expect((await ask(first, 'GET', '/v1/other', 'operator')).body).toEqual({
    heard: 1,
    by: 'lethe-development#a-operator',
  });
  expect((await ask(first, 'GET', '/v1/heard', 'auditor')).status).toBe(403);
  await expect(bootstrap(TWO, at)).rejects.toMatchObject({ code: 'platform/home-in-use' });

  // Declared: all but what the two services have of their own, and what messaging declares.
  const open = await contexts.get('erasure')!.database.transaction((sql) => undeclared(sql, FOUNDATION_DECLARATIONS));
  expect(
    open.filter((column) => !/^(outbox|slot_head|position|heard|parked|refused_message|incarnation)\./.test(column)),
  ).toEqual(['heard_of.tenant', 'heard_of.event']);

  await first.stop();
  expect(processesOf(at.home)).toBe('');
  const second = await bootstrap(TWO, at);
  expect((await ask(second, 'GET', '/v1/other', 'operator')).body).toMatchObject({ heard: 1 });
  await second.stop();
});

test('a question that comes while the service closes behind its door is to come again', async () => {
  const running = await bootstrap(TWO, installation());
  const database = contexts.get('erasure')!.database as TypeOrmDatabase;
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  // What is still under way keeps the pool from being gone; nothing new gets a connection.
  const held = database.transaction(async (sql) => {
    await sql.query('select 1');
    begun.resolve();
    await gate.promise;
  });
  await begun.promise;
  const closed = database.close();
  const { status, body } = await ask(running, 'GET', '/v1/heard', 'operator');
  expect([status, body['code']]).toEqual([503, 'platform/database-unavailable']);
  gate.resolve();
  await Promise.all([held, closed]);
  await running.stop();
});

test('two instances run side by side, in production without a token for whoever asks', async () => {
  const [one, two] = [installation({ mode: 'production' }), installation()];
  const running = await Promise.all([bootstrap(TWO, one), bootstrap(TWO, two)]);
  const token = await fetch(`${running[0].url}/v1/development/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"tenant":"damai","role":"operator"}',
  });
  expect(token.status).toBe(404);
  expect((await ask(running[0], 'GET', '/health/ready')).body).toMatchObject({ mode: 'production' });
  await Promise.all(running.map((each) => each.stop()));
  await expect(bootstrap(TWO, { ...two, mode: 'production' })).rejects.toMatchObject({ code: 'platform/mode-differs' });
});

test('a start that fails leaves nothing running and no lock', async () => {
  const at = installation();
  const broken: ServiceDefinition = { ...TWO[0]!, open: () => Promise.reject(new Error('cannot be wired')) };
  await expect(bootstrap([broken], at)).rejects.toThrow('cannot be wired');
  expect(processesOf(at.home)).toBe('');
  expect(() => readFileSync(join(at.home, 'lock'))).toThrow();
});
