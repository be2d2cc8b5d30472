import { steady, type Transaction } from '@lethe/kernel';
import { Blocked } from './blocked.ts';
import type { Incoming, Position } from './plan.ts';

/** How many of each fate one transaction added. */
export interface Fates {
  applied: number;
  duplicate: number;
  refused: number;
  dropped: number;
  parked: number;
  passedOver: number;
}

export const noFates = (): Fates => ({ applied: 0, duplicate: 0, refused: 0, dropped: 0, parked: 0, passedOver: 0 });

export interface ParkedRow {
  readonly record: Incoming;
  readonly tenant: string;
  readonly subject: string | undefined;
  readonly type: string;
  readonly code: string;
  readonly attempts: number;
  readonly retryAt: Date | undefined;
}

export interface RefusedRow {
  readonly incarnation: string;
  readonly number: number;
  readonly offset: bigint | undefined;
  readonly code: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Two persons have given it up: who, and what it was. */
  readonly discarded?: { readonly by: readonly string[]; readonly tenant: string; readonly type: string };
}

/** Numbers gone through, with their ids; none where they were passed over unheard. */
export interface Gone {
  readonly first: number;
  readonly last: number;
  readonly ids: readonly string[];
}

interface PositionRow {
  readonly incarnation: string;
  readonly number: string;
  readonly last_id: string;
  readonly next_offset: string | null;
  readonly former: string[];
  readonly parked: string;
  readonly stopped: string | null;
}

const PRESENT = `
  select incarnation, number, last_id, next_offset, former, parked, stopped from position
  where consumer = $1 and topic = $2 and slot = $3`;
const LOOK = steady(PRESENT);
const LOCK = steady(`${PRESENT} for update`);

const TURN = steady(`select pg_advisory_xact_lock(hashtextextended('lethe.messaging.turn.' || $1, 0))`);

const COUNTED = `incarnation = $4, number = $5, last_id = $6, next_offset = $7, former = $8, produced = produced + $9,
      applied = applied + $10, duplicate = duplicate + $11, refused = refused + $12, dropped = dropped + $13,
      parked = parked + $14, passed_over = passed_over + $15`;
const REMEMBERED = `insert into heard (consumer, topic, slot, incarnation, first, last, ids, at)
    select $1, $2, $3, $4, $16::bigint, $17::bigint, $18::text[], $19::timestamptz`;

const MOVE = steady(`
  with moved as (
    update position set ${COUNTED} where consumer = $1 and topic = $2 and slot = $3
  ), remembered as (
    ${REMEMBERED} where $16::bigint is not null
  )
  select 1`);

/** From one place only: whoever has moved the row meanwhile, or stopped it, is waited for and found. */
const MOVE_FROM = steady(`
  with moved as (
    update position set ${COUNTED}
    where consumer = $1 and topic = $2 and slot = $3 and incarnation = $20 and number = $21 and stopped is null
    returning parked
  ), remembered as (
    ${REMEMBERED} where exists (select 1 from moved)
  )
  select parked from moved`);

/** Where one consumer stands in one slot, what it has heard there, and what it set aside. Every function runs in a given transaction. */
export class PositionStore {
  readonly #key: readonly [string, string, number];

  constructor(consumer: string, topic: string, slot: number) {
    this.#key = [consumer, topic, slot];
  }

