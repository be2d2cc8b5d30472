import { ending, migrations, type OpenedService, type ServiceContext, type ServiceDefinition } from '@lethe/platform';
import { Module, type DynamicModule } from '@nestjs/common';
import { consentRoutes } from './consent.consumer.ts';
import { ConsentController } from './consent.controller.ts';
import { ConsentHeartbeat } from './consent.heartbeat.ts';
import { ConsentService } from './consent.service.ts';
import { CONTEXT } from './consent.tokens.ts';
import { GuardiansService } from './guardians.service.ts';
import { NoticesService } from './notices.service.ts';
import { Recovering } from './recovering.ts';
import { ReceiptsService } from './receipts.service.ts';
import { PacksService } from './packs.service.ts';
import { Restating } from './restating.ts';
import { consentDeclarations } from './store/declarations.ts';
import { consentEnds } from './store/row-ends.ts';
import { consentStep } from './store/migrations/001-consent.ts';
import { noticesStep } from './store/migrations/002-notices.ts';
import { importsStep } from './store/migrations/003-imports.ts';
import { scopeStep } from './store/migrations/004-scope.ts';
import { guardianSinceStep } from './store/migrations/005-guardian-since.ts';
import { statedAtStep } from './store/migrations/006-stated-at.ts';
import { answersStep } from './store/migrations/007-answers.ts';
import { ceasedStep } from './store/migrations/008-ceased.ts';
import { TenantsService } from './tenants.service.ts';

/** The wiring, and nothing else. */
@Module({})
export class ConsentModule {
  static for(context: ServiceContext, heartbeat: ConsentHeartbeat): DynamicModule {
    return {
      module: ConsentModule,
      controllers: [ConsentController],
      providers: [
        { provide: CONTEXT, useValue: context },
        { provide: ConsentService, useValue: new ConsentService(context) },
        { provide: TenantsService, useValue: new TenantsService(context) },
        { provide: GuardiansService, useValue: new GuardiansService(context) },
        { provide: NoticesService, useValue: new NoticesService(context) },
        { provide: ReceiptsService, useValue: new ReceiptsService(context) },
        { provide: PacksService, useValue: new PacksService(context) },
        { provide: ConsentHeartbeat, useValue: heartbeat },
      ],
    };
  }
}

/** Consent, as an application starts it: is there a valid basis, since when, under which notice? */
export const consent: ServiceDefinition = {
  service: 'consent',
  migrations: migrations('consent', [
    consentStep,
    noticesStep,
    importsStep,
    scopeStep,
    guardianSinceStep,
    statedAtStep,
    answersStep,
    ceasedStep,
  ]),
  declarations: ending(consentDeclarations, consentEnds),
  open: (context): OpenedService => {
    const heartbeat = new ConsentHeartbeat(context);
    return {
      module: ConsentModule.for(context, heartbeat),
      routes: consentRoutes(context),
      restate: (slot) => new Restating(context).state(slot),
      recovers: new Recovering(context),
      // Nobody waits five seconds for the first lease.
      start: async () => {
        await heartbeat.tick();
        void heartbeat.state();
      },
    };
  },
};
