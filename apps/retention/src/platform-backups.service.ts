import { events, TENANT_SLOT, type http } from '@lethe/contracts';
import { Fault, type TenantId, type Transaction } from '@lethe/kernel';
import type { AnswerOf, Asked, ServiceContext } from '@lethe/platform';
import { backupPurgeDay, CLOCK_TOLERANCE_MS, isCovered, judgeRestore, mayLieIn } from '@lethe/policy';
import {
  awaited,
  standing,
  type Destruction,
  type IsolationCause,
  type PlatformBackup,
  type Wanted,
} from './domain/backup.ts';
import type { LongPoll } from './long-poll.ts';
import { BackupStore, ofPlatform, type BackupKnown } from './store/backup.store.ts';

/** They speak for themselves. */
const NAMES_TAKEN = ['lethe', 'collection', 'consent', 'retention', 'erasure', 'disclosure'];

interface Theirs extends PlatformBackup {
  readonly backup: string;
}

/**
 * Backups the platform's stores took of what they hold, and registered: rows of the one catalogue, whose holder isolates and
 * purges them by order, and says so. What is said is counted and never believed in silence.
 */
export class PlatformBackupsService {
  constructor(
    private readonly context: ServiceContext,
    private readonly longPoll: LongPoll,
  ) {}

  /**
   * Enters a backup into the catalogue; one that covers a time since which anything was destroyed is isolated from the start.
   * @param now machine time
   * @throws Fault `invalid` for a time that has not come, or a class the pack does not have; `conflict` for a known id
   */
  async register(
    tenant: TenantId,
    asked: Asked<typeof http.RegisterBackup>['body'],
    now: Date,
  ): Promise<AnswerOf<typeof http.RegisterBackup>> {
    const [pack, legalNow] = await Promise.all([this.context.packs.pack(tenant), this.context.clock.legalNow(tenant)]);
    const [from, until] = [new Date(asked.from), new Date(asked.until)];
    if (NAMES_TAKEN.includes(asked.participant))
      throw new Fault('conflict', 'retention/name-taken', 'a part of Lethe has this name', 'participant');
    if (from > until) throw new Fault('invalid', 'retention/ends-before-it-begins', 'it begins after its end', 'from');
    if (until.getTime() > legalNow.getTime() + CLOCK_TOLERANCE_MS)
      throw new Fault('invalid', 'retention/not-yet', 'no backup covers what is to come', 'until');
    if (asked.classes.some((of) => !pack.classes.has(of)))
      throw new Fault('invalid', 'retention/no-such-class', 'the policy has no such class', 'classes');
    const latest = backupPurgeDay(pack, until);
    const one = {
      backup: asked.backup.toLowerCase(),
      holder: asked.participant,
      classes: [...new Set(asked.classes)].sort(),
      from,
      until,
      purgeOn: asked.purgeOn < latest ? asked.purgeOn : latest,
      orderedAt: now,
    };
    return this.context.database.within(tenant, async (sql) => {
      const store = new BackupStore(sql, tenant);
      const last = await store.lockGuard();
      if (await store.register(one)) {
        await this.context.outbox.announce(sql, events.BackupRegisteredV1, about(tenant, now), {
          backup: one.backup,
          holder: one.holder,
          classes: one.classes,
          from: from.toISOString(),
          until: until.toISOString(),
          purgeOn: one.purgeOn,
          at: legalNow.toISOString(),
        });
        if (last && isCovered(one, last.legalAt)) await this.isolate(sql, tenant, one, last.because, now);
      }
      const row = await store.lock(one.backup);
      if (!row || !isSame(row, one))
        throw new Fault('conflict', 'retention/backup-known', 'the id is that of another backup', 'backup');
      return { backup: row.backup, state: row.state, purgeOn: row.purgeOn };
    });
  }

  /** Isolates an available backup if what was destroyed may lie in it. @param now machine time */
  async destroyed(
    sql: Transaction,
    tenant: TenantId,
    backup: Theirs,
    destruction: Destruction & { readonly legalAt: Date },
    now: Date,
  ): Promise<void> {
    if (mayLieIn(backup, destruction.legalAt, destruction.classes))
      await this.isolate(sql, tenant, backup, destruction.because, now);
  }

  /** Orders those of the platform among backups that are due to be purged, each once; how many. */
  async orderPurges(sql: Transaction, tenant: TenantId, due: readonly BackupKnown[], now: Date): Promise<number> {
    const store = new BackupStore(sql, tenant);
    let ordered = 0;
    for (const row of due) {
      const theirs = ofPlatform(row);
      if (theirs === undefined || row.state === 'purging') continue;
      await store.markPurging([row.backup]);
      await this.order(sql, tenant, { backup: row.backup, holder: theirs.holder, wanted: 'purge' }, now);
      ordered += 1;
    }
    return ordered;
  }

