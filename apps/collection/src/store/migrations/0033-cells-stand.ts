import type { MigrationStep } from '@lethe/platform';

/** What a cohort was folded into stands as it was written, and a cohort may have as many cells as it needs. */
export const cellsStand: MigrationStep = {
  number: 1_800_000_000_001,
  name: 'cells_stand',
  statements: ['alter table cell alter column cell type integer', 'revoke update, delete on cell from lethe_service'],
};
