import type { SubjectRef, TenantId, Transaction } from '@lethe/kernel';

export interface CertificateRow {
  readonly certificate: string;
  readonly request: string;
  readonly body: string;
  readonly salt: string;
  readonly log_from: number;
  readonly document: string | null;
  readonly sha256: string | null;
  readonly final_body: string | null;
  readonly final_salt: string | null;
  readonly final_from: number | null;
}

/** All the SQL about what is handed out. The tenant has been entered. */
export class CertificateStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async ofRequest(request: string): Promise<CertificateRow | undefined> {
    const [row] = await this.sql.query<CertificateRow>('select * from certificate where tenant = $1 and request = $2', [
      this.tenant,
      request,
    ]);
    return row;
  }

  /** The document and whose it is, once there is one. */
  async document(certificate: string): Promise<{ document: string; subject: SubjectRef } | undefined> {
    const [row] = await this.sql.query<{ document: string; subject: SubjectRef }>(
      `select c.document, r.subject from certificate c join request r using (tenant, request)
        where c.tenant = $1 and c.certificate = $2 and c.document is not null`,
      [this.tenant, certificate],
    );
    return row;
  }

  /** Keeps the first draft: a second one changes nothing. @returns whether it was the first */
  async draft(one: {
    certificate: string;
    request: string;
    body: string;
    salt: string;
    from: number;
    backups: readonly string[];
  }): Promise<boolean> {
    const added = await this.sql.query(
      `insert into certificate (tenant, certificate, request, body, salt, log_from) values ($1, $2, $3, $4, $5, $6)
       on conflict (tenant, request) do nothing returning certificate`,
      [this.tenant, one.certificate, one.request, one.body, one.salt, one.from],
    );
    if (added.length === 0) return false;
    await this.sql.query(
      'insert into certificate_backup (tenant, certificate, backup) select $1, $2, backup from unnest($3::uuid[]) as new (backup)',
      [this.tenant, one.certificate, one.backups],
    );
    return true;
  }

  /** Backups that were not known when it was issued are waited for as well. */
  async waitFor(certificate: string, backups: readonly string[]): Promise<void> {
    if (backups.length === 0) return;
    await this.sql.query(
      'insert into certificate_backup (tenant, certificate, backup) select $1, $2, backup from unnest($3::uuid[]) as new (backup) on conflict do nothing',
      [this.tenant, certificate, backups],
    );
  }

  async issue(certificate: string, document: string, sha256: string): Promise<void> {
    await this.sql.query('update certificate set document = $3, sha256 = $4 where tenant = $1 and certificate = $2', [
      this.tenant,
      certificate,
      document,
      sha256,
    ]);
  }

  async draftFinal(certificate: string, body: string, salt: string, from: number): Promise<void> {
    await this.sql.query(
      'update certificate set final_body = $3, final_salt = $4, final_from = $5 where tenant = $1 and certificate = $2 and final_body is null',
      [this.tenant, certificate, body, salt, from],
    );
  }

  /** The backups it depends on, with when each went. */
  async backups(certificate: string): Promise<{ backup: string; gone_at: Date | null }[]> {
    return this.sql.query(
      `select b.backup, g.gone_at from certificate_backup b left join backup_gone g using (tenant, backup)
        where b.tenant = $1 and b.certificate = $2 order by b.backup`,
      [this.tenant, certificate],
    );
  }
}
