import type { Sql, SubjectRef, TenantId } from '@lethe/kernel';

/** A notice as it was shown to one person. Never altered. */
export interface ShownNotice {
  readonly notice: string;
  readonly subject: SubjectRef;
  readonly about: string;
  readonly version: string;
  readonly language: string;
  readonly channel: string;
  readonly says: readonly string[];
  readonly asks: boolean;
  readonly shownAt: Date;
}

const ROW = `notice, subject, about, version, language, channel, says, asks, shown_at as "shownAt"`;

/** The SQL of notices as shown, inside one transaction of one tenant. */
export class NoticeStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async append(shown: ShownNotice, recordedAt: Date, disposeOn: string): Promise<void> {
    await this.sql.query(
      `insert into notice_shown (tenant, notice, subject, about, version, language, channel, says, asks, shown_at, recorded_at, dispose_on)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        this.tenant,
        shown.notice,
        shown.subject,
        shown.about,
        shown.version,
        shown.language,
        shown.channel,
        shown.says,
        shown.asks,
        shown.shownAt,
        recordedAt,
        disposeOn,
      ],
    );
  }

  /** What was shown to these people, oldest first. */
  async of(subjects: readonly SubjectRef[]): Promise<ShownNotice[]> {
    return this.sql.query<ShownNotice>(
      `select ${ROW} from notice_shown where tenant = $1 and subject = any($2) order by shown_at, notice`,
      [this.tenant, [...new Set(subjects)]],
    );
  }
}
