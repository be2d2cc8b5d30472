import type { MigrationStep } from '@lethe/platform';

/** Of an erased person nothing is kept any longer, and the keys of all that is left die: written first, so that a hold is not recorded on it. */
export const going: MigrationStep = {
  number: 1_800_300_000_000,
  name: 'going',
  statements: [
    'alter table subject_state add column going boolean not null default false',
    'create index subject_going on subject_state (tenant) where going',
  ],
};
