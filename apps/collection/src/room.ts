import type { KeyObject } from 'node:crypto';
import type { Day, TenantId, Zone } from '@lethe/kernel';
import { dayOf } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import type { Keyring } from '@lethe/sealing';
import type { Standings } from './standing.ts';

/** What every use case of collection works with. */
export interface Room {
  readonly context: ServiceContext;
  /** Collection is its only user. */
  readonly keyring: Keyring;
  /** Key of the HMACs under which idempotency keys are remembered. */
  readonly idempotency: KeyObject;
  readonly standings: Standings;
  /** Wakes the background work of a tenant; called after a commit. */
  wake(tenant: TenantId): void;
  /** The tenant's day may be another; called after a commit. */
  look(tenant: TenantId): void;
}

/** One moment in both times: machine time, and the tenant's legal time with its local day. */
export interface Moment {
  readonly machine: Date;
  readonly legal: Date;
  readonly zone: Zone;
  readonly today: Day;
}

/** Reads both clocks once. For the doors only: below them a moment is an argument. */
export async function momentOf(context: ServiceContext, tenant: TenantId): Promise<Moment> {
  const [legal, zone] = await Promise.all([context.clock.legalNow(tenant), context.clock.zone(tenant)]);
  return { machine: context.clock.machineNow(), legal, zone, today: dayOf(legal, zone) };
}

/** How long a heartbeat renews the consent lease of its slot, milliseconds of machine time. */
export const LEASE_MS = 30_000;

/** Until when each slot's lease is known to be live, machine milliseconds: a heartbeat can only prolong it. */
const known = new WeakMap<ServiceContext, Map<number, number>>();

/** Of these slots, those whose lease has run out. */
export async function staleSlots(context: ServiceContext, slots: readonly number[]): Promise<ReadonlySet<number>> {
  const stale = new Set<number>();
  const until = known.get(context) ?? new Map<number, number>();
  known.set(context, until);
  for (const slot of new Set(slots)) {
    const now = context.clock.machineNow().getTime();
    if ((until.get(slot) ?? 0) > now) continue;
    const age = await context.leaseAge(slot);
    if (age < LEASE_MS) until.set(slot, now + LEASE_MS - age);
    else stale.add(slot);
  }
  return stale;
}

/** The lease of all these slots: stale as soon as one of them is. */
export const leaseOf = async (context: ServiceContext, slots: readonly number[]): Promise<'live' | 'stale'> =>
  (await staleSlots(context, slots)).size > 0 ? 'stale' : 'live';
