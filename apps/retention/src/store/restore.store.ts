import type { http } from '@lethe/contracts';
import type { Sql, TenantId } from '@lethe/kernel';
import type { z } from 'zod';
import type { BackupState } from '../domain/backup.ts';

export type RestoreReport = z.output<typeof http.restoreReport>;

export interface RestoreRow {
  readonly restore: string;
  readonly backup: string;
  readonly proposedBy: string;
  readonly confirmedBy: string | null;
  readonly report: RestoreReport | null;
  /** The code of the fault for which it was given up. */
  readonly failed: string | null;
}

const COLUMNS = `restore, backup, proposed_by as "proposedBy", confirmed_by as "confirmedBy", report, failed`;

/** The SQL of restores, inside one transaction of one tenant. */
export class RestoreStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async propose(restore: string, backup: string, by: string, now: Date): Promise<void> {
    await this.sql.query(
      `insert into restore (tenant, restore, backup, proposed_by, proposed_at) values ($1, $2, $3, $4, $5)`,
      [this.tenant, restore, backup, by, now],
    );
  }

  async find(restore: string, lock = false): Promise<RestoreRow | undefined> {
    const [row] = await this.sql.query<RestoreRow>(
      `select ${COLUMNS} from restore where tenant = $1 and restore = $2 ${lock ? 'for update' : ''}`,
      [this.tenant, restore],
    );
    return row;
  }

  /** The last of each backup, the newest first. */
  latest(): Promise<(RestoreRow & { readonly proposedAt: Date; readonly backupState: BackupState })[]> {
    return this.sql.query(
      `select * from (
         select distinct on (r.backup) r.restore, r.backup, r.proposed_by as "proposedBy", r.confirmed_by as "confirmedBy", r.report,
                r.failed, r.proposed_at as "proposedAt", b.state as "backupState"
           from restore r join backup b using (tenant, backup) where tenant = $1 order by r.backup, r.proposed_at desc, r.restore desc) as last
       order by "proposedAt" desc, restore desc`,
      [this.tenant],
    );
  }

  /** Confirmed, and neither done nor given up. */
  underWay(): Promise<RestoreRow[]> {
    return this.sql.query<RestoreRow>(
      `select ${COLUMNS} from restore where tenant = $1 and confirmed_at is not null and report is null and failed is null`,
      [this.tenant],
    );
  }

  async confirm(restore: string, by: string, now: Date): Promise<void> {
    await this.sql.query(`update restore set confirmed_by = $3, confirmed_at = $4 where tenant = $1 and restore = $2`, [
      this.tenant,
      restore,
      by,
      now,
    ]);
  }

  async finish(restore: string, report: RestoreReport): Promise<void> {
    await this.sql.query(`update restore set incarnation = $3, report = $4 where tenant = $1 and restore = $2`, [
      this.tenant,
      restore,
      report.incarnation,
      JSON.stringify(report),
    ]);
  }

  async giveUp(restore: string, code: string): Promise<void> {
    await this.sql.query(`update restore set failed = $3 where tenant = $1 and restore = $2`, [
      this.tenant,
      restore,
      code,
    ]);
  }
}
