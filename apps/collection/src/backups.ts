import { events, TENANT_SLOT, type Envelope } from '@lethe/contracts';
import type { TenantId, Transaction } from '@lethe/kernel';
import type { Room } from './room.ts';
import { BackupStore } from './store/backup.store.ts';

/** Keys of backups: made, isolated and destroyed here, because only collection opens the keyring. */
export class Backups {
  constructor(private readonly room: Room) {}

  /** Makes the backup's key pair and says the public half; every service, this one too, exports when it hears it. */
  async ordered(sql: Transaction, event: Envelope<typeof events.BackupOrderedV1>, now: Date): Promise<void> {
    const { tenant, data } = event;
    const store = new BackupStore(sql, tenant);
    if ((await store.find(data.backup)) !== undefined) return;
    const publicKey = await this.room.keyring.makeBackupKey(tenant, data.backup);
    await store.add(data.backup, publicKey, now);
    await this.room.context.outbox.announceEverywhere(
      sql,
      events.BackupKeyMadeV1,
      { tenant, now },
      { backup: data.backup, publicKey },
    );
    sql.afterCommit(() => this.room.wake(tenant));
  }

  async isolated(sql: Transaction, event: Envelope<typeof events.BackupIsolatedV1>, now: Date): Promise<void> {
    const { tenant, data } = event;
    const store = new BackupStore(sql, tenant);
    const known = await store.find(data.backup);
    if (known === undefined || known.isolatedAt !== undefined || known.destroyedAt !== undefined) return;
    const { at } = await this.room.keyring.isolateBackupKey(tenant, data.backup);
    await store.isolated(data.backup, at);
    await this.room.context.outbox.announce(
      sql,
      events.BackupKeyIsolatedV1,
      { tenant, slot: TENANT_SLOT, now },
      { backup: data.backup, at: at.toISOString() },
    );
  }

  /** Says again which keys of backups are isolated and which are dead, to whoever still waits for it. */
  async stateAnew(sql: Transaction, tenant: TenantId, now: Date): Promise<void> {
    const { outbox } = this.room.context;
    for (const { backup, isolatedAt, destroyedAt } of await new BackupStore(sql, tenant).all()) {
      const about = { tenant, slot: TENANT_SLOT, now };
      if (destroyedAt !== undefined)
        await outbox.announce(sql, events.BackupKeyDestroyedV1, about, { backup, at: destroyedAt.toISOString() });
      else if (isolatedAt !== undefined)
        await outbox.announce(sql, events.BackupKeyIsolatedV1, about, { backup, at: isolatedAt.toISOString() });
    }
  }

  /**
   * The files are gone; with the key's death no copy of them opens. Orders have a topic of their own: one may be heard before
   * the backup it purges, whose key is then never made.
   */
  async purged(sql: Transaction, event: Envelope<typeof events.BackupPurgedV1>, now: Date): Promise<void> {
    const { tenant, data } = event;
    const store = new BackupStore(sql, tenant);
    const known = await store.find(data.backup);
    if (known?.destroyedAt !== undefined) return;
    const { at } = await this.room.keyring.destroyBackupKey(tenant, data.backup);
    if (known === undefined) await store.add(data.backup, '', now);
    await store.destroyed(data.backup, at);
    await this.room.context.outbox.announce(
      sql,
      events.BackupKeyDestroyedV1,
      { tenant, slot: TENANT_SLOT, now },
      { backup: data.backup, at: at.toISOString() },
    );
  }
}
