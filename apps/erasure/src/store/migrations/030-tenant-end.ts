import { tenantTable, type MigrationStep } from '@lethe/platform';

const tables = `
-- the end of a tenant: what was told of it, and what is handed out
create table tenant_end (
  tenant text not null primary key,
  end_id uuid not null,
  -- of the ledger
  entry bigint not null,
  -- legal time
  ordered_at timestamptz not null,
  stopped_at timestamptz not null,
  emptied_at timestamptz not null,
  disposals jsonb not null,
  keys integer,
  rescan integer,
  -- machine time: a key epoch that ended after this has no copy of any key
  keys_dead_by timestamptz,
  body text,
  salt text,
  log_from bigint,
  document text,
  sha256 text,
  final_body text,
  final_salt text,
  final_from bigint,
  -- legal time
  final_at timestamptz
);

-- backups there were when it was stated: each must be gone
create table tenant_end_backup (
  tenant text not null,
  backup uuid not null,
  primary key (tenant, backup)
);
`;

export const tenantEndStep: MigrationStep = {
  number: 1_797_130_000_000,
  name: 'tenant-end',
  statements: [tables, ...['tenant_end', 'tenant_end_backup'].flatMap((table) => tenantTable(table))],
};
