import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defineRoute, events } from '@lethe/contracts';
import { Fault, subjectRef, tenantId } from '@lethe/kernel';
import { on } from '@lethe/messaging';
import { testContext, type TestContext } from '@lethe/testing';
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { migrations, tenantTable } from './database/migrations.ts';
import { Answer, Asked } from './http/answer.ts';
import { appliedRoute, missedRoute } from './http/platform.controllers.ts';
import type { ServiceContext, ServiceDefinition } from './service.ts';

const DAMAI = tenantId('damai');
const PERSON = subjectRef('AAAAAAAAAAAAAAAAAAAAAA');
const ID = '01890000-0000-7000-8000-000000000001';

const Seen = defineRoute({
  service: 'retention',
  method: 'GET',
  path: '/v1/seen',
  roles: ['officer'],
  summary: 'Seen',
  answer: z.object({ seen: z.int(), legal: z.string() }),
});

@Controller()
class Doors {
  constructor(@Inject('context') private readonly context: ServiceContext) {}
  @Answer(Seen)
  async seen(@Asked() { caller }: Asked<typeof Seen>) {
    const [row] = await this.context.database.within(caller.tenant, (sql) =>
      sql.query<{ seen: number }>('select count(*) as seen from seen'),
    );
    return { seen: row!.seen, legal: (await this.context.clock.legalNow(caller.tenant)).toISOString() };
  }
}
class Module {}

/** A service of three doors, small enough to read. */
const probe: ServiceDefinition = {
  service: 'retention',
  migrations: migrations('retention', [
    {
      number: 1_800_000_000_000,
      name: 'seen',
      statements: [
        'create table seen (tenant text not null, event uuid not null, primary key (tenant, event))',
        ...tenantTable('seen'),
      ],
    },
  ]),
  declarations: [],
  open: (context) => ({
    module: { module: Module, controllers: [Doors], providers: [{ provide: 'context', useValue: context }] },
    routes: [
      on(events.SubjectFrozenV1, async (sql, batch) => {
        for (const { id, tenant, subject } of batch) {
          await sql.query('insert into seen values ($1, $2)', [tenant, id]);
          await context.outbox.announce(
            sql,
            events.BackupOrderedV1,
            { tenant, subject, now: context.clock.machineNow() },
            { backup: ID, at: context.clock.machineNow().toISOString() },
          );
        }
      }),
      on(events.ShredOrderedV1, async (sql, batch) => {
        for (const { id, tenant } of batch) await sql.query('insert into seen values ($1, $2)', [tenant, id]);
      }),
    ],
  }),
};

let service: TestContext;
beforeAll(async () => {
  service = await testContext(probe);
  await service.putTenant(DAMAI, { pack: 'damai', packVersion: '1', packDigest: 'a'.repeat(64) });
});
afterAll(() => service.stop());

const officer = { tenant: 'damai', role: 'officer' } as const;

test('what is heard is applied with its tenant entered, and what follows is announced', async () => {
  await service.hear(
    events.SubjectFrozenV1,
    { tenant: DAMAI, subject: PERSON },
    { erasure: ID, at: new Date().toISOString() },
  );
  expect(await service.ask(Seen, officer)).toMatchObject({ seen: 1 });
  expect(await service.ask(Seen, { ...officer, tenant: 'other' }).catch((error: Fault) => error.code)).toBe(
    'platform/tenant-unknown',
  );
  expect(await service.announced(events.BackupOrderedV1)).toHaveLength(1);
});

test('an order is applied only with the signature of the service that gives it', async () => {
  const order = { entry: 1, cause: 'erased', compartments: ['contract'], at: new Date().toISOString() } as const;
  await service.hear(
    events.ShredOrderedV1,
    { tenant: DAMAI, subject: PERSON },
    { ...order, compartments: ['contract'] },
  );
  expect(await service.ask(Seen, officer)).toMatchObject({ seen: 2 });
});

test('legal time follows consent; machine time does not', async () => {
  const to = new Date('2030-05-01T00:00:00.000Z');
  await service.hearEverywhere(events.ClockMovedV1, DAMAI, { offsetMs: to.getTime() - Date.now() });
  const { legal } = await service.ask(Seen, officer);
  expect(Math.abs(Date.parse(legal) - to.getTime())).toBeLessThan(60_000);
  expect(Math.abs(service.context.clock.machineNow().getTime() - Date.now())).toBeLessThan(1_000);
  // The same fact from another slot, late: time never goes back.
  await service.hear(events.ClockMovedV1, { tenant: DAMAI, slot: 2 }, { offsetMs: 0 });
  expect((await service.ask(Seen, officer)).legal >= legal).toBe(true);
});

test('the lease of a slot is as old as the heartbeat it has applied', async () => {
  expect(await service.context.leaseAge(1)).toBe(Number.POSITIVE_INFINITY);
  await service.hear(events.HeartbeatV1, { tenant: 'lethe', slot: 1 }, { beat: 1 });
  expect(await service.context.leaseAge(1)).toBeLessThan(5_000);
  service.clock.advance(31_000);
  expect(await service.context.leaseAge(1)).toBeGreaterThanOrEqual(30_000);
  service.clock.advance(-31_000);
});

test('peers ask whether something is applied, and for what they missed', async () => {
  const asker = { tenant: 'lethe', role: 'service', sub: 'erasure' } as const;
  const [announced] = await service.announced(events.BackupOrderedV1);
  const place = await service.context.outbox.numberOf(announced!.id, 50_000);
  const missed = await service.ask(missedRoute('retention'), asker, {
    query: { topic: place.topic, slot: place.slot, from: 1, to: 10 },
  });
  expect(missed.records.map(({ id }) => id)).toContain(announced!.id);
  expect(
    await service.ask(appliedRoute('retention'), asker, {
      query: { topic: 'lethe.erasure', slot: 0, number: 99, waitMs: 0 },
    }),
  ).toMatchObject({ applied: false });
  expect(
    (
      await service.request(missedRoute('retention'), officer, {
        query: { topic: place.topic, slot: place.slot, from: 1, to: 10 },
      })
    ).status,
  ).toBe(403);
});

test('nothing about a person is in the log', () => {
  expect(service.lines.join('')).not.toContain(PERSON);
});
