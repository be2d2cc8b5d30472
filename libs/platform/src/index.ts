export { crashAt, crashPoint } from './crash-point.ts';
export { ReplayList } from './replay-list.ts';
export type { LedgerEntry, LostThing, Recovers, Unmade } from './recovering.ts';
export { listLost, type Lost } from './lost-list.ts';
export { recoveryCrash, type RecoveryPoint, type RecoveryReport } from './recovery.ts';
export { recoverRoute, recoveryRoute } from './http/platform.controllers.ts';
export { newId, newRef } from './ids.ts';
export { appliedBy } from './applied-by.ts';
export type { Clock } from './clock.ts';
export type { Caller } from './callers/caller.ts';
export type { Callers, DevelopmentToken } from './callers/callers.ts';
export { twoPersons } from './callers/two-persons.ts';
export { Answer, Asked, type AnswerOf } from './http/answer.ts';
export type { PeerQuestion, Peers } from './peers.ts';
export type { PackShelf, TenantEntry } from './packs.ts';
export type { LogFacts, Logger } from './logger.ts';
export type { Label, LabeledValue, Metrics } from './metrics.ts';
export { migrations, plainTable, tenantTable, type Migrations, type MigrationStep } from './database/migrations.ts';
export {
  declare,
  ending,
  undeclared,
  type ColumnDeclaration,
  type RowDisposal,
  type TableDeclaration,
} from './declarations.ts';
export { waitsOn, type Waits } from './disposal/clearances.ts';
export { disposeChunk, RowsDisposal } from './disposal/rows.ts';
export { undisposed } from './disposal/undisposed.ts';
export type { OpenedService, ServiceConfig, ServiceContext, ServiceDefinition } from './service.ts';
export { bootstrap, prepareInstallation, type Running } from './bootstrap.ts';
export type { Installation } from './installation.ts';
export { issuersOf, KAFKA_ADMINISTRATOR_SECRET } from './installation.ts';
export {
  brokerProperties,
  kafkaAdministratorOf,
  kafkaLoginOf,
  platformLogin,
  platformRights,
  serviceLogin,
  SERVICE_TOPICS,
  serviceRights,
  type KafkaLogin,
} from './kafka-access.ts';
export { Home, type Mode } from './home/home.ts';
export { Secrets } from './home/secrets.ts';
export { writeOnce } from './home/write-once.ts';
export { kafkaOf, needing } from './named-server.ts';
export { ofEveryTenant } from './restating.ts';
export { openServers, type Servers } from './servers.ts';
export type { DatabaseAddress } from './database/address.ts';
export { openBeside } from './database/beside.ts';
export { checkLogin } from './database/check-login.ts';
export { FOUNDATION, FOUNDATION_DECLARATIONS } from './database/foundation.ts';
export { migrate } from './database/migrate.ts';
export { prepareDatabases, type DatabasePlan } from './database/prepare.ts';
export { openServiceDatabase, type ServiceAddresses } from './database/service-database.ts';
export { POSTGRES_TYPES } from './database/postgres-types.ts';
export { SqlFault, SqlMistake } from './database/sql-fault.ts';
export { TypeOrmDatabase, type DatabaseOptions } from './database/typeorm-database.ts';
export { EmbeddedPostgres, type EmbeddedPostgresOptions } from './home/embedded-postgres.ts';
export { application, routesOf, type ApplicationOptions, type Readiness } from './http/application.ts';
export { createLogger } from './logger.ts';
export { PrometheusMetrics } from './metrics.ts';
export { KeyedCallers, type CallersOptions, type Issuer } from './callers/callers.ts';
export { makeSigningKey, privateKeyOf, publicEntryOf, type PublicKeyEntry } from './callers/keys.ts';
export { KnownTenants } from './known-tenants.ts';
export { FolderPackShelf } from './packs.ts';
export type { PackSource } from './pack-texts.ts';
export { TenantClock } from './clock.ts';
export { platformModule } from './http/platform.controllers.ts';
export { RunningService, type ServiceParts } from './running-service.ts';
export { watchOf, type Watch } from './watch.ts';
export { HttpPeers, LETHE } from './peers.ts';
export { openKeyring, type KeyringAddresses, type OpenKeyring } from './database/keyring-database.ts';
export { DEVELOPMENT_ISSUER, developmentToken } from './callers/development-issuer.ts';
export {
  appliedRoute,
  headsRoute,
  commonControllers,
  developmentController,
  developmentTokenRoute,
  missedRoute,
  restateRoute,
  rowsRoute,
  type CommonDoors,
} from './http/platform.controllers.ts';
export { confirmDiscardRoute, parkedRoute, proposeDiscardRoute, retryParkedRoute } from './http/parked.controllers.ts';
export { exportTenant, type Taken } from './backup/export-tenant.ts';
export { FolderPlace, type BackupPart, type BackupPlace } from './backup/place.ts';
export { FileMarks } from './home/file-marks.ts';
export { importIntoQuarantine, type Quarantine } from './backup/quarantine.ts';
