import type { Transaction } from '@lethe/kernel';
import { Applying, type Verdict } from './applying.ts';
import { Blocked } from './blocked.ts';
import type { Parked, Retried, WhichParked } from './consumer-options.ts';
import { noFates, PositionStore, type RefusedRow } from './position-store.ts';
import type { SlotWorkContext } from './slot-context.ts';
import { retryAfter } from './retry-after.ts';
import { evidence } from './slot-transaction.ts';

const CHUNK = 500;

/** What was set aside, as it lies there. */
export interface ParkedMessage {
  readonly topic: string;
  readonly slot: number;
  readonly incarnation: string;
  readonly number: string;
  readonly tenant: string;
  readonly subject: string | null;
  readonly type: string;
  readonly value: string;
  readonly code: string;
  readonly attempts: number;
  readonly parked_at: Date;
  readonly retry_at: Date | null;
  readonly discard: string | null;
  readonly discard_reason: string | null;
  readonly discard_by: string | null;
  readonly discard_at: Date | null;
}

export const PARKED_COLUMNS = `topic, slot, incarnation, number, tenant, subject, type, value, code, attempts, parked_at, retry_at,
  discard, discard_reason, discard_by, discard_at`;

interface Slot {
  readonly topic: string;
  readonly slot: number;
}

/** What was set aside: looked at, and tried again in order. */
export class Parking {
  readonly #context: SlotWorkContext;
  readonly #consumer: string;
  /** Slots in which what waited behind a message may wait for nothing any more: a failure came between. A start tries all. */
  readonly #unfinished = new Map<string, Slot>();

  constructor(context: SlotWorkContext) {
    this.#context = context;
    this.#consumer = context.options.service;
  }

  async list(tenant?: string): Promise<Parked[]> {
    const rows = await this.#context.options.database.transaction((sql) =>
      sql.query<ParkedMessage>(
        `select ${PARKED_COLUMNS} from parked where consumer = $1 and ($2::text is null or tenant = $2)
         order by parked_at, topic, slot, incarnation, number limit 10000`,
        [this.#consumer, tenant ?? null],
      ),
    );
    return rows.map((row) => ({
      topic: row.topic,
      slot: row.slot,
      incarnation: row.incarnation,
      number: Number(row.number),
      tenant: row.tenant,
      ...(row.subject === null ? {} : { subject: row.subject }),
      type: row.type,
      code: row.code,
      attempts: row.attempts,
      parkedAt: row.parked_at,
      ...(row.discard === null
        ? {}
        : {
            discard: {
              discard: row.discard,
              reason: row.discard_reason!,
              by: row.discard_by!,
              at: row.discard_at!,
            },
          }),
    }));
  }

  /** How many there are, by code; of one tenant, or of all. */
  async counts(tenant?: string): Promise<{ readonly code: string; readonly count: number }[]> {
    return this.#context.options.database.transaction((sql) =>
      sql.query<{ code: string; count: number }>(
        `select code, count(*)::int as count from parked where consumer = $1 and ($2::text is null or tenant = $2)
         group by code order by code`,
        [this.#consumer, tenant ?? null],
      ),
    );
  }

