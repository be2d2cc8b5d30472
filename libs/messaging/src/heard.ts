import type { Sql } from '@lethe/kernel';

/**
 * Forgets the ids heard before `until`, and gathers those heard before `gathered` into rows of about a thousand: a quiet
 * slot hears one heartbeat at a time, a row each. Only rows without a hole between them are joined.
 */
export async function forgetHeard(sql: Sql, consumer: string, until: Date, gathered: Date): Promise<void> {
  await sql.query('with gone as (delete from heard where consumer = $1 and at < $2) select 1', [consumer, until]);
  await sql.query(
    `with small as (
       delete from heard where consumer = $1 and at < $2 and cardinality(ids) between 1 and 99 returning *
     ), counted as (
       select *, sum(cardinality(ids)) over (partition by topic, slot, incarnation order by first) - cardinality(ids) as before from small
     )
     insert into heard (consumer, topic, slot, incarnation, first, last, ids, at)
     select $1, topic, slot, incarnation, min(first), max(last), array_agg(id order by first, nth), max(at)
     from counted cross join unnest(ids) with ordinality as each (id, nth)
     group by topic, slot, incarnation, first - before, first / 1000`,
    [consumer, gathered],
  );
}
