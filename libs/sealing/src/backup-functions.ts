/**
 * An isolated private half is wrapped under a key of its own in the slots, and its row is where only the quarantine login's function
 * reads it, after two different people have been written down.
 */
export const backupFunctions = `
create function keyring.make_backup_key(p_tenant text, p_epoch integer, p_backup text, p_public text, p_wrapped bytea)
returns setof keyring.backup_key
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform keyring.require_epoch(p_epoch);
  insert into keyring.backup_key (tenant, backup, public_key, state, epoch, wrapped)
    values (p_tenant, p_backup, p_public, 'available', p_epoch, p_wrapped) on conflict do nothing;
  return query select * from keyring.backup_key b where b.tenant = p_tenant and b.backup = p_backup;
end $$;

create function keyring.isolate_backup_key(p_tenant text, p_backup text, p_slot_key text, p_wrapped bytea)
returns setof keyring.backup_key
language plpgsql security definer set search_path = pg_catalog as $$
begin
  update keyring.backup_key b
    set state = 'isolated', slot_key = p_slot_key, epoch = null, wrapped = null, isolated_at = clock_timestamp()
    where b.tenant = p_tenant and b.backup = p_backup and b.state = 'available';
  if found then
    insert into isolation.backup_key (tenant, backup, slot_key, wrapped) values (p_tenant, p_backup, p_slot_key, p_wrapped);
  end if;
  return query select * from keyring.backup_key b where b.tenant = p_tenant and b.backup = p_backup;
end $$;

create function keyring.destroy_backup_key(p_tenant text, p_backup text)
returns setof keyring.backup_key
language plpgsql security definer set search_path = pg_catalog as $$
begin
  insert into keyring.backup_key (tenant, backup, public_key, state, destroyed_at)
    values (p_tenant, p_backup, '', 'destroyed', clock_timestamp())
    on conflict (tenant, backup) do update set state = 'destroyed', epoch = null, wrapped = null,
      destroyed_at = coalesce(backup_key.destroyed_at, clock_timestamp());
  delete from isolation.backup_key b where b.tenant = p_tenant and b.backup = p_backup;
  return query select * from keyring.backup_key b where b.tenant = p_tenant and b.backup = p_backup;
end $$;

create function isolation.open_backup_key(p_tenant text, p_backup text, p_by text, p_reason text, p_and_by text, p_and_reason text)
returns table (slot_key text, wrapped bytea)
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if btrim(p_by) = '' or btrim(p_and_by) = '' or p_by is null or p_and_by is null or btrim(p_by) = btrim(p_and_by) then
    raise exception 'keyring/two-approvers' using errcode = 'LE004';
  end if;
  if btrim(coalesce(p_reason, '')) = '' or btrim(coalesce(p_and_reason, '')) = '' then
    raise exception 'keyring/two-reasons' using errcode = 'LE004';
  end if;
  insert into isolation.approval (tenant, backup, by, reason)
    values (p_tenant, p_backup, p_by, p_reason), (p_tenant, p_backup, p_and_by, p_and_reason);
  return query select b.slot_key, b.wrapped from isolation.backup_key b where b.tenant = p_tenant and b.backup = p_backup;
end $$;
`;
