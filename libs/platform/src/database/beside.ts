import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { portOf } from '../home/embedded-postgres.ts';
import { Home } from '../home/home.ts';
import { addressOf, planOf, serverOf, tenantSecretOf, type Installation } from '../installation.ts';
import { TypeOrmDatabase } from './typeorm-database.ts';

/**
 * The database of a service that runs already, entered by somebody who has its installation's home: under the service's own login, so that
 * row-level security shows the rows of one tenant at a time. Only in mode development.
 * @throws Fault `missing` when no installation is there, `forbidden` when it is of mode production, `unavailable` when its server does not answer
 */
export function openBeside(
  service: Service,
  { home: path, servers }: Pick<Installation, 'home' | 'servers'>,
): Promise<TypeOrmDatabase> {
  const mode = join(path, 'mode');
  if (!existsSync(mode)) throw new Fault('missing', 'platform/no-installation', 'no installation is there');
  if (readFileSync(mode, 'utf8').trim() !== 'development')
    throw new Fault('forbidden', 'platform/production', 'nobody enters a database of mode production from beside');
  const home = Home.open(path, 'development', { alone: false });
  const { database, login } = planOf(home, service);
  const server =
    servers === undefined
      ? { host: '127.0.0.1', port: portOf(home.folder('data')) }
      : serverOf(home, 'data', servers.data);
  return TypeOrmDatabase.open(addressOf(server, database, login), {
    tenantSecret: tenantSecretOf(home, service),
    applicationName: 'lethe-beside',
    poolSize: 1,
  });
}
