import type { Readiness } from './http/application.ts';
import type { RunningService } from './running-service.ts';
import type { Servers } from './servers.ts';
import { fullVolumes, type Volumes } from './volumes.ts';

/** Whether every service of this process can serve, and if not, why; and which of its volumes are full. */
export async function readiness(
  services: readonly RunningService[],
  servers: Servers,
  mode: 'development' | 'production',
  volumes: Volumes,
): Promise<Readiness> {
  const gone = servers.gone();
  const full = await fullVolumes(volumes);
  const reasons = await Promise.all(
    services.map((one) => (gone === undefined ? one.notReady() : Promise.resolve(gone))),
  );
  return {
    status: reasons.every((reason) => reason === undefined) ? 'ready' : 'not-ready',
    mode,
    services: Object.fromEntries(
      services.map(({ service }, index) => {
        const reason = reasons[index];
        return [service, reason === undefined ? { ready: true } : { ready: false, reason }];
      }),
    ),
    // Ready all the same: what needs no room is answered.
    ...(full.length === 0 ? {} : { full }),
    at: new Date().toISOString(),
  };
}
