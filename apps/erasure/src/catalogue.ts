import { http } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import type { BackupFact } from './domain/certify.ts';

/** Backups that are not purged, Lethe's and the platform's, as retention knows them now. @throws Fault `unavailable` while it does not say */
export async function catalogueOf({ peers }: Pick<ServiceContext, 'peers'>, tenant: TenantId): Promise<BackupFact[]> {
  const { backups } = await peers.ask(http.Backups, { tenant });
  return backups.flatMap(({ state, ...rest }): BackupFact[] => (state === 'purged' ? [] : [{ state, ...rest }]));
}