  /** Slots in which something is due for another attempt. */
  async due(now: Date): Promise<Slot[]> {
    const rows = await this.#context.options.database.transaction((sql) =>
      sql.query<Slot>('select distinct topic, slot from parked where consumer = $1 and retry_at <= $2', [
        this.#consumer,
        now,
      ]),
    );
    return [...new Map([...this.#unfinished, ...rows.map((row) => [keyOf(row), row] as const)]).values()];
  }

  /** What waited behind a message of that slot is tried soon, whatever happens in between. */
  unfinished(slot: Slot): void {
    this.#unfinished.set(keyOf(slot), slot);
  }

  /** `due`: leaves alone what is to wait longer. */
  async retry(which: WhichParked, due = false): Promise<Retried> {
    const places = await this.#context.options.database.transaction((sql) =>
      sql.query<Slot>(
        `select distinct topic, slot from parked
         where consumer = $1 and ($2::text is null or topic = $2) and ($3::int is null or slot = $3)
           and ($4::text is null or tenant = $4) order by topic, slot`,
        [this.#consumer, which.topic ?? null, which.slot ?? null, which.tenant ?? null],
      ),
    );
    const retried = { tried: 0, applied: 0, dropped: 0, refused: 0 };
    for (const place of places) {
      this.#unfinished.delete(keyOf(place));
      try {
        await this.#retrySlot(place, which, due, retried);
      } catch (error) {
        this.unfinished(place);
        throw error;
      }
    }
    if (retried.applied + retried.dropped + retried.refused > 0) this.#context.moved();
    return retried;
  }

  /** In the order of the slot, a chunk a transaction; the position's lock keeps live messages from overtaking. */
  async #retrySlot({ topic, slot }: Slot, which: WhichParked, due: boolean, retried: Counting): Promise<void> {
    const blocked = new Blocked();
    let after: readonly [string, number] = ['', 0];
    for (;;) {
      const { rows, counted } = await this.#context.options.database.transaction(async (sql) => {
        const store = new PositionStore(this.#consumer, topic, slot);
        await store.lock(sql);
        const chunk = await sql.query<ParkedMessage>(
          `select ${PARKED_COLUMNS} from parked where consumer = $1 and topic = $2 and slot = $3 and (incarnation, number) > ($4, $5)
           order by incarnation, number limit ${CHUNK}`,
          [this.#consumer, topic, slot, ...after],
        );
        return { rows: chunk, counted: await this.#retryRows(sql, store, chunk, which, due, blocked) };
      });
      for (const what of ['tried', 'applied', 'dropped', 'refused'] as const) retried[what] += counted[what];
      const last = rows.at(-1);
      if (!last || rows.length < CHUNK) return;
      after = [last.incarnation, Number(last.number)];
    }
  }

  async #retryRows(
    sql: Transaction,
    store: PositionStore,
    rows: readonly ParkedMessage[],
    which: WhichParked,
    due: boolean,
    blocked: Blocked,
  ): Promise<Retried> {
    const now = this.#context.now();
    const fates = noFates();
    const refused: RefusedRow[] = [];
    const done: ParkedMessage[] = [];
    let tried = 0;
    for (const row of rows) {
      if (blocked.has(row.tenant, row.subject)) continue;
      const wanted = isWanted(row, which);
      const early = due && row.code !== 'behind' && (row.retry_at === null || row.retry_at > now);
      const verdict: Verdict = !wanted || early ? { kind: 'behind' } : await this.#try(sql, row);
      if (wanted && !early) tried += 1;
      if (verdict.kind === 'behind' || verdict.kind === 'parked') {
        blocked.add(row.tenant, row.subject);
        if (verdict.kind === 'parked') await this.#again(sql, row, verdict.code, now);
        continue;
      }
      fates[verdict.kind] += 1;
      if (verdict.kind === 'refused') refused.push(evidence(recordOf(row), verdict.code));
      done.push(row);
    }
    if (done.length > 0) {
      await forgetParked(sql, this.#consumer, done);
      await store.refuse(sql, refused, now);
      await store.unpark(sql, { ...fates, parked: -done.length });
    }
    return { tried, applied: fates.applied, dropped: fates.dropped, refused: fates.refused };
  }

  async #try(sql: Transaction, row: ParkedMessage): Promise<Verdict> {
    const record = recordOf(row);
    const decoded = await this.#context.decoder.decode(row.topic, record);
    if (decoded.kind === 'refuse') return { kind: 'refused', code: decoded.code };
    if (decoded.kind === 'park') return { kind: 'parked', code: decoded.code };
    if (decoded.kind === 'pass-over') return { kind: 'dropped' };
    const verdicts = await new Applying(sql, row.topic, row.slot).each(
      [{ record, event: decoded.event, routes: decoded.routes }],
      new Blocked(),
    );
    return verdicts.get(record)!;
  }

  async #again(sql: Transaction, row: ParkedMessage, code: string, now: Date): Promise<void> {
    const attempts = row.attempts + 1;
    const retryAt = retryAfter(attempts, now) ?? null;
    await sql.query(
      `update parked set code = $6, attempts = $7, retry_at = $8
       where consumer = $1 and topic = $2 and slot = $3 and incarnation = $4 and number = $5`,
      [this.#consumer, row.topic, row.slot, row.incarnation, row.number, code, attempts, retryAt],
    );
  }
}

type Counting = { -readonly [what in keyof Retried]: number };

const keyOf = ({ topic, slot }: Slot): string => `${topic}/${String(slot)}`;

/** Of one message that is named, what waits behind it follows: what waits behind nothing any more is whatever is not blocked. */
function isWanted(row: ParkedMessage, { tenant, subject, message }: WhichParked): boolean {
  if (tenant !== undefined && tenant !== row.tenant) return false;
  if (subject !== undefined && subject !== row.subject && row.subject !== null) return false;
  return (
    message === undefined ||
    row.code === 'behind' ||
    (message.incarnation === row.incarnation && message.number === Number(row.number))
  );
}

/** Messages of one slot are no longer parked. */
export async function forgetParked(sql: Transaction, consumer: string, rows: readonly ParkedMessage[]): Promise<void> {
  await sql.query(
    `delete from parked p using unnest($4::text[], $5::bigint[]) as gone (incarnation, number)
     where p.consumer = $1 and p.topic = $2 and p.slot = $3 and p.incarnation = gone.incarnation and p.number = gone.number`,
    [consumer, rows[0]!.topic, rows[0]!.slot, rows.map((row) => row.incarnation), rows.map((row) => row.number)],
  );
}

export function recordOf(row: ParkedMessage) {
  const id = (JSON.parse(row.value) as { readonly id: string }).id;
  return { number: Number(row.number), incarnation: row.incarnation, id, value: row.value };
}
