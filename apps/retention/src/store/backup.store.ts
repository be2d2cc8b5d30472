import { type Day, type Sql, type TenantId } from '@lethe/kernel';
import type { BackupState, Destruction, IsolationCause, PlatformBackup } from '../domain/backup.ts';

export interface BackupRow {
  readonly backup: string;
  readonly state: BackupState;
  readonly takenAt: Date;
  readonly purgeOn: Day;
  readonly orderedAt: Date;
  readonly isolatedAt: Date | null;
  readonly purgedAt: Date | null;
  readonly moved: boolean;
  readonly filesGone: boolean;
  /** A part came when it had been given up, and its file is not seen to be gone. */
  readonly late: boolean;
  /** The store of the platform that answers for it; null: Lethe's own. */
  readonly holder: string | null;
  readonly classes: readonly string[];
  readonly from: Date | null;
  readonly rows: number;
  readonly bytes: number;
  /** Of Lethe's own: the classes of the parts in it; null: not told. */
  readonly told: readonly string[] | null;
}
export type BackupKnown = Omit<BackupRow, 'rows' | 'bytes' | 'told'>;

/** The backup as one of the platform's; undefined: it is Lethe's own. */
export const ofPlatform = ({ holder, classes, from }: Pick<BackupRow, 'holder' | 'classes' | 'from'>) =>
  holder === null || from === null ? undefined : { holder, classes, from };

export interface TakenPart {
  readonly backup: string;
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly snapshotAt: string;
  /** Of the parts in it; absent: they are not told. */
  readonly classes?: readonly string[] | undefined;
}

const COLUMNS = `b.backup, b.state, b.taken_at as "takenAt", b.purge_on::text as "purgeOn", b.ordered_at as "orderedAt",
  b.isolated_at as "isolatedAt", b.purged_at as "purgedAt", b.moved_at is not null as moved,
  b.files_gone_at is not null as "filesGone", b.late_at is not null as late, b.holder, b.classes, b.covers_from as "from"`;

