import { events, type Envelope, type Service } from '@lethe/contracts';
import { Fault, type TenantId, type Transaction } from '@lethe/kernel';
import { on, type Outbox, type Route } from '@lethe/messaging';
import type { TypeOrmDatabase } from '../database/typeorm-database.ts';
import type { Logger } from '../logger.ts';
import { exportTenant, takenBefore, type Taken } from './export-tenant.ts';
import type { BackupPlace } from './place.ts';

/** What each service says when its part of a backup is taken. */
const TAKEN = {
  collection: events.CollectionBackupTakenV2,
  consent: events.ConsentBackupTakenV1,
  retention: events.RetentionBackupTakenV1,
  erasure: events.ErasureBackupTakenV1,
} as const;

/** Facts about a backup concern no one person: one slot carries them in order. */
const BACKUP_SLOT = 0;
const LOOK_EVERY_MS = 2_000;

const TAKEN_TYPES: readonly string[] = [events.CollectionBackupTakenV1, ...Object.values(TAKEN)].map(
  ({ type }) => type,
);

/**
 * Of what a service has said, its parts of backups: they are not taken again when their keys are heard of again, because the
 * file that lies there has more in it than a database that was put back.
 */
export async function keepBackups(sql: Transaction, said: readonly Envelope[]): Promise<void> {
  for (const { type, tenant, time, data } of said)
    if (TAKEN_TYPES.includes(type))
      await sql.query(
        `insert into backup_task (backup, tenant, public_key, asked_at, done_at) values ($1, $2, '', $3, $3)
         on conflict (backup) do update set done_at = excluded.done_at where backup_task.done_at is null`,
        [(data as { readonly backup: string }).backup, tenant, time],
      );
}

export interface BackupWorkOptions {
  readonly service: Service;
  /** The table whose rows have a class each; a backup says which are in it. */
  readonly classesIn?: string | undefined;
  readonly database: TypeOrmDatabase;
  readonly outbox: Outbox;
  readonly place: BackupPlace;
  readonly logger: Logger;
  readonly now: () => Date;
}

interface Task {
  readonly tenant: TenantId;
  readonly backup: string;
  readonly public_key: string;
}

/**
 * A service's part in backups: hearing that a backup's key is made it notes the task, exports its tables outside that
 * transaction (an export may take longer than a transaction may stand still), and announces what it took. A task that was
 * broken off is done again; replicas share them out.
 */
export class BackupWork {
  readonly #options: BackupWorkOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(options: BackupWorkOptions) {
    this.#options = options;
  }

  routes(): Route[] {
    if (!(this.#options.service in TAKEN)) return [];
    return [
      on(events.BackupKeyMadeV1, async (sql, batch) => {
        for (const { tenant, data } of batch) {
          await sql.query(
            'insert into backup_task (backup, tenant, public_key, asked_at) values ($1, $2, $3, $4) on conflict do nothing',
            [data.backup, tenant, data.publicKey, this.#options.now()],
          );
        }
        sql.afterCommit(() => this.wake());
      }),
    ];
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), LOOK_EVERY_MS);
    this.#timer.unref();
    this.wake();
  }

  wake(): void {
    if (this.#timer === undefined) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#work()
      .catch((error: unknown) => this.#options.logger.warn({ error }, 'a backup waits'))
      .finally(() => {
        this.#running = undefined;
        if (this.#again) {
          this.#again = false;
          this.wake();
        }
      });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  async #work(): Promise<void> {
    const { database } = this.#options;
    const tasks = await database.transaction((sql) =>
      sql.query<Task>('select tenant, backup, public_key from backup_task where done_at is null order by asked_at'),
    );
    for (const task of tasks) {
      if (this.#timer === undefined) return;
      const { tenant, backup } = task;
      // One that cannot be taken keeps none of the others waiting.
      await this.#take(task).catch((error: unknown) =>
        this.#options.logger.warn({ error, tenant, backup }, 'a backup waits'),
      );
    }
  }

  /** One replica at a time takes a backup: what is announced is about what lies there. */
  #take(task: Task): Promise<void> {
    return this.#options.database.transaction(async (sql) => {
      const [held] = await sql.query<{ ours: boolean }>(
        `select pg_try_advisory_xact_lock(hashtextextended('lethe.backup.' || $1, 0)) as ours, set_config('idle_in_transaction_session_timeout', '0', true)`,
        [task.backup],
      );
      const [open] = await sql.query('select backup from backup_task where backup = $1 and done_at is null', [
        task.backup,
      ]);
      if (held?.ours === true && open !== undefined) await this.#export(task);
    });
  }

  async #export({ tenant, backup, public_key: publicKey }: Task): Promise<void> {
    const { service, classesIn, database, place, now, logger } = this.#options;
    const part = { service, tenant, backup };
    // The name is used once: what lies there has more in it than a database that was put back since.
    const taken = await takenBefore(place, part)
      .then((before) => before ?? exportTenant(database, { ...part, publicKey, classesIn }, place, now))
      .catch((error: unknown) => {
        if (error instanceof Fault && error.code === 'platform/backup-lies-there') return undefined;
        throw error;
      });
    if (taken === undefined) {
      logger.error({ tenant, backup, code: 'platform/backup-lies-there' }, 'a backup is not taken under a used name');
      await database.transaction((sql) =>
        sql.query('update backup_task set done_at = $2 where backup = $1', [backup, now()]),
      );
      return;
    }
    await database.within(tenant, async (sql) => {
      await sql.query('update backup_task set done_at = $2 where backup = $1', [backup, now()]);
      await this.#announce(sql, tenant, taken);
    });
    logger.info({ tenant, backup, tables: taken.tables, rows: taken.rows, bytes: taken.bytes }, 'backup taken');
  }

  #announce(sql: Transaction, tenant: TenantId, { classes, ...taken }: Taken): Promise<unknown> {
    const { service, outbox, now } = this.#options;
    const about = { tenant, slot: BACKUP_SLOT, now: now() };
    if (service !== 'collection')
      return outbox.announce(sql, TAKEN[service as Exclude<keyof typeof TAKEN, 'collection'>], about, taken);
    // One from before classes were said, whose part lies there.
    return classes === undefined
      ? outbox.announce(sql, events.CollectionBackupTakenV1, about, taken)
      : outbox.announce(sql, events.CollectionBackupTakenV2, about, { ...taken, classes: [...classes] });
  }
}
