import { http } from '@lethe/contracts';
import { Fault, type TenantId } from '@lethe/kernel';
import { twoPersons, type AnswerOf, type Caller, type ServiceContext } from '@lethe/platform';
import { canRestore } from './domain/backup.ts';
import type { LongPoll } from './long-poll.ts';
import { BackupStore } from './store/backup.store.ts';
import { RestoreStore, type RestoreRow } from './store/restore.store.ts';

/** Whose part of a backup is let in again: what the others hold is said anew by themselves. */
const RESTORED = 'collection';
/** Longer than this nobody in front of a proxy waits. Milliseconds of machine time. */
const ANSWER_WITHIN_MS = 20_000;
/** Collection answers sooner that it is not done. Milliseconds of machine time. */
const ASK_WITHIN_MS = 40_000;

type State = AnswerOf<typeof http.RestoreState>;

/**
 * Restores of backups, proposed by one person and confirmed by another; collection opens them in quarantine. One may take longer
 * than anybody waits for an answer: it goes on, also after a crash of either service, whenever it is asked for and with each sweep.
 */
export class RestoresService {
  /** By the restore's id: what this process does for it. */
  readonly #underWay = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly longPoll: LongPoll,
  ) {}

  /** Nothing happens until another person confirms. */
  async propose(
    { tenant, sub }: Pick<Caller, 'tenant' | 'sub'>,
    backup: string,
  ): Promise<AnswerOf<typeof http.ProposeRestore>> {
    const restore = this.context.newId();
    const legalNow = await this.context.clock.legalNow(tenant);
    await this.context.database.within(tenant, async (sql) => {
      const row = await new BackupStore(sql, tenant).lock(backup);
      if (!row) throw new Fault('missing', 'retention/no-such-backup', 'no such backup', 'backup');
      if (row.holder !== null)
        throw new Fault('conflict', 'retention/not-our-backup', 'the platform restores its own backups', 'backup');
      if (!canRestore(row.state)) throw notWhole('the backup is not whole, or on its way out', 'backup');
      await new RestoreStore(sql, tenant).propose(restore, backup, sub, legalNow);
    });
    return { restore };
  }

  /** Confirms what another person proposed, begins it, and waits up to `waitMs` for its end. */
  async confirm(caller: Pick<Caller, 'tenant' | 'sub'>, restore: string, waitMs = ANSWER_WITHIN_MS): Promise<State> {
    const { tenant, sub } = caller;
    const legalNow = await this.context.clock.legalNow(tenant);
    await this.context.database.within(tenant, async (sql) => {
      const store = new RestoreStore(sql, tenant);
      const row = await store.find(restore, true);
      if (!row) throw noSuchRestore();
      twoPersons(row.proposedBy, caller);
      if (row.confirmedBy !== null)
        throw new Fault('conflict', 'retention/already-confirmed', 'the restore was confirmed already', 'restore');
      const backup = await new BackupStore(sql, tenant).lock(row.backup);
      if (!backup || !canRestore(backup.state)) throw notWhole('the backup is on its way out');
      await store.confirm(restore, sub, legalNow);
    });
    return this.state(tenant, restore, waitMs);
  }

  /** How far it is; waits up to `waitMs` for its end. @throws Fault `missing` */
  async state(tenant: TenantId, restore: string, waitMs: number): Promise<State> {
    const state = await this.longPoll.until(waitMs, async (): Promise<State | undefined> => {
      const row = await this.context.database.within(tenant, (sql) => new RestoreStore(sql, tenant).find(restore));
      if (!row) throw noSuchRestore();
      if (row.failed !== null) return { state: 'failed', code: row.failed };
      if (row.report !== null) return { ...row.report, state: 'restored' };
      if (row.confirmedBy === null) return { state: 'proposed' };
      void this.go(tenant, row);
      return undefined;
    });
    return state ?? { state: 'running' };
  }

  /** The last of each backup that can still be restored. */
  async all(tenant: TenantId): Promise<AnswerOf<typeof http.Restores>> {
    const rows = await this.context.database.within(tenant, (sql) => new RestoreStore(sql, tenant).latest());
    const restores = rows
      .filter(({ backupState }) => canRestore(backupState))
      .map(({ restore, backup, proposedBy, proposedAt, failed, ...row }) => ({
        ...{ restore, backup, state: stageOf({ ...row, failed }), proposedBy, proposedAt: proposedAt.toISOString() },
        ...(failed === null ? {} : { code: failed }),
      }));
    return { restores };
  }

  /** Goes on with what was confirmed and is not done; waits for nothing. */
  async resume(tenant: TenantId): Promise<void> {
    const rows = await this.context.database.within(tenant, (sql) => new RestoreStore(sql, tenant).underWay());
    for (const row of rows) void this.go(tenant, row);
  }

  /** Resolves when this process can do nothing more for any of them now. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  /** What is not done waits for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.idle();
  }

  /** Once at a time, in this process; collection sees to it that it is done once by all. */
  private go(tenant: TenantId, row: RestoreRow): Promise<void> {
    let work = this.#underWay.get(row.restore);
    if (work === undefined && !this.#stopped) {
      work = this.run(tenant, row)
        .catch(() => {
          this.context.logger.warn(
            { tenant, code: 'retention/restore-waits' },
            'a restore could not go on; it is tried again when it is asked for, and by the next sweep',
          );
        })
        .finally(() => {
          this.#underWay.delete(row.restore);
          this.longPoll.wake();
        });
      this.#underWay.set(row.restore, work);
    }
    return work ?? Promise.resolve();
  }

  private async run(tenant: TenantId, { restore, backup, proposedBy, confirmedBy }: RestoreRow): Promise<void> {
    const { database, peers } = this.context;
    const part = await database.within(tenant, async (sql) =>
      (await new BackupStore(sql, tenant).parts(backup)).find(({ service }) => service === RESTORED),
    );
    try {
      if (part === undefined || confirmedBy === null) throw notWhole('a part of the backup is unknown');
      while (!this.#stopped) {
        const answer = await peers.ask(http.RestoreBackup, {
          tenant,
          actor: confirmedBy,
          timeoutMs: ASK_WITHIN_MS,
          body: { restore, backup, approvals: [proposedBy, confirmedBy], service: RESTORED, sha256: part.sha256 },
        });
        if (answer.state === 'running') continue;
        const { state: _, ...report } = answer;
        return await database.within(tenant, (sql) => new RestoreStore(sql, tenant).finish(restore, report));
      }
    } catch (error) {
      if (!(error instanceof Fault) || error.kind === 'unavailable') throw error;
      await database.within(tenant, (sql) => new RestoreStore(sql, tenant).giveUp(restore, error.code));
    }
  }
}

function stageOf({
  failed,
  report,
  confirmedBy,
}: Pick<RestoreRow, 'failed' | 'report' | 'confirmedBy'>): State['state'] {
  if (failed !== null) return 'failed';
  if (report !== null) return 'restored';
  return confirmedBy === null ? 'proposed' : 'running';
}
const notWhole = (why: string, field?: string): Fault =>
  new Fault('conflict', 'retention/backup-not-whole', why, field);
const noSuchRestore = (): Fault => new Fault('missing', 'retention/no-such-restore', 'no such proposal', 'restore');
