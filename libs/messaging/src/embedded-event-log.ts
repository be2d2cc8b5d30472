import { Fault, steady } from '@lethe/kernel';
import type { EventLog, LogRecord, SlotReader, StoredRecord, Subscription } from './event-log.ts';
import { Pump } from './pump.ts';

/** What the embedded log's own database or schema needs. */
export const embeddedLogTables = `
create table event_log (
  topic text not null,
  slot int not null,
  "offset" bigint not null,
  number bigint not null,
  incarnation text not null,
  id text not null,
  value text not null,
  appended_at timestamptz not null default clock_timestamp(),
  primary key (topic, slot, "offset")
);
create table event_log_end (
  topic text not null,
  slot int not null,
  next bigint not null,
  primary key (topic, slot)
);
`;

/** Runs one statement in a transaction of its own. A `Pool` of `pg` is one. */
export interface Statements {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

export interface EmbeddedEventLogOptions {
  readonly pool: Statements;
  readonly slots: number;
  /** How often the tables are looked at for appends of other processes, milliseconds. Default 1,000. */
  readonly pollMs?: number;
  /** How long records are kept, milliseconds. Default seven days. */
  readonly keepMs?: number;
  readonly onError?: (error: unknown) => void;
}

const BATCH = 1_000;
const BATCH_BYTES = 4_000_000;
/** Records and characters of each slot kept in memory, so that a reader that keeps up never asks the database. */
const TAIL = 1_000;
const TAIL_CHARACTERS = 2_000_000;
const PRUNE_EVERY_MS = 3_600_000;
const SEVEN_DAYS_MS = 7 * 86_400_000;

/** The end's row is locked until the commit, so offsets become visible in order and a reader may stand on one. */
const APPEND = steady(`
with tail as (
  insert into event_log_end (topic, slot, next) values ($1, $2, $3)
  on conflict (topic, slot) do update set next = event_log_end.next + excluded.next
  returning next
), written as (
  insert into event_log (topic, slot, "offset", number, incarnation, id, value)
  select $1, $2, tail.next - $3 + new.nth - 1, new.number, new.incarnation, new.id, new.value
  from tail, unnest($4::bigint[], $5::text[], $6::text[], $7::text[]) with ordinality as new (number, incarnation, id, value, nth)
)
select next - $3::bigint as first from tail`);

const READ = `
select "offset", number, incarnation, id, value, appended_at from (
  select *, sum(octet_length(value)) over (order by "offset") - octet_length(value) as before
  from (select * from event_log where topic = $1 and slot = $2 and "offset" >= $3 order by "offset" limit $4) next
) sized where before < $5 order by "offset"`;

/** What the log no longer keeps cannot be read: an end without a record before it is none. */
const ENDS = `
select e.slot, case when exists (
  select 1 from event_log l where l.topic = e.topic and l.slot = e.slot and l."offset" = e.next - 1
) then e.next else 0 end as next from event_log_end e where e.topic = $1`;

const PRUNE = `
with old as (
  select e.topic, e.slot, first."offset" from event_log_end e cross join lateral (
    select "offset", appended_at from event_log l where l.topic = e.topic and l.slot = e.slot order by "offset" limit 2000
  ) first where first.appended_at < clock_timestamp() - make_interval(secs => $1::float8 / 1000)
), gone as (
  delete from event_log l using old where l.topic = old.topic and l.slot = old.slot and l."offset" = old."offset" returning 1
)
select count(*)::int as count from gone`;

/** One topic and slot as this process knows it. */
interface Stream {
  readonly pumps: Set<Pump>;
  /** The newest records without a hole between them. */
  tail: StoredRecord[];
  /** The offset after the last record, as far as known here. */
  end: bigint;
}

/** The log as two tables in PostgreSQL: what one process appends wakes its own readers; others are found by looking. */
export class EmbeddedEventLog implements EventLog {
  readonly #options: EmbeddedEventLogOptions;
  readonly #streams = new Map<string, Stream>();
  #watch: NodeJS.Timeout | undefined;
  #watching: Promise<void> = Promise.resolve();
  #prunedAt = -Infinity;

  constructor(options: EmbeddedEventLogOptions) {
    this.#options = options;
  }

  /** Nothing to make: a topic is a name in a table. */
  ensureTopics(topics: readonly string[]): Promise<void> {
    void topics;
    return Promise.resolve();
  }

  async append(topic: string, slot: number, records: readonly LogRecord[]): Promise<void> {
    if (records.length === 0) return;
    const values = [
      records.map((record) => record.number),
      records.map((record) => record.incarnation),
      records.map((record) => record.id),
      records.map((record) => record.value),
    ];
    let first: bigint;
    try {
      const { rows } = await this.#options.pool.query(APPEND, [topic, slot, records.length, ...values]);
      first = BigInt(rows[0]!['first'] as string);
    } catch (cause) {
      throw Object.assign(new Fault('unavailable', 'messaging/log-down', 'the event log did not take the records'), {
        cause,
      });
    }
    this.#grown(
      this.#stream(topic, slot),
      records.map((record, index) => ({ ...record, offset: first + BigInt(index) })),
    );
  }

