export const neverFunction = (how: 'create' | 'create or replace'): string => `
${how} function keyring.never() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception 'keyring/tombstone' using errcode = 'LE003';
end $$;`;

/**
 * What the platform calls a matter goes when nobody can ask for it any more; what says that somebody is dead never does. Run after the
 * tables, by their owner. Tags go after the name: one that is made anew meanwhile waits for the name's lock, or finds it gone.
 */
export const forgettingFunctions = `
create function keyring.forget_matters(p_tenant text, p_matter text[]) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_gone integer;
begin
  with gone as (
    delete from keyring.name n where n.tenant = p_tenant and n.ref = any (p_matter) and n.kind like 'matter.%' returning 1)
  select count(*) into v_gone from gone;
  delete from keyring.name_tag t where t.tenant = p_tenant and t.ref = any (p_matter)
    and not exists (select 1 from keyring.name n where n.tenant = p_tenant and n.ref = t.ref);
  return v_gone;
end $$;

drop function if exists keyring.drop_tombstone(text, text);
${neverFunction('create or replace')}
`;
