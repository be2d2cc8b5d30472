/**
 * The matters of a forgotten subject. Of somebody of whom nothing is left the names of all go, and the keys but for those that are
 * named: somebody else's parts are sealed under them. Of somebody of whom something is kept those that are named stay whole. Whose own
 * name still leads to them has not been forgotten.
 */
const sweepSubject = `create function keyring.sweep_subject(p_tenant text, p_subject text, p_keep text[], p_limit integer) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_whole boolean := keyring.dead_through(p_tenant, p_subject, '*') > 0;
  v_refs text[];
begin
  if not v_whole and exists (select 1 from keyring.name n where n.tenant = p_tenant and n.ref = p_subject) then return 0; end if;
  v_refs := array(select n.ref from keyring.name n where n.tenant = p_tenant and n.subject = p_subject
    and (v_whole or not n.ref = any (p_keep)) limit p_limit for update);
  delete from keyring.matter_key k where k.tenant = p_tenant and k.matter = any (v_refs) and not k.matter = any (p_keep);
  delete from keyring.name n where n.tenant = p_tenant and n.ref = any (v_refs);
  delete from keyring.name_tag t where t.tenant = p_tenant and t.ref = any (v_refs);
  return cardinality(v_refs);
end $$;`;

/** A step of its own, for keyrings that were made when every key of those matters went, or no name of whom something is kept. */
export const sweepKeepsMatters = `drop function if exists keyring.sweep_subject(text, text, integer);
drop function if exists keyring.sweep_subject(text, text, text[], integer);
${sweepSubject}`;

/**
 * How keys die. The tenant's lock is taken exclusively, so that no key is being made meanwhile; the moment of death is read after the
 * delete, so that an epoch that begins later cannot have taken the key along; the eviction's number is taken under a lock of its own
 * until commit, so that whoever has seen a number has seen all before it.
 */
