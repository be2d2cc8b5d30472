import type { MigrationStep } from '@lethe/platform';

/** When the tenants were last stated. Machine time. */
export const statedAtStep: MigrationStep = {
  number: 1_799_400_000_001,
  name: 'when the tenants were stated',
  statements: [`alter table heartbeat add column tenants_stated_at timestamptz not null default '-infinity'`],
};
