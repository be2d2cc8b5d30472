import { tenantTable, type MigrationStep } from '@lethe/platform';

/* Whether a part's own date is known says whether it waits; a matter's date is the matter's. */
const SHAPE = 'tenant, subject, compartment, class, custody, method, matter, floor, dated';
const counted = (from: string, sign: '' | '-'): string =>
  `select tenant, subject, compartment, class, custody, method, matter, floor, disposal is not null as dated, ${sign}count(*) as parts
     from ${from} group by 1, 2, 3, 4, 5, 6, 7, 8, 9 order by 1, 2, 3, 4, 5, 6, 7, 8, 9`;

/**
 * How many parts of each shape a person has, kept by the statements that write and delete parts, whoever writes them: an erasure is
 * judged and counted without reading the person's parts. In the order of their keys, so that two writers never wait for each other.
 * The columns of a shape are never updated.
 */
export const holding: MigrationStep = {
  number: 1_798_100_000_000,
  name: 'holding',
  statements: [
    `create table holding (
      tenant text not null, subject text not null, compartment text not null, class text not null, custody text not null, method text not null,
      matter text, floor date, dated boolean not null, parts bigint not null,
      unique nulls not distinct (${SHAPE})
    ) with (fillfactor = 80)`,
    'alter table part no force row level security',
    `insert into holding (${SHAPE}, parts) ${counted('part', '')}`,
    'alter table part force row level security',
    ...tenantTable('holding'),
    `create function count_holding() returns trigger language plpgsql set search_path = pg_catalog, public as $$
    declare
      empty tid[];
    begin
      if tg_op = 'INSERT' then
        insert into holding as h (${SHAPE}, parts) ${counted('moved', '')}
          on conflict (${SHAPE}) do update set parts = h.parts + excluded.parts;
      else
        with left_over as (
          insert into holding as h (${SHAPE}, parts) ${counted('moved', '-')}
            on conflict (${SHAPE}) do update set parts = h.parts + excluded.parts returning h.ctid as at, h.parts)
        select array_agg(at) filter (where parts <= 0) into empty from left_over;
        if empty is not null then
          delete from holding where ctid = any(empty);
        end if;
      end if;
      return null;
    end $$`,
    `create trigger holding_grows after insert on part referencing new table as moved for each statement execute function count_holding()`,
    `create trigger holding_shrinks after delete on part referencing old table as moved for each statement execute function count_holding()`,
  ],
};
