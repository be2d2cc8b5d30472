export { collection, collectionMigrations } from './collection.module.ts';
export { CollectionService } from './collection.service.ts';
