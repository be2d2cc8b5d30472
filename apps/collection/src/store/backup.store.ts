import type { Sql, TenantId } from '@lethe/kernel';

export interface BackupRow {
  readonly backup: string;
  readonly publicKey: string;
  readonly takenAt?: Date | undefined;
  readonly isolatedAt?: Date | undefined;
  readonly destroyedAt?: Date | undefined;
}

/** What collection knows of the backups whose keys it keeps, inside one transaction. */
export class BackupStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Locked until the transaction ends. */
  async find(backup: string): Promise<BackupRow | undefined> {
    return (await this.read('backup = $1 for update', [backup]))[0];
  }

  /** Backups whose key is made and whose tables are not exported yet. */
  async untaken(): Promise<BackupRow[]> {
    return this.read('taken_at is null and destroyed_at is null order by ordered_at', []);
  }

  async all(): Promise<BackupRow[]> {
    return this.read('true order by ordered_at', []);
  }

  async add(backup: string, publicKey: string, now: Date): Promise<void> {
    await this.sql.query(
      `insert into backup (tenant, backup, public_key, state, ordered_at) values ($1, $2, $3, 'available', $4) on conflict do nothing`,
      [this.tenant, backup, publicKey, now],
    );
  }

  async taken(backup: string, now: Date): Promise<boolean> {
    return (
      (
        await this.sql.query('update backup set taken_at = $2 where backup = $1 and taken_at is null returning 1', [
          backup,
          now,
        ])
      ).length > 0
    );
  }

  async isolated(backup: string, at: Date): Promise<void> {
    await this.sql.query(`update backup set state = 'isolated', isolated_at = $2 where backup = $1`, [backup, at]);
  }

  async destroyed(backup: string, at: Date): Promise<void> {
    await this.sql.query(`update backup set state = 'purged', destroyed_at = $2 where backup = $1`, [backup, at]);
  }

  private async read(where: string, values: readonly unknown[]): Promise<BackupRow[]> {
    const rows = await this.sql.query<{
      backup: string;
      public_key: string;
      taken_at: Date | null;
      isolated_at: Date | null;
      destroyed_at: Date | null;
    }>(`select backup, public_key, taken_at, isolated_at, destroyed_at from backup where ${where}`, values);
    return rows.map((row) => ({
      backup: row.backup,
      publicKey: row.public_key,
      takenAt: row.taken_at ?? undefined,
      isolatedAt: row.isolated_at ?? undefined,
      destroyedAt: row.destroyed_at ?? undefined,
    }));
  }
}
