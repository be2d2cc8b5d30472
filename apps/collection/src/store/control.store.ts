import type { Day, Sql, SubjectRef, TenantId } from '@lethe/kernel';

export interface Filing {
  readonly filing: string;
  readonly control: string;
  readonly kind: string;
  readonly sha256: string;
  readonly filedOn: Day;
  readonly filedBy: string;
}

/** Evidence of security controls, and parts as they lie. */
export class ControlStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async file(filing: Filing, at: Date, disposeOn: Day): Promise<void> {
    await this.sql.query(
      `insert into control_evidence (tenant, filing, control, kind, sha256, filed_on, filed_by, at, dispose_on)
       values ($1, $2, $3, $4, $5, $6::date, $7, $8, $9::date)`,
      [
        this.tenant,
        filing.filing,
        filing.control,
        filing.kind,
        filing.sha256,
        filing.filedOn,
        filing.filedBy,
        at,
        disposeOn,
      ],
    );
  }

  /** When evidence of each control was last filed. */
  async filed(): Promise<Map<string, Day>> {
    const rows = await this.sql.query<{ control: string; on: Day }>(
      'select control, max(filed_on)::text as "on" from control_evidence group by control',
    );
    return new Map(rows.map(({ control, on }) => [control, on]));
  }

  /** Every stored row of a person, whole, as text: what somebody sees who gets hold of the table. */
  async rowsOf(subject: SubjectRef): Promise<{ part: string; row: string }[]> {
    return this.sql.query('select part, p::text as row from part p where subject = $1', [subject]);
  }
}
