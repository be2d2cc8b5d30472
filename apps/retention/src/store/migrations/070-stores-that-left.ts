import type { MigrationStep } from '@lethe/platform';

/** Whose word is waited for no longer: stores of the platform that left, once two persons have said so. Machine time. */
export const storesThatLeftStep: MigrationStep = {
  number: 1_799_500_000_000,
  name: 'stores-that-left',
  statements: ['disposal_participant', 'hold_told'].map(
    (table) => `alter table ${table} add column closed_at timestamptz`,
  ),
};
