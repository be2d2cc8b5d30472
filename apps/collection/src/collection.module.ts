import { ending, migrations, tenantTable, type OpenedService, type ServiceDefinition } from '@lethe/platform';
import { Module, type DynamicModule } from '@nestjs/common';
import { CollectionController } from './collection.controller.ts';
import { CollectionService } from './collection.service.ts';
import { ControlsController } from './controls.controller.ts';
import { EdgeController } from './edge.controller.ts';
import { Edge } from './edge/edge.ts';
import { edgeDeclarations, edgeStep } from './edge/tables.ts';
import { collectionDeclarations } from './store/declarations.ts';
import { collectionEnds } from './store/row-ends.ts';
import { tenantTables, vault } from './store/migrations/0001-vault.ts';
import { consentScope } from './store/migrations/0005-consent-scope.ts';
import { sealedAsItIs } from './store/migrations/0006-sealed-as-it-is.ts';
import { controls } from './store/migrations/0007-controls.ts';
import { consentSaid } from './store/migrations/0004-consent-said.ts';
import { restrictedOfSubject } from './store/migrations/0002-restricted-of-subject.ts';
import { circumstances } from './store/migrations/0003-circumstances.ts';
import { cessation } from './store/migrations/0005-cessation.ts';
import { extensions } from './store/migrations/0012-extensions.ts';
import { holding } from './store/migrations/0031-holding.ts';
import { answers } from './store/migrations/0032-answers.ts';
import { cellsStand } from './store/migrations/0033-cells-stand.ts';
import { restored } from './store/migrations/0034-restored.ts';
import { measures } from './store/migrations/0035-measures.ts';
import { ownFloors } from './store/migrations/0036-own-floors.ts';
import { going } from './store/migrations/0037-going.ts';
import { partOfRecord } from './store/migrations/0038-part-of-record.ts';
import { tooLate } from './store/migrations/0039-too-late.ts';
import { goesOn } from './store/migrations/0011-goes-on.ts';
import { region } from './store/migrations/0010-region.ts';
import { copies } from './store/migrations/0008-copies.ts';
import { tenantEnd } from './store/migrations/0030-tenant-end.ts';

/** The wiring, and nothing else. */
@Module({})
export class CollectionModule {
  static for(service: CollectionService, edge: Edge): DynamicModule {
    return {
      module: CollectionModule,
      controllers: [CollectionController, ControlsController, EdgeController],
      providers: [
        { provide: CollectionService, useValue: service },
        { provide: Edge, useValue: edge },
      ],
    };
  }
}

export const collectionMigrations = migrations('collection', [
  {
    number: 1_766_400_000_000,
    name: 'vault',
    statements: [...vault, ...tenantTables.flatMap((table) => tenantTable(table))],
  },
  edgeStep,
  { number: 1_795_640_000_000, name: 'restricted-of-subject', statements: restrictedOfSubject },
  consentSaid,
  consentScope,
  circumstances,
  cessation,
  sealedAsItIs,
  controls,
  copies,
  region,
  tenantEnd,
  goesOn,
  extensions,
  holding,
  answers,
  cellsStand,
  restored,
  measures,
  ownFloors,
  going,
  partOfRecord,
  tooLate,
]);

/** Collection, as an application starts it. */
export const collection: ServiceDefinition = {
  service: 'collection',
  migrations: collectionMigrations,
  classesIn: 'part',
  declarations: ending([...collectionDeclarations, ...edgeDeclarations], collectionEnds),
  open: async (context): Promise<OpenedService> => {
    const service = CollectionService.open(context);
    const edge = new Edge(context, service.intake);
    return {
      module: CollectionModule.for(service, edge),
      routes: [...service.routes(), edge.opened()],
      restate: (slot) => service.restate(slot),
      recovers: service.recovering,
      ready: () => Promise.resolve(edge.ready()),
      start: async () => {
        await service.clock.start();
        edge.start();
      },
      stop: async () => {
        await edge.stop();
        await service.clock.stop();
      },
    };
  },
};
