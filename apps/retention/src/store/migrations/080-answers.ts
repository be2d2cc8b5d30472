import type { MigrationStep } from '@lethe/platform';

/** The counts with which the order of an erasure was answered: whoever has lost the answer is told the same again. */
export const answersStep: MigrationStep = {
  number: 1_799_700_000_003,
  name: 'answers',
  statements: ['alter table person add column answered jsonb'],
};
