export { startPostgres, type TestPostgres } from './test-postgres.ts';
export { startDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.ts';
export { testContext, TestContext, type Asker, type TestContextOptions } from './test-context.ts';
export { freePort } from './free-port.ts';
export { TestClock } from './test-clock.ts';
export { TestPeers } from './test-peers.ts';
export { startKeyring } from './test-keyring.ts';
export { startKafka, type KafkaServer } from './kafka-container.ts';
export { startPostgres as startPostgresContainer, type PostgresServer } from './postgres-container.ts';
