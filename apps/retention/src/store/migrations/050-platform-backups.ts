import type { MigrationStep } from '@lethe/platform';

/** Backups the platform's stores took and registered stand in the one catalogue. */
export const platformBackupsStep: MigrationStep = {
  number: 1_799_300_000_001,
  name: 'platform-backups',
  statements: [
    `alter table backup
       -- the store that answers for it; null: Lethe's own
       add column holder text,
       add column classes text[] not null default '{}',
       -- legal time; it covers until taken_at
       add column covers_from timestamptz,
       -- machine time of the last order to its holder
       add column told_at timestamptz`,
    // the last destruction by the tenant's own clock
    'alter table tenant_guard add column destroyed_legal_at timestamptz',
  ],
};
