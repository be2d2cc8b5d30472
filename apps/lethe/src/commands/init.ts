import { prepareInstallation } from '@lethe/platform';
import { handOut } from '../hand-out.ts';
import { installationOf } from '../installation.ts';
import { patiently } from '../patience.ts';
import { prepareLog } from '../prepare-log.ts';
import { SERVICES } from '../services.ts';

/**
 * The administrator's steps where services run apart; does nothing where they are done. Without servers (LETHE_DATA_URL): keys and
 * passwords, handed out to LETHE_HAND_OUT. With servers: databases and logins; with LETHE_KAFKA the topics between services too, and
 * with LETHE_KAFKA_ADMIN each service's login there and what it may do with it.
 */
export async function init(): Promise<void> {
  const installation = installationOf(process.env);
  const services = SERVICES.map(({ service }) => service);
  const databases = installation.servers !== undefined;
  await patiently(() => prepareInstallation(services, installation, { databases }), new AbortController().signal);
  await patiently(() => prepareLog(installation, services), new AbortController().signal);
  if (installation.handOut !== undefined) handOut(installation, installation.handOut, services);
  process.stderr.write(
    `lethe: ${databases ? 'databases and logins' : 'keys and passwords'} are there (mode ${installation.mode})\n`,
  );
}
