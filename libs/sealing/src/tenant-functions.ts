const forgetTenant = (how: 'create' | 'create or replace'): string => `
${how} function keyring.forget_tenant(p_tenant text, p_entry bigint) returns setof keyring.destruction
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_keys bigint;
begin
  perform pg_advisory_xact_lock(keyring.lock_of(p_tenant));
  if exists (select 1 from keyring.destruction x where x.tenant = p_tenant and x.entry = p_entry and x.scope = 'tenant') then
    return query select * from keyring.destruction x where x.tenant = p_tenant and x.entry = p_entry and x.scope = 'tenant';
    return;
  end if;
  insert into keyring.tenant_end (tenant, at) values (p_tenant, clock_timestamp()) on conflict do nothing;
  with kept as (delete from keyring.kept_key k where k.tenant = p_tenant returning 1),
    matters as (delete from keyring.matter_key k where k.tenant = p_tenant returning 1),
    classes as (delete from keyring.class_key k where k.tenant = p_tenant returning 1),
    subjects as (delete from keyring.subject_key k where k.tenant = p_tenant returning 1),
    days as (update keyring.day_key k set state = 'dead', epoch = null, wrapped = null
      where k.tenant = p_tenant and k.state <> 'dead' returning 1)
  select (select count(*) from kept) + (select count(*) from matters) + (select count(*) from classes)
    + (select count(*) from subjects) + (select count(*) from days) into v_keys;
  delete from keyring.intake_key k where k.tenant = p_tenant;
  delete from keyring.name_tag t where t.tenant = p_tenant;
  delete from keyring.name n where n.tenant = p_tenant;
  return query select * from keyring.destroyed(p_tenant, p_entry, 'tenant', v_keys::integer,
    keyring.evict(p_tenant, 'tenant', array[''], array['']));
end $$;`;

/**
 * The end of a tenant: every key and every name of it dies in one statement, and none is ever made again. What says that a
 * day or a person is dead stays as it is; keys of backups die with their purge. Run after the tables, by their owner.
 */
export const tenantFunctions = `
create table keyring.tenant_end (
  tenant text not null primary key,
  at timestamptz not null
);

alter table keyring.eviction drop constraint eviction_kind_check;
alter table keyring.eviction add constraint eviction_kind_check check (kind in ('subject', 'day', 'epoch', 'tenant'));

${forgetTenant('create')}

create function keyring.not_ended() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if exists (select 1 from keyring.tenant_end e where e.tenant in (select f.tenant from fresh f)) then
    raise exception 'keyring/tenant-ended' using errcode = 'LE003';
  end if;
  return null;
end $$;
create trigger not_ended after insert on keyring.subject_key referencing new table as fresh
  for each statement execute function keyring.not_ended();
create trigger not_ended after insert on keyring.kept_key referencing new table as fresh
  for each statement execute function keyring.not_ended();
create trigger not_ended after insert on keyring.name referencing new table as fresh
  for each statement execute function keyring.not_ended();
`;

/** Where the tables are from before what is sent over the log died with its tenant, too. */
export const tenantForgetsIntake = forgetTenant('create or replace');
