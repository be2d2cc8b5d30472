import { events, TENANT_SLOT } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { CatalogueStore } from './store/catalogue.store.ts';

/**
 * How often the catalogue is stated, so that the event log, which reaches back seven days, always tells all of it: a retention that
 * has lost its database knows from there what lies where, and when it must be gone. Milliseconds of machine time.
 */
export const STATE_EVERY_MS = 24 * 60 * 60_000;

/** What retention says of its catalogue to nobody but itself, after a loss. */
export class CatalogueService {
  constructor(private readonly context: ServiceContext) {}

  /** States every backup that is not purged, or of which a late file lies there, unless that was done within a day; how many. @param now machine time */
  async state(tenant: TenantId, now: Date): Promise<number> {
    return this.context.database.within(tenant, async (sql) => {
      const store = new CatalogueStore(sql, tenant);
      if (!(await store.claim(now, new Date(now.getTime() - STATE_EVERY_MS)))) return 0;
      const about = { tenant, slot: TENANT_SLOT };
      const backups = await store.unpurged();
      await this.context.outbox.announceAll(
        sql,
        events.BackupStatedV1,
        now,
        backups.map((data) => ({ about, data })),
      );
      return backups.length;
    });
  }
}
