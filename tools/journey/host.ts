import { join } from 'node:path';
import { collection } from '@lethe/collection';
import { consent } from '@lethe/consent';
import { erasure } from '@lethe/erasure';
import { bootstrap, type ServiceContext, type ServiceDefinition } from '@lethe/platform';
import { retention } from '@lethe/retention';
import type { Keyring } from '@lethe/sealing';

/** What collection is given in place of its own. */
interface InPlace {
  readonly keyring: (own: Keyring) => Keyring;
  readonly database?: (own: ServiceContext['database']) => ServiceContext['database'];
}

/** Runs the whole with a collection that is given these in place of its own, on LETHE_HOME and LETHE_PORT, until SIGTERM. */
export async function host({ keyring: keyringOf, database: databaseOf = (own) => own }: InPlace): Promise<void> {
  const definition: ServiceDefinition = {
    ...collection,
    open: (context) => {
      const { keyring, database } = context;
      if (keyring === undefined) throw new Error('no keyring');
      return collection.open(
        Object.create(context, {
          keyring: { value: keyringOf(keyring) },
          database: { value: databaseOf(database) },
        }) as ServiceContext,
      );
    },
  };
  const running = await bootstrap([definition, consent, retention, erasure], {
    mode: 'development',
    home: process.env['LETHE_HOME'] ?? '',
    host: '127.0.0.1',
    port: Number(process.env['LETHE_PORT']),
    slots: 4,
    trustedProxies: [],
    region: 'CN',
    policies: join(import.meta.dirname, '../../policies'),
  });
  process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)));
}
