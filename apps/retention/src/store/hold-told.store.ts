import type { Day, Sql, TenantId, Zone } from '@lethe/kernel';

/** What the platform was told of a hold last. */
export type ToldState = 'placed' | 'released';

/** The SQL of which stores of the platform were told of holds and have answered, inside one transaction of one tenant. */
export class HoldToldStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Told again the same, an answer stands. One that came before it was known who was told counts. */
  async tell(hold: string, state: ToldState, participants: readonly string[], at: Date): Promise<void> {
    await this.sql.query(
      `insert into hold_told (tenant, hold, participant, state, told_at)
       select $1, h.hold, p, $3, $5 from hold h, unnest($4::text[]) as p where h.tenant = $1 and h.hold = $2
       on conflict (tenant, hold, participant) do update set state = excluded.state, told_at = excluded.told_at, acked_at = null, closed_at = null
         where hold_told.state <> excluded.state and not (hold_told.state = 'released' and excluded.state = 'placed')`,
      [this.tenant, hold, state, participants, at],
    );
  }

  /** What this store was told last, and whether it has answered; locked. */
  async lock(hold: string, participant: string): Promise<{ state: ToldState; ackedAt: Date | null } | undefined> {
    const [row] = await this.sql.query<{ state: ToldState; ackedAt: Date | null }>(
      `select state, acked_at as "ackedAt" from hold_told where tenant = $1 and hold = $2 and participant = $3 for update`,
      [this.tenant, hold, participant],
    );
    return row;
  }

  async ack(hold: string, participant: string, at: Date): Promise<void> {
    await this.sql.query(
      `update hold_told set acked_at = coalesce(acked_at, $4) where tenant = $1 and hold = $2 and participant = $3`,
      [this.tenant, hold, participant, at],
    );
  }

  /** Nobody waits for the word of this store any more. */
  async closeFor(participant: string, at: Date): Promise<void> {
    await this.sql.query(
      `update hold_told set closed_at = $3 where tenant = $1 and participant = $2 and acked_at is null and closed_at is null`,
      [this.tenant, participant, at],
    );
  }

  /** An answer that was given before the database was put back. */
  async recover(hold: string, participant: string, state: ToldState, at: Date): Promise<void> {
    await this.tell(hold, state, [participant], at);
    if ((await this.lock(hold, participant))?.state === state) await this.ack(hold, participant, at);
  }

  /** By hold: how many were told, how many have answered, and who is waited for. */
  async counts(): Promise<Map<string, { told: number; acked: number; waitingFor: string[] }>> {
    const rows = await this.sql.query<{ hold: string; told: number; acked: number; missing: string[] | null }>(
      `select hold, count(*)::int as told, count(acked_at)::int as acked,
              array_agg(participant order by participant) filter (where acked_at is null and closed_at is null) as missing
         from hold_told where tenant = $1 group by hold`,
      [this.tenant],
    );
    return new Map(rows.map(({ hold, missing, ...counts }) => [hold, { ...counts, waitingFor: missing ?? [] }]));
  }

  /** Who was told before this instant of machine time and has not answered, and since which day. */
  async silent(
    before: Date,
    zone: Zone,
  ): Promise<{ readonly hold: string; readonly participant: string; readonly since: Day }[]> {
    return this.sql.query(
      `select hold::text as hold, participant, (told_at at time zone $3)::date::text as since from hold_told
        where tenant = $1 and told_at <= $2 and acked_at is null and closed_at is null order by hold, participant`,
      [this.tenant, before, zone],
    );
  }
}
