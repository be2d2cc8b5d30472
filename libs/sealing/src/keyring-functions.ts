/**
 * Candidates are joined by their place, never subscripted: a subscript walks an array of bytes from its start, so that a batch would
 * cost the square of its keys. Also a step of its own, for keyrings that were made before it was so.
 */
export const resolveFunction = `
create or replace function keyring.resolve(
  p_tenant text, p_epoch integer,
  s_subject text[], s_compartment text[], s_generation integer[], s_candidate bytea[],
  d_day text[], d_class text[], d_candidate bytea[],
  m_matter text[], m_class text[], m_candidate bytea[])
returns table (kind text, ordinal integer, verdict text, generation integer, epoch integer, wrapped bytea,
  day text, by_epoch integer, by_wrapped bytea)
language plpgsql security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
  if p_epoch > 0 then
    perform keyring.require_epoch(p_epoch);
    perform pg_advisory_xact_lock_shared(keyring.lock_of(p_tenant));
    insert into keyring.subject_key (tenant, subject, compartment, generation, epoch, wrapped)
      select p_tenant, g.subject, g.compartment, g.generation, p_epoch, w.candidate
      from keyring.subject_generations(p_tenant, s_subject, s_compartment, s_generation) g
      join unnest(s_candidate) with ordinality as w (candidate, ordinal) on w.ordinal = g.ordinal
      where w.candidate is not null and g.generation > g.through
      order by 2, 3, 4
      on conflict do nothing;
    insert into keyring.day_key (tenant, day, class, state, epoch, wrapped)
      select p_tenant, w.day, w.class, 'open', p_epoch, w.candidate
      from unnest(d_day, d_class, d_candidate) as w (day, class, candidate)
      where w.candidate is not null
      order by 2, 3
      on conflict do nothing;
    insert into keyring.matter_key (tenant, matter, class, epoch, wrapped)
      select p_tenant, w.matter, w.class, p_epoch, w.candidate
      from unnest(m_matter, m_class, m_candidate) as w (matter, class, candidate)
      where w.candidate is not null
      order by 2, 3
      on conflict do nothing;
  end if;
  return query
    select 's', g.ordinal,
      case when g.generation <= g.through then 'dead' when k.wrapped is null then 'unknown' else 'open' end,
      g.generation, k.epoch, k.wrapped, null::text, null::integer, null::bytea
    from keyring.subject_generations(p_tenant, s_subject, s_compartment, s_generation) g
    left join lateral (
      select x.epoch, x.wrapped from keyring.subject_key x where x.tenant = p_tenant and x.subject = g.subject
        and x.compartment = g.compartment and x.generation = g.generation and g.generation > g.through offset 0
    ) k on true;
  return query
    select 'd', w.ordinal::integer, coalesce(k.state, 'unknown'), null::integer, k.epoch, k.wrapped, null::text, null::integer, null::bytea
    from unnest(d_day, d_class) with ordinality as w (day, class, ordinal)
    left join lateral (
      select x.* from keyring.day_key x where x.tenant = p_tenant and x.day = w.day and x.class = w.class offset 0
    ) k on true;
  return query
    select 'm', w.ordinal::integer,
      case when k.wrapped is null then 'unknown' when k.day is null then 'open' else coalesce(d.state, 'unknown') end,
      null::integer, k.epoch, k.wrapped, k.day, coalesce(d.epoch, c.epoch), coalesce(d.wrapped, c.wrapped)
    from unnest(m_matter, m_class) with ordinality as w (matter, class, ordinal)
    left join lateral (
      select x.* from keyring.matter_key x where x.tenant = p_tenant and x.matter = w.matter and x.class = w.class offset 0
    ) k on true
    left join lateral (
      select x.* from keyring.day_key x where x.tenant = p_tenant and x.day = k.day and x.class = k.class offset 0
    ) d on true
    left join lateral (
      select x.* from keyring.class_key x where k.day is null and x.tenant = p_tenant and x.class = k.class offset 0
    ) c on true;
end $$;`;

