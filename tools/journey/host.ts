import { join } from 'node:path';
import { consent } from '@lethe/consent';
import { erasure } from '@lethe/erasure';
import { bootstrap, type ServiceDefinition } from '@lethe/platform';
import { retention } from '@lethe/retention';

/** Runs the whole with this collection in place of its own, on LETHE_HOME and LETHE_PORT, until SIGTERM. */
export async function host(collection: ServiceDefinition): Promise<void> {
  const running = await bootstrap([collection, consent, retention, erasure], {
    mode: 'development',
    home: process.env['LETHE_HOME'] ?? '',
    host: '127.0.0.1',
    port: Number(process.env['LETHE_PORT']),
    slots: 4,
    trustedProxies: [],
    policies: join(import.meta.dirname, '../../policies'),
  });
  process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)));
}
