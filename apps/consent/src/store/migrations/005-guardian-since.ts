import type { MigrationStep } from '@lethe/platform';

/** Since when a guardian stands who had been verified before Lethe heard of it; none: since it was recorded. */
export const guardianSinceStep: MigrationStep = {
  number: 1_797_400_000_300,
  name: 'guardian-since',
  statements: ['alter table guardian_history add column since timestamptz check (since <= recorded_at)'],
};
