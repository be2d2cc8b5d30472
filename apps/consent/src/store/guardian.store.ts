import type { Sql, SubjectRef, TenantId } from '@lethe/kernel';
import type { Guardian, GuardianStatement } from '../domain/guardian.ts';

interface Row {
  readonly subject: SubjectRef;
  readonly version: number;
  readonly guardian: Guardian;
  readonly until: Date | null;
  readonly sensitiveUntil: Date | null;
  readonly foundAt: Date | null;
  readonly tellBy: Date | null;
  readonly toldAt: Date | null;
  readonly guardianSubject: SubjectRef | null;
  readonly since: Date;
  readonly saidAt: Date;
  readonly evidence: string | null;
}

const ROW = `subject, version, guardian, until, sensitive_until as "sensitiveUntil", found_at as "foundAt", tell_by as "tellBy",
  told_at as "toldAt", guardian_subject as "guardianSubject", evidence, coalesce(since, recorded_at) as since, recorded_at as "saidAt"`;

/** The SQL of who answers for whom, inside one transaction of one tenant. Append-only: the latest statement stands. */
export class GuardianStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** The latest statement about each person, by subject; at a past instant of legal time what stood then. */
  async statements(subjects: readonly SubjectRef[], at?: Date): Promise<Map<SubjectRef, GuardianStatement>> {
    const rows = await this.sql.query<Row>(
      `select distinct on (subject) ${ROW}
         from guardian_history where tenant = $1 and subject = any($2) and ($3::timestamptz is null or recorded_at <= $3)
        order by subject, version desc`,
      [this.tenant, [...new Set(subjects)], at ?? null],
    );
    return new Map(rows.map((row) => [row.subject, statementOf(row)]));
  }

  async append(subject: SubjectRef, of: GuardianStatement, recordedAt: Date, disposeOn: string): Promise<void> {
    await this.sql.query(
      `insert into guardian_history (tenant, subject, version, guardian, until, recorded_at, dispose_on,
         sensitive_until, found_at, tell_by, told_at, guardian_subject, evidence, since)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, least($14::timestamptz, $6))`,
      [
        this.tenant,
        subject,
        of.version,
        of.guardian,
        of.until ?? null,
        recordedAt,
        disposeOn,
        of.sensitiveUntil ?? null,
        of.foundAt ?? null,
        of.tellBy ?? null,
        of.toldAt ?? null,
        of.guardianSubject ?? null,
        of.evidence ?? null,
        of.since,
      ],
    );
  }

  /** Children found after the fact whose guardians have not been told, of whom something is left; at most 1000, the most urgent first. */
  async untold(now: Date): Promise<{ subject: SubjectRef; foundAt: Date; tellBy: Date | null }[]> {
    return this.sql.query(
      `select subject, found_at as "foundAt", tell_by as "tellBy" from (
         select distinct on (subject) subject, found_at, tell_by, told_at, guardian, until
           from guardian_history where tenant = $1 order by subject, version desc) as latest
        where found_at is not null and told_at is null and (until is null or until > $2)
          and not exists (select 1 from person p where p.tenant = $1 and p.subject = latest.subject and p.restricted_at is not null)
        order by tell_by nulls last limit 1000`,
      [this.tenant, now],
    );
  }
}

const statementOf = (row: Row): GuardianStatement => ({
  version: row.version,
  guardian: row.guardian,
  since: row.since,
  saidAt: row.saidAt,
  ...(row.until && { until: row.until }),
  ...(row.sensitiveUntil && { sensitiveUntil: row.sensitiveUntil }),
  ...(row.foundAt && { foundAt: row.foundAt }),
  ...(row.tellBy && { tellBy: row.tellBy }),
  ...(row.toldAt && { toldAt: row.toldAt }),
  ...(row.guardianSubject && { guardianSubject: row.guardianSubject }),
  ...(row.evidence && { evidence: row.evidence }),
});
