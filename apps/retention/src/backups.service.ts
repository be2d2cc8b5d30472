import { events, type http } from '@lethe/contracts';
import { dayOf, Fault, type TenantId, type Transaction } from '@lethe/kernel';
import { type AnswerOf, type BackupPlace, type ServiceContext } from '@lethe/platform';
import { backupPurgeDay } from '@lethe/policy';
import {
  awaited,
  mustPurge,
  whenPartIsIn,
  type BackedUp,
  type Destruction,
  type IsolationCause,
  type Standing,
} from './domain/backup.ts';
import { Clearing } from './clearing.ts';
import type { LongPoll } from './long-poll.ts';
import { shownOfPlatform, type PlatformBackupsService } from './platform-backups.service.ts';
import { BackupStore, ofPlatform, type TakenPart } from './store/backup.store.ts';
import { EndStore } from './store/end.store.ts';

/** What of one of Lethe's own is not done yet, though it is so decided. */
const shownOfOwn = (
  row: Standing & { readonly holder: string | null; readonly late: boolean },
): Pick<AnswerOf<typeof http.Backups>['backups'][number], 'awaited'> => {
  const wanted = row.late ? 'purge' : row.holder === null ? awaited(row) : undefined;
  return wanted === undefined ? {} : { awaited: wanted };
};

/** Facts about a backup concern no one person: one slot carries them in order. */
const BACKUP_SLOT = 0;

/** Backups of a tenant: catalogued, isolated when something in them is destroyed, purged on their date. */
export class BackupsService {
  private readonly clearing: Clearing;

  constructor(
    private readonly context: ServiceContext,
    private readonly files: BackupPlace,
    private readonly longPoll: LongPoll,
    private readonly platform: PlatformBackupsService,
  ) {
    this.clearing = new Clearing(context);
  }

  /**
   * Orders a backup of the tenant across all services; waits up to `waitMs` until it is whole. One that was named and is known is
   * not ordered again. @param now machine time
   */
  async take(
    tenant: TenantId,
    asked: { backup?: string | undefined; keepDays?: number | undefined; waitMs: number },
    now: Date,
  ): Promise<AnswerOf<typeof http.TakeBackup>> {
    const [pack, takenAt] = await Promise.all([this.context.packs.pack(tenant), this.context.clock.legalNow(tenant)]);
    const backup = asked.backup?.toLowerCase() ?? this.context.newId();
    await this.context.database.within(tenant, async (sql) => {
      if ((await new EndStore(sql, tenant).present())?.reachedAt)
        throw new Fault('conflict', 'retention/tenant-ended', 'nothing of the tenant is left to be copied');
      const store = new BackupStore(sql, tenant);
      const isNew = await store.add({
        backup,
        takenAt,
        purgeOn: backupPurgeDay(pack, takenAt, asked.keepDays),
        orderedAt: now,
      });
      if (!isNew) {
        if (ofPlatform((await store.lock(backup))!) !== undefined)
          throw new Fault('conflict', 'retention/backup-known', 'the id is that of a backup of the platform', 'backup');
        return;
      }
      await this.context.outbox.announce(sql, events.BackupOrderedV1, this.about(tenant, now), {
        backup,
        at: takenAt.toISOString(),
      });
    });
    const whole = await this.longPoll.until(asked.waitMs, async () => {
      const row = await this.context.database.within(tenant, (sql) => new BackupStore(sql, tenant).lock(backup));
      return row && row.state !== 'taking' ? row.state : undefined;
    });
    return { backup, state: whole ?? 'taking' };
  }

