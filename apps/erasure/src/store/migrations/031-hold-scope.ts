import type { MigrationStep } from '@lethe/platform';

/** What a hold keeps, until the platform has been told of its end. */
export const holdScopeStep: MigrationStep = {
  number: 1_799_300_000_002,
  name: 'what a hold keeps',
  statements: ['alter table hold_seen add column scope jsonb'],
};
