import type { events, EventInput } from '@lethe/contracts';
import type { SubjectRef, TenantId, Transaction } from '@lethe/kernel';

export type OutKind = EventInput<typeof events.PlatformToldV3>['kind'];

/** What is told of a hold is its state: `hold-placed`, `hold-released`. */
export type HoldState = EventInput<typeof events.HoldToldV1>['state'];

export interface OutRow {
  readonly number: number;
  readonly id: string;
  readonly kind: OutKind;
  readonly at: Date;
  readonly subject: SubjectRef | null;
  readonly data: Record<string, unknown>;
}

/** What the tenant's platform is told, numbered in the order of commit, without gaps within a life. The tenant has been entered. */
export class OutStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** The number is taken under the tenant's row: whoever reads up to a number has everything below it. */
  async put(item: {
    id: string;
    kind: OutKind;
    at: Date;
    subject?: SubjectRef;
    data: Record<string, unknown>;
  }): Promise<number> {
    const [head] = await this.sql.query<{ number: number }>(
      `insert into out_head (tenant, number) values ($1, 1)
       on conflict (tenant) do update set number = out_head.number + 1 returning number`,
      [this.tenant],
    );
    if (!head) throw new Error('the stream gave no number');
    await this.sql.query(
      'insert into out_item (tenant, number, id, kind, at, subject, data) values ($1, $2, $3, $4, $5, $6, $7)',
      [this.tenant, head.number, item.id, item.kind, item.at, item.subject ?? null, JSON.stringify(item.data)],
    );
    return head.number;
  }

  /** The next number is greater than any that was given before now: fewer than one a second are, on the average of years. */
  async leap(): Promise<void> {
    await this.sql.query(
      `insert into out_head (tenant, number) values ($1, extract(epoch from clock_timestamp())::bigint)
       on conflict (tenant) do update set number = greatest(out_head.number, excluded.number)`,
      [this.tenant],
    );
  }

  /** Of each hold what its stores were told last, and who of them was asked to answer. */
  holdsTold(): Promise<{ hold: string; state: HoldState; participants: string[] }[]> {
    return this.sql.query(
      `select distinct on (data->>'hold') data->>'hold' as hold, substr(kind, 6) as state, data->'participants' as participants from out_item
        where tenant = $1 and kind in ('hold-placed', 'hold-released') and data ? 'participants' order by data->>'hold', number desc`,
      [this.tenant],
    );
  }

  /** Which of these orders of disposal, or holds of which this was told, the stream has. */
  async has(kind: OutKind, names: readonly string[]): Promise<ReadonlySet<string>> {
    const by = kind === 'disposal-ordered' ? 'order' : 'hold';
    const rows = await this.sql.query<{ name: string }>(
      'select data->>$4 as name from out_item where tenant = $1 and kind = $2 and data->>$4 = any($3)',
      [this.tenant, kind, names, by],
    );
    return new Set(rows.map(({ name }) => name));
  }

  after(number: number, limit: number): Promise<OutRow[]> {
    return this.sql.query<OutRow>('select * from out_item where tenant = $1 and number > $2 order by number limit $3', [
      this.tenant,
      number,
      limit,
    ]);
  }
}