  /** One service's part is in. Whole, the backup is available, unless something in it has been destroyed meanwhile. */
  async partTaken(sql: Transaction, tenant: TenantId, service: BackedUp, part: TakenPart, now: Date): Promise<void> {
    const store = new BackupStore(sql, tenant);
    const last = await store.lockGuard();
    const row = await store.lock(part.backup);
    if (!row) return;
    await store.addPart(service, part);
    if (row.state === 'purging' || row.state === 'purged') {
      // Too late: given up meanwhile. Its key is dead or dying; the file goes as well, now or with a later sweep.
      await store.markLate(part.backup, now);
      sql.afterCommit(() => void this.removeLate(tenant));
      return;
    }
    if (row.state !== 'taking') return;
    const services = (await store.parts(part.backup)).map((each) => each.service);
    const next = whenPartIsIn({ orderedAt: row.orderedAt, services }, last);
    if (!next) return;
    if (next.state === 'available') await store.markAvailable(part.backup);
    else await this.isolateOne(sql, tenant, part.backup, next.because, now);
    sql.afterCommit(() => this.longPoll.wake());
  }

  /** Something that copies may hold was destroyed: every whole backup from before is isolated. */
  async destroyed(sql: Transaction, tenant: TenantId, destruction: Destruction, now: Date): Promise<void> {
    const store = new BackupStore(sql, tenant);
    await store.lockGuard();
    // It lay a moment back by the machine's clock, and so by the tenant's.
    const legalNow = await this.context.clock.legalNow(tenant);
    const legalAt = new Date(legalNow.getTime() - (now.getTime() - destruction.at.getTime()));
    await store.markDestroyed(destruction, legalAt);
    for (const row of await store.availableBefore(destruction.at)) {
      const { backup } = row;
      const theirs = ofPlatform(row);
      if (theirs === undefined) await this.isolateOne(sql, tenant, backup, destruction.because, now);
      else await this.platform.destroyed(sql, tenant, { backup, ...theirs }, { ...destruction, legalAt }, now);
    }
  }

  private async isolateOne(
    sql: Transaction,
    tenant: TenantId,
    backup: string,
    because: IsolationCause,
    now: Date,
  ): Promise<void> {
    const legalNow = await this.context.clock.legalNow(tenant);
    const store = new BackupStore(sql, tenant);
    await store.markIsolated(backup, because, legalNow);
    await store.markTold(backup, now);
    await this.context.outbox.announce(sql, events.BackupIsolatedV1, this.about(tenant, now), {
      backup,
      because,
      at: legalNow.toISOString(),
    });
    sql.afterCommit(() => void this.moveIsolated(tenant, now));
  }

  /** Moves the files of isolated backups to the isolation folder. What fails is tried again by the next sweep. @param now machine time */
  async moveIsolated(tenant: TenantId, now: Date): Promise<void> {
    try {
      const backups = await this.context.database.within(tenant, (sql) => new BackupStore(sql, tenant).toMove());
      for (const backup of backups) {
        await this.files.isolate(tenant, backup);
        await this.context.database.within(tenant, (sql) => new BackupStore(sql, tenant).markMoved(backup, now));
      }
    } catch (error) {
      this.warn(tenant, 'retention/isolation-failed', error);
    }
  }

  /** Removes the files of parts that came when their backup had been given up. What fails is tried again by the next sweep. */
  async removeLate(tenant: TenantId): Promise<void> {
    try {
      const late = await this.context.database.within(tenant, (sql) => new BackupStore(sql, tenant).late());
      for (const { backup, since } of late) {
        let cause: unknown;
        const gone = await this.files.remove(tenant, backup).catch((error: unknown) => {
          cause = error;
          return false;
        });
        await this.context.database.within(tenant, async (sql) => {
          const store = new BackupStore(sql, tenant);
          await (gone ? store.lateGone(backup, since) : store.countFailure(backup));
        });
        if (!gone) this.warn(tenant, 'retention/purge-failed', cause);
      }
    } catch (error) {
      this.warn(tenant, 'retention/purge-failed', error);
    }
  }