  /**
   * A holder says that it has carried an order out. Where copies are left it has not: the order stays open, and a purge that
   * failed is a finding. What was not ordered cannot have been carried out.
   * @param now machine time
   * @throws Fault `missing` for a backup the platform has not registered; `conflict` for another's, or before any order
   */
  async ack(
    tenant: TenantId,
    asked: string,
    { participant, wanted, left }: Asked<typeof http.AckBackup>['body'],
    now: Date,
  ): Promise<AnswerOf<typeof http.AckBackup>> {
    const legalNow = await this.context.clock.legalNow(tenant);
    return this.context.database.within(tenant, async (sql) => {
      const store = new BackupStore(sql, tenant);
      const row = await theirs(store, asked);
      const { backup } = row;
      if (row.holder !== participant)
        throw new Fault('conflict', 'retention/not-addressed', 'the order is not addressed to them', 'participant');
      const stands = standing(row, wanted);
      if (stands === 'not-ordered')
        throw new Fault('conflict', 'retention/not-ordered', 'it has not been ordered', 'wanted');
      if (left > 0) {
        if (stands === 'open' && wanted === 'purge') await store.countFailure(backup);
        this.context.logger.warn(
          { tenant, backup, code: wanted === 'purge' ? 'retention/purge-failed' : 'retention/isolation-failed' },
          'the platform says that copies of a backup are left',
        );
        return { accepted: false };
      }
      if (stands === 'done') return { accepted: true };
      const at = legalNow.toISOString();
      await this.context.outbox.announce(sql, events.PlatformBackupAckedV1, about(tenant, now), { backup, wanted, at });
      if (wanted === 'isolation') await store.markMoved(backup, now);
      else {
        await store.markFilesGone(backup, now);
        await store.markPurged(backup, legalNow);
        await this.context.outbox.announce(sql, events.BackupGoneV1, about(tenant, now), { backup, at });
      }
      sql.afterCommit(() => this.longPoll.wake());
      return { accepted: true };
    });
  }

  /** @throws Fault `missing` for a backup the platform has not registered */
  async mayRestore(tenant: TenantId, backup: string): Promise<AnswerOf<typeof http.MayRestore>> {
    const pack = await this.context.packs.pack(tenant);
    const row = await this.context.database.within(tenant, (sql) => theirs(new BackupStore(sql, tenant), backup));
    const refusal = judgeRestore(pack, row.state !== 'available');
    return refusal === undefined ? { may: true } : { may: false, refusal };
  }

  private async isolate(
    sql: Transaction,
    tenant: TenantId,
    { backup, holder }: Pick<Theirs, 'backup' | 'holder'>,
    because: IsolationCause,
    now: Date,
  ): Promise<void> {
    await new BackupStore(sql, tenant).markIsolated(backup, because, await this.context.clock.legalNow(tenant));
    await this.order(sql, tenant, { backup, holder, wanted: 'isolation', because }, now);
  }

  private async order(
    sql: Transaction,
    tenant: TenantId,
    order: { backup: string; holder: string; wanted: Wanted; because?: IsolationCause },
    now: Date,
  ): Promise<void> {
    await new BackupStore(sql, tenant).markTold(order.backup, now);
    await this.context.outbox.announce(sql, events.PlatformBackupOrderedV1, about(tenant, now), {
      ...order,
      at: (await this.context.clock.legalNow(tenant)).toISOString(),
    });
  }
}

/** What the catalogue says of a backup of the platform. */
export function shownOfPlatform(
  row: Omit<BackupKnown, 'backup' | 'purgeOn' | 'orderedAt' | 'purgedAt'>,
): Pick<AnswerOf<typeof http.Backups>['backups'][number], 'platform'> {
  const theirs = ofPlatform(row);
  if (theirs === undefined) return {};
  const wanted = awaited(row);
  return {
    platform: {
      holder: theirs.holder,
      classes: [...theirs.classes],
      from: theirs.from.toISOString(),
      until: row.takenAt.toISOString(),
      ...(wanted === undefined ? {} : { awaited: wanted }),
    },
  };
}

/** Facts about a backup concern no one person: one slot carries them in order. */
const about = (tenant: TenantId, now: Date) => ({ tenant, slot: TENANT_SLOT, now });

async function theirs(store: BackupStore, backup: string): Promise<BackupKnown> {
  const row = await store.lock(backup);
  if (!row || row.holder === null)
    throw new Fault('missing', 'retention/no-such-backup', 'no such backup is registered', 'backup');
  return row;
}

/** The same registration again: its purge date may have been brought forward by the policy. */
const isSame = (row: BackupKnown, one: Theirs & { readonly until: Date; readonly purgeOn: string }): boolean =>
  row.holder === one.holder &&
  row.from?.getTime() === one.from.getTime() &&
  row.takenAt.getTime() === one.until.getTime() &&
  row.classes.join() === one.classes.join() &&
  row.purgeOn <= one.purgeOn;
