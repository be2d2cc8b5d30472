import type { MigrationStep } from '@lethe/platform';

/** The life a restore began is named as messaging names it. */
export const restoreIncarnation: MigrationStep = {
  number: 1_796_300_000_020,
  name: 'restore-incarnation',
  statements: ['alter table restore alter column incarnation type text using incarnation::text'],
};
