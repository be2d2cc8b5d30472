import type { Readiness } from './http/application.ts';
import type { RunningService } from './running-service.ts';
import type { Servers } from './servers.ts';

/** Whether every service of this process can serve, and if not, why. */
export async function readiness(
  services: readonly RunningService[],
  servers: Servers,
  mode: 'development' | 'production',
): Promise<Readiness> {
  const gone = servers.gone();
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
    at: new Date().toISOString(),
  };
}
