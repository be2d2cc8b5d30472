import type { MigrationStep } from '@lethe/platform';

/** What consent says beside yes and no. */
export const consentSaid: MigrationStep = {
  number: 1_795_600_000_100,
  name: 'consent-said',
  statements: [
    `alter table consent_state
       -- it followed from using the service; nobody said it
       add column implied boolean not null default false,
       -- where one of several is chosen: the level of trackers
       add column choice text`,
  ],
};
