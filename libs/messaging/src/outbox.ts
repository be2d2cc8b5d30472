import { makeEvent, type Envelope, type EventDefinition, type EventInput, type Service } from '@lethe/contracts';
import { Fault, slotOf, steady, subjectRef, type Database, type Sql, type Transaction } from '@lethe/kernel';
import { uuidv7 } from './uuid.ts';
import { Waiters } from './waiters.ts';

/** Where an event stands in the stream of its slot. */
export interface Numbered {
  readonly topic: string;
  readonly slot: number;
  readonly number: number;
  /** The life of the database in which the number was given: after a restore numbers begin anew. */
  readonly incarnation: string;
}

/** Records of one incarnation, in order; fewer than asked where they are no longer kept. */
export interface Missed {
  readonly incarnation: string;
  readonly records: readonly { readonly number: number; readonly id: string; readonly value: string }[];
}

/** How far a producer has told: by slot the last number that the log has taken. */
export interface Heads {
  readonly incarnation: string;
  readonly slots: readonly { readonly topic: string; readonly slot: number; readonly number: number }[];
  /** For how long the oldest announcement waits to be told, by the producer's machine clock; absent where none does. Milliseconds. */
  readonly untoldMs?: number | undefined;
}

export interface OutboxOptions {
  readonly service: Service;
  readonly slots: number;
  readonly database: Database;
  /** Signs an order (canonical event without `signature`); compact JWS with detached payload. */
  readonly sign?: (event: Envelope) => Promise<string>;
  readonly newId?: (now: Date) => string;
}

export interface Announcement<Definition extends EventDefinition> {
  readonly about: {
    readonly tenant: string;
    readonly subject?: string | undefined;
    readonly slot?: number | undefined;
  };
  readonly data: EventInput<Definition>;
}

/** Most records one answer of `missed` carries. */
export const MISSED_AT_MOST = 500;

const ANNOUNCE = steady(`
  insert into outbox (event_id, tenant, topic, slot, value, announced_at)
  select event_id, tenant, $3, slot, value, $6
  from unnest($1::uuid[], $2::text[], $4::int[], string_to_array($5, e'\\n')) with ordinality as new (event_id, tenant, slot, value, nth)
  order by nth`);

