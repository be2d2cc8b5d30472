import { createHash } from 'node:crypto';
import type { Service } from '@lethe/contracts';
import type { Connection, ConnectionSource } from './connection.ts';
import type { EventLog, LogRecord } from './event-log.ts';
import type { Outbox } from './outbox.ts';
import type { Marks } from './marks.ts';
import { APPENDED, LEFT_OVER, MEMBERS, NUMBER, PRUNE } from './relay-sql.ts';
import { backoff, Signal } from './signal.ts';

/** Where a crash may fall; a test kills here. */
export type RelayPoint = 'numbered' | 'appended';

export interface RelayOptions {
  readonly service: Service;
  readonly pool: ConnectionSource;
  readonly log: EventLog;
  readonly slots: number;
  /** The outbox in this process: its commits wake the relay, the relay's numbers wake its `numberOf`. */
  readonly outbox?: Outbox;
  /** Where it is kept how far this database has told; before anybody is told. */
  readonly marks?: Marks;
  /** The net under `wake`, milliseconds of machine time. Default 250. */
  readonly pollMs?: number;
  /** How often slots are shared out among the replicas, milliseconds. Default 1,000. */
  readonly shareMs?: number;
  /** How long rows are kept after they were numbered, milliseconds. Default seven days. */
  readonly keepMs?: number;
  readonly onError?: (error: unknown) => void;
  /** For crash tests: awaited at each point; what it throws ends the relay as a kill would. */
  readonly at?: (point: RelayPoint) => Promise<void>;
}

const ROWS_AT_MOST = 2_000;
const BYTES_AT_MOST = 8_000_000;
const PRESENCE = 0x7fff_fffe;
const PRUNE_EVERY_MS = 3_600_000;
const SEVEN_DAYS_MS = 7 * 86_400_000;

class Killed extends Error {}
class AppendFailed extends Error {}

/** The records of one topic, slot and incarnation, in order. */
interface Stream {
  readonly topic: string;
  readonly slot: number;
  readonly incarnation: string;
  readonly records: LogRecord[];
}

