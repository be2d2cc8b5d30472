import type { MigrationStep } from '@lethe/platform';

/** When the last part came of a backup that had been given up, while its file may lie there. */
export const latePartsStep: MigrationStep = {
  number: 1_800_230_000_002,
  name: 'late-parts',
  statements: [
    'alter table backup add column late_at timestamptz',
    'create index backup_late on backup (tenant) where late_at is not null',
  ],
};
