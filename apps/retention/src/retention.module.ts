import { ending, migrations, type OpenedService, type ServiceContext, type ServiceDefinition } from '@lethe/platform';
import { Inject, Module, type DynamicModule, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { BackupsController } from './backups.controller.ts';
import { BackupsService } from './backups.service.ts';
import { BreakerService } from './breaker.service.ts';
import { EndsController } from './ends.controller.ts';
import { EndsService } from './ends.service.ts';
import { Dates } from './dates.ts';
import { ExtensionsController } from './extensions.controller.ts';
import { ExtensionsService } from './extensions.service.ts';
import { FindingsController } from './findings.controller.ts';
import { FindingsService } from './findings.service.ts';
import { HoldsService } from './holds.service.ts';
import { LongPoll } from './long-poll.ts';
import { MattersService } from './matters.service.ts';
import { retentionRoutes, type RetentionServices } from './retention.consumer.ts';
import { Recovering } from './recovering.ts';
import { Restating } from './restating.ts';
import { PlatformBackupsService } from './platform-backups.service.ts';
import { RestoresService } from './restores.service.ts';
import { RetentionController } from './retention.controller.ts';
import { retentionMetrics } from './retention.metrics.ts';
import { RetentionService } from './retention.service.ts';
import { RetentionSweep } from './retention.sweep.ts';
import { CONTEXT } from './retention.tokens.ts';
import { retentionDeclarations } from './store/declarations.ts';
import { restoreIncarnation } from './store/migrations/020-restore-incarnation.ts';
import { retentionEnds } from './store/row-ends.ts';
import { retentionStep } from './store/migrations/001-retention.ts';
import { breakerStep } from './store/migrations/002-breaker.ts';
import { findingsStep } from './store/migrations/010-findings.ts';
import { talliesBySlotStep } from './store/migrations/011-tallies-by-slot.ts';
import { extensionsStep } from './store/migrations/030-extensions.ts';
import { holdReviewsStep } from './store/migrations/012-hold-reviews.ts';
import { tenantEndStep } from './store/migrations/030-tenant-end.ts';
import { holdsToldStep } from './store/migrations/060-holds-told.ts';
import { storesThatLeftStep } from './store/migrations/070-stores-that-left.ts';
import { answersStep } from './store/migrations/080-answers.ts';
import { restoresStep } from './store/migrations/090-restores.ts';
import { CatalogueService } from './catalogue.service.ts';
import { catalogueStatedStep } from './store/migrations/140-catalogue-stated.ts';
import { tooLateStep } from './store/migrations/150-too-late.ts';
import { classesOfBackupsStep } from './store/migrations/120-classes-of-backups.ts';
import { clearedStep } from './store/migrations/130-cleared.ts';
import { latePartsStep } from './store/migrations/110-late-parts.ts';
import { nothingExtendedStep } from './store/migrations/100-nothing-extended.ts';
import { platformBackupsStep } from './store/migrations/050-platform-backups.ts';
import { participantsStep } from './store/migrations/040-participants.ts';

/** The use cases, sharing one long poll. */
export function retentionServices(context: ServiceContext): RetentionServices & {
  sweeps: RetentionSweep;
  breaker: BreakerService;
  platformBackups: PlatformBackupsService;
  restores: RestoresService;
} {
  const longPoll = new LongPoll();
  const dates = new Dates(context);
  const breaker = new BreakerService(context, dates);
  const retention = new RetentionService(context, longPoll, breaker, dates);
  const findings = new FindingsService(context, dates);
  const platformBackups = new PlatformBackupsService(context, longPoll);
  const backups = new BackupsService(context, context.backups, longPoll, platformBackups);
  const ends = new EndsService(context, longPoll);
  const restores = new RestoresService(context, longPoll);
  return {
    retention,
    breaker,
    backups,
    restores,
    platformBackups,
    findings,
    ends,
    holds: new HoldsService(context, longPoll),
    extensions: new ExtensionsService(context, longPoll),
    matters: new MattersService(context),
    sweeps: new RetentionSweep(context, {
      ...{ retention, backups, restores, findings, ends },
      catalogue: new CatalogueService(context),
    }),
  };
}

/** The wiring, and nothing else. */
@Module({})
export class RetentionModule implements OnApplicationBootstrap {
  constructor(
    @Inject(RetentionSweep) private readonly sweeps: RetentionSweep,
    @Inject(SchedulerRegistry) private readonly schedule: SchedulerRegistry,
  ) {}

  /** How often is the installation's to say, so no decorator can. */
  onApplicationBootstrap(): void {
    const timer = setInterval(() => void this.sweeps.tick(), this.sweeps.everyMs);
    this.schedule.addInterval('retention.sweep', timer);
  }

  static for(context: ServiceContext, services: ReturnType<typeof retentionServices>): DynamicModule {
    return {
      module: RetentionModule,
      controllers: [RetentionController, BackupsController, FindingsController, EndsController, ExtensionsController],
      providers: [
        { provide: CONTEXT, useValue: context },
        { provide: RetentionService, useValue: services.retention },
        { provide: BreakerService, useValue: services.breaker },
        { provide: BackupsService, useValue: services.backups },
        { provide: RestoresService, useValue: services.restores },
        { provide: PlatformBackupsService, useValue: services.platformBackups },
        { provide: FindingsService, useValue: services.findings },
        { provide: EndsService, useValue: services.ends },
        { provide: HoldsService, useValue: services.holds },
        { provide: ExtensionsService, useValue: services.extensions },
        { provide: MattersService, useValue: services.matters },
        { provide: RetentionSweep, useValue: services.sweeps },
      ],
    };
  }
}

/** Retention, as an application starts it: what must go today, how, and what must not? */
export const retention: ServiceDefinition = {
  service: 'retention',
  migrations: migrations('retention', [
    retentionStep,
    breakerStep,
    findingsStep,
    talliesBySlotStep,
    holdReviewsStep,
    restoreIncarnation,
    tenantEndStep,
    extensionsStep,
    participantsStep,
    platformBackupsStep,
    holdsToldStep,
    storesThatLeftStep,
    answersStep,
    restoresStep,
    nothingExtendedStep,
    latePartsStep,
    classesOfBackupsStep,
    clearedStep,
    catalogueStatedStep,
    tooLateStep,
  ]),
  declarations: ending(retentionDeclarations, retentionEnds),
  open: (context): OpenedService => {
    const services = retentionServices(context);
    retentionMetrics(context, services.retention, services.backups, services.breaker);
    const restating = new Restating(context, services.matters);
    return {
      module: RetentionModule.for(context, services),
      routes: retentionRoutes(context, services),
      restate: (slot) => restating.state(slot),
      restateOrders: (slot) => restating.stateOrders(slot),
      recovers: new Recovering(context, services.retention),
      start: () => {
        services.sweeps.start();
        return Promise.resolve();
      },
      stop: async () => {
        await services.sweeps.stop();
        await services.restores.stop();
      },
    };
  },
};
