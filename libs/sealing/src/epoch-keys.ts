import { randomUUID, type KeyObject } from 'node:crypto';
import { Fault, type Database, type Sql, type Transaction } from '@lethe/kernel';
import { LRUCache } from 'lru-cache';
import type { Slots } from './slots.ts';

export interface EpochRow {
  readonly number: number;
  readonly key_name: string;
  readonly state: 'next' | 'current' | 'ending' | 'ended';
  readonly started_at: Date | null;
}

export interface CurrentEpoch {
  readonly number: number;
  readonly key: KeyObject;
}

/** What the name of every epoch key begins with, in slots where other keys lie too. */
const EPOCH_KEY = 'epoch-';

/** How often work is repeated after an epoch, or the index key, has moved under it. Each move is minutes from the next. */
const ATTEMPTS = 5;

/** The epoch keys in memory: never longer than the cache's time, never one that has ended. */
export class EpochKeys {
  private readonly keys: LRUCache<number, KeyObject>;
  private now: { readonly number: number; readonly since: number } | undefined;

  constructor(
    private readonly database: Database,
    private readonly slots: Slots,
    private readonly cacheFor: number,
  ) {
    this.keys = new LRUCache({ max: 8, ttl: Math.max(1, cacheFor) });
  }

  /**
   * Makes the first epoch where none has ever been, removes what the slots still have of keys that were destroyed, and mends a slot with the keys that lie in it.
   * @throws Fault `unavailable` `sealing/keyring-gone` when the keyring is empty and a slot holds the key of an epoch: another one in its place would open nothing, and hide that it is lost
   */
  async prepare(): Promise<void> {
    await this.slots.prepare();
    if ((await this.currentRow()) === undefined) await this.begin();
    await this.mend();
  }

  /**
   * The first epoch. Its row is announced before its key is made, so that keys without any row are those of a keyring that was
   * lost, and never of a first start that was killed. Several that start at once wait for one another.
   */
  private async begin(): Promise<void> {
    await this.alone(async (sql) => {
      if ((await sql.query('select from keyring.epoch limit 1')).length > 0) return;
      if (await this.slots.holdAny(EPOCH_KEY))
        throw new Fault(
          'unavailable',
          'sealing/keyring-gone',
          'the keyring is empty, and one has been served from here',
        );
      await sql.query(`insert into keyring.epoch (number, key_name, state) values (1, $1, 'next')`, [newKeyName(1)]);
    });
    await this.alone(async (sql) => {
      const [row] = await sql.query<EpochRow>(`select * from keyring.epoch where number = 1 and state = 'next'`);
      if (row === undefined) return;
      await this.slots.make(row.key_name);
      await sql.query(
        `update keyring.epoch set state = 'current', started_at = clock_timestamp() where number = 1 and state = 'next'`,
      );
    });
  }

  /** Nobody ends or begins an epoch meanwhile. */
  private alone(work: (sql: Transaction) => Promise<void>): Promise<void> {
    return this.database.transaction(async (sql) => {
      await sql.query('select pg_advisory_xact_lock(keyring.epoch_lock())');
      await work(sql);
    });
  }

  /** No epoch begins or ends meanwhile, so nothing that is being destroyed is written again. */
  private async mend(): Promise<void> {
    await this.alone(async (sql) => {
      await this.removeLeft(sql);
      const names = (rows: readonly Pick<EpochRow, 'key_name'>[]) => rows.map((row) => row.key_name);
      const [current] = names(await rowsOf(sql, 'current'));
      if (current === undefined) return;
      // Locked: a key of a backup that is destroyed meanwhile is destroyed after this.
      const isolated = await sql.query<{ key_name: string }>(
        `select slot_key as key_name from keyring.backup_key where state = 'isolated' for share`,
      );
      await this.slots.mend(current, names([...(await rowsOf(sql, 'next')), ...isolated]));
    });
  }

  /**
   * What an epoch that has ended, or a backup's key that was destroyed, has left in a slot: one that was away meanwhile brings it
   * back. By name: what the keyring does not know may be another one's. How many names.
   */
  async removeLeft(sql: Sql): Promise<number> {
    const left = await sql.query<{ name: string }>(
      `select key_name as name from keyring.epoch where state = 'ended' and key_name = any($1)
       union select slot_key from keyring.backup_key where state = 'destroyed' and slot_key = any($1)`,
      [await this.slots.names()],
    );
    for (const { name } of left) await this.slots.destroy(name);
    return left.length;
  }

  /** @throws Fault `unavailable` when neither slot has the current key: what is in the keyring cannot be opened */
  async current(): Promise<CurrentEpoch> {
    if (this.now === undefined || performance.now() - this.now.since > this.cacheFor) {
      const row = await this.currentRow();
      if (row === undefined) throw new Fault('unavailable', 'sealing/no-epoch', 'the keyring has no epoch');
      this.now = { number: row.number, since: performance.now() };
    }
    return { number: this.now.number, key: await this.key(this.now.number) };
  }

  async key(number: number): Promise<KeyObject> {
    const known = this.keys.get(number);
    if (known !== undefined) return known;
    const [row] = await this.database.transaction((sql) =>
      sql.query<EpochRow>(`select * from keyring.epoch where number = $1 and state <> 'ended'`, [number]),
    );
    const key = row && (await this.slots.read(row.key_name));
    if (key === undefined) throw new EpochGone(number);
    this.keys.set(number, key);
    return key;
  }

  forget(number?: number): void {
    if (number === undefined) this.keys.clear();
    else this.keys.delete(number);
    this.now = undefined;
  }

  /**
   * Does work that wraps under the current epoch, or unwraps rows it has just read; again if an epoch ended in between, which the
   * keyring (or a missing key) tells.
   */
  async within<Result>(work: (epoch: CurrentEpoch) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(await this.current());
      } catch (error) {
        if (attempt === ATTEMPTS || !(error instanceof EpochGone || isMoved(error))) throw error;
        this.forget();
      }
    }
  }

  /** The same with a transaction of the keyring. */
  async transaction<Result>(work: (sql: Transaction, epoch: CurrentEpoch) => Promise<Result>): Promise<Result> {
    return this.within((epoch) => this.database.transaction((sql) => work(sql, epoch)));
  }

  private async currentRow(): Promise<EpochRow | undefined> {
    const [row] = await this.database.transaction((sql) => rowsOf(sql, 'current'));
    return row;
  }
}

export const rowsOf = (sql: Sql, state: EpochRow['state']): Promise<EpochRow[]> =>
  sql.query<EpochRow>('select * from keyring.epoch where state = $1 order by number', [state]);

/** Two rotations at once make two keys; the one whose name the keyring took counts. */
export const newKeyName = (epoch: number): string => `${EPOCH_KEY}${epoch}-${randomUUID()}`;

/** The key of an epoch is in neither slot: it has ended, or it is lost. */
export class EpochGone extends Fault {
  constructor(epoch: number) {
    super('unavailable', 'sealing/epoch-gone', `the key of epoch ${epoch} is in neither slot`);
  }
}

/** The keyring refused (`LE001`, `LE002`) what was wrapped under an epoch, or tagged under an index key, that is no longer the current one. */
export const isMoved = (error: unknown): boolean =>
  error instanceof Error &&
  (/\bLE00[12]\b/.test(error.message) || /^LE00[12]$/.test(String((error as { code?: unknown }).code)));