  subscribe(_group: string, topics: readonly string[], reader: SlotReader): Promise<Subscription> {
    const mine = new Map<string, Pump>();
    for (const topic of topics) {
      for (let slot = 0; slot < this.#options.slots; slot += 1) {
        const stream = this.#stream(topic, slot);
        const pump = new Pump({
          topic,
          slot,
          reader,
          fetch: (from) => this.#fetch(topic, slot, from),
          ...(this.#options.onError ? { onError: this.#options.onError } : {}),
        });
        stream.pumps.add(pump);
        mine.set(`${topic}/${slot}`, pump);
      }
    }
    this.#watch ??= setInterval(() => {
      this.#watching = this.#look();
    }, this.#options.pollMs ?? 1_000);
    return Promise.resolve({
      resume: (topic, slot) => Promise.resolve(mine.get(`${topic}/${slot}`)?.resume()),
      alive: () => true,
      stop: async () => {
        for (const stream of this.#streams.values()) for (const pump of mine.values()) stream.pumps.delete(pump);
        await Promise.all([...mine.values()].map((pump) => pump.end()));
      },
    });
  }

  async ends(topic: string): Promise<ReadonlyMap<number, bigint>> {
    const { rows } = await this.#options.pool.query(ENDS, [topic]);
    return new Map(rows.map((row) => [row['slot'] as number, BigInt(row['next'] as string)]));
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    await this.#watching;
    await Promise.all([...this.#streams.values()].flatMap(({ pumps }) => [...pumps].map((pump) => pump.end())));
  }

  #stream(topic: string, slot: number): Stream {
    const key = `${topic}/${slot}`;
    const known = this.#streams.get(key);
    if (known) return known;
    const stream: Stream = { pumps: new Set(), tail: [], end: 0n };
    this.#streams.set(key, stream);
    return stream;
  }

  #grown(stream: Stream, records: readonly StoredRecord[]): void {
    // Two appends of this process may finish in the other order, and other processes append too: a tail has no hole.
    const follows = stream.tail.length > 0 && stream.tail.at(-1)!.offset + 1n === records[0]!.offset;
    const end = records.at(-1)!.offset + 1n;
    if (end > stream.end) {
      stream.tail = newest([...(follows ? stream.tail : []), ...records]);
      stream.end = end;
    }
    for (const pump of stream.pumps) pump.wake();
  }

  async #fetch(topic: string, slot: number, from: bigint): Promise<readonly StoredRecord[]> {
    const stream = this.#stream(topic, slot);
    const { tail, end } = stream;
    const first = tail[0]?.offset;
    if (first !== undefined && from >= first) {
      const records = tail.slice(Number(from - first), Number(from - first) + BATCH);
      if (records.length > 0 || from === end) return records;
    }
    const { rows } = await this.#options.pool.query(READ, [topic, slot, from.toString(), BATCH, BATCH_BYTES]);
    const records = rows.map((row) => ({
      offset: BigInt(row['offset'] as string),
      number: Number(row['number']),
      incarnation: row['incarnation'] as string,
      id: row['id'] as string,
      value: row['value'] as string,
    }));
    this.#known(stream, (records.at(-1)?.offset ?? -1n) + 1n);
    return records;
  }

  /** Another process has appended: what is in memory has a hole behind it. */
  #known(stream: Stream, end: bigint): void {
    if (end <= stream.end) return;
    stream.tail = [];
    stream.end = end;
  }

  /** The net: finds what other processes appended, and now and then forgets what is too old. */
  async #look(): Promise<void> {
    try {
      const { rows } = await this.#options.pool.query('select topic, slot, next from event_log_end');
      for (const row of rows) {
        const stream = this.#stream(row['topic'] as string, row['slot'] as number);
        const next = BigInt(row['next'] as string);
        this.#known(stream, next);
        for (const pump of stream.pumps) {
          if (pump.next < next) pump.wake();
          // The log was made anew: offsets begin again, numbers do not, and they are what counts.
          if (pump.next > stream.end) pump.rewind();
        }
      }
      if (performance.now() - this.#prunedAt < PRUNE_EVERY_MS) return;
      this.#prunedAt = performance.now();
      for (let gone = 1; gone > 0;) {
        const pruned = await this.#options.pool.query(PRUNE, [this.#options.keepMs ?? SEVEN_DAYS_MS]);
        gone = pruned.rows[0]!['count'] as number;
      }
    } catch (error) {
      this.#options.onError?.(error);
    }
  }
}

function newest(records: readonly StoredRecord[]): StoredRecord[] {
  let characters = 0;
  let first = records.length;
  while (first > 0 && records.length - first < TAIL) {
    characters += records[first - 1]!.value.length;
    if (characters > TAIL_CHARACTERS) break;
    first -= 1;
  }
  return records.slice(first);
}
