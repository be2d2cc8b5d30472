import type { TenantId, Zone } from '@lethe/kernel';

/**
 * Two times. Machine time never moves; legal time (dates, deadlines, disposal, purge) is asked per tenant and can be
 * moved forward in an instance of mode `development` only.
 */
export interface Clock {
  /** Machine time: leases, caches, retries, tokens. */
  machineNow(): Date;
  /** Legal time of a tenant. @throws Fault `missing` `platform/tenant-unknown` */
  legalNow(tenant: TenantId): Promise<Date>;
  /** The IANA zone in which the tenant's days begin and end. @throws Fault `missing` `platform/tenant-unknown` */
  zone(tenant: TenantId): Promise<Zone>;
}
