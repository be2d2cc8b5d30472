import type { TenantId, Zone } from '@lethe/kernel';
import type { KnownTenants } from './known-tenants.ts';
import type { PackShelf } from './packs.ts';

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

/** The clock of a service: machine time, and per tenant what consent has moved it by. */
export class TenantClock implements Clock {
  constructor(
    private readonly known: KnownTenants,
    private readonly packs: PackShelf,
    private readonly now: () => Date,
  ) {}

  machineNow(): Date {
    return this.now();
  }

  async legalNow(tenant: TenantId): Promise<Date> {
    return this.known.legal(await this.known.entry(tenant));
  }

  async zone(tenant: TenantId): Promise<Zone> {
    return (await this.packs.pack(tenant)).zone;
  }
}
