import type { Day, TenantId, Transaction } from '@lethe/kernel';
import type { Progress } from '../domain/request.ts';

/** An entry whose ref may no longer be needed. */
export interface Candidate {
  readonly entry: number;
  readonly deadOn: Day;
  readonly epochEnded: boolean;
}

/** The SQL about refs of the ledger. The tenant has been entered. */
export class RefStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** What these entries destroy is dead. Said again, it changes nothing. */
  async dead(
    of: { readonly keys?: readonly string[]; readonly entries?: readonly number[] },
    when: { readonly at: Date; readonly on: Day; readonly lookOn: Day },
  ): Promise<void> {
    await this.sql.query(
      `update ledger_record set dead_at = $4, dead_on = $5, look_on = $6
        where tenant = $1 and (key = any($2::text[]) or entry = any($3::bigint[])) and dead_at is null`,
      [this.tenant, of.keys ?? [], of.entries ?? [], when.at, when.on, when.lookOn],
    );
  }

  /** Entries to look at, the oldest first. */
  async candidates(today: Day, limit: number): Promise<Candidate[]> {
    return this.sql.query<Candidate>(
      `select entry::int as entry, dead_on::text as "deadOn",
              exists (select 1 from epoch_ended e where e.tenant = l.tenant and e.before >= l.dead_at) as "epochEnded"
         from ledger_record l where tenant = $1 and look_on <= $2::date order by entry limit $3`,
      [this.tenant, today, limit],
    );
  }

  /** Where these requests stand; one that is disposed of is not among them. */
  async requests(requests: readonly string[]): Promise<ReadonlyMap<string, Progress>> {
    const rows = await this.sql.query<{ request: string; progress: Progress }>(
      'select request, progress from request where tenant = $1 and request = any($2::uuid[])',
      [this.tenant, requests],
    );
    return new Map(rows.map(({ request, progress }) => [request, progress]));
  }

  /** Of these withdrawals, those for which somebody has not answered. */
  async unanswered(entries: readonly number[]): Promise<ReadonlySet<number>> {
    const rows = await this.sql.query<{ entry: number }>(
      'select entry::int as entry from withdrawal where tenant = $1 and entry = any($2::bigint[]) and done_at is null',
      [this.tenant, entries],
    );
    return new Set(rows.map(({ entry }) => entry));
  }

  async dropped(entries: readonly number[]): Promise<void> {
    await this.sql.query(
      'update ledger_record set dead_at = null, dead_on = null, look_on = null where tenant = $1 and entry = any($2::bigint[])',
      [this.tenant, entries],
    );
  }

  async lookAgain(entries: readonly number[], on: Day): Promise<void> {
    await this.sql.query(
      'update ledger_record set look_on = $3 where tenant = $1 and entry = any($2::bigint[]) and look_on is not null',
      [this.tenant, entries, on],
    );
  }
}
