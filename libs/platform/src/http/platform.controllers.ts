import { defineRoute, http, type Service } from '@lethe/contracts';
import type { Missed } from '@lethe/messaging';
import { Controller, type DynamicModule, type Type } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { z } from 'zod';
import { developmentTokenBody } from '../callers/development-issuer.ts';
import { Answer, Asked } from './answer.ts';

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
export interface CommonDoors {
  applied(topic: string, slot: number, number: number, waitMs: number): Promise<boolean>;
  position(topic: string, slot: number): Promise<number>;
  missed(topic: string, slot: number, from: number, to: number): Promise<Missed>;
}

export function commonController(service: Service, doors: CommonDoors): Type {
  const applied = appliedRoute(service);
  const missed = missedRoute(service);

  @Controller()
  class CommonController {
    @Answer(applied)
    async applied(@Asked() { query }: Asked<typeof applied>) {
      const isApplied = await doors.applied(query.topic, query.slot, query.number, query.waitMs);
      return { service, applied: isApplied, number: await doors.position(query.topic, query.slot) };
    }

    @Answer(missed)
    async missed(@Asked() { query }: Asked<typeof missed>) {
      const { incarnation, records } = await doors.missed(query.topic, query.slot, query.from, query.to);
      return { incarnation, records: [...records] };
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

export const platformModule = (controllers: readonly Type[]): DynamicModule => ({
  module: PlatformModule,
  // Once for the whole process: imported by each service it would ring every clock as often.
  imports: [ScheduleModule.forRoot()],
  controllers: [...controllers],
});
