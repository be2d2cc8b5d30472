import type { MigrationStep } from '@lethe/platform';

/** The counts with which the order of an erasure was answered: whoever has lost the answer is told the same again. */
export const answers: MigrationStep = {
  number: 1_799_700_000_001,
  name: 'answers',
  statements: ['alter table subject_state add column answered jsonb'],
};
