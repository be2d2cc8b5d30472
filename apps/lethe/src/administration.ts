import { KafkaLogins } from '@lethe/messaging';
import { Home, kafkaAdministratorOf, type Installation, type KafkaLogin } from '@lethe/platform';

/** The broker, opened as its administrator. */
export interface Administration {
  readonly home: Home;
  readonly administrator: KafkaLogin;
  /** Whoever has it closes it. */
  readonly open: KafkaLogins;
}

/** @throws Fault `unavailable` while the broker is not there; Error where LETHE_KAFKA_ADMIN says none */
export async function administration(installation: Installation): Promise<Administration> {
  const broker = installation.kafka?.administration;
  if (broker === undefined)
    throw new Error('no listener of Kafka that takes the administrator is named (LETHE_KAFKA and LETHE_KAFKA_ADMIN)');
  const home = Home.open(installation.home, installation.mode, { alone: false });
  const administrator = kafkaAdministratorOf(home);
  const open = await KafkaLogins.connect({
    broker,
    administrator,
    ...(installation.kafka?.tls === undefined ? {} : { tls: installation.kafka.tls }),
  });
  return { home, administrator, open };
}
