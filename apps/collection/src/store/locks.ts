import type { Sql, TenantId } from '@lethe/kernel';

/* Ascending for everyone, so that two never wait for each other. */
const ascending = (slots: readonly number[]): number[] => [...new Set(slots)].sort((a, b) => a - b);

/**
 * The slot locks of a tenant. An admission holds its slot shared until it commits; whatever must not be overtaken by an
 * admission (a withdrawal, a freeze, a shredding, a hold, a closing day) takes the slot exclusively first.
 */
export async function lockSlotsShared(sql: Sql, tenant: TenantId, slots: readonly number[]): Promise<void> {
  await sql.query('select pg_advisory_xact_lock_shared(hashtext($1), slot) from unnest($2::int[]) as slot', [
    tenant,
    ascending(slots),
  ]);
}

export async function lockSlots(sql: Sql, tenant: TenantId, slots: readonly number[]): Promise<void> {
  await sql.query('select pg_advisory_xact_lock(hashtext($1), slot) from unnest($2::int[]) as slot', [
    tenant,
    ascending(slots),
  ]);
}

const all = (slots: number): readonly number[] => Array.from({ length: slots }, (_, slot) => slot);

export const lockAllSlots = (sql: Sql, tenant: TenantId, slots: number): Promise<void> =>
  lockSlots(sql, tenant, all(slots));

/** Beside admissions: for what only people's withdrawals, freezes and holds must not overtake. */
export const lockAllSlotsShared = (sql: Sql, tenant: TenantId, slots: number): Promise<void> =>
  lockSlotsShared(sql, tenant, all(slots));

/**
 * True if this transaction alone may do the named background work of the tenant; false if another already does. It may stand
 * still for as long as the work takes.
 */
export async function claim(sql: Sql, tenant: TenantId, work: string): Promise<boolean> {
  const [row] = await sql.query<{ mine: boolean }>(
    `select pg_try_advisory_xact_lock(hashtext($1), hashtext($2)) as mine, set_config('idle_in_transaction_session_timeout', '0', true)`,
    [`${tenant} work`, work],
  );
  return row?.mine === true;
}
