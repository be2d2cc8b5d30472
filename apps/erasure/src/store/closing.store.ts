import type { TenantId, Transaction } from '@lethe/kernel';
import { disbelief, type LeftBecause } from '../domain/request.ts';
import { participantOf, type ParticipantRow } from './rows.ts';

/** In whose name, and why, nobody waits for a store any more. Legal time. */
export interface Closing {
  readonly because: LeftBecause;
  readonly by: string;
  readonly at: Date;
}

/** The SQL of what a store that has left had not answered. The tenant has been entered. */
export class ClosingStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** Requests that wait for its word, or did not believe it; those that were closed now. */
  async requests(participant: string, closing: Closing): Promise<string[]> {
    const rows = await this.sql.query<ParticipantRow & { readonly request: string }>(
      `select p.* from request_participant p join request r on r.tenant = p.tenant and r.request = p.request
        where p.tenant = $1 and p.participant = $2 and p.kind = 'platform' and p.closed_at is null
          and r.progress in ('received', 'verified', 'scoped', 'frozen', 'ordered') for update of p`,
      [this.tenant, participant],
    );
    const open = rows.filter((row) => {
      const { done } = participantOf(row);
      return done === undefined || disbelief(done) !== undefined;
    });
    const requests = open.map(({ request }) => request);
    await this.sql.query(
      `update request_participant set closed_at = $4, closed_by = $5, closed_because = $6
        where tenant = $1 and participant = $2 and request = any($3)`,
      [this.tenant, participant, requests, closing.at, closing.by, closing.because],
    );
    return requests;
  }

  /** Withdrawals that wait for its word; those that were closed now. */
  async withdrawals(participant: string, closing: Closing): Promise<number[]> {
    const rows = await this.sql.query<{ entry: number }>(
      `update withdrawal_participant set closed_at = $3, closed_by = $4, closed_because = $5
        where tenant = $1 and participant = $2 and done_at is null and closed_at is null returning entry`,
      [this.tenant, participant, closing.at, closing.by, closing.because],
    );
    const entries = rows.map(({ entry }) => entry);
    await this.sql.query(
      `update withdrawal w set done_at = $3 where tenant = $1 and entry = any($2) and done_at is null and not exists
         (select 1 from withdrawal_participant p
           where p.tenant = $1 and p.entry = w.entry and p.done_at is null and p.closed_at is null)`,
      [this.tenant, entries, closing.at],
    );
    return entries;
  }
}
