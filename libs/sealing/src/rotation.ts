import type { KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault, type Database, type Sql } from '@lethe/kernel';
import { isMoved, newKeyName, rowsOf, type EpochKeys, type EpochRow } from './epoch-keys.ts';
import type { Evictions } from './evictions.ts';
import type { Slots } from './slots.ts';
import { unwrapBytes, wrapBytes } from './wrap.ts';
import { contextOf, WRAPPED_TABLES, type WrappedRow, type WrappedTable } from './wrapped-tables.ts';

export interface EpochEnded {
  /** The epoch that ended. */
  readonly epoch: number;
  /** Keys (and names) that are under the new one. */
  readonly keys: number;
  /** No kept copy of the keyring opens a key destroyed before this instant. */
  readonly before: Date;
  /** It was begun by a call that did not end it. */
  readonly resumed: boolean;
}

/** The steps of a rotation, in order. */
export const ROTATION_STEPS = [
  'make',
  'announce',
  'begin',
  'rewrap',
  'prove',
  'snapshot',
  'destroy',
  'record',
] as const;
export type RotationStep = (typeof ROTATION_STEPS)[number];

export interface RotationOptions {
  /** Called when every row is under the new key and proved: take a snapshot of the keyring and open it, if snapshots are kept. */
  readonly snapshot?: (epoch: number) => Promise<void>;
  /** Rows a transaction; default 1,000. */
  readonly batch?: number;
  /** Told before each step (before each batch of `rewrap` and `prove`); what it throws stops the rotation there. */
  readonly onStep?: (step: RotationStep) => void | Promise<void>;
}

const overtaken = () =>
  new Fault('conflict', 'sealing/rotation-elsewhere', 'another rotation has just ended this epoch');

const slotMissing = () =>
  new Fault(
    'unavailable',
    'sealing/slot-missing',
    'a slot of the epoch keys is not there; no epoch ends before its volume is back, or was begun anew',
  );

/** How long rows that others have locked are waited for before they are looked at again, milliseconds. */
const PAUSE = 25;

/**
 * Ends an epoch. Each step can be repeated and each leaves every row openable: the old key goes last, and only after every row has
 * been opened under the new one. Nothing new can come under the old key once the new one is current: the keyring refuses it.
 */
export class Rotation {
  constructor(
    private readonly database: Database,
    private readonly epochs: EpochKeys,
    private readonly slots: Slots,
    private readonly evictions: Evictions,
  ) {}

  /**
   * @throws Fault `conflict` when another rotation has overtaken this one, `forbidden` when a row does not open, `unavailable`
   *   `sealing/slot-missing` while a slot is not there
   */
  async run(options: RotationOptions = {}): Promise<EpochEnded> {
    try {
      return await this.rotate(options);
    } catch (error) {
      throw isMoved(error) ? overtaken() : error;
    }
  }

  private async rotate(options: RotationOptions): Promise<EpochEnded> {
    const batch = options.batch ?? 1000;
    const step = async (name: RotationStep) => options.onStep?.(name);
    const { from, to, resumed } = await this.begun(step);
    let keys = 0;
    do {
      // Rows that others have locked are passed over and found by the proof: a rotation waits for nobody and blocks nobody for long.
      const old = { where: `epoch <> ${to.number}`, lock: 'for update skip locked', epoch: to.number };
      for (const table of WRAPPED_TABLES)
        await this.pages(
          table,
          old,
          batch,
          () => step('rewrap'),
          (sql, rows) => this.rewrap(sql, table, rows, to.number),
        );
      keys = 0;
      let left = 0;
      for (const table of WRAPPED_TABLES) {
        await this.pages(
          table,
          { where: 'true', lock: '' },
          batch,
          () => step('prove'),
          async (_sql, rows) => {
            left += await this.prove(table, rows, to.number);
            keys += rows.length;
          },
        );
      }
      if (left === 0) break;
      await delay(PAUSE);
    } while (true);
    await step('snapshot');
    await options.snapshot?.(to.number);
    await step('destroy');
    await this.needBothWith(to);
    await this.database.transaction((sql) => this.epochs.removeLeft(sql));
    await this.slots.destroy(from.key_name);
    this.epochs.forget(from.number);
    await step('record');
    return { ...(await this.record(from, to, keys)), resumed };
  }

