import type { Day, Sql, Zone } from '@lethe/kernel';

/** Parts of a class whose matters are dated alike and had the same anchors on the same days. */
export interface MatterDays {
  /** Absent: they wait. */
  readonly day?: Day;
  readonly anchors: Readonly<Record<string, Day>>;
  readonly parts: number;
}

/** Over a whole class, and asked for by people: a million parts take a few seconds. */
const PATIENCE = '60s';

/** Counts what dates the matters of a class, for the tenant whose transaction it is. Nothing is locked. */
export class MatterDaysStore {
  constructor(private readonly sql: Sql) {}

  /** By the days on which these anchors came, and `collection`. Without the days that an order has closed: nothing moves them. */
  async of(partClass: string, anchors: readonly string[], zone: Zone): Promise<MatterDays[]> {
    await this.sql.query(`select set_config('statement_timeout', $1, true)`, [PATIENCE]);
    const rows = await this.sql.query<{ day: Day | null; since: Day; came: Record<string, Day>; parts: number }>(
      `select d.day::text as day, p.since::text as since, coalesce(a.came, '{}') as came, sum(p.parts)::int as parts
         from (select matter, count(*) as parts, (min(collected_at) at time zone $3)::date as since from part
                where class = $1 and matter is not null group by matter) p
         join matter_date d on d.matter = p.matter and d.class = $1
         left join (select matter, jsonb_object_agg(anchor, (at at time zone $3)::date) as came from matter_anchor
                     where anchor = any($2::text[]) group by matter) a on a.matter = p.matter
        where not exists (select 1 from disposal c where c.class = d.class and c.day = d.day)
        group by 1, 2, 3 order by 1, 2, 3`,
      [partClass, anchors, zone],
    );
    return rows.map(({ day, since, came, parts }) => ({
      ...(day === null ? {} : { day }),
      anchors: { ...came, collection: since },
      parts,
    }));
  }
}
