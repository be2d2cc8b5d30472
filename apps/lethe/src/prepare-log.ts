import type { Service } from '@lethe/contracts';
import { KafkaEventLog } from '@lethe/messaging';
import { kafkaLoginOf, kafkaOf, needing, SERVICE_TOPICS, serviceRights, type Installation } from '@lethe/platform';
import { administration } from './administration.ts';

/** Each service would make what it misses; made beforehand, four that start together do not make them at once. */
export async function prepareLog(installation: Installation, services: readonly Service[]): Promise<void> {
  const { kafka, slots } = installation;
  if (kafka === undefined) return;
  const named = kafkaOf(kafka.brokers, kafka.administration);
  // Where services log in, none of them may make topics between them.
  const logins =
    kafka.administration === undefined ? undefined : await needing(named, () => administration(installation));
  const log = new KafkaEventLog({
    brokers: kafka.administration === undefined ? kafka.brokers : [kafka.administration],
    slots,
    clientId: 'lethe-init',
    onFatal: () => undefined,
    ...(logins === undefined ? {} : { login: { ...logins.administrator, mechanism: 'plain' } }),
    ...(kafka.tls === undefined ? {} : { tls: kafka.tls }),
  });
  try {
    await needing(named, () => log.reach());
    await log.ensureTopics(SERVICE_TOPICS);
    for (const service of logins === undefined ? [] : services) {
      const { username, password } = kafkaLoginOf(logins!.home, service);
      await logins!.open.ensure(username, password, serviceRights(service));
    }
  } finally {
    await log.close();
    await logins?.open.close();
  }
}