/**
 * How keys and names are made. Each function is one round trip and its own guard: it runs as the owner, takes its locks before it
 * looks (a statement inside plpgsql sees what committed while it waited), and refuses what was wrapped under an epoch that has
 * ended meanwhile. Look-ups are `lateral … offset 0`: one index probe each, whatever the planner believes about a table that was
 * empty when the plan was made. `LE001`: the epoch moved; `LE002`: the index key moved. The caller reads again and repeats.
 */
export const keyringFunctions = `
-- Shared by whoever writes under the current epoch, exclusive for whoever ends it; a queue, so that neither starves the other.
create function keyring.epoch_lock() returns bigint
language sql immutable set search_path = pg_catalog as $$ select hashtextextended('lethe/keyring epoch', 0) $$;

create function keyring.require_epoch(p_epoch integer) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform pg_advisory_xact_lock_shared(keyring.epoch_lock());
  perform 1 from keyring.epoch e where e.state = 'current' and e.number = p_epoch;
  if not found then raise exception 'keyring/epoch-moved' using errcode = 'LE001'; end if;
end $$;

create function keyring.lock_of(p_tenant text) returns bigint
language sql immutable set search_path = pg_catalog as $$ select hashtextextended('lethe/keyring/' || p_tenant, 0) $$;

create function keyring.dead_through(p_tenant text, p_subject text, p_compartment text) returns integer
language sql stable set search_path = pg_catalog as $$
  select coalesce(max(d.dead_through), 0) from keyring.subject_death d
  where d.tenant = p_tenant and d.subject = p_subject and d.compartment in (p_compartment, '*')
$$;

create function keyring.subject_generations(p_tenant text, s_subject text[], s_compartment text[], s_generation integer[])
returns table (ordinal integer, subject text, compartment text, generation integer, through integer)
language sql stable set search_path = pg_catalog as $$
  select w.ordinal::integer, w.subject, w.compartment,
    case when w.generation > 0 then w.generation
      else coalesce(alive.generation, case when d.through < 2147483647 then d.through + 1 else d.through end) end,
    d.through
  from unnest(s_subject, s_compartment, s_generation) with ordinality as w (subject, compartment, generation, ordinal)
  cross join lateral (
    select coalesce(max(x.dead_through), 0) as through from keyring.subject_death x
    where x.tenant = p_tenant and x.subject = w.subject and x.compartment in (w.compartment, '*')
  ) d
  left join lateral (
    select max(k.generation) as generation from keyring.subject_key k
    where w.generation = 0 and k.tenant = p_tenant and k.subject = w.subject and k.compartment = w.compartment
      and k.generation > d.through
  ) alive on true
$$;

-- Makes what is missing (where a candidate is offered) and says how every key stands.
${resolveFunction}

create function keyring.class_keys(p_tenant text, p_epoch integer, p_class text[], p_candidate bytea[])
returns table (class text, epoch integer, wrapped bytea)
language plpgsql security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
  perform keyring.require_epoch(p_epoch);
  insert into keyring.class_key (tenant, class, epoch, wrapped)
    select p_tenant, w.class, p_epoch, w.candidate from unnest(p_class, p_candidate) as w (class, candidate) order by 2
    on conflict do nothing;
  return query select k.class, k.epoch, k.wrapped from keyring.class_key k where k.tenant = p_tenant and k.class = any (p_class);
end $$;

-- Names. The tag decides who made it; the version is the index key's.
create function keyring.make_names(p_tenant text, p_epoch integer, p_version integer, p_next integer,
  p_tag bytea[], p_next_tag bytea[], p_ref text[], p_subject text[], p_kind text[], p_wrapped bytea[])
returns table (ordinal integer, ref text, created boolean)
language plpgsql security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
  perform keyring.require_epoch(p_epoch);
  perform 1 from keyring.index_key i for share;
  if (select array_agg(i.version order by i.state, i.version) from keyring.index_key i)
    is distinct from array_remove(array[p_version, p_next], null) then
    raise exception 'keyring/index-moved' using errcode = 'LE002';
  end if;
  perform pg_advisory_xact_lock_shared(keyring.lock_of(p_tenant));
  insert into keyring.name_tag (tenant, version, tag, ref)
    select p_tenant, p_version, w.tag, w.ref from unnest(p_tag, p_ref, p_subject) as w (tag, ref, subject)
    left join lateral (select 1 as dead from keyring.subject_death x
      where x.tenant = p_tenant and x.subject = w.subject and x.compartment = '*' offset 0) d on true
    where d.dead is null
    order by 3
    on conflict do nothing;
  insert into keyring.name (tenant, ref, subject, kind, epoch, wrapped)
    select p_tenant, w.ref, w.subject, w.kind, p_epoch, w.wrapped
    from unnest(p_tag, p_ref, p_subject, p_kind, p_wrapped) as w (tag, ref, subject, kind, wrapped)
    cross join lateral (select 1 from keyring.name_tag x
      where x.tenant = p_tenant and x.version = p_version and x.tag = w.tag and x.ref = w.ref offset 0) won;
  insert into keyring.name_tag (tenant, version, tag, ref)
    select p_tenant, p_next, w.next_tag, w.ref from unnest(p_tag, p_next_tag, p_ref) as w (tag, next_tag, ref)
    cross join lateral (select 1 from keyring.name_tag x
      where x.tenant = p_tenant and x.version = p_version and x.tag = w.tag and x.ref = w.ref offset 0) won
    where p_next is not null;
  return query
    select w.ordinal::integer, t.ref, t.ref = w.ref
    from unnest(p_tag, p_ref, p_subject) with ordinality as w (tag, ref, subject, ordinal)
    cross join lateral (select x.ref from keyring.name_tag x
      where x.tenant = p_tenant and x.version = p_version and x.tag = w.tag offset 0) t
    left join lateral (select 1 as dead from keyring.subject_death x
      where x.tenant = p_tenant and x.subject = w.subject and x.compartment = '*' offset 0) d on true
    where d.dead is null;
end $$;

create function keyring.begin_index(p_epoch integer, p_version integer, p_wrapped bytea) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform keyring.require_epoch(p_epoch);
  lock table keyring.index_key in exclusive mode;
  insert into keyring.index_key (version, state, epoch, wrapped)
    select p_version, case when exists (select 1 from keyring.index_key) then 'next' else 'current' end, p_epoch, p_wrapped
    where p_version > (select coalesce(max(i.version), 0) from keyring.index_key i)
      and not exists (select 1 from keyring.index_key i where i.state = 'next')
    on conflict do nothing;
end $$;

-- Names without a tag of the next version: none may be left when the versions change places.
create function keyring.finish_index() returns boolean
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_next integer;
begin
  lock table keyring.index_key in exclusive mode;
  select i.version into v_next from keyring.index_key i where i.state = 'next';
  if v_next is null then return true; end if;
  if exists (select 1 from keyring.name n
    left join lateral (select 1 as tagged from keyring.name_tag x
      where x.tenant = n.tenant and x.ref = n.ref and x.version = v_next offset 0) t on true
    where t.tagged is null) then
    return false;
  end if;
  delete from keyring.index_key i where i.state = 'current';
  update keyring.index_key i set state = 'current' where i.version = v_next;
  return true;
end $$;

create function keyring.sweep_tags(p_limit integer) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
  v_deleted integer;
begin
  with gone as (
    delete from keyring.name_tag t where t.ctid = any (array(
      select o.ctid from keyring.name_tag o where o.version < (select min(i.version) from keyring.index_key i) limit p_limit))
    returning 1)
  select count(*) into v_deleted from gone;
  return v_deleted;
end $$;
`;
