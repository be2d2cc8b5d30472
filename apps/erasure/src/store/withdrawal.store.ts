import type { Day, SubjectRef, TenantId, Transaction } from '@lethe/kernel';
import type { AskedParticipant, Withdrawal } from '../domain/withdrawal.ts';

interface Row extends Omit<Withdrawal, 'participants'> {
  readonly doneAt: Date | null;
}

/** The SQL of withdrawals that concern the platform's own stores. The tenant has been entered. */
export class WithdrawalStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add(
    one: Pick<Withdrawal, 'entry' | 'purpose' | 'orderedAt' | 'deadline'> & {
      readonly subject: SubjectRef;
      readonly disposeOn: Day;
    },
    participants: readonly string[],
  ): Promise<void> {
    await this.sql.query(
      `insert into withdrawal (tenant, entry, subject, purpose, ordered_at, deadline, dispose_on) values ($1, $2, $3, $4, $5, $6, $7)`,
      [this.tenant, one.entry, one.subject, one.purpose, one.orderedAt, one.deadline, one.disposeOn],
    );
    await this.sql.query(
      'insert into withdrawal_participant (tenant, entry, participant) select $1, $2, unnest($3::text[])',
      [this.tenant, one.entry, participants],
    );
  }

  /** One withdrawal, its row locked: statements about it take turns. */
  async lock(entry: number): Promise<Withdrawal | undefined> {
    return (await this.read('entry = $2 for update', [entry]))[0];
  }

  /** @param of `lateOn`: only those that are late on that day; `after`: only those behind this one */
  newest(
    limit: number,
    of: { readonly after?: number | undefined; readonly lateOn?: Day | undefined },
  ): Promise<Withdrawal[]> {
    return this.read(
      `($3::bigint is null or entry < $3) and ($4::date is null or (done_at is null and deadline < $4)) order by entry desc limit $2`,
      [limit, of.after ?? null, of.lateOn ?? null],
    );
  }

  async state(
    entry: number,
    participant: string,
    said: { readonly found: number; readonly deleted: number; readonly restricted: number },
    at: Date,
  ): Promise<void> {
    await this.sql.query(
      `update withdrawal_participant set found = $4, deleted = $5, restricted = $6, done_at = $7,
              closed_at = null, closed_by = null, closed_because = null
        where tenant = $1 and entry = $2 and participant = $3`,
      [this.tenant, entry, participant, said.found, said.deleted, said.restricted, at],
    );
    await this.sql.query(
      `update withdrawal set done_at = $3 where tenant = $1 and entry = $2 and done_at is null and not exists
         (select 1 from withdrawal_participant p
           where p.tenant = $1 and p.entry = $2 and p.done_at is null and p.closed_at is null)`,
      [this.tenant, entry, at],
    );
  }

  async disbelieve(entry: number, participant: string): Promise<void> {
    await this.sql.query(
      'update withdrawal_participant set disbelieved = disbelieved + 1 where tenant = $1 and entry = $2 and participant = $3',
      [this.tenant, entry, participant],
    );
  }

  /** Marks what nobody has answered for by its deadline, each once; how many. */
  async escalate(today: Day, at: Date): Promise<number> {
    const rows = await this.sql.query(
      `update withdrawal set escalated_at = $3 where tenant = $1 and done_at is null and escalated_at is null and deadline < $2::date returning entry`,
      [this.tenant, today, at],
    );
    return rows.length;
  }

  /** Withdrawals some store has not answered for, and how many of them are late. */
  async waiting(today: Day): Promise<{ waiting: number; late: number }> {
    const [row] = await this.sql.query<{ waiting: number; late: number }>(
      `select count(*)::int as waiting, (count(*) filter (where deadline < $2::date))::int as late
         from withdrawal where tenant = $1 and done_at is null`,
      [this.tenant, today],
    );
    return row ?? { waiting: 0, late: 0 };
  }

  async dispose(today: Day): Promise<number> {
    const rows = await this.sql.query(
      'delete from withdrawal where tenant = $1 and dispose_on <= $2::date returning entry',
      [this.tenant, today],
    );
    return rows.length;
  }

  private async read(which: string, values: readonly unknown[]): Promise<Withdrawal[]> {
    const rows = await this.sql.query<Row>(
      `select entry::int as entry, purpose, ordered_at as "orderedAt", deadline::text as deadline, done_at as "doneAt"
         from withdrawal where tenant = $1 and ${which}`,
      [this.tenant, ...values],
    );
    const asked = await this.sql.query<AskedParticipant & { entry: number }>(
      `select entry::int as entry, participant, found::int as found, deleted::int as deleted, restricted::int as restricted, done_at as "doneAt",
              closed_at as "closedAt", closed_because as "closedBecause"
         from withdrawal_participant where tenant = $1 and entry = any($2) order by participant`,
      [this.tenant, rows.map(({ entry }) => entry)],
    );
    return rows.map(({ doneAt: _, ...row }) => ({
      ...row,
      participants: asked.filter(({ entry }) => entry === row.entry),
    }));
  }
}
