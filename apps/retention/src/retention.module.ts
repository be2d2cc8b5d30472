import { migrations, type OpenedService, type ServiceContext, type ServiceDefinition } from '@lethe/platform';
import { Module, type DynamicModule } from '@nestjs/common';
import { BackupsService } from './backups.service.ts';
import { HoldsService } from './holds.service.ts';
import { LongPoll } from './long-poll.ts';
import { MattersService } from './matters.service.ts';
import { retentionRoutes, type RetentionServices } from './retention.consumer.ts';
import { RetentionController } from './retention.controller.ts';
import { retentionMetrics } from './retention.metrics.ts';
import { RetentionService } from './retention.service.ts';
import { RetentionSweep } from './retention.sweep.ts';
import { CONTEXT } from './retention.tokens.ts';
import { retentionDeclarations } from './store/declarations.ts';
import { retentionStep } from './store/migrations/001-retention.ts';

/** The use cases, sharing one long poll. */
export function retentionServices(context: ServiceContext): RetentionServices & { sweeps: RetentionSweep } {
  const longPoll = new LongPoll();
  const retention = new RetentionService(context, longPoll);
  const backups = new BackupsService(context, context.backups, longPoll);
  return {
    retention,
    backups,
    holds: new HoldsService(context, longPoll),
    matters: new MattersService(context),
    sweeps: new RetentionSweep(context, retention, backups),
  };
}

/** The wiring, and nothing else. */
@Module({})
export class RetentionModule {
  static for(context: ServiceContext, services: ReturnType<typeof retentionServices>): DynamicModule {
    return {
      module: RetentionModule,
      controllers: [RetentionController],
      providers: [
        { provide: CONTEXT, useValue: context },
        { provide: RetentionService, useValue: services.retention },
        { provide: BackupsService, useValue: services.backups },
        { provide: HoldsService, useValue: services.holds },
        { provide: MattersService, useValue: services.matters },
        { provide: RetentionSweep, useValue: services.sweeps },
      ],
    };
  }
}

/** Retention, as an application starts it: what must go today, how, and what must not? */
export const retention: ServiceDefinition = {
  service: 'retention',
  migrations: migrations('retention', [retentionStep]),
  declarations: retentionDeclarations,
  open: (context): OpenedService => {
    const services = retentionServices(context);
    retentionMetrics(context, services.retention, services.backups);
    let firstSweep = Promise.resolve();
    return {
      module: RetentionModule.for(context, services),
      routes: retentionRoutes(context, services),
      // What fell due while nothing ran does not wait for the hour.
      start: () => {
        firstSweep = services.sweeps.tick();
        return Promise.resolve();
      },
      stop: () => firstSweep,
    };
  },
};