  /**
   * Purges what has reached its date: files removed and seen to be gone, then the order that destroys the key.
   * None goes while disposal is stopped, or past the days that were swept; of a tenant whose keys are dead it is no date that says so.
   * Safe with any number of sweeps, and after a crash at any point. How many purges were ordered. @param now machine time
   */
  async purgeDue(tenant: TenantId, now: Date): Promise<number> {
    const { clock, database, outbox } = this.context;
    const today = dayOf(await clock.legalNow(tenant), await clock.zone(tenant));
    const { due, ordered } = await database.within(tenant, async (sql) => {
      const store = new BackupStore(sql, tenant);
      await store.lockGuard();
      const waits = await this.clearing.waits(sql, tenant, now);
      if (waits === 'stopped-by-officer') return { due: [], ordered: 0 };
      // Of a tenant whose keys are dead no backup is of any use.
      const over = (await new EndStore(sql, tenant).present())?.shreddedAt !== undefined;
      const rows = (await store.unpurged()).filter(
        (row) => !row.filesGone && (over || (!waits && mustPurge(row, today, now))),
      );
      const due = rows.filter(({ holder }) => holder === null).map(({ backup }) => backup);
      await store.markPurging(due);
      return { due, ordered: await this.platform.orderPurges(sql, tenant, rows, now) };
    });
    let purged = ordered;
    for (const backup of due) {
      let cause: unknown;
      const gone = await this.files.remove(tenant, backup).catch((error: unknown) => {
        cause = error;
        return false;
      });
      purged += await database.within(tenant, async (sql) => {
        const store = new BackupStore(sql, tenant);
        if (!gone) {
          await store.countFailure(backup);
          return 0;
        }
        if (!(await store.markFilesGone(backup, now))) return 0;
        const at = (await clock.legalNow(tenant)).toISOString();
        await outbox.announce(sql, events.BackupPurgedV1, this.about(tenant, now), { backup, at });
        return 1;
      });
      if (!gone) this.warn(tenant, 'retention/purge-failed', cause);
    }
    return purged;
  }

  async keyIsolated(sql: Transaction, tenant: TenantId, backup: string, now: Date): Promise<void> {
    await new BackupStore(sql, tenant).markKeyIsolated(backup, now);
  }

  /** The key is dead and the files were gone before it: nothing can bring back what the backup held. */
  async keyDestroyed(sql: Transaction, tenant: TenantId, backup: string, now: Date): Promise<void> {
    const legalNow = await this.context.clock.legalNow(tenant);
    if (!(await new BackupStore(sql, tenant).markPurged(backup, legalNow))) return;
    await this.context.outbox.announce(sql, events.BackupGoneV1, this.about(tenant, now), {
      backup,
      at: legalNow.toISOString(),
    });
    sql.afterCommit(() => this.longPoll.wake());
  }

  async all(tenant: TenantId): Promise<AnswerOf<typeof http.Backups>> {
    const rows = await this.context.database.within(tenant, (sql) => new BackupStore(sql, tenant).all());
    return {
      backups: rows.map(
        ({ backup, state, takenAt, purgeOn, isolatedAt, purgedAt, rows: count, bytes, told, ...row }) => ({
          backup,
          state,
          takenAt: takenAt.toISOString(),
          purgeOn,
          rows: count,
          bytes,
          ...(told === null ? {} : { classes: [...told] }),
          ...(isolatedAt ? { isolatedAt: isolatedAt.toISOString() } : {}),
          ...(purgedAt ? { purgedAt: purgedAt.toISOString() } : {}),
          ...shownOfOwn({ state, isolatedAt, ...row }),
          ...shownOfPlatform({ state, takenAt, isolatedAt, ...row }),
        }),
      ),
    };
  }

  private about(tenant: TenantId, now: Date) {
    return { tenant, slot: BACKUP_SLOT, now };
  }

  /** @param error why; absent where something is left though nothing failed */
  private warn(tenant: TenantId, code: string, error?: unknown): void {
    this.context.logger.warn(
      { ...(error === undefined ? {} : { error }), tenant, code },
      'files of a backup could not be handled; the next sweep tries again',
    );
  }
}