  /**
   * A key is destroyed when it is gone from both slots, and one that is not there has not lost it: an empty folder in the place of a
   * volume would count as destroyed. What was made while both were there shows that they still are.
   */
  private async needBothWith(...rows: readonly EpochRow[]): Promise<void> {
    for (const { number, key_name, state } of rows) {
      if (!(await this.slots.holding(key_name)).includes(false)) continue;
      const [row] = await this.database.transaction((sql) =>
        sql.query<EpochRow>('select state from keyring.epoch where number = $1', [number]),
      );
      throw row?.state === state ? slotMissing() : overtaken();
    }
  }

  /** Makes the next epoch's key and puts it in force; or finds how far an interrupted rotation got. */
  private async begun(
    step: (name: RotationStep) => Promise<void>,
  ): Promise<{ from: EpochRow; to: EpochRow; resumed: boolean }> {
    const rows = () =>
      this.database.transaction(async (sql) => ({
        next: (await rowsOf(sql, 'next'))[0],
        current: (await rowsOf(sql, 'current'))[0],
        ending: (await rowsOf(sql, 'ending'))[0],
      }));
    let { next, current, ending } = await rows();
    if (ending !== undefined && current !== undefined) return { from: ending, to: current, resumed: true };
    if (current === undefined) throw new Fault('unavailable', 'sealing/no-epoch', 'the keyring has no epoch');
    await this.needBothWith(current);
    if (next === undefined) {
      await step('make');
      const name = newKeyName(current.number + 1);
      await this.slots.make(name);
      await step('announce');
      const made = await this.database.transaction((sql) =>
        sql.query(
          `insert into keyring.epoch (number, key_name, state) values ($1, $2, 'next') on conflict do nothing returning number`,
          [current!.number + 1, name],
        ),
      );
      // Another rotation was first: its key counts, and this one never wrapped anything.
      if (made.length === 0) await this.slots.destroy(name);
    }
    await step('begin');
    next ??= (await rows()).next;
    await this.needBothWith(current, ...(next === undefined ? [] : [next]));
    await this.database.transaction(async (sql) => {
      await sql.query('select pg_advisory_xact_lock(keyring.epoch_lock())');
      const old = await sql.query(
        `update keyring.epoch set state = 'ending' where number = $1 and state = 'current' returning number`,
        [current!.number],
      );
      if (old.length === 0) return;
      await sql.query(
        `update keyring.epoch set state = 'current', started_at = clock_timestamp() where number = $1 and state = 'next'`,
        [current!.number + 1],
      );
    });
    this.epochs.forget();
    ({ next, current, ending } = await rows());
    if (ending === undefined || current === undefined) throw overtaken();
    return { from: ending, to: current, resumed: false };
  }

  /**
   * Goes through a table by its primary key, each page in a transaction of its own. While one page is worked on, the next is
   * read, so that neither the database nor this process waits for the other.
   */
  private async pages(
    table: WrappedTable,
    which: { readonly where: string; readonly lock: string; readonly epoch?: number },
    batch: number,
    before: () => Promise<void>,
    work: (sql: Sql, rows: readonly WrappedRow[]) => Promise<unknown>,
  ): Promise<void> {
    let after: readonly unknown[] | undefined;
    let previous: Promise<void> | undefined;
    let present: Promise<void> | undefined;
    try {
      for (;;) {
        await before();
        const read = Promise.withResolvers<readonly WrappedRow[]>();
        const page = this.database.transaction(async (sql) => {
          const rows = await this.page(sql, table, which, batch, after);
          read.resolve(rows);
          await work(sql, rows);
        });
        page.catch(read.reject);
        [previous, present] = [present, page];
        const [rows] = await Promise.all([read.promise, previous]);
        const last = rows.at(-1);
        if (last === undefined || rows.length < batch) break;
        after = table.key.map(([name]) => last[name]);
      }
    } finally {
      await Promise.allSettled([previous, present]);
    }
    await present;
  }

