import { tenantTable, type MigrationStep } from '@lethe/platform';

/** Retention's tables: counts, dates and references; never what a part holds. */
const tables = `
-- how many parts of a class are due on a day; counts may pass through negative numbers, since slots are heard apart
create table day_tally (
  tenant text not null,
  class text not null,
  day date not null,
  custody text not null check (custody in ('lethe', 'platform')),
  method text check (method in ('delete', 'anonymize')),
  floor date,
  parts bigint not null,
  primary key (tenant, class, day, custody)
);
create index day_tally_due on day_tally (tenant, day);

create table waiting_tally (
  tenant text not null,
  class text not null,
  matter text not null,
  custody text not null check (custody in ('lethe', 'platform')),
  method text check (method in ('delete', 'anonymize')),
  limit_on date,
  parts bigint not null,
  primary key (tenant, class, matter, custody)
);

create table disposal_order (
  tenant text not null,
  order_id uuid not null,
  class text not null,
  day date not null,
  method text not null,
  custody text[] not null,
  expected bigint not null,
  -- machine time of the order; legal time stands in the event
  ordered_at timestamptz not null,
  effective_at timestamptz,
  found bigint,
  held bigint,
  restricted bigint,
  swept_at timestamptz,
  deleted bigint,
  platform_acked_at timestamptz,
  platform_found bigint,
  platform_deleted bigint,
  escalated_at timestamptz,
  -- machine time at which everyone it was addressed to had carried it out
  closed_at timestamptz,
  primary key (tenant, order_id)
);
-- never a day twice while an order for it is in force, however many sweeps run
create unique index disposal_order_in_force on disposal_order (tenant, class, day) where closed_at is null;
create index disposal_order_day on disposal_order (tenant, class, day, ordered_at);

create table hold (
  tenant text not null,
  hold uuid not null,
  scope jsonb not null,
  kind text not null check (kind in ('subject', 'record', 'matter', 'tenant')),
  -- the person, where the scope names one
  subject text,
  reason text not null,
  authority text not null,
  placed_by text not null,
  placed_at timestamptz not null,
  review_on date not null,
  state text not null check (state in ('placing', 'in-force', 'too-late', 'released')),
  parts bigint not null default 0,
  too_late_for uuid,
  released_by text check (released_by <> placed_by),
  released_at timestamptz,
  lifted_at timestamptz,
  primary key (tenant, hold)
);

create table matter (
  tenant text not null,
  matter text not null,
  subject text not null,
  version integer not null,
  primary key (tenant, matter)
);
create index matter_of_subject on matter (tenant, subject);

create table matter_anchor (
  tenant text not null,
  matter text not null,
  version integer not null check (version > 0),
  anchor text not null,
  at timestamptz not null,
  stated_at timestamptz not null,
  primary key (tenant, matter, version),
  foreign key (tenant, matter) references matter (tenant, matter) on delete cascade
);

create table person (
  tenant text not null,
  subject text not null,
  frozen_by uuid,
  freeze_number bigint,
  erased_at timestamptz,
  primary key (tenant, subject)
);

create table backup (
  tenant text not null,
  backup uuid not null,
  state text not null check (state in ('taking', 'available', 'isolated', 'purging', 'purged')),
  -- legal time
  taken_at timestamptz not null,
  purge_on date not null,
  isolated_at timestamptz,
  purged_at timestamptz,
  -- machine time
  ordered_at timestamptz not null,
  isolated_because text,
  moved_at timestamptz,
  key_isolated_at timestamptz,
  files_gone_at timestamptz,
  failures integer not null default 0,
  primary key (tenant, backup)
);

create table backup_part (
  tenant text not null,
  backup uuid not null,
  service text not null,
  tables integer not null,
  rows bigint not null,
  bytes bigint not null,
  sha256 text not null,
  snapshot_at timestamptz not null,
  primary key (tenant, backup, service),
  foreign key (tenant, backup) references backup (tenant, backup)
);

create table restore (
  tenant text not null,
  restore uuid not null,
  backup uuid not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  confirmed_by text check (confirmed_by <> proposed_by),
  confirmed_at timestamptz,
  incarnation uuid,
  primary key (tenant, restore),
  foreign key (tenant, backup) references backup (tenant, backup)
);

-- one row a tenant: what a sweep and a hold on the whole tenant take turns on, and the last destruction (machine time)
create table tenant_guard (
  tenant text not null primary key,
  destroyed_at timestamptz,
  destroyed_because text
);
`;

const TENANT_TABLES = [
  'day_tally',
  'waiting_tally',
  'disposal_order',
  'hold',
  'matter',
  'matter_anchor',
  'person',
  'backup',
  'backup_part',
  'restore',
  'tenant_guard',
];

export const retentionStep: MigrationStep = {
  number: 1_795_300_000_001,
  name: 'retention',
  statements: [tables, ...TENANT_TABLES.flatMap((table) => tenantTable(table))],
};
