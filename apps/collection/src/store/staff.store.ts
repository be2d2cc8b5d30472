import type { Day, Sql, SubjectRef, TenantId } from '@lethe/kernel';

/** One person's leave to see one other person's data for one purpose, until an instant of legal time. */
export interface StaffApproval {
  readonly approval: string;
  readonly staff: string;
  readonly subject: SubjectRef;
  readonly purpose: string;
  /** Absent: every field of the purpose. */
  readonly fields?: readonly string[] | undefined;
  readonly until: Date;
  readonly by: string;
}

/** Who of the staff may see whom. */
export class StaffStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async approve(approval: StaffApproval, at: Date, disposeOn: Day): Promise<void> {
    await this.sql.query(
      `insert into staff_approval (tenant, approval, staff, subject, purpose, fields, until, approved_by, at, dispose_on)
       values ($1, $2, $3, $4, $5, $6::text[], $7, $8, $9, $10::date)`,
      [
        this.tenant,
        approval.approval,
        approval.staff,
        approval.subject,
        approval.purpose,
        approval.fields ?? null,
        approval.until,
        approval.by,
        at,
        disposeOn,
      ],
    );
  }

  async approval(id: string): Promise<StaffApproval | undefined> {
    const [row] = await this.sql.query<{
      approval: string;
      staff: string;
      subject: string;
      purpose: string;
      fields: string[] | null;
      until: Date;
      approved_by: string;
    }>('select approval, staff, subject, purpose, fields, until, approved_by from staff_approval where approval = $1', [
      id,
    ]);
    if (row === undefined) return undefined;
    const { fields, approved_by: by, subject, ...rest } = row;
    return { ...rest, subject: subject as SubjectRef, by, ...(fields === null ? {} : { fields }) };
  }
}
