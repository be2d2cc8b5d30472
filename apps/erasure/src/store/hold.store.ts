import type { events, EventInput } from '@lethe/contracts';
import type { SubjectRef, TenantId, Transaction } from '@lethe/kernel';

export type HoldScope = EventInput<typeof events.HoldPlacedV1>['scope'];

interface Seen {
  readonly subject: SubjectRef | null;
  readonly scope: HoldScope | null;
  /** Placed and recorded. */
  readonly complete: boolean;
}

/** The two halves of a hold. The tenant has been entered. */
export class HoldStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async placed(hold: string, subject: SubjectRef | undefined, scope: HoldScope): Promise<Seen> {
    return this.seen(
      `insert into hold_seen (tenant, hold, subject, scope, placed) values ($1, $2, $3, $4, true)
       on conflict (tenant, hold) do update set placed = true, subject = excluded.subject, scope = excluded.scope
       returning subject, scope, placed and recorded as complete`,
      [this.tenant, hold, subject ?? null, JSON.stringify(scope)],
    );
  }

  async recorded(hold: string): Promise<Seen> {
    return this.seen(
      `insert into hold_seen (tenant, hold, recorded) values ($1, $2, true)
       on conflict (tenant, hold) do update set recorded = true returning subject, scope, placed and recorded as complete`,
      [this.tenant, hold],
    );
  }

  /** It is in the ledger that the hold is over: nothing more is awaited. Whose it was. */
  async forget(hold: string): Promise<SubjectRef | undefined> {
    const [row] = await this.sql.query<{ subject: SubjectRef | null }>(
      'delete from hold_seen where tenant = $1 and hold = $2 returning subject',
      [this.tenant, hold],
    );
    return row?.subject ?? undefined;
  }

  private async seen(text: string, values: readonly unknown[]): Promise<Seen> {
    const [row] = await this.sql.query<Seen>(text, values);
    return row ?? { subject: null, scope: null, complete: false };
  }
}
