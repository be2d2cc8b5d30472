import type { MigrationStep } from '@lethe/platform';

/** Of which classes the parts in a backup are; null where that is not told. */
export const classesOfBackupsStep: MigrationStep = {
  number: 1_800_230_000_003,
  name: 'classes-of-backups',
  statements: ['alter table backup_part add column classes text[]'],
};