  private async page(
    sql: Sql,
    table: WrappedTable,
    which: { readonly where: string; readonly lock: string; readonly epoch?: number },
    batch: number,
    after: readonly unknown[] | undefined,
  ): Promise<WrappedRow[]> {
    // One index probe a row, whatever the planner believes: a join that reads the whole table for each page costs the square of it.
    await sql.query(
      `select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
         set_config('enable_mergejoin', 'off', true)`,
    );
    // Before any row is locked: whoever is ending the epoch waits for this page, or this page finds that it was overtaken.
    if (which.epoch !== undefined) await sql.query('select keyring.require_epoch($1)', [which.epoch]);
    const columns = table.key.map(([name]) => name).join(', ');
    const beyond =
      after === undefined
        ? ''
        : `and (${columns}) > (${table.key.map(([, type], at) => `$${at + 2}::${type}`).join(', ')})`;
    return sql.query<WrappedRow>(
      `select ${columns}, epoch, wrapped, ctid as place from keyring.${table.name} where wrapped is not null and ${which.where} ${beyond}
       order by ${columns} limit $1 ${which.lock}`,
      [batch, ...(after ?? [])],
    );
  }

  /** The rows are locked by this transaction: where they lie, they stay. */
  private async rewrap(sql: Sql, table: WrappedTable, rows: readonly WrappedRow[], to: number): Promise<void> {
    if (rows.length === 0) return;
    const keys = await this.keysOf(rows);
    const key = await this.epochs.key(to);
    const wrapped = rows.map((row) => {
      const context = contextOf(table, row);
      const bytes = unwrapBytes(keys.get(row.epoch)!, context, row.wrapped);
      const now = wrapBytes(key, context, bytes);
      bytes.fill(0);
      return now;
    });
    let end = 1;
    const starts = wrapped.map(({ length }) => (end += length) - length);
    await sql.query(
      `update keyring.${table.name} t set epoch = $1, wrapped = substring($2::bytea from w.start for w.length)
       from unnest($3::tid[], $4::int[], $5::int[]) as w (place, start, length) where t.ctid = w.place`,
      [to, Buffer.concat(wrapped), rows.map(({ place }) => place), starts, wrapped.map(({ length }) => length)],
    );
  }

  /** The epoch keys these rows lie under: one or two, however many rows. */
  private async keysOf(rows: readonly WrappedRow[]): Promise<ReadonlyMap<number, KeyObject>> {
    const keys = new Map<number, KeyObject>();
    for (const { epoch } of rows) if (!keys.has(epoch)) keys.set(epoch, await this.epochs.key(epoch));
    return keys;
  }

  /** Opens every row under the new key. @returns rows that are still under another @throws Fault when one does not open */
  private async prove(table: WrappedTable, rows: readonly WrappedRow[], to: number): Promise<number> {
    const key = await this.epochs.key(to);
    let left = 0;
    for (const row of rows) {
      if (row.epoch !== to) left++;
      else unwrapBytes(key, contextOf(table, row), row.wrapped).fill(0);
    }
    return left;
  }

  /** Every process has forgotten the old key, or cannot have it any more; then the epoch has ended. */
  private async record(from: EpochRow, to: EpochRow, keys: number): Promise<Omit<EpochEnded, 'resumed'>> {
    const evicted = await this.database.transaction(async (sql) => {
      const [row] = await sql.query<{ eviction: string; at: Date }>(
        `select keyring.evict('lethe', 'epoch', array[$1], array[''])::text as eviction, clock_timestamp() as at`,
        [String(from.number)],
      );
      return row!;
    });
    await this.evictions.effective(evicted.eviction, evicted.at);
    await this.database.transaction((sql) =>
      sql.query(
        `update keyring.epoch set state = 'ended', ended_at = clock_timestamp(), keys = $2 where number = $1 and state = 'ending'`,
        [from.number, keys],
      ),
    );
    return {
      epoch: from.number,
      keys, // A millisecond earlier: what is compared with it has lost its microseconds.
      before: new Date(to.started_at!.getTime() - 1),
    };
  }
}
