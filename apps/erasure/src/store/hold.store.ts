import type { SubjectRef, TenantId, Transaction } from '@lethe/kernel';

interface Seen {
  readonly subject: string | null;
  /** Placed and recorded. */
  readonly complete: boolean;
}

/** The two halves of a hold. The tenant has been entered. */
export class HoldStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async placed(hold: string, subject: SubjectRef | undefined): Promise<Seen> {
    return this.seen(
      `insert into hold_seen (tenant, hold, subject, placed) values ($1, $2, $3, true)
       on conflict (tenant, hold) do update set placed = true, subject = excluded.subject returning subject, placed and recorded as complete`,
      [this.tenant, hold, subject ?? null],
    );
  }

  async recorded(hold: string): Promise<Seen> {
    return this.seen(
      `insert into hold_seen (tenant, hold, recorded) values ($1, $2, true)
       on conflict (tenant, hold) do update set recorded = true returning subject, placed and recorded as complete`,
      [this.tenant, hold],
    );
  }

  /** It is in the ledger that the hold is over: nothing more is awaited. */
  async forget(hold: string): Promise<void> {
    await this.sql.query('delete from hold_seen where tenant = $1 and hold = $2', [this.tenant, hold]);
  }

  private async seen(text: string, values: readonly unknown[]): Promise<Seen> {
    const [row] = await this.sql.query<Seen>(text, values);
    return row ?? { subject: null, complete: false };
  }
}