  /** Makes the row where there is none. */
  async load(sql: Transaction): Promise<Position> {
    const found = await this.#read(sql, LOOK);
    if (found) return found;
    await sql.query(
      `insert into position (consumer, topic, slot, incarnation, number, last_id) values ($1, $2, $3, '', 0, '') on conflict do nothing`,
      [...this.#key],
    );
    return (await this.#read(sql, LOOK))!;
  }

  /** Nobody else moves it until this transaction ends. */
  async lock(sql: Transaction): Promise<Position> {
    return (await this.#read(sql, LOCK))!;
  }

  /**
   * A fact about no one person stands in every slot, and each slot's batch writes the same rows for it: of batches that hold one,
   * one at a time is applied, or two of them could wait for each other's rows. To be taken before the first effect.
   */
  async takeTurn(sql: Transaction): Promise<void> {
    await sql.query(TURN, [this.#key[0]]);
  }

  async #read(sql: Transaction, statement: string): Promise<Position | undefined> {
    const [row] = await sql.query<PositionRow>(statement, [...this.#key]);
    if (!row) return undefined;
    return {
      incarnation: row.incarnation,
      number: Number(row.number),
      lastId: row.last_id,
      nextOffset: row.next_offset === null ? undefined : BigInt(row.next_offset),
      former: row.former,
      parked: Number(row.parked),
      stopped: row.stopped ?? undefined,
    };
  }

  /** The position, the counters, and the ids gone through (none: numbers passed over), in one statement. */
  async move(
    sql: Transaction,
    to: Position,
    produced: number,
    fates: Fates,
    heard: Gone | undefined,
    now: Date,
  ): Promise<void> {
    await sql.query(MOVE, this.#moving(to, produced, fates, heard, now));
  }

  /**
   * Moves on over messages that have no effect here, without having locked the position before.
   * @returns how many are parked; undefined where the position is another than `from`, and nothing was done
   */
  async passOver(sql: Transaction, from: Position, to: Position, heard: Gone, now: Date): Promise<number | undefined> {
    const count = heard.ids.length;
    const [row] = await sql.query<{ parked: string }>(MOVE_FROM, [
      ...this.#moving(to, count, { ...noFates(), passedOver: count }, heard, now),
      from.incarnation,
      from.number,
    ]);
    return row && Number(row.parked);
  }

  #moving(to: Position, produced: number, fates: Fates, heard: Gone | undefined, now: Date): unknown[] {
    return [
      ...this.#key,
      to.incarnation,
      to.number,
      to.lastId,
      to.nextOffset?.toString() ?? null,
      to.former,
      produced,
      fates.applied,
      fates.duplicate,
      fates.refused,
      fates.dropped,
      fates.parked,
      fates.passedOver,
      heard?.first ?? null,
      heard?.last ?? null,
      heard?.ids ?? null,
      now,
    ];
  }

  /** The id heard under each number, '' where it was passed over; numbers no longer remembered are absent. */
  async heard(sql: Transaction, incarnation: string, numbers: readonly number[]): Promise<Map<number, string>> {
    const rows = await sql.query<{ first: string; last: string; ids: string[] }>(
      `select first, last, ids from heard
       where consumer = $1 and topic = $2 and slot = $3 and incarnation = $4 and first <= $5 and last >= $6`,
      [...this.#key, incarnation, Math.max(...numbers), Math.min(...numbers)],
    );
    const ids = new Map<number, string>();
    for (const number of numbers) {
      const row = rows.find((candidate) => Number(candidate.first) <= number && number <= Number(candidate.last));
      if (row) ids.set(number, row.ids[number - Number(row.first)] ?? '');
    }
    return ids;
  }

  async blocked(sql: Transaction): Promise<Blocked> {
    return new Blocked(
      await sql.query<{ tenant: string; subject: string | null }>(
        'select distinct tenant, subject from parked where consumer = $1 and topic = $2 and slot = $3',
        [...this.#key],
      ),
    );
  }

  async park(sql: Transaction, rows: readonly ParkedRow[], now: Date): Promise<void> {
    if (rows.length === 0) return;
    await sql.query(
      `insert into parked (consumer, topic, slot, incarnation, number, tenant, subject, type, value, code, attempts, parked_at, retry_at)
       select $1, $2, $3, p.incarnation, p.number, p.tenant, p.subject, p.type, p.value, p.code, p.attempts, $4, p.retry_at
       from unnest($5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::int[], $13::timestamptz[])
         as p (incarnation, number, tenant, subject, type, value, code, attempts, retry_at)`,
      [
        ...this.#key,
        now,
        rows.map((row) => row.record.incarnation),
        rows.map((row) => row.record.number),
        rows.map((row) => row.tenant),
        rows.map((row) => row.subject ?? null),
        rows.map((row) => row.type),
        rows.map((row) => row.record.value),
        rows.map((row) => row.code),
        rows.map((row) => row.attempts),
        rows.map((row) => row.retryAt ?? null),
      ],
    );
  }

  async refuse(sql: Transaction, rows: readonly RefusedRow[], now: Date): Promise<void> {
    for (const row of rows) {
      await sql.query(
        `insert into refused_message (consumer, topic, slot, incarnation, number, "offset", code, sha256, bytes, decided_by, tenant, type, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          ...this.#key,
          row.incarnation,
          row.number,
          row.offset?.toString() ?? null,
          row.code,
          row.sha256,
          row.bytes,
          row.discarded?.by ?? null,
          row.discarded?.tenant ?? null,
          row.discarded?.type ?? null,
          now,
        ],
      );
    }
  }

  async stop(sql: Transaction, reason: string, now: Date): Promise<void> {
    await sql.query(
      'update position set stopped = $4, stopped_at = $5 where consumer = $1 and topic = $2 and slot = $3 and stopped is null',
      [...this.#key, reason, now],
    );
  }

  async restated(sql: Transaction, through: number): Promise<void> {
    await sql.query('update position set restated_through = $4 where consumer = $1 and topic = $2 and slot = $3', [
      ...this.#key,
      through,
    ]);
  }

  /** What was parked gets another fate: the counters follow. */
  async unpark(sql: Transaction, fates: Fates): Promise<void> {
    await sql.query(
      `update position set parked = parked + $4, applied = applied + $5, dropped = dropped + $6, refused = refused + $7, passed_over = passed_over + $8
       where consumer = $1 and topic = $2 and slot = $3`,
      [...this.#key, fates.parked, fates.applied, fates.dropped, fates.refused, fates.passedOver],
    );
  }
}
