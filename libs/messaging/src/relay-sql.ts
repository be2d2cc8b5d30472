import { steady } from '@lethe/kernel';

/**
 * Numbers what has been announced and not numbered, in the order of announcement: one statement, so the heads and the rows
 * commit together. $1 slots, $2 most rows, $3 most bytes. A person's events were announced under that person's row lock, so
 * the order of ids is the order of their commits; between people no order is promised.
 */
export const NUMBER = `
with fresh as (
  select id, topic, slot from (
    select id, topic, slot, sum(octet_length(value)) over (order by id) - octet_length(value) as before
    from (select id, topic, slot, value from outbox where number is null and slot = any($1::int[]) order by id limit $2) next
  ) sized where before < $3
), counted as (
  select id, topic, slot, row_number() over (partition by topic, slot order by id) as nth,
         count(*) over (partition by topic, slot) as total
  from fresh
), head as (
  insert into slot_head (topic, slot, incarnation, number)
  select topic, slot, (select incarnation from incarnation), count(*) from fresh group by topic, slot order by topic, slot
  on conflict (topic, slot, incarnation) do update set number = slot_head.number + excluded.number
  returning topic, slot, incarnation, number
), numbered as (
  update outbox o set incarnation = h.incarnation, number = h.number - c.total + c.nth, numbered_at = clock_timestamp()
  from counted c join head h on h.topic = c.topic and h.slot = c.slot
  where o.id = c.id and o.number is null
  returning o.topic, o.slot, o.incarnation, o.number, o.event_id as id, o.value
)
select topic, slot, incarnation, number, id, value from numbered order by topic, slot, number`;

/** Numbered and not known to be appended: what a relay before this one, or a log that was down, left. $1 slots, $2 most rows. */
export const LEFT_OVER = `
select o.topic, o.slot, o.incarnation, o.number, o.event_id as id, o.value
from slot_head h join outbox o
  on o.topic = h.topic and o.slot = h.slot and o.incarnation = h.incarnation and o.number > h.appended
where h.slot = any($1::int[]) and h.appended < h.number
order by o.topic, o.slot, o.incarnation, o.number limit $2`;

/**
 * $1 topics, $2 slots, $3 incarnations, $4 numbers: everything up to there is in the log. Nobody waits for the disk: where a crash
 * takes it back the same events are appended again under the same numbers, and every consumer knows them.
 */
export const APPENDED = steady(`
update slot_head h set appended = a.number
from unnest($1::text[], $2::int[], $3::text[], $4::bigint[]) as a (topic, slot, incarnation, number),
  (select set_config('synchronous_commit', 'off', true)) as hint
where h.topic = a.topic and h.slot = a.slot and h.incarnation = a.incarnation and h.appended < a.number`);

/** $1 slots, $2 milliseconds kept after numbering, $3 most rows a stream. */
export const PRUNE = `
with old as (
  select o.id from slot_head h cross join lateral (
    select id, numbered_at from outbox
    where topic = h.topic and slot = h.slot and incarnation = h.incarnation and number <= h.appended
    order by number limit $3
  ) o
  where h.slot = any($1::int[]) and o.numbered_at < clock_timestamp() - make_interval(secs => $2::float8 / 1000)
), gone as (delete from outbox where id in (select id from old) returning 1)
select count(*)::int as count from gone`;

/** How many relays of this service are connected. $1 lock space, $2 presence key; each holds the presence lock shared. */
export const MEMBERS = steady(`
select count(distinct pid)::int as count from pg_locks
where locktype = 'advisory' and granted and classid = $1::bigint::oid and objid = $2::bigint::oid and objsubid = 2
  and database = (select oid from pg_database where datname = current_database())`);
