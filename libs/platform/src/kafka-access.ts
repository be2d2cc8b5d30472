import { inTopic, outTopic, type Service } from '@lethe/contracts';
import type { KafkaRight } from '@lethe/messaging';
import type { Home } from './home/home.ts';
import { KAFKA_ADMINISTRATOR_SECRET, kafkaPasswordName, SERVICES } from './installation.ts';

/** Who makes topics and logins; the broker knows it from its own configuration. No tenant's and no service's login is named so. */
export const KAFKA_ADMINISTRATOR = 'lethe-admin';

export const serviceLogin = (service: Service): string => `lethe-${service}`;
/** With a dot, which no tenant's name and no other login has. */
export const platformLogin = (tenant: string): string => `platform.${tenant}`;

export interface KafkaLogin {
  readonly username: string;
  readonly password: string;
}

/** @throws Fault `missing` when `lethe init` has not made it */
export const kafkaLoginOf = (home: Home, service: Service): KafkaLogin => ({
  username: serviceLogin(service),
  password: home.secrets.need(kafkaPasswordName(service)),
});

export const kafkaAdministratorOf = (home: Home): KafkaLogin => ({
  username: KAFKA_ADMINISTRATOR,
  password: home.secrets.need(KAFKA_ADMINISTRATOR_SECRET),
});

const ownTopics = (service: Service): string[] => [`lethe.${service}`, `lethe.${service}.order`];

/** The topics between services, orders among them. */
export const SERVICE_TOPICS: readonly string[] = SERVICES.flatMap(ownTopics).sort();

const EVERY_IN = inTopic('');
const EVERY_OUT = outTopic('');

/** A service writes its own topics and nobody else's, and reads all that lie between services; of the tenants' only what it serves. */
export function serviceRights(service: Service): KafkaRight[] {
  const rights: KafkaRight[] = [
    ...ownTopics(service).map((name): KafkaRight => ({ on: 'topic', name, may: ['write'] })),
    ...SERVICE_TOPICS.map((name): KafkaRight => ({ on: 'topic', name, may: ['read'] })),
    { on: 'group', name: service, may: ['read'] },
    // Of one look through a topic to its end; nothing is ever committed there.
    { on: 'group', name: 'looks-', prefix: true, may: ['read'] },
  ];
  if (service === 'collection') {
    rights.push(
      // It writes fences among what platforms send (docs/decisions/0008).
      { on: 'topic', name: EVERY_IN, prefix: true, may: ['create', 'read', 'write'] },
      { on: 'group', name: 'collection.intake.', prefix: true, may: ['read'] },
    );
  }
  if (service === 'collection' || service === 'erasure')
    rights.push({ on: 'topic', name: EVERY_OUT, prefix: true, may: ['create', 'write'] });
  return rights;
}

/** A platform writes its own `in` topic, reads its own `out` topic and groups of its own name, and sees nothing else. */
export const platformRights = (tenant: string): KafkaRight[] => [
  { on: 'topic', name: inTopic(tenant), may: ['write'] },
  { on: 'topic', name: outTopic(tenant), may: ['read'] },
  { on: 'group', name: `lethe.${tenant}.`, prefix: true, may: ['read'] },
];

/**
 * The part of the broker's configuration that is secret, as the image takes it from `/mnt/shared/config/server.properties`. The
 * administrator is known from it, and the broker to itself; every other login is kept by the broker.
 */
export const brokerProperties = (password: string): string =>
  ['admin', 'controller']
    .map(
      (listener) =>
        `listener.name.${listener}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ` +
        `username="${KAFKA_ADMINISTRATOR}" password="${password}" user_${KAFKA_ADMINISTRATOR}="${password}";\n`,
    )
    .join('');
