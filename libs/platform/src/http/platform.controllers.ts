import { defineRoute, http, type Service } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { Heads, Missed } from '@lethe/messaging';
import { Controller, type DynamicModule, type Type } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { z } from 'zod';
import type { RowsClock } from '../disposal/rows.clock.ts';
import { developmentTokenBody } from '../callers/development-issuer.ts';
import type { RecoveryAnswer } from '../asked-recovery.ts';
import type { Lost } from '../lost-list.ts';
import type { RecoveryReport } from '../recovery.ts';
import { Answer, Asked, type AnswerOf } from './answer.ts';
import { parkedController, type ParkedDoors } from './parked.controllers.ts';

/** `GET /v1/<service>/applied`: has this service's consumer applied that number of that slot? */
export const appliedRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'GET',
    path: `/v1/${service}/applied`,
    roles: ['service'],
    summary: 'Has the consumer of this service applied this number of this slot? Long poll.',
    query: http.appliedQuery,
    answer: http.appliedAnswer,
  });

/** `GET /v1/<service>/events`: what a consumer missed. */
export const missedRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'GET',
    path: `/v1/${service}/events`,
    roles: ['service'],
    summary: 'Events of this service that a consumer missed.',
    query: http.missedQuery,
    answer: http.missedAnswer,
  });

/** `GET /v1/<service>/heads`: how far this service has told. */
export const headsRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'GET',
    path: `/v1/${service}/heads`,
    roles: ['service'],
    summary:
      'How far this service has told, by slot: a consumer that is behind and hears nothing has missed something.',
    answer: http.headsAnswer,
  });

/** `POST /v1/<service>/restatements`: what to do where events are no longer kept. */
export const restateRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'POST',
    path: `/v1/${service}/restatements`,
    roles: ['service', 'operator'],
    summary:
      'Announces anew the present state of everyone in a slot, for a consumer that missed how it came about and can no longer be told.',
    body: http.restateBody,
    answer: http.restateAnswer,
  });

const lost = z.object({
  topic: z.string().optional(),
  slot: z.int().optional(),
  first: z.int().optional(),
  last: z.int().optional(),
  event: z.uuid().optional(),
  type: z.string().optional(),
  tenant: z.string().optional(),
  part: z.uuid().optional(),
  record: z.uuid().optional(),
});
const recoveryReport = z.object({
  incarnation: z.string(),
  ended: z.array(z.string()),
  replayed: z.int(),
  heard: z.int(),
  dropped: z.int(),
  lost: z.int(),
});

/** `POST /v1/<service>/recovery`: the way back for a database that was put back. */
export const recoverRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'POST',
    path: `/v1/${service}/recovery`,
    roles: ['operator', 'officer'],
    whenClosed: true,
    summary:
      'Recovers a database that was rolled back, once a second person asks for it: replays the ledger, hears its own topics again, lists what is lost, begins a new incarnation. Waits up to `waitMs` for its end, and says `running` where that was not enough; it goes on, and whoever asks again waits for the same one.',
    query: z.object({ waitMs: z.coerce.number().int().min(0).max(30_000).default(20_000) }),
    answer: z.object({
      state: z.enum(['serving', 'proposed', 'running', 'recovered']),
      report: recoveryReport.optional(),
    }),
  });

/** `GET /v1/<service>/recovery`: the last one, and what it could not bring back. */
export const recoveryRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'GET',
    path: `/v1/${service}/recovery`,
    roles: ['operator', 'officer', 'auditor'],
    whenClosed: true,
    summary:
      'The last recovery of this database and, one by one, what of this tenant it could not bring back; 1,000 at once. With `incarnation`, which a restore from a backup answers: what that one could not.',
    query: z.object({ after: z.coerce.number().int().min(0).default(0), incarnation: z.string().max(64).optional() }),
    answer: z.object({
      state: z.enum(['serving', 'closed', 'running']),
      report: recoveryReport.optional(),
      list: z.array(lost),
    }),
  });

/** `POST /v1/<service>/row-disposals`: what the clock door does each hour, now, for the caller's tenant. */
export const rowsRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'POST',
    path: `/v1/${service}/row-disposals`,
    roles: ['operator'],
    summary: 'Rows of this service that are past their date go now, as they do each hour: its evidence, not the vault.',
    body: z.object({}),
    answer: z.object({ disposed: z.int().min(0) }),
  });

