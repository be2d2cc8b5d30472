import { createPrivateKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { Fault, type Database, type TenantId } from '@lethe/kernel';
import type { EpochKeys } from './epoch-keys.ts';
import type { Slots } from './slots.ts';
import { unwrapBytes, wrapBytes, type WrapContext } from './wrap.ts';

/** Who let a backup's key be opened; two different people. */
export interface Approval {
  /** `iss#sub` of the approver's token. */
  readonly by: string;
  readonly reason: string;
}

interface BackupKeyRow {
  readonly public_key: string;
  readonly state: 'available' | 'isolated' | 'destroyed';
  readonly slot_key: string | null;
  readonly isolated_at: Date | null;
  readonly destroyed_at: Date | null;
  readonly epoch: number | null;
  readonly wrapped: Buffer | null;
}

export const backupContext = (tenant: string, backup: string): WrapContext => ['backup', tenant, backup];
export const isolatedContext = (tenant: string, backup: string): WrapContext => ['isolated backup', tenant, backup];

const destroyed = () =>
  new Fault('missing', 'sealing/backup-key-destroyed', 'the key of this backup was never made or has been destroyed');
const forbidden = (why: string) => new Fault('forbidden', 'sealing/two-approvals', why);

/** The key pair of each backup: the public half for everyone, the private half for a restore. */
export class BackupKeys {
  constructor(
    private readonly database: Database,
    private readonly quarantine: Database | undefined,
    private readonly epochs: EpochKeys,
    private readonly slots: Slots,
  ) {}

  async make(tenant: TenantId, backup: string): Promise<string> {
    const known = await this.row(tenant, backup);
    if (known?.state === 'destroyed') throw destroyed();
    if (known !== undefined) return known.public_key;
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const bytes = privateKey.export({ format: 'der', type: 'pkcs8' });
    const made = await this.epochs.transaction(async (sql, epoch) => {
      const wrapped = wrapBytes(epoch.key, backupContext(tenant, backup), bytes);
      const [row] = await sql.query<BackupKeyRow>('select * from keyring.make_backup_key($1, $2, $3, $4, $5)', [
        tenant,
        epoch.number,
        backup,
        publicKey.export({ format: 'jwk' }).x!,
        wrapped,
      ]);
      return row!;
    });
    bytes.fill(0);
    if (made.state === 'destroyed') throw destroyed();
    return made.public_key;
  }

  async isolate(tenant: TenantId, backup: string): Promise<{ readonly at: Date }> {
    const isolated = await this.epochs.within(async () => {
      const row = await this.row(tenant, backup);
      if (row === undefined || row.state === 'destroyed') throw destroyed();
      if (row.state === 'isolated') return row;
      const bytes = unwrapBytes(await this.epochs.key(row.epoch!), backupContext(tenant, backup), row.wrapped!);
      const name = `isolation-${randomUUID()}`;
      const wrapped = wrapBytes(await this.slots.make(name), isolatedContext(tenant, backup), bytes);
      bytes.fill(0);
      const [moved] = await this.database.transaction((sql) =>
        sql.query<BackupKeyRow>('select * from keyring.isolate_backup_key($1, $2, $3, $4)', [
          tenant,
          backup,
          name,
          wrapped,
        ]),
      );
      if (moved!.slot_key !== name) await this.slots.destroy(name);
      return moved!;
    });
    return { at: isolated.isolated_at! };
  }

  async open(tenant: TenantId, backup: string, approvals: readonly [Approval, Approval]): Promise<KeyObject> {
    const [first, second] = approvals;
    if (first.by.trim() === '' || second.by.trim() === '' || first.by.trim() === second.by.trim())
      throw forbidden('two different people must approve');
    if (first.reason.trim() === '' || second.reason.trim() === '') throw forbidden('an approval has a reason');
    const { quarantine } = this;
    if (quarantine === undefined) throw forbidden('this process has no quarantine login');
    // Approvals are written down by the quarantine login before anything is read, also for a key that is not isolated.
    const fromIsolation = async (): Promise<Buffer | undefined> => {
      const [isolated] = await quarantine.transaction((sql) =>
        sql.query<{ slot_key: string; wrapped: Buffer }>(
          'select * from isolation.open_backup_key($1, $2, $3, $4, $5, $6)',
          [tenant, backup, first.by, first.reason, second.by, second.reason],
        ),
      );
      return isolated && this.isolated(tenant, backup, isolated);
    };
    // Between the first look and the second the key may have been moved into isolation; it never moves back.
    const bytes = (await fromIsolation()) ?? (await this.available(tenant, backup)) ?? (await fromIsolation());
    if (bytes === undefined) throw destroyed();
    const key = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
    bytes.fill(0);
    return key;
  }

  /** The rows go first: without its row the key in the slots opens nothing, and a repetition finds its name. */
  async destroy(tenant: TenantId, backup: string): Promise<{ readonly at: Date }> {
    const [row] = await this.database.transaction((sql) =>
      sql.query<BackupKeyRow>('select * from keyring.destroy_backup_key($1, $2)', [tenant, backup]),
    );
    if (row!.slot_key !== null) await this.slots.destroy(row!.slot_key);
    return { at: row!.destroyed_at! };
  }

  /** Undefined when the key is not, or no longer, where available ones lie. */
  private async available(tenant: TenantId, backup: string): Promise<Buffer | undefined> {
    return this.epochs.within(async () => {
      const row = await this.row(tenant, backup);
      if (row?.wrapped == null) return undefined;
      return unwrapBytes(await this.epochs.key(row.epoch!), backupContext(tenant, backup), row.wrapped);
    });
  }

  private async isolated(
    tenant: TenantId,
    backup: string,
    row: { readonly slot_key: string; readonly wrapped: Buffer },
  ): Promise<Buffer> {
    const key = await this.slots.read(row.slot_key);
    if (key === undefined)
      throw new Fault(
        'unavailable',
        'sealing/isolation-key-gone',
        'the key of this isolated backup is in neither slot',
      );
    return unwrapBytes(key, isolatedContext(tenant, backup), row.wrapped);
  }

  private async row(tenant: TenantId, backup: string): Promise<BackupKeyRow | undefined> {
    const [row] = await this.database.transaction((sql) =>
      sql.query<BackupKeyRow>('select * from keyring.backup_key where tenant = $1 and backup = $2', [tenant, backup]),
    );
    return row;
  }
}
