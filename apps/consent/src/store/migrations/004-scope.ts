import type { MigrationStep } from '@lethe/platform';

/** A consent that the person has narrowed to some fields of its purpose. */
export const scopeStep: MigrationStep = {
  number: 1_795_600_000_300,
  name: 'scope',
  statements: [`alter table consent_history add column fields text[]`],
};
