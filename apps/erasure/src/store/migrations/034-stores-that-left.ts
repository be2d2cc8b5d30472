import type { MigrationStep } from '@lethe/platform';

/** Stores of the platform that take part no more, and what was closed that they had not answered. Legal time. */
const closed = `
  add column closed_at timestamptz,
  -- token subject, issuer and all
  add column closed_by text`;

export const storesThatLeftStep: MigrationStep = {
  number: 1_799_500_000_000,
  name: 'stores-that-left',
  statements: [
    `alter table participant add column left_because text, add column left_by text, add column left_at timestamptz,${closed}`,
    `alter table request_participant${closed}, add column closed_because text`,
    `alter table withdrawal_participant${closed}, add column closed_because text`,
  ],
};
