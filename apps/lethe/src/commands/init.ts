import { events } from '@lethe/contracts';
import { KafkaEventLog } from '@lethe/messaging';
import { prepareInstallation, type Installation } from '@lethe/platform';
import { handOut } from '../hand-out.ts';
import { installationOf } from '../installation.ts';
import { patiently } from '../patience.ts';
import { SERVICES } from '../services.ts';

/**
 * The administrator's steps where services run apart; does nothing where they are done. Without servers (LETHE_DATA_URL): keys and
 * passwords, handed out to LETHE_HAND_OUT. With servers: databases and logins; with LETHE_KAFKA the topics between services too.
 */
export async function init(): Promise<void> {
  const installation = installationOf(process.env);
  const services = SERVICES.map(({ service }) => service);
  const databases = installation.servers !== undefined;
  await patiently(() => prepareInstallation(services, installation, { databases }), new AbortController().signal);
  await patiently(() => makeTopics(installation), new AbortController().signal);
  if (installation.handOut !== undefined) handOut(installation, installation.handOut, services);
  process.stderr.write(
    `lethe: ${databases ? 'databases and logins' : 'keys and passwords'} are there (mode ${installation.mode})\n`,
  );
}

/** Each service would make what it misses; made beforehand, four that start together do not make them at once. */
async function makeTopics({ kafka, slots }: Installation): Promise<void> {
  if (kafka === undefined) return;
  const log = new KafkaEventLog({ brokers: kafka.brokers, slots, clientId: 'lethe-init', onFatal: () => undefined });
  try {
    const topics = Object.values(events).flatMap((one) => ('topic' in one ? [one.topic] : []));
    await log.ensureTopics([...new Set(topics)].sort());
  } finally {
    await log.close();
  }
}
