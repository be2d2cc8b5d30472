import { tenantTable, type MigrationStep } from '@lethe/platform';

const tables = `
-- the end of the tenant: who wanted it, and how far it is
create table tenant_end (
  tenant text not null,
  end_id uuid not null,
  reason text not null,
  proposed_by text not null,
  -- machine time
  proposed_at timestamptz not null,
  confirmed_by text check (confirmed_by <> proposed_by),
  confirmed_at timestamptz,
  -- legal time
  ordered_at timestamptz,
  stopped_at timestamptz,
  emptied_at timestamptz,
  reached_at timestamptz,
  shredded_at timestamptz,
  final_at timestamptz,
  primary key (tenant, end_id)
);
create unique index tenant_end_in_force on tenant_end (tenant) where confirmed_at is not null;
`;

export const tenantEndStep: MigrationStep = {
  number: 1_797_110_000_000,
  name: 'tenant-end',
  statements: [tables, ...tenantTable('tenant_end')],
};
