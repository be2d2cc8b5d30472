import { join } from 'node:path';
import type { Service } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { EmbeddedEventLog, embeddedLogTables, KafkaEventLog, type EventLog } from '@lethe/messaging';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { developmentToken } from './callers/development-issuer.ts';
import { openKeyring, type OpenKeyring } from './database/keyring-database.ts';
import { migrate } from './database/migrate.ts';
import { migrationOf } from './database/migrations.ts';
import { prepareDatabases, type DatabasePlan } from './database/prepare.ts';
import { openServiceDatabase } from './database/service-database.ts';
import type { TypeOrmDatabase } from './database/typeorm-database.ts';
import { FileMarks } from './home/file-marks.ts';
import { Home } from './home/home.ts';
import { application } from './http/application.ts';
import { commonControllers, developmentController, platformModule } from './http/platform.controllers.ts';
import {
  addressOf,
  callersOf,
  developmentKeyOf,
  makeSecrets,
  planOf,
  tenantSecretOf,
  type ClusterName,
  type Installation,
  type Server,
} from './installation.ts';
import { kafkaLoginOf, type KafkaLogin } from './kafka-access.ts';
import { backupPlaceOf } from './backup-place.ts';
import { rootOf } from './keyring-root.ts';
import { createLogger, type Logger } from './logger.ts';
import { PrometheusMetrics } from './metrics.ts';
import { kafkaOf, needing, postgresOf } from './named-server.ts';
import { Opened } from './opened.ts';
import { HttpPeers } from './peers.ts';
import { endProcess, tellOfCrashes } from './process-end.ts';
import type { Asks } from './rolled-back.ts';
import type { Volumes } from './volumes.ts';
import { readiness } from './readiness.ts';
import { RunningService } from './running-service.ts';
import { watchOf, type Watch } from './watch.ts';
import { openServers, type Servers } from './servers.ts';
import type { ServiceDefinition } from './service.ts';

/** A running application: one service, or all of them in one process. */
export interface Running {
  readonly url: string;
  /** The event log it runs on, and its slots: what platforms beside it in this process speak through. */
  readonly log: EventLog;
  readonly slots: number;
  /** Doors closed, batches finished, connections ended, embedded servers stopped. */
  stop(): Promise<void>;
}

const CLOSE_WITHIN_MS = 5_000;
const LOG_STEP = {
  number: 1_700_000_000_000,
  name: 'event-log',
  statements: [embeddedLogTables, 'grant select, insert, update, delete on event_log, event_log_end to lethe_service'],
};

/**
 * Starts one Nest (Fastify) application with these services; resolves when it listens and every service is ready to be asked.
 * What was opened is closed again, in reverse order, on `stop` and when a later step fails.
 */