export const shredFunctions = `
create function keyring.evict(p_tenant text, p_kind text, p_first text[], p_second text[]) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_last bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('lethe/keyring eviction', 0));
  insert into keyring.eviction (number, tenant, kind, first, second, at)
    select nextval('keyring.eviction_number'), p_tenant, p_kind, w.first, w.second, clock_timestamp()
    from unnest(p_first, p_second) as w (first, second);
  perform pg_notify('lethe_eviction', '');
  select coalesce(max(e.number), 0) into v_last from keyring.eviction e;
  return v_last;
end $$;

-- One poll of a holder: what it has evicted, that it lives, and what there is to evict. A holder that was forgotten starts anew.
create function keyring.poll(p_holder text, p_evicted_to bigint, p_cache_for integer)
returns table (number bigint, tenant text, kind text, first text, second text, last bigint)
language plpgsql security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
  insert into keyring.holder (id, seen_at, evicted_to, cache_for_ms)
    select p_holder, clock_timestamp(), p_evicted_to, p_cache_for
    on conflict (id) do update set seen_at = excluded.seen_at, evicted_to = greatest(holder.evicted_to, excluded.evicted_to);
  return query
    select e.number, e.tenant, e.kind, e.first, e.second, m.last
    from (select coalesce(max(x.number), 0) as last from keyring.eviction x) m
    left join keyring.eviction e on e.number > p_evicted_to
    order by e.number;
end $$;

create function keyring.sign_off(p_holder text) returns void
language sql security definer set search_path = pg_catalog as $$ delete from keyring.holder where id = p_holder $$;

-- Evictions everyone has had the time to see, and holders long silent. The newest stays: numbers are counted from it.
create function keyring.tidy() returns void
language sql security definer set search_path = pg_catalog as $$
  delete from keyring.holder where seen_at < clock_timestamp() - interval '10 minutes';
  delete from keyring.eviction where at < clock_timestamp() - interval '10 minutes'
    and number < (select max(x.number) from keyring.eviction x);
$$;

create function keyring.destroyed(p_tenant text, p_entry bigint, p_scope text, p_keys integer, p_eviction bigint)
returns setof keyring.destruction
language sql security definer set search_path = pg_catalog as $$
  insert into keyring.destruction (tenant, entry, scope, keys, eviction, destroyed_at)
  values (p_tenant, p_entry, p_scope, p_keys, p_eviction, clock_timestamp()) returning *
$$;

create function keyring.destroy_subject_keys(p_tenant text, p_subject text, p_compartment text[], p_through integer, p_entry bigint,
  p_scope text, p_forget boolean)
returns setof keyring.destruction
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_compartment text[];
  v_keys integer;
begin
  perform pg_advisory_xact_lock(keyring.lock_of(p_tenant));
  if exists (select 1 from keyring.destruction x where x.tenant = p_tenant and x.entry = p_entry and x.scope = p_scope) then
    return query select * from keyring.destruction x where x.tenant = p_tenant and x.entry = p_entry and x.scope = p_scope;
    return;
  end if;
  insert into keyring.subject_death (tenant, subject, compartment, dead_through)
    select p_tenant, p_subject, c, p_through from unnest(p_compartment) c order by c
    on conflict (tenant, subject, compartment)
    do update set dead_through = greatest(subject_death.dead_through, excluded.dead_through);
  with gone as (
    delete from keyring.subject_key k where k.tenant = p_tenant and k.subject = p_subject
      and (p_forget or k.compartment = any (p_compartment)) and k.generation <= p_through
    returning k.compartment
  ) select count(*), array_agg(distinct gone.compartment) into v_keys, v_compartment from gone;
  delete from keyring.kept_key k where k.tenant = p_tenant and k.subject = p_subject and k.against = 'disposal'
    and (p_forget or k.compartment = any (p_compartment)) and k.generation <= p_through;
  if p_forget then
    delete from keyring.name n where n.tenant = p_tenant and n.ref = p_subject;
    delete from keyring.name_tag t where t.tenant = p_tenant and t.ref = p_subject;
  end if;
  return query select * from keyring.destroyed(p_tenant, p_entry, p_scope, v_keys,
    keyring.evict(p_tenant, 'subject', array_fill(p_subject, array[coalesce(cardinality(v_compartment), 0)]), v_compartment));
end $$;

-- The platform's own id leads to the ref no more; what it leads to lives on.
create function keyring.forget_name(p_tenant text, p_subject text) returns boolean
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_known boolean;
begin
  delete from keyring.name n where n.tenant = p_tenant and n.ref = p_subject;
  v_known := found;
  delete from keyring.name_tag t where t.tenant = p_tenant and t.ref = p_subject;
  return v_known;
end $$;

${sweepSubject}

create function keyring.close_day(p_tenant text, p_day text, p_class text) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_before text;
begin
  perform pg_advisory_xact_lock(keyring.lock_of(p_tenant));
  select k.state into v_before from keyring.day_key k where k.tenant = p_tenant and k.day = p_day and k.class = p_class for update;
  insert into keyring.day_key (tenant, day, class, state) values (p_tenant, p_day, p_class, 'closing')
    on conflict (tenant, day, class) do update set state = 'closing' where day_key.state = 'open';
  return coalesce(v_before, 'open');
end $$;

create function keyring.destroy_day(p_tenant text, p_day text, p_class text, p_entry bigint, p_scope text)
returns setof keyring.destruction
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_keys integer;
begin
  perform pg_advisory_xact_lock(keyring.lock_of(p_tenant));
  if exists (select 1 from keyring.destruction x where x.tenant = p_tenant and x.entry = p_entry and x.scope = p_scope) then
    return query select * from keyring.destruction x where x.tenant = p_tenant and x.entry = p_entry and x.scope = p_scope;
    return;
  end if;
  select count(*) into v_keys from keyring.day_key k
    where k.tenant = p_tenant and k.day = p_day and k.class = p_class and k.wrapped is not null;
  insert into keyring.day_key (tenant, day, class, state) values (p_tenant, p_day, p_class, 'dead')
    on conflict (tenant, day, class) do update set state = 'dead', epoch = null, wrapped = null;
  return query select * from keyring.destroyed(p_tenant, p_entry, p_scope, v_keys,
    keyring.evict(p_tenant, 'day', array[p_day], array[p_class]));
end $$;

create function keyring.sweep_day(p_tenant text, p_day text, p_class text, p_limit integer) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_deleted integer;
begin
  with gone as (
    delete from keyring.matter_key k where k.ctid = any (array(
      select o.ctid from keyring.matter_key o
      join keyring.day_key d on d.tenant = o.tenant and d.day = o.day and d.class = o.class and d.state = 'dead'
      where o.tenant = p_tenant and o.day = p_day and o.class = p_class limit p_limit for update of o))
    returning 1)
  select count(*) into v_deleted from gone;
  return v_deleted;
end $$;

-- Gives a matter another day. What the caller unwrapped must still be what is there, and the day must take it.
create function keyring.date_matter(p_tenant text, p_epoch integer, p_matter text, p_class text, p_day text, p_candidate bytea,
  p_was bytea, p_wrapped bytea)
returns table (outcome text, day_epoch integer, day_wrapped bytea, matter_epoch integer, matter_wrapped bytea, matter_day text,
  by_epoch integer, by_wrapped bytea)
language plpgsql security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
  v_outcome text := 'read';
begin
  perform keyring.require_epoch(p_epoch);
  perform pg_advisory_xact_lock_shared(keyring.lock_of(p_tenant));
  if p_candidate is not null and exists (
    select 1 from keyring.matter_key k where k.tenant = p_tenant and k.matter = p_matter and k.class = p_class) then
    insert into keyring.day_key (tenant, day, class, state, epoch, wrapped)
      values (p_tenant, p_day, p_class, 'open', p_epoch, p_candidate) on conflict do nothing;
  end if;
  if p_wrapped is not null then
    perform 1 from keyring.day_key d where d.tenant = p_tenant and d.day = p_day and d.class = p_class and d.state = 'open' for share;
    if found then
      update keyring.matter_key k set day = p_day, epoch = p_epoch, wrapped = p_wrapped
        where k.tenant = p_tenant and k.matter = p_matter and k.class = p_class and k.wrapped = p_was
          and not exists (select 1 from keyring.day_key o
            where o.tenant = p_tenant and o.day = k.day and o.class = k.class and o.state <> 'open');
      if found then v_outcome := 'dated'; end if;
    end if;
  end if;
  return query
    select case when k.matter is null then 'unknown' when v_outcome = 'dated' then v_outcome
        when old.state = 'dead' or d.state = 'dead' then 'dead'
        when old.state = 'closing' or d.state = 'closing' then 'closing' else v_outcome end,
      d.epoch, d.wrapped, k.epoch, k.wrapped, k.day, coalesce(old.epoch, c.epoch), coalesce(old.wrapped, c.wrapped)
    from (select 1) one
    left join keyring.matter_key k on k.tenant = p_tenant and k.matter = p_matter and k.class = p_class
    left join keyring.day_key d on d.tenant = p_tenant and d.day = p_day and d.class = p_class
    left join keyring.day_key old on old.tenant = p_tenant and old.day = k.day and old.class = k.class
    left join keyring.class_key c on k.day is null and c.tenant = p_tenant and c.class = k.class;
end $$;

-- A key may be set aside while its part still opens: both its keys live, or another hold has kept it.
create function keyring.keep(p_tenant text, p_epoch integer, p_hold text, p_against text, p_part text[], p_subject text[],
  p_compartment text[], p_generation integer[], p_time text[], p_class text[], p_wrapped bytea[]) returns text[]
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform keyring.require_epoch(p_epoch);
  perform pg_advisory_xact_lock_shared(keyring.lock_of(p_tenant));
  insert into keyring.kept_key (tenant, hold, part, subject, compartment, generation, against, epoch, wrapped)
    select p_tenant, p_hold, w.part, w.subject, w.compartment, w.generation, p_against, p_epoch, w.wrapped
    from (
      select u.*, u.generation > keyring.dead_through(p_tenant, u.subject, u.compartment) as lives,
        exists (select 1 from keyring.kept_key k where k.tenant = p_tenant and k.part = u.part) as kept,
        case left(u.time, 1)
          when 'd' then exists (select 1 from keyring.day_key d
            where d.tenant = p_tenant and d.day = substr(u.time, 3) and d.class = u.class and d.state <> 'dead')
          else exists (select 1 from keyring.matter_key m
            left join keyring.day_key d on d.tenant = m.tenant and d.day = m.day and d.class = m.class
            where m.tenant = p_tenant and m.matter = substr(u.time, 3) and m.class = u.class and d.state is distinct from 'dead')
        end as dated
      from unnest(p_part, p_subject, p_compartment, p_generation, p_time, p_class, p_wrapped)
        as u (part, subject, compartment, generation, time, class, wrapped)
    ) w
    where (w.lives and w.dated) or (w.kept and (p_against = 'everything' or w.lives))
    order by w.part
    on conflict (tenant, hold, part) do update set against = 'everything' where excluded.against = 'everything';
  return array(select k.part from keyring.kept_key k where k.tenant = p_tenant and k.hold = p_hold and k.part = any (p_part));
end $$;

create function keyring.release(p_tenant text, p_hold text, p_part text[]) returns table (keys integer, at timestamptz)
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_keys integer;
begin
  with gone as (
    delete from keyring.kept_key k where k.tenant = p_tenant and k.hold = p_hold and (p_part is null or k.part = any (p_part))
    returning 1)
  select count(*) into v_keys from gone;
  return query select v_keys, clock_timestamp();
end $$;
`;
