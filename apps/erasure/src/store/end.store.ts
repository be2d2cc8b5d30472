import type { events, Envelope } from '@lethe/contracts';
import type { TenantId, Transaction } from '@lethe/kernel';

type Reached = Envelope<typeof events.EndReachedV1>['data'];

export interface EndRow {
  readonly end_id: string;
  readonly entry: number;
  readonly ordered_at: Date;
  readonly stopped_at: Date;
  readonly emptied_at: Date;
  readonly disposals: Reached['disposals'];
  readonly keys: number | null;
  readonly rescan: number | null;
  readonly keys_dead_by: Date | null;
  readonly body: string | null;
  readonly salt: string | null;
  readonly log_from: number | null;
  readonly document: string | null;
  readonly sha256: string | null;
  readonly final_body: string | null;
  readonly final_salt: string | null;
  readonly final_from: number | null;
  readonly final_at: Date | null;
}

/** All the SQL about the end of a tenant. The tenant has been entered. */
export class EndStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async find(): Promise<EndRow | undefined> {
    const [row] = await this.sql.query<EndRow>('select * from tenant_end where tenant = $1 for update', [this.tenant]);
    return row;
  }

  async add(entry: number, { end, orderedAt, stoppedAt, emptiedAt, disposals }: Reached): Promise<void> {
    await this.sql.query(
      `insert into tenant_end (tenant, end_id, entry, ordered_at, stopped_at, emptied_at, disposals)
       values ($1, $2, $3, $4, $5, $6, $7::jsonb) on conflict do nothing`,
      [this.tenant, end, entry, orderedAt, stoppedAt, emptiedAt, JSON.stringify(disposals)],
    );
  }

  /** Told again, only what is found then may be less: the keys are as dead as they were. */
  async shredded(end: string, keys: number, rescan: number, deadBy: Date): Promise<void> {
    await this.sql.query(
      `update tenant_end set keys = coalesce(keys, $3), rescan = $4, keys_dead_by = coalesce(keys_dead_by, $5)
        where tenant = $1 and end_id = $2 and (keys_dead_by is null or rescan > $4)`,
      [this.tenant, end, keys, rescan, deadBy],
    );
  }

  /** Keeps the first draft: a second one changes nothing. */
  async draft(body: string, salt: string, from: number, backups: readonly string[]): Promise<void> {
    const rows = await this.sql.query(
      `update tenant_end set body = $2, salt = $3, log_from = $4 where tenant = $1 and body is null returning 1 as one`,
      [this.tenant, body, salt, from],
    );
    if (rows.length === 0) return;
    await this.waitFor(backups);
  }

  /** Backups that were not known when it was drafted are waited for as well. */
  async waitFor(backups: readonly string[]): Promise<void> {
    if (backups.length === 0) return;
    await this.sql.query(
      'insert into tenant_end_backup (tenant, backup) select $1, backup from unnest($2::uuid[]) as new (backup) on conflict do nothing',
      [this.tenant, backups],
    );
  }

  async draftFinal(body: string, salt: string, from: number): Promise<void> {
    await this.sql.query(
      `update tenant_end set final_body = $2, final_salt = $3, final_from = $4 where tenant = $1 and final_body is null`,
      [this.tenant, body, salt, from],
    );
  }

  /** @param finalAt legal time, once it is final */
  async issue(document: string, sha256: string, finalAt?: Date): Promise<void> {
    await this.sql.query(
      `update tenant_end set document = $2, sha256 = $3, final_at = coalesce(final_at, $4) where tenant = $1`,
      [this.tenant, document, sha256, finalAt ?? null],
    );
  }

  /** The backups it depends on, with when each went. */
  async backups(): Promise<{ backup: string; gone_at: Date | null }[]> {
    return this.sql.query(
      `select b.backup, g.gone_at from tenant_end_backup b left join backup_gone g using (tenant, backup)
        where b.tenant = $1 order by b.backup`,
      [this.tenant],
    );
  }
}
