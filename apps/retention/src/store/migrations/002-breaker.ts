import { tenantTable, type MigrationStep } from '@lethe/platform';

/** What the breaker judges by, who let what pass, and who stopped all disposal. Counts and dates only. */
const tables = `
alter table tenant_guard
  -- the day of the machine's clock, in the tenant's zone, on which a sweep last went through
  add column swept_on date,
  add column stopped_because text check (stopped_because in ('out-of-proportion', 'days-skipped')),
  -- machine time
  add column stopped_at timestamptz,
  add column first_counted_at timestamptz,
  -- how far the tenant's clock was moved when its first parts were counted
  add column first_offset_ms bigint;

-- how many parts were dated, and on which of the next days, when a sweep went through
create table sweep_outlook (
  tenant text not null,
  -- machine time
  taken_at timestamptz not null,
  offset_ms bigint not null,
  dated bigint not null,
  by_day jsonb not null,
  primary key (tenant, taken_at)
);

create table breaker_pass (
  tenant text not null,
  pass uuid not null,
  because text not null,
  parts bigint not null,
  through date not null,
  reason text not null,
  proposed_by text not null,
  -- machine time
  proposed_at timestamptz not null,
  confirmed_by text check (confirmed_by <> proposed_by),
  confirmed_at timestamptz,
  spent_at timestamptz,
  primary key (tenant, pass)
);
create unique index breaker_pass_in_force on breaker_pass (tenant) where confirmed_at is not null and spent_at is null;

create table disposal_stop (
  tenant text not null,
  stop uuid not null,
  reason text not null,
  stopped_by text not null,
  -- machine time
  stopped_at timestamptz not null,
  lifted_by text check (lifted_by <> stopped_by),
  lifted_at timestamptz,
  primary key (tenant, stop)
);
create unique index disposal_stop_in_force on disposal_stop (tenant) where lifted_at is null;

alter table disposal_order add column pass uuid;
create index disposal_order_at on disposal_order (tenant, ordered_at);
`;

export const breakerStep: MigrationStep = {
  number: 1_796_100_000_000,
  name: 'breaker',
  statements: [tables, ...['sweep_outlook', 'breaker_pass', 'disposal_stop'].flatMap((table) => tenantTable(table))],
};
