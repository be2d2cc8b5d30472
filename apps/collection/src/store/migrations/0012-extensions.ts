import { tenantTable, type MigrationStep } from '@lethe/platform';

/** Periods that were extended for a record or a matter, as collection has judged them. */
export const extensions: MigrationStep = {
  number: 1_797_400_000_001,
  name: 'extensions',
  statements: [
    `create table extension (
      tenant text not null, extension uuid not null, subject text not null, record uuid, matter text, purpose text, goes_on date not null,
      state text not null, late_order uuid, parts integer not null, at timestamptz not null, ended_at timestamptz,
      primary key (tenant, extension)
    )`,
    `create index extension_in_force on extension (tenant, subject) where state = 'in-force'`,
    `create index extension_over on extension (tenant, goes_on) where state = 'in-force'`,
    ...tenantTable('extension'),
  ],
};
