import type { Day, Sql, SubjectRef, TenantId } from '@lethe/kernel';

/** A withdrawal of what the platform holds, by its entry of the ledger, that its stream does not have. */
export interface Unsaid {
  readonly entry: number;
  readonly subject: SubjectRef;
  readonly purpose: string;
  readonly consentVersion: number;
  /** When its evidence is over, and nobody is told any more. */
  readonly disposeOn: Day;
}

/** The SQL of withdrawals that may have to be told again. The tenant has been entered. */
export class UnsaidStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Those of which no store has been asked; how many are new. */
  async add(owed: readonly Unsaid[]): Promise<number> {
    const rows = await this.sql.query(
      `insert into withdrawal_unsaid (tenant, entry, subject, purpose, consent_version, dispose_on)
       select $1, o.entry, o.subject, o.purpose, o.version, o.dispose_on
         from unnest($2::bigint[], $3::text[], $4::text[], $5::int[], $6::date[]) as o (entry, subject, purpose, version, dispose_on)
        where not exists (select 1 from withdrawal w where w.tenant = $1 and w.entry = o.entry)
       on conflict do nothing returning entry`,
      [
        this.tenant,
        owed.map(({ entry }) => entry),
        owed.map(({ subject }) => subject),
        owed.map(({ purpose }) => purpose),
        owed.map(({ consentVersion }) => consentVersion),
        owed.map(({ disposeOn }) => disposeOn),
      ],
    );
    return rows.length;
  }

  next(limit: number): Promise<Omit<Unsaid, 'disposeOn'>[]> {
    return this.sql.query(
      `select entry::int as entry, subject, purpose, consent_version as "consentVersion"
         from withdrawal_unsaid where tenant = $1 order by entry limit $2`,
      [this.tenant, limit],
    );
  }

  /** True for the one who takes it. */
  async take(entry: number): Promise<boolean> {
    const rows = await this.sql.query(
      'delete from withdrawal_unsaid where tenant = $1 and entry = $2 returning entry',
      [this.tenant, entry],
    );
    return rows.length === 1;
  }
}
