export { startPostgres, type TestPostgres } from './test-postgres.ts';
export { startDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.ts';
