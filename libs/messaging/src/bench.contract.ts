import { randomBytes, randomUUID } from 'node:crypto';
import { events, type Envelope, type EventDefinition } from '@lethe/contracts';
import { slotOf, type SubjectRef, type Transaction } from '@lethe/kernel';
import { migrations, plainTable } from '@lethe/platform';
import { eventually, startDatabase, type TestDatabase } from '@lethe/testing';
import pg from 'pg';
import { Consumer, type ConsumerAlarm, type ConsumerOptions } from './index.ts';
import {
  embeddedLogTables,
  messagingTableNames,
  on,
  Outbox,
  Relay,
  type EventLog,
  type LogRecord,
  type Place,
  type RelayOptions,
  type Route,
  type StoredRecord,
} from './index.ts';

export const SLOTS = 3;
export const TENANT = 'damai';
export const TOPIC = events.ConsentChangedV1.topic;
const NOW = new Date('2026-11-22T00:00:00.000Z');

/** How a suite gets a log of its own for each test; two with the same `name` are two clients of one log. */
export interface LogSource {
  open(name: string): Promise<EventLog>;
}

/** One effect that was kept: what a consumer's handler wrote. */
export interface Effect {
  readonly slot: number;
  readonly number: number;
  readonly event: string;
  readonly subject: string | null;
  readonly version: number;
}

/** A producer (consent) and a consumer on one real database, and a log between them. */
export class Bench {
  readonly alarms: ConsumerAlarm[] = [];
  readonly errors: unknown[] = [];
  readonly #stops: (() => Promise<void>)[] = [];
  #name = '';
  log!: EventLog;
  outbox!: Outbox;

  private constructor(
    readonly test: TestDatabase,
    readonly pool: pg.Pool,
    private readonly source: LogSource,
  ) {}

  static async start(source: LogSource | ((bench: { readonly pool: pg.Pool }) => LogSource)): Promise<Bench> {
    const test = await startDatabase({
      migrations: migrations('consent', [
        {
          number: 1_763_769_600_000,
          name: 'effects',
          statements: [
            'create table effect (id bigint generated always as identity, slot int, number bigint, event uuid, person text, version int)',
            ...plainTable('effect'),
            embeddedLogTables,
            ...plainTable('event_log'),
            ...plainTable('event_log_end'),
          ],
        },
      ]),
      poolSize: 20,
    });
    const pool = new pg.Pool({ ...test.addresses.login, max: 20 });
    pool.on('error', () => undefined);
    return new Bench(test, pool, typeof source === 'function' ? source({ pool }) : source);
  }

  /** Empty tables, an empty log, nothing running. */
  async fresh(): Promise<void> {
    const tables = [
      ...messagingTableNames.filter((name) => name !== 'incarnation'),
      'effect',
      'event_log',
      'event_log_end',
    ];
    await this.admin(`truncate ${tables.join(', ')}`);
    this.alarms.length = 0;
    this.errors.length = 0;
    this.#name = randomUUID().slice(0, 8);
    this.log = await this.open();
    await this.log.ensureTopics([TOPIC]);
    this.outbox = new Outbox({
      service: 'consent',
      slots: SLOTS,
      database: this.test.database,
      sign: () => Promise.resolve('good'),
    });
  }

  /** Ends whatever the test started, newest first. */
  async quiet(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
  }

  async stop(): Promise<void> {
    await this.pool.end();
    await this.test.stop();
  }

  async open(): Promise<EventLog> {
    const log = await this.source.open(this.#name);
    this.#stops.push(() => log.close());
    return log;
  }

  admin<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.test.admin.transaction((sql) => sql.query<Row>(text, values));
  }

  relay(options: Partial<RelayOptions> = {}): Relay {
    const relay = new Relay({
      service: 'consent',
      pool: this.pool,
      log: this.log,
      slots: SLOTS,
      outbox: this.outbox,
      pollMs: 20,
      shareMs: 50,
      onError: (error) => this.errors.push(error),
      ...options,
    });
    relay.start();
    this.#stops.push(() => relay.stop());
    return relay;
  }

