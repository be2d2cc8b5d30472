/** A destroyed key leaves no row; its name is an hour that has passed, so it is not asked for again. */
export const intakeFunctions = `
create function keyring.make_intake_key(p_tenant text, p_epoch integer, p_kid text, p_public text, p_wrapped bytea)
returns setof keyring.intake_key
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform keyring.require_epoch(p_epoch);
  insert into keyring.intake_key (tenant, kid, public_key, epoch, wrapped)
    values (p_tenant, p_kid, p_public, p_epoch, p_wrapped) on conflict do nothing;
  return query select * from keyring.intake_key k where k.tenant = p_tenant and k.kid = p_kid;
end $$;

create function keyring.destroy_intake_key(p_tenant text, p_kid text)
returns boolean
language plpgsql security definer set search_path = pg_catalog as $$
begin
  delete from keyring.intake_key k where k.tenant = p_tenant and k.kid = p_kid;
  return found;
end $$;
`;