/** `POST /v1/development/token` */
export const developmentTokenRoute = defineRoute({
  service: 'consent',
  method: 'POST',
  path: '/v1/development/token',
  roles: [],
  developmentOnly: true,
  summary: 'Development: a token for whoever asks.',
  body: developmentTokenBody,
  answer: z.object({ token: z.string(), expiresAt: z.iso.datetime({ precision: 3 }) }),
});

/** What the doors of every service have in common. */
export interface CommonDoors extends ParkedDoors {
  applied(topic: string, slot: number, number: number, waitMs: number, incarnation?: string): Promise<boolean>;
  position(topic: string, slot: number): Promise<number>;
  missed(topic: string, slot: number, from: number, to: number): Promise<Missed>;
  heads(): Promise<Heads>;
  /** @throws Fault `missing` for what this service cannot state */
  restate(topic: string, slot: number, beyond?: number): Promise<number>;
  recover(by: string, waitMs: number): Promise<RecoveryAnswer>;
  recovery(
    tenant: TenantId,
    after: number,
    life?: string,
  ): Promise<{ state: 'serving' | 'closed' | 'running'; report?: RecoveryReport; list: readonly Lost[] }>;
  /** Rows of the tenant past their date go now; how many. */
  dispose(tenant: TenantId): Promise<number>;
}

/** The doors that every service has. */
export const commonControllers = (service: Service, doors: CommonDoors): Type[] => [
  commonController(service, doors),
  parkedController(service, doors),
];

function commonController(service: Service, doors: CommonDoors): Type {
  const applied = appliedRoute(service);
  const missed = missedRoute(service);
  const heads = headsRoute(service);
  const rows = rowsRoute(service);
  const restate = restateRoute(service);
  const recover = recoverRoute(service);
  const recovery = recoveryRoute(service);

  @Controller()
  class CommonController {
    @Answer(applied)
    async applied(@Asked() { query }: Asked<typeof applied>) {
      const isApplied = await doors.applied(query.topic, query.slot, query.number, query.waitMs, query.incarnation);
      return { service, applied: isApplied, number: await doors.position(query.topic, query.slot) };
    }

    @Answer(missed)
    async missed(@Asked() { query }: Asked<typeof missed>) {
      const { incarnation, records } = await doors.missed(query.topic, query.slot, query.from, query.to);
      return { incarnation, records: [...records] };
    }

    @Answer(heads)
    async heads() {
      const { slots, ...rest } = await doors.heads();
      return { ...rest, slots: [...slots] };
    }

    @Answer(rows)
    async rows(@Asked() { caller }: Asked<typeof rows>) {
      return { disposed: await doors.dispose(caller.tenant) };
    }

    @Answer(restate)
    async restate(@Asked() { body }: Asked<typeof restate>) {
      return { through: await doors.restate(body.topic, body.slot, body.beyond) };
    }

    @Answer(recover)
    async recover(@Asked() { query, caller }: Asked<typeof recover>): Promise<AnswerOf<typeof recover>> {
      const { state, report } = await doors.recover(caller.sub, query.waitMs);
      return { state, ...(report === undefined ? {} : { report: { ...report, ended: [...report.ended] } }) };
    }

    @Answer(recovery)
    async recovery(@Asked() { query, caller }: Asked<typeof recovery>): Promise<AnswerOf<typeof recovery>> {
      const { state, report, list } = await doors.recovery(caller.tenant, query.after, query.incarnation);
      return {
        state,
        ...(report === undefined ? {} : { report: { ...report, ended: [...report.ended] } }),
        list: [...list],
      };
    }
  }
  return CommonController;
}

export function developmentController(
  issue: (asked: z.output<typeof developmentTokenBody>) => Promise<{ token: string; expiresAt: string }>,
): Type {
  @Controller()
  class DevelopmentController {
    @Answer(developmentTokenRoute)
    token(@Asked() { body }: Asked<typeof developmentTokenRoute>) {
      return issue(body);
    }
  }
  return DevelopmentController;
}

class PlatformModule {}

export const platformModule = (controllers: readonly Type[], clocks: readonly RowsClock[] = []): DynamicModule => ({
  module: PlatformModule,
  // Once for the whole process: imported by each service it would ring every clock as often.
  imports: [ScheduleModule.forRoot()],
  controllers: [...controllers],
  providers: clocks.map((clock) => ({ provide: Symbol('rows'), useValue: clock })),
});