/**
 * Takes announced events to the log. It works only on slots whose advisory lock its one connection holds, and does all its
 * writing on that connection: when the connection dies, so do its rights. A number is committed before the event is appended
 * under it, so whoever comes after a crash appends the same events under the same numbers.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #space: number;
  readonly #signal = new Signal();
  readonly #held = new Set<number>();
  readonly #topics = new Map<string, Promise<void>>();
  #connection: Connection | undefined;
  #told: { readonly numbered: () => void } | undefined;
  #stopping = false;
  #running: Promise<void> | undefined;
  /** Whether numbered events may lie there that the log has not taken. */
  #leftOver = true;
  #sharedAt = -Infinity;
  #prunedAt = -Infinity;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#space = createHash('sha256').update(`lethe.relay.${options.service}`).digest().readUInt32BE(0) >>> 1;
  }

  start(): void {
    if (this.#running) return;
    this.#told = this.#options.outbox?.connect(() => this.wake());
    this.#running = this.#run();
  }

  /** Something was committed. */
  wake(): void {
    this.#signal.wake();
  }

  /** Resolves when the round under way is done and the slots are free for others. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#running;
  }

  /** The slots this relay serves at the moment. */
  get slots(): readonly number[] {
    return [...this.#held].sort((a, b) => a - b);
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping) {
      try {
        const connection = await this.#connected();
        await this.#share(connection);
        const busy = this.#held.size > 0 && (await this.#round(connection));
        failures = 0;
        if (!busy && !this.#stopping) await this.#signal.wait(this.#options.pollMs ?? 250);
      } catch (error) {
        if (error instanceof Killed) break;
        failures += 1;
        this.#options.onError?.(error instanceof AppendFailed ? error.cause : error);
        if (!(error instanceof AppendFailed)) this.#disconnect();
        if (!this.#stopping) await new Promise((resolve) => setTimeout(resolve, backoff(failures, 50, 5_000)));
      }
    }
    this.#disconnect();
  }

  async #connected(): Promise<Connection> {
    if (this.#connection) return this.#connection;
    const connection = await this.#options.pool.connect();
    connection.on('error', () => {
      if (this.#connection === connection) this.#disconnect();
    });
    this.#connection = connection;
    this.#sharedAt = -Infinity;
    await connection.query('select pg_advisory_lock_shared($1, $2)', [this.#space, PRESENCE]);
    return connection;
  }

  /** Closing the connection is what frees its locks, whatever state it is in. */
  #disconnect(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#held.clear();
    this.#leftOver = true;
    connection?.release(true);
  }

  /** Takes free slots up to an equal share, gives back what is beyond it. */
  async #share(connection: Connection): Promise<void> {
    if (performance.now() - this.#sharedAt < (this.#options.shareMs ?? 1_000)) return;
    this.#sharedAt = performance.now();
    const members = (await connection.query(MEMBERS, [this.#space, PRESENCE])).rows[0]!['count'] as number;
    const share = Math.ceil(this.#options.slots / Math.max(1, members));
    for (const slot of this.slots.slice(share)) {
      await connection.query('select pg_advisory_unlock($1, $2)', [this.#space, slot]);
      this.#held.delete(slot);
    }
    for (let slot = 0; slot < this.#options.slots && this.#held.size < share; slot += 1) {
      if (this.#held.has(slot)) continue;
      const { rows } = await connection.query('select pg_try_advisory_lock($1, $2) as got', [this.#space, slot]);
      if (rows[0]!['got'] !== true) continue;
      this.#held.add(slot);
      this.#leftOver = true;
    }
    if (performance.now() - this.#prunedAt >= PRUNE_EVERY_MS) {
      this.#prunedAt = performance.now();
      await this.#prune(connection);
    }
  }

  async #prune(connection: Connection): Promise<void> {
    for (;;) {
      const { rows } = await connection.query(PRUNE, [this.slots, this.#options.keepMs ?? SEVEN_DAYS_MS, ROWS_AT_MOST]);
      if (rows[0]!['count'] === 0) return;
    }
  }

  /** One step: number (or find what was left), append, mark. False when there is nothing more to do: what is committed from now on wakes. */
  async #round(connection: Connection): Promise<boolean> {
    const held = this.slots;
    if (!this.#leftOver) {
      const { rows } = await connection.query(NUMBER, [held, ROWS_AT_MOST, BYTES_AT_MOST]);
      if (rows.length === 0) return false;
      this.#leftOver = true;
      await this.#point('numbered');
      this.#told?.numbered();
      await this.#append(connection, rows);
      this.#leftOver = false;
      // Fewer than it may take at once were all there were.
      return rows.length === ROWS_AT_MOST || bytesOf(rows) >= BYTES_AT_MOST;
    }
    const { rows } = await connection.query(LEFT_OVER, [held, ROWS_AT_MOST]);
    await this.#append(connection, rows);
    this.#leftOver = rows.length > 0;
    return true;
  }

  /** Marks each stream that the log has taken, then fails if it has not taken another. */
  async #append(connection: Connection, rows: readonly Record<string, unknown>[]): Promise<void> {
    const streams = streamsOf(rows);
    if (streams.length === 0) return;
    for (const { topic, slot, incarnation, records } of streams) {
      const { number } = records.at(-1)!;
      this.#options.marks?.raise({ kind: 'told', under: incarnation, topic, slot, incarnation, number });
    }
    const outcomes = await Promise.allSettled(streams.map((stream) => this.#tell(stream)));
    await this.#point('appended');
    const taken = streams.filter((_, index) => outcomes[index]!.status === 'fulfilled');
    if (taken.length > 0) {
      await connection.query(APPENDED, [
        taken.map((stream) => stream.topic),
        taken.map((stream) => stream.slot),
        taken.map((stream) => stream.incarnation),
        taken.map((stream) => stream.records.at(-1)!.number),
      ]);
    }
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw new AppendFailed('the log did not take it', { cause: failed.reason });
  }

  /** A topic that nobody reads yet is made by whoever writes first. */
  async #tell({ topic, slot, records }: Stream): Promise<void> {
    const made = this.#topics.get(topic) ?? this.#options.log.ensureTopics([topic]);
    this.#topics.set(topic, made);
    await made.catch((error: unknown) => {
      this.#topics.delete(topic);
      throw error;
    });
    await this.#options.log.append(topic, slot, records);
  }

  async #point(point: RelayPoint): Promise<void> {
    try {
      await this.#options.at?.(point);
    } catch (cause) {
      throw new Killed(point, { cause });
    }
  }
}

const bytesOf = (rows: readonly Record<string, unknown>[]): number =>
  rows.reduce((sum, row) => sum + Buffer.byteLength(row['value'] as string), 0);

function streamsOf(rows: readonly Record<string, unknown>[]): Stream[] {
  const streams: Stream[] = [];
  for (const row of rows) {
    const record = {
      number: Number(row['number']),
      incarnation: row['incarnation'] as string,
      id: row['id'] as string,
      value: row['value'] as string,
    };
    const last = streams.at(-1);
    if (last && last.topic === row['topic'] && last.slot === row['slot'] && last.incarnation === record.incarnation)
      last.records.push(record);
    else
      streams.push({
        topic: row['topic'] as string,
        slot: row['slot'] as number,
        incarnation: record.incarnation,
        records: [record],
      });
  }
  return streams;
}