/** The SQL of backups, inside one transaction of one tenant. */
export class BackupStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** False where one of that name is known. */
  async add(backup: { backup: string; takenAt: Date; purgeOn: Day; orderedAt: Date }): Promise<boolean> {
    const added = await this.sql.query(
      `insert into backup (tenant, backup, state, taken_at, purge_on, ordered_at) values ($1, $2, 'taking', $3, $4, $5)
       on conflict (tenant, backup) do nothing returning backup`,
      [this.tenant, backup.backup, backup.takenAt, backup.purgeOn, backup.orderedAt],
    );
    return added.length > 0;
  }

  /** True for the one who wrote it. @param orderedAt machine time */
  async register(
    one: PlatformBackup & { backup: string; until: Date; purgeOn: Day; orderedAt: Date },
  ): Promise<boolean> {
    const rows = await this.sql.query(
      `insert into backup (tenant, backup, state, taken_at, purge_on, ordered_at, holder, classes, covers_from)
       values ($1, $2, 'available', $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1 as one`,
      [this.tenant, one.backup, one.until, one.purgeOn, one.orderedAt, one.holder, one.classes, one.from],
    );
    return rows.length === 1;
  }

  /** When it was ordered that it be isolated or purged: of the platform's, of its holder. @param now machine time */
  async markTold(backup: string, now: Date): Promise<void> {
    await this.sql.query('update backup set told_at = $3 where tenant = $1 and backup = $2', [
      this.tenant,
      backup,
      now,
    ]);
  }

  async lock(backup: string): Promise<BackupKnown | undefined> {
    const [row] = await this.sql.query<BackupRow>(
      `select ${COLUMNS} from backup b where tenant = $1 and backup = $2 for update`,
      [this.tenant, backup],
    );
    return row;
  }

  async all(): Promise<BackupRow[]> {
    const rows = await this.sql.query<BackupRow>(
      `select ${COLUMNS}, coalesce(sum(p.rows), 0)::text as rows, coalesce(sum(p.bytes), 0)::text as bytes,
              (select o.classes from backup_part o where o.tenant = b.tenant and o.backup = b.backup and o.classes is not null limit 1) as told
         from backup b left join backup_part p using (tenant, backup) where b.tenant = $1
        group by b.tenant, b.backup order by b.ordered_at desc, b.backup`,
      [this.tenant],
    );
    return rows.map((row) => ({ ...row, rows: Number(row.rows), bytes: Number(row.bytes) }));
  }

  async addPart(service: string, part: TakenPart): Promise<void> {
    await this.sql.query(
      `insert into backup_part (tenant, backup, service, tables, rows, bytes, sha256, snapshot_at, classes)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
      [
        ...[this.tenant, part.backup, service, part.tables, part.rows, part.bytes, part.sha256, part.snapshotAt],
        part.classes ?? null,
      ],
    );
  }

  /** The parts that have been put in, with the digest of each. */
  async parts(backup: string): Promise<{ readonly service: string; readonly sha256: string }[]> {
    return this.sql.query(`select service, sha256 from backup_part where tenant = $1 and backup = $2`, [
      this.tenant,
      backup,
    ]);
  }

  async markAvailable(backup: string): Promise<void> {
    await this.sql.query(`update backup set state = 'available' where tenant = $1 and backup = $2`, [
      this.tenant,
      backup,
    ]);
  }

  async markIsolated(backup: string, because: IsolationCause, legalNow: Date): Promise<void> {
    await this.sql.query(
      `update backup set state = 'isolated', isolated_because = $3, isolated_at = $4 where tenant = $1 and backup = $2`,
      [this.tenant, backup, because, legalNow],
    );
  }

  /** Available backups, locked: Lethe's own ordered before an instant of machine time, and those of the platform. */
  async availableBefore(at: Date): Promise<BackupKnown[]> {
    return this.sql.query<BackupKnown>(
      `select ${COLUMNS} from backup b where tenant = $1 and state = 'available' and (ordered_at <= $2 or holder is not null)
        order by backup for update`,
      [this.tenant, at],
    );
  }

  /** Isolated backups of Lethe's own whose files have not been moved yet. */
  async toMove(): Promise<string[]> {
    const rows = await this.sql.query<{ backup: string }>(
      `select backup from backup where tenant = $1 and state = 'isolated' and moved_at is null and holder is null order by backup`,
      [this.tenant],
    );
    return rows.map(({ backup }) => backup);
  }

  async markMoved(backup: string, now: Date): Promise<void> {
    await this.sql.query(`update backup set moved_at = coalesce(moved_at, $3) where tenant = $1 and backup = $2`, [
      this.tenant,
      backup,
      now,
    ]);
  }

  async markKeyIsolated(backup: string, at: Date): Promise<void> {
    await this.sql.query(
      `update backup set key_isolated_at = coalesce(key_isolated_at, $3) where tenant = $1 and backup = $2`,
      [this.tenant, backup, at],
    );
  }

  /** Every backup as it stands, oldest first. */
  async known(): Promise<(BackupKnown & { readonly because: IsolationCause | null })[]> {
    return this.sql.query(
      `select ${COLUMNS}, b.isolated_because as because from backup b
        where tenant = $1 order by ordered_at, backup`,
      [this.tenant],
    );
  }

  /** Backups that are not purged, locked. Whoever has one in hand is waited for: what is passed over would miss its day, or be counted as gone. */
  async unpurged(): Promise<BackupKnown[]> {
    return this.sql.query(
      `select ${COLUMNS} from backup b
        where tenant = $1 and state <> 'purged' order by backup for update`,
      [this.tenant],
    );
  }

  /** A part came when its backup had been given up: its file lies there. */
  async markLate(backup: string, now: Date): Promise<void> {
    await this.sql.query(`update backup set late_at = $3 where tenant = $1 and backup = $2`, [
      this.tenant,
      backup,
      now,
    ]);
  }

  async late(): Promise<{ readonly backup: string; readonly since: Date }[]> {
    return this.sql.query(
      `select backup, late_at as since from backup where tenant = $1 and late_at is not null order by backup`,
      [this.tenant],
    );
  }

  /** @param since of which part that was; one that came after it is still there */
  async lateGone(backup: string, since: Date): Promise<void> {
    await this.sql.query(`update backup set late_at = null where tenant = $1 and backup = $2 and late_at = $3`, [
      this.tenant,
      backup,
      since,
    ]);
  }

  async markPurging(backups: readonly string[]): Promise<void> {
    await this.sql.query(`update backup set state = 'purging' where tenant = $1 and backup = any($2)`, [
      this.tenant,
      backups,
    ]);
  }

  /** True for the one who wrote it: the purge is then ordered once. */
  async markFilesGone(backup: string, now: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `update backup set files_gone_at = $3 where tenant = $1 and backup = $2 and state = 'purging' and files_gone_at is null returning 1 as one`,
      [this.tenant, backup, now],
    );
    return rows.length === 1;
  }

  async countFailure(backup: string): Promise<void> {
    await this.sql.query(`update backup set failures = failures + 1 where tenant = $1 and backup = $2`, [
      this.tenant,
      backup,
    ]);
  }

  /** True for the one who wrote it. Only a backup whose files are gone is ever purged. */
  async markPurged(backup: string, legalNow: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `update backup set state = 'purged', purged_at = $3
        where tenant = $1 and backup = $2 and state = 'purging' and files_gone_at is not null returning 1 as one`,
      [this.tenant, backup, legalNow],
    );
    return rows.length === 1;
  }

  /** Remembers the last destruction, so that a backup still being taken is isolated as soon as it is whole. */
  async markDestroyed({ because, at }: Destruction, legalAt: Date): Promise<void> {
    await this.sql.query(
      `insert into tenant_guard (tenant, destroyed_at, destroyed_because, destroyed_legal_at) values ($1, $2, $3, $4)
       on conflict (tenant) do update set
         destroyed_because = case when tenant_guard.destroyed_at >= excluded.destroyed_at then tenant_guard.destroyed_because else excluded.destroyed_because end,
         destroyed_at = greatest(tenant_guard.destroyed_at, excluded.destroyed_at),
         destroyed_legal_at = greatest(tenant_guard.destroyed_legal_at, excluded.destroyed_legal_at)`,
      [this.tenant, at, because, legalAt],
    );
  }

  /** Takes the tenant's guard: sweeps, holds on the tenant and backups becoming whole take turns. */
  async lockGuard(): Promise<(Destruction & { readonly legalAt: Date }) | undefined> {
    await this.sql.query(`insert into tenant_guard (tenant) values ($1) on conflict do nothing`, [this.tenant]);
    const [row] = await this.sql.query<{ at: Date | null; because: IsolationCause; legalAt: Date | null }>(
      `select destroyed_at as at, destroyed_because as because, destroyed_legal_at as "legalAt" from tenant_guard where tenant = $1 for update`,
      [this.tenant],
    );
    return row?.at ? { at: row.at, because: row.because, legalAt: row.legalAt ?? row.at } : undefined;
  }
}
