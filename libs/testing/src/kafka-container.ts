import { startOnFreePort, testcontainers, type Server } from './containers.ts';
import { freePort } from './free-port.ts';

/** The one Kafka of compose, tests and CI; `tools/ci/images` makes it available where no registry answers. */
export const KAFKA_IMAGE = 'apache/kafka:4.1.1';

export interface Login {
  readonly name: string;
  readonly password: string;
}

export interface KafkaOptions {
  /**
   * Clients must log in with SCRAM-SHA-512, and what is not allowed by an ACL is denied; this one login may do everything.
   * Without it anybody may do everything.
   */
  readonly superuser?: Login;
  /** Started as compose starts it: with the environment of its service, and the file that compose mounts into the broker. */
  readonly compose?: {
    readonly environment: Readonly<Record<string, string>>;
    readonly serverProperties: { readonly content: string; readonly mode: number };
    /** Certificate and key in one PEM file: every listener of clients takes TLS only. */
    readonly certificate?: string;
  };
}

/** A real broker of one node. Topics are not made by touching them; consumer groups form without the usual wait of 3 s. */
export interface KafkaServer extends Server {
  readonly brokers: string[];
  /** As compose starts it: the listener that takes the administrator. */
  readonly administration?: string;
  /** Makes a login. Without an ACL it may do nothing. Only on a broker that was started with a superuser. */
  addLogin(login: Login): Promise<void>;
}

/**
 * Starts Apache Kafka in a container and resolves when it takes clients (about 3 s).
 *
 * The broker tells its clients under which address it is to be reached, so its public port is fixed before it starts; it stays
 * the same over `restart` and `kill`, and so do topics, positions, logins and ACLs.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const { GenericContainer, Wait } = await testcontainers();
  const secured = options.superuser !== undefined;
  const { compose } = options;
  const administration = compose === undefined ? undefined : await freePort();
  const [server, port] = await startOnFreePort((port) => {
    const container = new GenericContainer(KAFKA_IMAGE)
      .withExposedPorts({ container: 9092, host: port })
      .withEnvironment({
        ...broker(port),
        ...(secured ? security(options.superuser.name) : {}),
      })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .withStartupTimeout(120_000);
    if (compose === undefined || administration === undefined) return container;
    return container
      .withExposedPorts({ container: 9094, host: administration })
      .withEnvironment({
        ...compose.environment,
        ...(compose.certificate === undefined ? {} : TLS),
        KAFKA_ADVERTISED_LISTENERS: `CLIENT://127.0.0.1:${port},OUTSIDE://localhost:9095,ADMIN://127.0.0.1:${administration}`,
      })
      .withCopyContentToContainer([
        { ...compose.serverProperties, target: '/mnt/shared/config/server.properties' },
        ...(compose.certificate === undefined
          ? []
          : [{ content: compose.certificate, target: CERTIFICATE, mode: 0o644 }]),
      ]);
  });
  const kafka: KafkaServer = {
    ...server,
    brokers: [`127.0.0.1:${port}`],
    ...(administration === undefined ? {} : { administration: `127.0.0.1:${administration}` }),
    async addLogin({ name, password }) {
      if (!secured) throw new Error('this broker was started without a superuser: it has no logins');
      const { exitCode, output } = await server.container.exec([
        '/opt/kafka/bin/kafka-configs.sh',
        ...['--bootstrap-server', 'localhost:9094', '--alter', '--entity-type', 'users', '--entity-name', name],
        ...['--add-config', `SCRAM-SHA-512=[password=${password}]`],
      ]);
      if (exitCode !== 0) throw new Error(`the login ${name} was not made: ${output}`);
    },
  };
  if (options.superuser) await kafka.addLogin(options.superuser);
  return kafka;
}

/** The official image takes either its defaults or the variables, never both: so everything is said here. */
function broker(port: number): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    // INSIDE is for the broker's own connections and the command line tools in the container: nothing outside reaches it.
    KAFKA_LISTENERS: 'CLIENT://0.0.0.0:9092,INSIDE://localhost:9094,CONTROLLER://localhost:9093',
    KAFKA_ADVERTISED_LISTENERS: `CLIENT://127.0.0.1:${port},INSIDE://localhost:9094`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENT:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'INSIDE',
    KAFKA_LOG_DIRS: '/var/lib/kafka/data',
    // A killed broker is let in again only when its old session is over; the default of 9 s is for several machines.
    KAFKA_BROKER_SESSION_TIMEOUT_MS: '2000',
    KAFKA_BROKER_HEARTBEAT_INTERVAL_MS: '500',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_HEAP_OPTS: '-Xmx512M -Xms128M',
    // A test's broker does not live long enough to earn back what the second compiler costs.
    KAFKA_OPTS: '-XX:TieredStopAtLevel=1',
  };
}

const CERTIFICATE = '/mnt/broker.pem';
/** The broker is its own client on ADMIN, and trusts what it shows. */
const TLS = {
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENT:SASL_SSL,OUTSIDE:SASL_SSL,ADMIN:SASL_SSL,CONTROLLER:SASL_PLAINTEXT',
  KAFKA_SSL_KEYSTORE_TYPE: 'PEM',
  KAFKA_SSL_KEYSTORE_LOCATION: CERTIFICATE,
  KAFKA_SSL_TRUSTSTORE_TYPE: 'PEM',
  KAFKA_SSL_TRUSTSTORE_LOCATION: CERTIFICATE,
};

/** Whoever comes in through INSIDE or CONTROLLER has no name, and is already in the container: superuser too. */
function security(superuser: string): Record<string, string> {
  return {
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENT:SASL_PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_SASL_ENABLED_MECHANISMS: 'SCRAM-SHA-512',
    // Read from the broker's own store, once the login has been made; the listener only has to name the module.
    KAFKA_LISTENER_NAME_CLIENT_SCRAM___SHA___512_SASL_JAAS_CONFIG:
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    KAFKA_AUTHORIZER_CLASS_NAME: 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    KAFKA_SUPER_USERS: `User:ANONYMOUS;User:${superuser}`,
  };
}
