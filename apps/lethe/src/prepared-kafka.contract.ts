import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { prepareInstallation, type Installation } from '@lethe/platform';
import { startKafka, type KafkaServer } from '@lethe/testing';
import { parse } from 'yaml';
import { handOut } from './hand-out.ts';
import { prepareLog } from './prepare-log.ts';

export const SLOTS = 2;
export const SERVICES = ['collection', 'consent', 'retention', 'erasure'] as const;
const ROOT = join(import.meta.dirname, '../../..');

/**
 * The broker as `docker-compose.yml` describes it, with what `init` makes for it and what `prepare` does at every `up`.
 * With a `certificate` its listeners take TLS only.
 */
export async function preparedKafka(
  folder: string,
  certificate?: string,
): Promise<{ readonly kafka: KafkaServer; readonly installation: Installation }> {
  const without: Installation = {
    mode: 'development',
    home: join(folder, 'home'),
    host: '127.0.0.1',
    port: 0,
    slots: SLOTS,
    trustedProxies: [],
    policies: join(ROOT, 'policies'),
  };
  await prepareInstallation(SERVICES, without, { databases: false });
  handOut(without, join(folder, 'services'), SERVICES);
  const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: { kafka: { environment: Record<string, string> } };
  };
  const properties = join(folder, 'services/kafka/server.properties');
  const kafka = await startKafka({
    compose: {
      environment: compose.services.kafka.environment,
      serverProperties: { content: readFileSync(properties, 'utf8'), mode: statSync(properties).mode & 0o777 },
      ...(certificate === undefined ? {} : { certificate }),
    },
  });
  const installation: Installation = {
    ...without,
    kafka: {
      brokers: kafka.brokers,
      login: true,
      tls: certificate !== undefined,
      administration: kafka.administration!,
    },
  };
  try {
    await prepareLog(installation, SERVICES);
  } catch (error) {
    await kafka.stop();
    throw error;
  }
  return { kafka, installation };
}
