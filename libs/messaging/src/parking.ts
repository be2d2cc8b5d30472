import { Fault, type Transaction } from '@lethe/kernel';
import { Applying, type Verdict } from './applying.ts';
import { Blocked } from './blocked.ts';
import type { Parked, WhichParked } from './consumer-options.ts';
import { noFates, PositionStore, type RefusedRow } from './position-store.ts';
import type { SlotWorkContext } from './slot-context.ts';
import { retryAfter } from './retry-after.ts';
import { evidence } from './slot-transaction.ts';

const CHUNK = 500;

interface Row {
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
}

const COLUMNS = 'topic, slot, incarnation, number, tenant, subject, type, value, code, attempts, parked_at, retry_at';

/** What was set aside: looked at, tried again in order, or given up. */
export class Parking {
  readonly #context: SlotWorkContext;
  readonly #consumer: string;

  constructor(context: SlotWorkContext) {
    this.#context = context;
    this.#consumer = context.options.service;
  }

  async list(): Promise<Parked[]> {
    const rows = await this.#context.options.database.transaction((sql) =>
      sql.query<Row>(
        `select ${COLUMNS} from parked where consumer = $1 order by parked_at, topic, slot, number limit 10000`,
        [this.#consumer],
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
    }));
  }

  /** Slots in which something is due for another attempt. */
  async due(now: Date): Promise<{ readonly topic: string; readonly slot: number }[]> {
    return this.#context.options.database.transaction((sql) =>
      sql.query<{ topic: string; slot: number }>(
        'select distinct topic, slot from parked where consumer = $1 and retry_at <= $2',
        [this.#consumer, now],
      ),
    );
  }

  /** How many messages are no longer parked. `due`: leaves alone what is to wait longer. */
  async retry(which: WhichParked, due = false): Promise<number> {
    const places = await this.#context.options.database.transaction((sql) =>
      sql.query<{ topic: string; slot: number }>(
        `select distinct topic, slot from parked
         where consumer = $1 and ($2::text is null or topic = $2) and ($3::int is null or slot = $3) order by topic, slot`,
        [this.#consumer, which.topic ?? null, which.slot ?? null],
      ),
    );
    let freed = 0;
    for (const { topic, slot } of places) freed += await this.#retrySlot(topic, slot, which, due);
    if (freed > 0) this.#context.moved();
    return freed;
  }

  /** In the order of the slot, a chunk a transaction; the position's lock keeps live messages from overtaking. */
  async #retrySlot(topic: string, slot: number, which: WhichParked, due: boolean): Promise<number> {
    const blocked = new Blocked();
    let freed = 0;
    let after: readonly [string, number] = ['', 0];
    for (;;) {
      const rows = await this.#context.options.database.transaction(async (sql) => {
        const store = new PositionStore(this.#consumer, topic, slot);
        await store.lock(sql);
        const chunk = await sql.query<Row>(
          `select ${COLUMNS} from parked where consumer = $1 and topic = $2 and slot = $3 and (incarnation, number) > ($4, $5)
           order by incarnation, number limit ${CHUNK}`,
          [this.#consumer, topic, slot, ...after],
        );
        freed += await this.#retryRows(sql, store, chunk, which, due, blocked);
        return chunk;
      });
      const last = rows.at(-1);
      if (!last || rows.length < CHUNK) return freed;
      after = [last.incarnation, Number(last.number)];
    }
  }

  async #retryRows(
    sql: Transaction,
    store: PositionStore,
    rows: readonly Row[],
    which: WhichParked,
    due: boolean,
    blocked: Blocked,
  ): Promise<number> {
    const now = this.#context.now();
    const fates = noFates();
    const refused: RefusedRow[] = [];
    const done: Row[] = [];
    for (const row of rows) {
      if (blocked.has(row.tenant, row.subject)) continue;
      const wanted =
        (which.tenant === undefined || which.tenant === row.tenant) &&
        (which.subject === undefined || which.subject === row.subject || row.subject === null);
      const early = due && row.code !== 'behind' && (row.retry_at === null || row.retry_at > now);
      const verdict: Verdict = !wanted || early ? { kind: 'behind' } : await this.#try(sql, row);
      if (verdict.kind === 'behind' || verdict.kind === 'parked') {
        blocked.add(row.tenant, row.subject);
        if (verdict.kind === 'parked') await this.#again(sql, row, verdict.code, now);
        continue;
      }
      fates[verdict.kind] += 1;
      if (verdict.kind === 'refused') refused.push(evidence(recordOf(row), verdict.code));
      done.push(row);
    }
    if (done.length === 0) return 0;
    await this.#forget(sql, done);
    await store.refuse(sql, refused, now);
    await store.unpark(sql, { ...fates, parked: -done.length });
    return done.length;
  }

  async #try(sql: Transaction, row: Row): Promise<Verdict> {
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

  async #again(sql: Transaction, row: Row, code: string, now: Date): Promise<void> {
    const attempts = row.attempts + 1;
    const retryAt = retryAfter(attempts, now) ?? null;
    await sql.query(
      `update parked set code = $6, attempts = $7, retry_at = $8
       where consumer = $1 and topic = $2 and slot = $3 and incarnation = $4 and number = $5`,
      [this.#consumer, row.topic, row.slot, row.incarnation, row.number, code, attempts, retryAt],
    );
  }

  async #forget(sql: Transaction, rows: readonly Row[]): Promise<void> {
    await sql.query(
      `delete from parked p using unnest($4::text[], $5::bigint[]) as gone (incarnation, number)
       where p.consumer = $1 and p.topic = $2 and p.slot = $3 and p.incarnation = gone.incarnation and p.number = gone.number`,
      [
        this.#consumer,
        rows[0]!.topic,
        rows[0]!.slot,
        rows.map((row) => row.incarnation),
        rows.map((row) => row.number),
      ],
    );
  }

  /** @throws Fault `missing` when nothing is parked there */
  async discard(topic: string, slot: number, number: number, reason: string, by: readonly string[]): Promise<void> {
    if (!/^[a-z][a-z0-9-]{0,63}$/.test(reason))
      throw new Fault('invalid', 'messaging/discard-reason', 'the reason is a code in kebab-case', 'reason');
    await this.#context.options.database.transaction(async (sql) => {
      const store = new PositionStore(this.#consumer, topic, slot);
      await store.lock(sql);
      const rows = await sql.query<Row>(
        `select ${COLUMNS} from parked where consumer = $1 and topic = $2 and slot = $3 and number = $4`,
        [this.#consumer, topic, slot, number],
      );
      if (rows.length === 0) throw new Fault('missing', 'messaging/not-parked', 'nothing is parked there');
      await this.#forget(sql, rows);
      await store.refuse(
        sql,
        rows.map((row) => ({ ...evidence(recordOf(row), `discarded/${reason}`), decidedBy: by })),
        this.#context.now(),
      );
      await store.unpark(sql, { ...noFates(), parked: -rows.length, passedOver: rows.length });
    });
    await this.retry({ topic, slot }, true);
  }
}

function recordOf(row: Row) {
  const id = (JSON.parse(row.value) as { readonly id: string }).id;
  return { number: Number(row.number), incarnation: row.incarnation, id, value: row.value };
}
