import { neverFunction } from './forgetting-functions.ts';
import { keyringFunctions } from './keyring-functions.ts';
import { shredFunctions } from './shred-functions.ts';
import { backupFunctions } from './backup-functions.ts';
import { intakeFunctions } from './intake-functions.ts';

/**
 * `epoch` and `wrapped` go together: a key (or a name) encrypted under the key of that epoch, which is never in this cluster.
 * No column holds personal data in clear; `subject`, `matter` and `part` are references.
 */
const tables = `
create schema keyring;
create schema isolation;

create table keyring.epoch (
  number integer primary key,
  key_name text not null,
  state text not null check (state in ('next', 'current', 'ending', 'ended')),
  started_at timestamptz,
  ended_at timestamptz,
  keys integer
);
create unique index epoch_one_of_a_kind on keyring.epoch (state) where state <> 'ended';

create table keyring.index_key (
  version integer primary key,
  state text not null check (state in ('next', 'current')),
  made_at timestamptz not null default clock_timestamp(),
  epoch integer not null,
  wrapped bytea not null
);
create unique index index_key_one_of_a_kind on keyring.index_key (state);

create table keyring.name (
  tenant text not null,
  ref text not null,
  subject text not null,
  kind text not null,
  epoch integer not null,
  wrapped bytea not null,
  primary key (tenant, ref)
);
create index name_of_subject on keyring.name (tenant, subject);

create table keyring.name_tag (
  tenant text not null,
  version integer not null,
  tag bytea not null,
  ref text not null,
  primary key (tenant, version, tag)
);
create index name_tag_of_ref on keyring.name_tag (tenant, ref);

create table keyring.subject_key (
  tenant text not null,
  subject text not null,
  compartment text not null,
  generation integer not null check (generation > 0),
  epoch integer not null,
  wrapped bytea not null,
  primary key (tenant, subject, compartment, generation)
);

create table keyring.subject_death (
  tenant text not null,
  subject text not null,
  compartment text not null,
  dead_through integer not null,
  primary key (tenant, subject, compartment)
);
comment on table keyring.subject_death is 'no key up to this generation is ever made again; compartment * is the whole subject';

create table keyring.day_key (
  tenant text not null,
  day text not null check (day ~ '^\\d{4}-\\d{2}-\\d{2}$'),
  class text not null,
  state text not null check (state in ('open', 'closing', 'dead')),
  epoch integer,
  wrapped bytea,
  primary key (tenant, day, class),
  check (state <> 'dead' or (wrapped is null and epoch is null))
);

create table keyring.class_key (
  tenant text not null,
  class text not null,
  epoch integer not null,
  wrapped bytea not null,
  primary key (tenant, class)
);

create table keyring.matter_key (
  tenant text not null,
  matter text not null,
  class text not null,
  day text,
  epoch integer not null,
  wrapped bytea not null,
  primary key (tenant, matter, class)
);
create index matter_key_of_day on keyring.matter_key (tenant, day, class);
comment on table keyring.matter_key is 'wrapped under the key of its day, or of its class while it waits; and that under the epoch key';

create table keyring.kept_key (
  tenant text not null,
  hold text not null,
  part text not null,
  subject text not null,
  compartment text not null,
  generation integer not null,
  against text not null check (against in ('everything', 'disposal')),
  epoch integer not null,
  wrapped bytea not null,
  primary key (tenant, hold, part)
);
create index kept_key_of_part on keyring.kept_key (tenant, part);
create index kept_key_of_subject on keyring.kept_key (tenant, subject);

create table keyring.backup_key (
  tenant text not null,
  backup text not null,
  public_key text not null,
  state text not null check (state in ('available', 'isolated', 'destroyed')),
  slot_key text,
  isolated_at timestamptz,
  destroyed_at timestamptz,
  epoch integer,
  wrapped bytea,
  primary key (tenant, backup),
  check ((state = 'available') = (wrapped is not null))
);

create table keyring.intake_key (
  tenant text not null,
  kid text not null,
  public_key text not null,
  epoch integer not null,
  wrapped bytea not null,
  primary key (tenant, kid)
);

create table isolation.backup_key (
  tenant text not null,
  backup text not null,
  slot_key text not null,
  wrapped bytea not null,
  primary key (tenant, backup)
);
create table isolation.approval (
  number bigint generated always as identity primary key,
  tenant text not null,
  backup text not null,
  by text not null,
  reason text not null,
  at timestamptz not null default clock_timestamp()
);

create table keyring.destruction (
  tenant text not null,
  entry bigint not null,
  scope text not null,
  keys integer not null,
  eviction bigint not null,
  destroyed_at timestamptz not null,
  effective_at timestamptz,
  primary key (tenant, entry, scope)
);

create table keyring.eviction (
  number bigint primary key,
  tenant text not null,
  kind text not null check (kind in ('subject', 'day', 'epoch')),
  first text not null,
  second text not null,
  at timestamptz not null
);
create sequence keyring.eviction_number;

create table keyring.holder (
  id text primary key,
  seen_at timestamptz not null,
  evicted_to bigint not null,
  cache_for_ms integer not null check (cache_for_ms between 0 and 60000)
);

create function keyring.only_forward() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if old.state = 'dead' and new.state <> 'dead' or old.state = 'closing' and new.state = 'open' then
    raise exception 'keyring/day-reborn' using errcode = 'LE003';
  end if;
  return new;
end $$;
create trigger only_forward before update on keyring.day_key for each row execute function keyring.only_forward();
${neverFunction('create')}
create trigger never before delete on keyring.day_key for each row execute function keyring.never();
create trigger never before delete on keyring.subject_death for each row execute function keyring.never();
`;

/** All of the keyring's tables and functions, run once by its owner login on a cluster of its own. */
export const keyringTables: string = `${tables}${keyringFunctions}${shredFunctions}${backupFunctions}${intakeFunctions}`;

const REWRAPPED = [
  'index_key',
  'name',
  'subject_key',
  'day_key',
  'class_key',
  'matter_key',
  'kept_key',
  'backup_key',
  'intake_key',
];
const READ = [...REWRAPPED, 'epoch', 'name_tag', 'subject_death', 'destruction', 'holder', 'eviction'];

/**
 * What the two logins may do: `service` the daily work, `quarantine` the opening of isolated backup keys only. Role names, not values.
 * The service login makes and destroys keys through functions; it deletes from no table, and cannot see the isolated keys.
 */
export function keyringGrants(logins: { readonly service: string; readonly quarantine?: string }): string {
  const service = quoted(logins.service);
  const quarantine = logins.quarantine === undefined ? '' : quarantineGrants(quoted(logins.quarantine));
  return `
revoke all on schema keyring, isolation from public;
revoke all on all functions in schema keyring, isolation from public;
grant usage on schema keyring to ${service};
grant select on ${READ.map((table) => `keyring.${table}`).join(', ')} to ${service};
grant update (epoch, wrapped) on ${REWRAPPED.map((table) => `keyring.${table}`).join(', ')} to ${service};
grant insert, update on keyring.epoch to ${service};
grant insert on keyring.name_tag to ${service};
grant update (effective_at) on keyring.destruction to ${service};
grant execute on all functions in schema keyring to ${service};
${quarantine}`;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quarantineGrants = (login: string): string => `grant usage on schema isolation to ${login};
grant execute on function isolation.open_backup_key(text, text, text, text, text, text) to ${login};
`;
