import type { MigrationStep } from '@lethe/platform';

/** What a hold named and what was going already. `too_late_for` is of holds that were judged before. */
export const tooLateStep: MigrationStep = {
  number: 1_800_410_000_001,
  name: 'too-late',
  statements: [`alter table hold add column too_late jsonb not null default '[]'`],
};
