import type { ServiceContext } from '@lethe/platform';
import type { BackupsService } from './backups.service.ts';
import type { BreakerService } from './breaker.service.ts';
import type { RetentionService } from './retention.service.ts';

/** What operators watch: disposals due and overdue, backups by state; all tenants together. */
export function retentionMetrics(
  context: ServiceContext,
  retention: RetentionService,
  backups: BackupsService,
  breaker: BreakerService,
): void {
  const { metrics, packs, clock } = context;
  const sum = async (of: 'due' | 'overdue'): Promise<number> => {
    let total = 0;
    for (const { tenant } of await packs.tenants())
      total += (await retention.dueAndOverdue(tenant, clock.machineNow()))[of];
    return total;
  };
  metrics.gauge('disposals_due', 'Days that are due and not ordered', () => sum('due'));
  metrics.gauge('disposals_overdue', 'Orders in force whose day is over, or that were escalated', () => sum('overdue'));
  metrics.gauge(
    'disposals_stopped',
    'Tenants whose disposal is stopped: by the breaker, an officer, a hold on all of it or one being placed, or what is parked',
    async () => {
      let stopped = 0;
      for (const { tenant } of await packs.tenants()) if (await breaker.isStopped(tenant)) stopped += 1;
      return stopped;
    },
  );
  metrics.gauge('backups', 'Backups by state, and by who holds them: Lethe or the platform', async () => {
    const states = new Map<string, number>();
    for (const { tenant } of await packs.tenants()) {
      for (const { state, platform } of (await backups.all(tenant)).backups) {
        const key = `${state} ${platform === undefined ? 'lethe' : 'platform'}`;
        states.set(key, (states.get(key) ?? 0) + 1);
      }
    }
    return [...states].map(([key, value]) => {
      const [state = '', holder = ''] = key.split(' ');
      return { labels: { state, holder }, value };
    });
  });
}