/** Events a service has to tell, written with the facts they are about. */
export class Outbox {
  readonly service: Service;
  readonly slots: number;
  readonly #options: OutboxOptions;
  readonly #newId: (now: Date) => string;
  readonly #numbered = new Waiters();
  #wakeRelay: () => void = () => undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.service = options.service;
    this.slots = options.slots;
    this.#newId = options.newId ?? uuidv7;
  }

  /**
   * Told when `sql` commits, never otherwise. The slot is the person's, or the one named.
   * @returns the event's id
   * @throws Fault `invalid` when neither a person nor a slot is named, or the data does not fit
   */
  async announce<Definition extends EventDefinition>(
    sql: Transaction,
    definition: Definition,
    about: {
      readonly tenant: string;
      readonly subject?: string | undefined;
      readonly slot?: number | undefined;
      readonly now: Date;
    },
    data: EventInput<Definition>,
  ): Promise<string> {
    const [eventId] = await this.announceAll(sql, definition, about.now, [{ about, data }]);
    return eventId!;
  }

  /** The same event for every slot, so that it stands in order with each person's; one id a slot. */
  announceEverywhere<Definition extends EventDefinition>(
    sql: Transaction,
    definition: Definition,
    about: { readonly tenant: string; readonly now: Date },
    data: EventInput<Definition>,
  ): Promise<string[]> {
    const slots = Array.from({ length: this.slots }, (_, slot) => slot);
    return this.announceAll(
      sql,
      definition,
      about.now,
      slots.map((slot) => ({ about: { tenant: about.tenant, slot }, data })),
    );
  }

  /** Many of one kind in one statement, in this order. */
  async announceAll<Definition extends EventDefinition>(
    sql: Transaction,
    definition: Definition,
    now: Date,
    announcements: readonly Announcement<Definition>[],
  ): Promise<string[]> {
    if (definition.service !== this.service)
      throw new Fault('invalid', 'messaging/not-our-event', `${definition.type} is not an event of ${this.service}`);
    if (announcements.length === 0) return [];
    const rows = await Promise.all(announcements.map((announcement) => this.#row(definition, now, announcement)));
    await sql.query(ANNOUNCE, [
      rows.map((row) => row.id),
      rows.map((row) => row.tenant),
      definition.topic,
      rows.map((row) => row.slot),
      // A line each: cheaper than an array of texts full of quotes, and no JSON has a line break of its own.
      rows.map((row) => row.value).join('\n'),
      now,
    ]);
    sql.afterCommit(() => this.#wakeRelay());
    return rows.map((row) => row.id);
  }

  async #row<Definition extends EventDefinition>(
    definition: Definition,
    now: Date,
    { about, data }: Announcement<Definition>,
  ) {
    const slot =
      about.slot ?? (about.subject === undefined ? undefined : slotOf(subjectRef(about.subject), this.slots));
    if (slot === undefined)
      throw new Fault(
        'invalid',
        'messaging/no-slot',
        `${definition.type} names no person: name a slot, or announce it everywhere`,
      );
    if (!Number.isInteger(slot) || slot < 0 || slot >= this.slots)
      throw new Fault('invalid', 'messaging/no-such-slot', `there are ${this.slots} slots`);
    const id = this.#newId(now);
    const event = makeEvent(definition, { id, time: now, tenant: about.tenant, subject: about.subject }, data);
    if (!definition.signed) return { id, tenant: about.tenant, slot, value: JSON.stringify(event) };
    if (!this.#options.sign)
      throw new Fault(
        'invalid',
        'messaging/cannot-sign',
        `${definition.type} is an order, and ${this.service} was given no key`,
      );
    return {
      id,
      tenant: about.tenant,
      slot,
      value: JSON.stringify({ ...event, signature: await this.#options.sign(event) }),
    };
  }

  /**
   * Waits until the relay has numbered the event.
   * @throws Fault `missing` when no such event is kept; `unavailable` when it is not numbered in time
   */
  async numberOf(eventId: string, waitMs: number): Promise<Numbered> {
    const found = await this.#numbered.until(waitMs, async () => {
      const [row] = await this.#options.database.transaction((sql) =>
        sql.query<{ topic: string; slot: number; number: string | null; incarnation: string }>(
          'select topic, slot, number, incarnation from outbox where event_id = $1',
          [eventId],
        ),
      );
      if (!row) throw new Fault('missing', 'messaging/no-such-event', 'no such event is kept');
      const { topic, slot, number, incarnation } = row;
      return number === null ? undefined : { topic, slot, number: Number(number), incarnation };
    });
    if (!found) throw new Fault('unavailable', 'messaging/not-numbered', 'the relay has not numbered the event yet');
    return found;
  }

  /** The last number given in a slot by this life of the database; 0 before the first. */
  async head(topic: string, slot: number): Promise<number> {
    const [row] = await this.#options.database.transaction((sql) =>
      sql.query<{ number: string }>(
        'select h.number from slot_head h join incarnation i using (incarnation) where h.topic = $1 and h.slot = $2',
        [topic, slot],
      ),
    );
    return Number(row?.number ?? 0);
  }

  /** What `GET /v1/events` answers: numbered events of this incarnation, at most `MISSED_AT_MOST`. */
  async missed(topic: string, slot: number, from: number, to: number): Promise<Missed> {
    return this.#options.database.transaction(async (sql) => {
      const incarnation = await this.incarnation(sql);
      const rows = await sql.query<{ number: string; event_id: string; value: string }>(
        `select number, event_id, value from outbox
         where topic = $1 and slot = $2 and incarnation = $3 and number between $4 and $5 order by number limit $6`,
        [topic, slot, incarnation, from, to, MISSED_AT_MOST],
      );
      return {
        incarnation,
        records: rows.map((row) => ({ number: Number(row.number), id: row.event_id, value: row.value })),
      };
    });
  }

  /** What `GET /v1/<service>/heads` answers. */
  async heads(): Promise<Heads> {
    return this.#options.database.transaction(async (sql) => {
      const incarnation = await this.incarnation(sql);
      const rows = await sql.query<{ topic: string; slot: number; appended: string }>(
        'select topic, slot, appended from slot_head where incarnation = $1 and appended > 0 order by topic, slot',
        [incarnation],
      );
      return {
        incarnation,
        slots: rows.map(({ topic, slot, appended }) => ({ topic, slot, number: Number(appended) })),
      };
    });
  }

  /** The life of this database; numbers count within it. */
  async incarnation(sql: Sql): Promise<string> {
    const [row] = await sql.query<{ incarnation: string }>('select incarnation from incarnation');
    return row!.incarnation;
  }

  /** For metrics: events the log is not known to have taken, and the announcement time of the oldest. */
  async waiting(): Promise<{ readonly count: number; readonly oldest?: Date }> {
    const [row] = await this.#options.database.transaction((sql) =>
      sql.query<{ count: number; oldest: Date | null }>(
        `select count(*)::int as count, min(announced_at) as oldest from (
           select announced_at from outbox where number is null
           union all
           select o.announced_at from slot_head h join outbox o
             on o.topic = h.topic and o.slot = h.slot and o.incarnation = h.incarnation and o.number > h.appended
           where h.appended < h.number
         ) waiting`,
      ),
    );
    return { count: row!.count, ...(row!.oldest ? { oldest: row!.oldest } : {}) };
  }

  /** For the relay in the same process: what a commit calls, and what to call when numbers have been given. */
  connect(wake: () => void): { readonly numbered: () => void } {
    this.#wakeRelay = wake;
    return { numbered: () => this.#numbered.wake() };
  }
}
