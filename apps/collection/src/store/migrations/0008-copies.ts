import type { MigrationStep } from '@lethe/platform';

/** How often a person was given a copy on a day is asked before each. */
export const copies: MigrationStep = {
  number: 1_796_400_000_002,
  name: 'copies',
  statements: [`create index opening_copies on opening (tenant, subject, at) where kind = 'copy'`],
};