export async function bootstrap(services: readonly ServiceDefinition[], installation: Installation): Promise<Running> {
  const opened = new Opened();
  try {
    return { ...(await start(services, installation, opened)), stop: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/**
 * The administrator's step where services run apart: every secret, database, login and topic; does nothing where they are.
 * @param options.databases false: secrets only, before there is a server
 */
export async function prepareInstallation(
  services: readonly Service[],
  installation: Installation,
  options: { readonly databases: boolean },
): Promise<void> {
  const home = Home.open(installation.home, installation.mode, { alone: false });
  makeSecrets(home);
  home.fixSlots(installation.slots);
  if (!options.databases) return;
  const servers = await openServers(home, installation, () => undefined);
  try {
    await prepare(home, servers, services, installation);
  } finally {
    await servers.stop();
  }
}

/** The volumes that are this process's own. Those of a PostgreSQL or an object store elsewhere are watched there. */
const volumesOf = (home: Home, services: ReadonlySet<string>, { servers, s3 }: Installation): Volumes => ({
  ...(servers === undefined ? { data: home.folder('data') } : {}),
  ...(services.has('collection') ? { keys: home.folder('keys') } : {}),
  ...(services.has('erasure') ? { ledger: home.folder('ledger') } : {}),
  ...(s3 === undefined ? { backups: home.folder('backups'), isolation: home.folder('isolation') } : {}),
});

async function start(
  definitions: readonly ServiceDefinition[],
  installation: Installation,
  opened: Opened,
): Promise<Omit<Running, 'stop'>> {
  const { mode } = installation;
  if (mode === 'production' && (installation.privateNetworks ?? []).length > 0) {
    throw new Fault(
      'invalid',
      'platform/private-network',
      'production takes plain HTTP from loopback or a named proxy only',
    );
  }
  const embedded = installation.servers === undefined;
  const home = Home.open(installation.home, mode, { alone: embedded });
  opened.push(() => Promise.resolve(home.release()));
  // Apart, `prepareInstallation` makes them; a service alone may not be able to.
  if (embedded || home.secrets.find('public/services.json') === undefined) makeSecrets(home);
  const slots = home.fixSlots(installation.slots);
  const logger = createLogger(definitions.length === 1 ? definitions[0]!.service : 'lethe');
  opened.push(tellOfCrashes(logger));
  const servers = await openServers(home, installation, (cluster) => {
    logger.error({ kind: cluster }, 'an embedded server has ended; the process ends to be started anew');
    endProcess();
  });
  opened.push(() => servers.stop());
  await prepare(
    home,
    servers,
    definitions.map(({ service }) => service),
    installation,
  );

  const metrics = new PrometheusMetrics();
  const now = (): Date => new Date();
  const own: { url?: string } = {};
  const ours = new Set<string>(definitions.map(({ service }) => service));
  const baseUrl = (service: string): string | undefined =>
    ours.has(service) ? own.url : installation.peers?.[service];
  const log = await openLog(
    definitions.map(({ service }) => service),
    { home, servers, installation, slots, logger, opened },
  );
  const running: RunningService[] = [];
  for (const definition of definitions) {
    running.push(
      await openService(definition, { home, servers, installation, slots, log, logger, metrics, now, baseUrl, opened }),
    );
  }

  const volumes = volumesOf(home, ours, installation);
  const countAnswers = metrics.of('http').counter('http_answers', 'Answers by route and status.', ['route', 'status']);
  const developmentKey = developmentKeyOf(home);
  const app = await application({
    modules: [
      ...running.map((one) => one.opened.module),
      platformModule(
        [
          ...running.flatMap((one) => commonControllers(one.service, one.doors)),
          ...(developmentKey === undefined
            ? []
            : [developmentController((asked) => developmentToken(developmentKey, asked, now()))]),
        ],
        running.map((one) => one.rows),
      ),
    ],
    callers: running[0]!.context.callers,
    mode,
    plainHttp: { trustedProxies: installation.trustedProxies, privateNetworks: installation.privateNetworks ?? [] },
    logger,
    closed: (service) => running.find((one) => one.service === service)?.closed(),
    readiness: () => readiness(running, servers, mode, volumes),
    ...(installation.tenantRate ? { tenantRate: installation.tenantRate } : {}),
    metrics: () => metrics.text(),
    answered: (route, status) => countAnswers({ route: route.slice(0, 64), status: String(status) }),
  });
  try {
    for (const one of running) {
      await one.start();
      opened.push(() => one.stop());
    }
  } catch (error) {
    // Its timers tick from the moment it is made.
    await app.close().catch(() => undefined);
    throw error;
  }
  // Last in, first out: the doors close before anything behind them does.
  opened.push(() => closeDoors(app));
  await app.listen(installation.port, installation.host);
  const { port } = app.getHttpServer().address() as { readonly port: number };
  own.url = ownUrl(port, installation.host);
  logger.info({ mode, services: [...ours], port }, 'lethe listens');
  return { url: own.url, log, slots };
}

async function prepare(
  home: Home,
  servers: Servers,
  services: readonly Service[],
  installation: Installation,
): Promise<void> {
  const plans: DatabasePlan[] = services.map((service) => planOf(home, service));
  if (installation.kafka === undefined) plans.push(planOf(home, 'log'));
  const inside = async (cluster: ClusterName, wanted: readonly DatabasePlan[]): Promise<void> => {
    const server = servers.of(cluster);
    const { admin } = server;
    if (admin !== undefined) await needing(postgresOf(cluster, server), () => prepareDatabases(admin, wanted));
  };
  await inside('data', plans);
  if (services.includes('collection')) await inside('keys', [planOf(home, 'keyring')]);
}

async function openLog(
  services: readonly Service[],
  {
    home,
    servers,
    installation,
    slots,
    logger,
    opened,
  }: Pick<ServiceSurroundings, 'home' | 'servers' | 'installation' | 'slots' | 'logger' | 'opened'>,
): Promise<EventLog> {
  const onError = (error: unknown): void => logger.warn({ error }, 'the event log waits');
  let log: EventLog;
  if (installation.kafka !== undefined) {
    const onFatal = (error: unknown): void => {
      logger.error({ error }, 'the event log cannot go on; the process ends to be started anew');
      endProcess();
    };
    const { brokers, tls } = installation.kafka;
    const kafka = new KafkaEventLog({
      brokers,
      slots,
      clientId: 'lethe',
      onError,
      onFatal,
      ...(installation.kafka.login ? { login: ownLogin(home, services) } : {}),
      ...(tls === undefined ? {} : { tls }),
    });
    // Later it is waited for with patience; who starts is told at once what is not there.
    await needing(kafkaOf(brokers), () => kafka.reach());
    log = kafka;
  } else {
    const plan = planOf(home, 'log');
    const server = servers.of('data');
    await needing(postgresOf('data', server), () =>
      migrate(addressOf(server, plan.database, plan.owner), [{ database: 'log', steps: [migrationOf(LOG_STEP)] }]),
    );
    const pool = opened.pool(addressOf(server, plan.database, plan.login), 8);
    log = new EmbeddedEventLog({ pool, slots, onError });
  }
  opened.push(() => log.close());
  return log;
}

/** @throws Fault `invalid`: several services in one process would write each other's topics under one login */
function ownLogin(home: Home, services: readonly Service[]): KafkaLogin {
  const [service] = services;
  if (service === undefined || services.length > 1)
    throw new Fault('invalid', 'platform/one-login', 'with logins for Kafka each service runs in a process of its own');
  return kafkaLoginOf(home, service);
}

interface ServiceSurroundings {
  readonly home: Home;
  readonly servers: Servers;
  readonly installation: Installation;
  readonly slots: number;
  readonly log: EventLog;
  readonly logger: Logger;
  readonly metrics: PrometheusMetrics;
  readonly now: () => Date;
  readonly baseUrl: (service: string) => string | undefined;
  readonly opened: Opened;
}

async function openService(definition: ServiceDefinition, around: ServiceSurroundings): Promise<RunningService> {
  const { service } = definition;
  const { home, servers, installation, opened } = around;
  const plan = planOf(home, service);
  const server = servers.of('data');
  const login = addressOf(server, plan.database, plan.login);
  const logger = createLogger(service);
  const marks = FileMarks.open(home.folder('marks'), service);
  opened.push(() => Promise.resolve(marks.close()));
  const own: { running?: RunningService } = {};
  const { rolledBack }: Watch = watchOf(service, marks, around.log, logger, () => void own.running?.halt());
  // The first look is the start's own: until then nothing is served.
  const onConnect = async (client: { query: Asks['query'] }): Promise<void> => {
    if (own.running !== undefined) await rolledBack.look(client);
  };
  const database: TypeOrmDatabase = await needing(postgresOf('data', server), () =>
    openServiceDatabase({ owner: addressOf(server, plan.database, plan.owner), login }, definition.migrations, {
      tenantSecret: tenantSecretOf(home, service),
      applicationName: `lethe-${service}`,
      poolSize: 12,
      onConnect,
      refuse: () => rolledBack.refusal(),
      onConnectionLost: () => logger.warn({ kind: 'database' }, 'a connection was lost'),
    }),
  );
  opened.push(() => database.close());
  const pool = opened.pool(login, 2, onConnect);
  const callers = callersOf(home, service, around.now, () =>
    logger.error(
      { code: 'platform/denied-unreadable' },
      'the list of denied tokens cannot be read; the one before stands',
    ),
  );
  const keyring =
    service === 'collection' ? await openKeys(home, servers.of('keys'), installation, logger, opened) : undefined;
  own.running = await RunningService.open(definition, {
    config: {
      service,
      mode: installation.mode,
      slots: around.slots,
      secretsFolder: `${home.secrets.folder}/${service}`,
      keysFolder: `${home.folder('keys')}`,
      ledgerFolder: home.folder('ledger'),
      marksFolder: home.folder('marks'),
      ...(installation.sweepEveryMs === undefined ? {} : { sweepEveryMs: installation.sweepEveryMs }),
      ...(installation.region === undefined ? {} : { region: installation.region }),
    },
    database,
    pool,
    log: around.log,
    callers,
    peers: new HttpPeers({ callers, baseUrl: around.baseUrl }),
    logger,
    metrics: around.metrics.of(service),
    backups: backupPlaceOf(home, installation.s3),
    policies: installation.policies,
    packArchive: join(home.folder('marks'), 'packs'),
    now: around.now,
    owner: addressOf(server, plan.database, plan.owner),
    watch: { marks, rolledBack },
    ...(keyring === undefined ? {} : { keyring: keyring.keyring }),
  });
  return own.running;
}

async function openKeys(
  home: Home,
  server: Server,
  { transit, servers }: Installation,
  logger: Logger,
  opened: Opened,
): Promise<OpenKeyring> {
  const plan = planOf(home, 'keyring');
  const addresses = {
    owner: addressOf(server, plan.database, plan.owner),
    login: addressOf(server, plan.database, plan.login),
    quarantine: addressOf(server, plan.database, plan.others![0]!),
  };
  const folders = { keys: home.folder('keys'), secrets: `${home.secrets.folder}/keyring` };
  const root = await rootOf(home, transit);
  const marks = FileMarks.open(home.folder('marks'), 'keyring');
  opened.push(() => Promise.resolve(marks.close()));
  const keyring = await needing(postgresOf('keys', server), () =>
    // Without servers of its own the home's lock is ours, and nobody else reaches this cluster.
    openKeyring(addresses, folders, root, marks, servers === undefined, (error) =>
      logger.warn({ error }, 'the keyring waits'),
    ),
  );
  opened.push(() => keyring.close());
  return keyring;
}

const ownUrl = (port: number, host: string): string => {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${String(port)}`;
};

/** Takes no new question, lets those being answered end, and cuts off long polls. */
async function closeDoors(app: NestFastifyApplication): Promise<void> {
  const patience = setTimeout(() => app.getHttpServer().closeAllConnections(), CLOSE_WITHIN_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(patience);
  }
}
