import { migrations, tenantTable, type OpenedService, type ServiceDefinition } from '@lethe/platform';
import { Module, type DynamicModule } from '@nestjs/common';
import { CollectionController } from './collection.controller.ts';
import { CollectionService } from './collection.service.ts';
import { collectionDeclarations } from './store/declarations.ts';
import { tenantTables, vault } from './store/migrations/0001-vault.ts';

/** The wiring, and nothing else. */
@Module({})
export class CollectionModule {
  static for(service: CollectionService): DynamicModule {
    return {
      module: CollectionModule,
      controllers: [CollectionController],
      providers: [{ provide: CollectionService, useValue: service }],
    };
  }
}

export const collectionMigrations = migrations('collection', [
  {
    number: 1_766_400_000_000,
    name: 'vault',
    statements: [...vault, ...tenantTables.flatMap((table) => tenantTable(table))],
  },
]);

/** Collection, as an application starts it. */
export const collection: ServiceDefinition = {
  service: 'collection',
  migrations: collectionMigrations,
  declarations: collectionDeclarations,
  open: async (context): Promise<OpenedService> => {
    const service = await CollectionService.open(context);
    return {
      module: CollectionModule.for(service),
      routes: service.routes(),
      start: () => service.clock.start(),
      stop: () => service.clock.stop(),
    };
  },
};
