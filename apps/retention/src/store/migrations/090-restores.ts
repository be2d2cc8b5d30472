import type { MigrationStep } from '@lethe/platform';

/** What became of a restore is kept with it. Of those confirmed before nobody knows any more than that. */
export const restoresStep: MigrationStep = {
  number: 1_800_000_000_003,
  name: 'restores',
  statements: [
    'alter table restore add column report jsonb, add column failed text',
    `update restore set failed = 'retention/report-unknown' where confirmed_at is not null`,
    `create index restore_under_way on restore (tenant) where confirmed_at is not null and report is null and failed is null`,
  ],
};