  /** A consumer that writes each event of its routes into `effect`; `before` runs first and may fail. */
  async consumer(
    options: Partial<ConsumerOptions> & { readonly before?: (event: Envelope) => void } = {},
  ): Promise<Consumer> {
    const { before, ...given } = options;
    const consumer = new Consumer({
      service: 'collection',
      slots: SLOTS,
      database: this.test.database,
      log: this.log,
      routes: this.routes(before),
      missed: (_producer, topic, slot, from, to) => this.outbox.missed(topic, slot, from, to),
      verify: (event) => Promise.resolve(event.signature === 'good'),
      onAlarm: (alarm) => this.alarms.push(alarm),
      onError: (error) => this.errors.push(error),
      retryEveryMs: 0,
      ...given,
    });
    await consumer.start();
    this.#stops.push(() => consumer.stop());
    return consumer;
  }

  routes(
    before: (event: Envelope) => void = () => undefined,
    definitions: readonly EventDefinition[] = [events.ConsentChangedV1, events.HeartbeatV1],
  ): Route[] {
    return definitions.map((definition) =>
      on(definition, async (sql, batch, place) => this.write(sql, batch as readonly Envelope[], place, before)),
    );
  }

  private async write(
    sql: Transaction,
    batch: readonly Envelope[],
    place: Place,
    before: (event: Envelope) => void,
  ): Promise<void> {
    for (const event of batch) before(event);
    await sql.query(
      'insert into effect (slot, number, event, person, version) select $1, * from unnest($2::bigint[], $3::uuid[], $4::text[], $5::int[])',
      [
        place.slot,
        place.numbers,
        batch.map((event) => event.id),
        batch.map((event) => event.subject ?? null),
        batch.map(versionOf),
      ],
    );
  }

  async effects(): Promise<Effect[]> {
    return this.admin<Effect>('select slot, number, event, person as subject, version from effect order by id');
  }

  /** Waits until that many effects are there. */
  async effected(count: number): Promise<Effect[]> {
    await eventually(async () => (await this.effects()).length >= count, { what: `${count} effects` });
    return this.effects();
  }

  /** Announces a change of consent of that version; its id. */
  consent(subject: string, version: number): Promise<string> {
    return this.test.database.transaction((sql) =>
      this.outbox.announce(sql, events.ConsentChangedV1, { tenant: TENANT, subject, now: NOW }, consentData(version)),
    );
  }

  beat(beat: number): Promise<string[]> {
    return this.test.database.transaction((sql) =>
      this.outbox.announceEverywhere(sql, events.HeartbeatV1, { tenant: TENANT, now: NOW }, { beat }),
    );
  }

  /** Everything the log holds in one slot, read through the port. */
  async contents(topic: string, slot: number, atLeast: number): Promise<StoredRecord[]> {
    const found: StoredRecord[] = [];
    const log = await this.open();
    const subscription = await log.subscribe(`look-${randomUUID()}`, [topic], {
      from: () => Promise.resolve(undefined),
      read: ({ slot: at, records }) => {
        if (at === slot) found.push(...records);
        return Promise.resolve({ kind: 'go-on', next: records.at(-1)!.offset + 1n });
      },
    });
    await eventually(() => found.length >= atLeast, { what: `${atLeast} records in slot ${slot}` });
    await subscription.stop();
    return found;
  }

  async closed(consumer: Consumer): Promise<boolean> {
    const accounts = await consumer.accounts();
    return accounts.every(
      (a) => a.produced === a.applied + a.duplicate + a.refused + a.dropped + a.parked + a.passedOver,
    );
  }
}

/** A person of that slot. */
export function personIn(slot: number): string {
  for (;;) {
    const subject = randomBytes(16).toString('base64url');
    if (slotOf(subject as SubjectRef, SLOTS) === slot) return subject;
  }
}

export const consentData = (version: number) => ({
  consent: randomUUID(),
  version,
  purpose: 'personalised-display',
  state: 'given' as const,
  level: 'opt-in' as const,
  notice: '1.0',
  at: NOW.toISOString(),
});

const versionOf = (event: Envelope): number => {
  const data = event.data as { readonly version?: number; readonly beat?: number };
  return data.version ?? data.beat ?? 0;
};

/** A record as a relay would write it, around any event of consent's. */
export function recordOf(
  number: number,
  event: { readonly id?: string } & Readonly<Record<string, unknown>>,
  incarnation = 'one',
): LogRecord {
  const id = event.id ?? randomUUID();
  const value = JSON.stringify({
    specversion: '1.0',
    id,
    source: 'lethe/consent',
    type: events.ConsentChangedV1.type,
    time: NOW.toISOString(),
    tenant: TENANT,
    data: consentData(number),
    ...event,
  });
  return { number, incarnation, id, value };
}
