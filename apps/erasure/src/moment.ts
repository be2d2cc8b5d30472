import { dayOf, type Day, type TenantId } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';

/** One instant of a tenant, as a door read it. */
export interface Moment {
  /** Never moves: retries, leases, ledger. */
  readonly machine: Date;
  readonly legal: Date;
  /** The tenant's day at that legal time. */
  readonly today: Day;
}

export async function momentOf({ clock }: Pick<ServiceContext, 'clock'>, tenant: TenantId): Promise<Moment> {
  const [legal, zone] = await Promise.all([clock.legalNow(tenant), clock.zone(tenant)]);
  return { machine: clock.machineNow(), legal, today: dayOf(legal, zone) };
}

/** A machine instant in the tenant's legal time. */
export const legalOf = (machine: Date, moment: Moment): Date =>
  new Date(machine.getTime() + moment.legal.getTime() - moment.machine.getTime());
