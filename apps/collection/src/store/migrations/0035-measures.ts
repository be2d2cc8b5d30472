import type { MigrationStep } from '@lethe/platform';

/** What a cohort's cells sum, by the name of the measure. Of a withheld sum nothing but that is ever written. */
export const measures: MigrationStep = {
  number: 1_800_100_000_001,
  name: 'measures',
  statements: [`alter table cell add column measures jsonb not null default '{}'`],
};
