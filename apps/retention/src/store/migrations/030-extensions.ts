import { tenantTable, type MigrationStep } from '@lethe/platform';

/** Longer periods that were agreed, as evidence; collection judges them. */
export const extensionsStep: MigrationStep = {
  number: 1_797_400_000_010,
  name: 'extensions',
  statements: [
    `create table extension (
      tenant text not null, extension uuid not null, scope jsonb not null, subject text not null, ground text not null, clause text not null,
      evidence jsonb not null, until date not null, agreed_at timestamptz not null, agreed_by text not null, parts bigint not null default 0,
      state text not null check (state in ('placing', 'in-force', 'too-late', 'no-consent', 'withdrawn', 'ended')), too_late_for uuid,
      ended_at timestamptz, ended_because text, primary key (tenant, extension)
    )`,
    `create index extension_of_subject on extension (tenant, subject)`,
    ...tenantTable('extension'),
  ],
};
