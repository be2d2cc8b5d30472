import type { Database, Sql, TenantId } from '@lethe/kernel';
import { LETHE } from './peers.ts';
import type { LostThing } from './recovering.ts';

/** Things listed with one statement. */
const WRITTEN_AT_ONCE = 10_000;
const READ_AT_ONCE = 1_000;

/** Something that cannot be recovered: an event, one thing an event was about, or a run of numbers whose events are gone. */
export interface Lost extends LostThing {
  readonly topic?: string;
  readonly slot?: number;
  readonly first?: number;
  readonly last?: number;
  readonly event?: string;
  readonly type?: string;
  readonly tenant?: string;
}

/** Lists what cannot be recovered, whole, under the life that begins: it is read page by page. */
export async function listLost(sql: Sql, tenant: string, incarnation: string, lost: readonly Lost[]): Promise<void> {
  for (let from = 0; from < lost.length; from += WRITTEN_AT_ONCE)
    await sql.query(
      `insert into recovery_lost (tenant, incarnation, nth, topic, slot, first, last, event, type, part, record)
       select $1, $2, $3 + nth, topic, slot, first, last, event, type, part, record
         from rows from (jsonb_to_recordset($4::jsonb) as (topic text, slot int, first bigint, last bigint, event uuid, type text, part uuid, record uuid))
              with ordinality as lost (topic, slot, first, last, event, type, part, record, nth)`,
      [tenant, incarnation, from, JSON.stringify(lost.slice(from, from + WRITTEN_AT_ONCE))],
    );
}

/** What of a tenant, and of no tenant, was listed as that life began, from the `after`th of either on; a page of it. */
export async function lostAsBegan(
  database: Database,
  tenant: TenantId,
  incarnation: string,
  after: number,
): Promise<Lost[]> {
  const of = (whose: TenantId): Promise<{ lost: Lost }[]> =>
    database.within(whose, (sql) =>
      sql.query<{ lost: Lost }>(
        `select jsonb_strip_nulls(to_jsonb(l) - 'incarnation' - 'nth') as lost from recovery_lost l
          where incarnation = $1 and nth > $2 order by nth limit $3`,
        [incarnation, after, READ_AT_ONCE],
      ),
    );
  return [...(await of(tenant)), ...(await of(LETHE))].map(({ lost }) => lost);
}
