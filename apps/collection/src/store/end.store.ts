import type { MatterId, Sql, SubjectRef, TenantId } from '@lethe/kernel';

export interface TenantEnd {
  readonly end: string;
  readonly stoppedAt: Date;
  readonly datedAt?: Date | undefined;
  readonly emptiedAt?: Date | undefined;
  /** Of the ledger: the keys may die. */
  readonly entry?: number | undefined;
  readonly shreddedAt?: Date | undefined;
}

interface Row {
  readonly end: string;
  readonly stoppedAt: Date;
  readonly datedAt: Date | null;
  readonly emptiedAt: Date | null;
  readonly entry: string | null;
  readonly shreddedAt: Date | null;
}

/** What is known of the people and matters of a tenant beside its parts. Evidence stays, and goes on its date. */
const LIVE_FACTS = [
  'holding',
  'submission',
  'consent_state',
  'guardian_state',
  'matter_anchor',
  'matter_date',
  'subject_state',
] as const;

/** The end of a tenant as collection knows it, inside one transaction. */
export class EndStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Under all slot locks. An end that was declared for earlier stands. False when it is known. */
  async stop(end: string, at: Date, by: string): Promise<boolean> {
    const rows = await this.sql.query(
      `insert into cessation (tenant, product, stops_at, declared_by, at, end_id) values ($1, '', $2, $3, $2, $4)
       on conflict (tenant, product) do update set stops_at = least(cessation.stops_at, excluded.stops_at), end_id = excluded.end_id
         where cessation.end_id is null returning 1`,
      [this.tenant, at, by, end],
    );
    return rows.length > 0;
  }

  async present(): Promise<TenantEnd | undefined> {
    const [row] = await this.sql.query<Row>(
      `select end_id as "end", stops_at as "stoppedAt", dated_at as "datedAt", emptied_at as "emptiedAt", entry, shredded_at as "shreddedAt"
         from cessation where product = '' and end_id is not null`,
    );
    return (
      row && {
        end: row.end,
        stoppedAt: row.stoppedAt,
        datedAt: row.datedAt ?? undefined,
        emptiedAt: row.emptiedAt ?? undefined,
        entry: row.entry === null ? undefined : Number(row.entry),
        shreddedAt: row.shreddedAt ?? undefined,
      }
    );
  }

  async mark(step: 'dated_at' | 'emptied_at' | 'shredded_at', at: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `update cessation set ${step} = $1 where product = '' and end_id is not null and ${step} is null returning 1`,
      [at],
    );
    return rows.length > 0;
  }

  async record(end: string, entry: number): Promise<void> {
    await this.sql.query(`update cessation set entry = coalesce(entry, $2) where product = '' and end_id = $1`, [
      end,
      entry,
    ]);
  }

  /** Matters that still wait for an anchor, a page at a time in their order. */
  async waiting(after: string, limit: number): Promise<{ matter: MatterId; subject: SubjectRef }[]> {
    return this.sql.query(
      `select matter, min(subject) as subject from matter_date where day is null and matter > $1 group by matter order by matter limit $2`,
      [after, limit],
    );
  }

  /** No part, no order and no shredding that is not finished. */
  async isEmpty(): Promise<boolean> {
    const [row] = await this.sql.query<{ empty: boolean }>(
      `select not exists (select 1 from part) and not exists (select 1 from disposal where state <> 'swept')
          and not exists (select 1 from shred where state <> 'swept') as empty`,
    );
    return row?.empty === true;
  }

  /** Forgets what was known of people and matters, at most so many rows; how many went. */
  async forgetFacts(limit: number): Promise<number> {
    let gone = 0;
    for (const table of LIVE_FACTS) {
      const rows = await this.sql.query(
        `delete from ${table} where ctid = any (array(select ctid from ${table} limit $1)) returning 1`,
        [limit - gone],
      );
      gone += rows.length;
      if (gone >= limit) break;
    }
    return gone;
  }

  /** Parts, and facts about people, that are still there. */
  async rescan(): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(
      `select (${['part', ...LIVE_FACTS].map((table) => `(select count(*) from ${table})`).join(' + ')})::int as n`,
    );
    return row?.n ?? 0;
  }
}
