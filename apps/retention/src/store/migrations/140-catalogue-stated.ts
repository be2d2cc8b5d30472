import type { MigrationStep } from '@lethe/platform';

/** When the catalogue of backups was last stated, machine time. */
export const catalogueStatedStep: MigrationStep = {
  number: 1_800_360_000_000,
  name: 'catalogue-stated',
  statements: ['alter table tenant_guard add column stated_at timestamptz'],
};
