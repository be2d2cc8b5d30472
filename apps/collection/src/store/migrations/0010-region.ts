import type { MigrationStep } from '@lethe/platform';

/** Where a part lies, as it was asked before writing; unknown for what was stored before this was recorded. */
export const region: MigrationStep = {
  number: 1_796_300_000_021,
  name: 'region',
  statements: ['alter table part add column region text'],
};
