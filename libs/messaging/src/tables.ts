/**
 * What a service's first migration creates for messaging, in its own schema, without row-level security: the relay and the
 * consumer serve all tenants, and hold references only.
 */
export const messagingTables = `
create table incarnation (
  one boolean primary key default true check (one),
  incarnation text not null,
  since timestamptz not null default clock_timestamp()
);
insert into incarnation (incarnation)
  values (to_char(clock_timestamp() at time zone 'utc', 'YYYYMMDD"T"HH24MISSUS') || '-' || left(gen_random_uuid()::text, 8));

create table outbox (
  id bigint generated always as identity primary key,
  event_id uuid not null unique,
  tenant text not null,
  topic text not null,
  slot int not null,
  value text not null,
  announced_at timestamptz not null,
  incarnation text,
  number bigint,
  numbered_at timestamptz
);
create index outbox_waiting on outbox (id) where number is null;
create unique index outbox_numbered on outbox (topic, slot, incarnation, number) where number is not null;

create table slot_head (
  topic text not null,
  slot int not null,
  incarnation text not null,
  number bigint not null,
  appended bigint not null default 0,
  primary key (topic, slot, incarnation)
);

create table position (
  consumer text not null,
  topic text not null,
  slot int not null,
  incarnation text not null,
  number bigint not null,
  last_id text not null,
  next_offset bigint,
  produced bigint not null default 0,
  applied bigint not null default 0,
  duplicate bigint not null default 0,
  refused bigint not null default 0,
  dropped bigint not null default 0,
  parked bigint not null default 0,
  passed_over bigint not null default 0,
  restated_through bigint,
  former text[] not null default '{}',
  stopped text,
  stopped_at timestamptz,
  primary key (consumer, topic, slot)
);

create table heard (
  consumer text not null,
  topic text not null,
  slot int not null,
  incarnation text not null,
  first bigint not null,
  last bigint not null,
  ids text[] not null,
  at timestamptz not null,
  primary key (consumer, topic, slot, incarnation, first)
);

create table parked (
  consumer text not null,
  topic text not null,
  slot int not null,
  incarnation text not null,
  number bigint not null,
  tenant text not null,
  subject text,
  type text not null,
  value text not null,
  code text not null,
  attempts int not null,
  parked_at timestamptz not null,
  retry_at timestamptz,
  primary key (consumer, topic, slot, incarnation, number)
);
create index parked_subject on parked (consumer, tenant, subject);

create table refused_message (
  id bigint generated always as identity primary key,
  consumer text not null,
  topic text not null,
  slot int not null,
  incarnation text not null,
  number bigint not null,
  "offset" bigint,
  code text not null,
  sha256 text not null,
  bytes int not null,
  decided_by text[],
  at timestamptz not null
);
create index refused_message_number on refused_message (consumer, topic, slot, incarnation, number);
`;

/** Newest first; a service drops what is not its business from its backups by these names. */
export const messagingTableNames = [
  'incarnation',
  'outbox',
  'slot_head',
  'position',
  'heard',
  'parked',
  'refused_message',
] as const;
