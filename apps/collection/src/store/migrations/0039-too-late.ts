import type { MigrationStep } from '@lethe/platform';

/** What a hold names and what goes already: by order, or by an entry of the ledger. `late_order` is of holds that were judged before. */
export const tooLate: MigrationStep = {
  number: 1_800_410_000_000,
  name: 'too-late',
  statements: [`alter table hold add column too_late jsonb not null default '[]'`],
};
