import { slotOf, steady, type Sql, type SubjectRef } from '@lethe/kernel';
import { Behind } from './behind.ts';
import type {
  Account,
  ConsumerOptions,
  Discarded,
  Parked,
  PlaceOfMessage,
  ProposedDiscard,
  Retried,
  Stopped,
  StopReason,
  WhichParked,
} from './consumer-options.ts';
import { Decoder } from './decode.ts';
import { Discarding } from './discarding.ts';
import type { Subscription } from './event-log.ts';
import type { Heads } from './outbox.ts';
import { passOver } from './gap.ts';
import { forgetHeard } from './heard.ts';
import { Parking } from './parking.ts';
import { PositionStore } from './position-store.ts';
import { line, type SlotWorkContext } from './slot-context.ts';
import { SlotWork } from './slot-work.ts';
import { Waiters } from './waiters.ts';

/** Longer than any log keeps a record, so that whatever comes again is remembered. */
const HEARD_MS = 8 * 86_400_000;
const FORGET_EVERY_MS = 3_600_000;
const LOOK_EVERY_MS = 15_000;

const APPLIED = steady(`
  select exists (select 1 from parked o where o.consumer = p.consumer and o.topic = p.topic and o.slot = p.slot
                 and o.incarnation = p.incarnation and o.number = $4) as parked,
         exists (select 1 from refused_message o where o.consumer = p.consumer and o.topic = p.topic and o.slot = p.slot
                 and o.incarnation = p.incarnation and o.number = $4) as refused
  from position p where p.consumer = $1 and p.topic = $2 and p.slot = $3
    and (($5::text is null or p.incarnation = $5) and p.number >= $4 or $5 = any(p.former))`);

const REACHED = steady(`
  select exists (
    select 1 from unnest($3::text[], $4::int[], $5::bigint[]) as told (topic, slot, number)
    where not exists (
      select 1 from position p where p.consumer = $1 and p.topic = told.topic and p.slot = told.slot
        and ($2 = any(p.former)
             or (p.incarnation = $2 and p.number >= told.number and p.stopped is null
                 and coalesce(p.restated_through, 0) <= p.number)))) as behind`);

/**
 * Applies what other services announce: each message at most once in its effect, in the order of its slot, position and
 * effect in one transaction. What it cannot apply it parks; what it must not apply it refuses; when history does not fit it
 * stops the slot.
 */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #context: SlotWorkContext;
  readonly #parking: Parking;
  readonly #discarding: Discarding;
  readonly #behind: Behind;
  readonly #topics: readonly string[];
  readonly #waiters = new Waiters();
  readonly #slots = new Map<string, SlotWork>();
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #keeping: Promise<void> | undefined;
  #forgotAt = -Infinity;
  #lookedAt = -Infinity;
  #begun = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#context = {
      options,
      decoder: new Decoder(options.routes, options.verify),
      now: options.now ?? (() => new Date()),
      moved: () => this.#waiters.wake(),
      inTurn: line(),
    };
    this.#parking = new Parking(this.#context);
    this.#discarding = new Discarding(this.#context, this.#parking);
    this.#topics = [...new Set(options.routes.map((route) => route.definition.topic))].sort();
    this.#behind = new Behind(this.#context, this.#topics, (topic, slot) => this.#slot(topic, slot));
  }

  async start(): Promise<void> {
    await this.#options.log.ensureTopics(this.#topics);
    this.#subscription = await this.#options.log.subscribe(this.#options.service, this.#topics, {
      from: (topic, slot) => this.#slot(topic, slot).from(),
      read: (batch) => this.#slot(batch.topic, batch.slot).read(batch),
    });
    const every = this.#options.retryEveryMs ?? 1_000;
    if (every > 0)
      this.#timer = setInterval(
        () => void (this.#keeping ??= this.#keep().finally(() => (this.#keeping = undefined))),
        every,
      );
  }

  /** Resolves when nothing is being applied any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#keeping;
    await this.#subscription?.stop();
    this.#subscription = undefined;
  }

  #slot(topic: string, slot: number): SlotWork {
    const key = `${topic}/${slot}`;
    const known = this.#slots.get(key);
    if (known) return known;
    const work = new SlotWork(this.#context, topic, slot);
    this.#slots.set(key, work);
    return work;
  }

  /** Tries again what is due, after a start everything (a new build may know better), looks for what the log has lost, and forgets ids that it cannot bring again. */
  async #keep(): Promise<void> {
    const { database, service } = this.#options;
    try {
      const now = this.#context.now();
      if (!this.#begun) await this.#parking.retry({});
      this.#begun = true;
      for (const place of await this.#parking.due(now)) await this.#parking.retry(place, true);
      if (performance.now() - this.#lookedAt >= (this.#options.lookEveryMs ?? LOOK_EVERY_MS)) {
        this.#lookedAt = performance.now();
        await this.#behind.look();
      }
      if (performance.now() - this.#forgotAt < FORGET_EVERY_MS) return;
      this.#forgotAt = performance.now();
      await database.transaction((sql) =>
        forgetHeard(sql, service, new Date(now.getTime() - HEARD_MS), new Date(now.getTime() - FORGET_EVERY_MS)),
      );
    } catch (error) {
      this.#options.onError?.(error);
    }
  }

  /**
   * *Have you applied (topic, slot, number)?* Looks at each commit here, and now and then for commits of replicas.
   * With `incarnation` a number of another life of the producer is not mistaken for it. False after `waitMs`; at once for a message that was refused or discarded.
   */
  async applied(topic: string, slot: number, number: number, waitMs: number, incarnation?: string): Promise<boolean> {
    if (number < 1) return true;
    const work = this.#slot(topic, slot);
    const answer = await this.#waiters.until(waitMs, async (woken) => {
      // Some commit here; if it was not this slot's there is nothing new to ask.
      if (woken && work.reached !== undefined && work.reached < number) return undefined;
      const [row] = await this.#options.database.transaction((sql) =>
        sql.query<{ parked: boolean; refused: boolean }>(APPLIED, [
          this.#options.service,
          topic,
          slot,
          number,
          incarnation ?? null,
        ]),
      );
      if (!row || row.parked) return undefined;
      return !row.refused;
    });
    return answer ?? false;
  }

  /**
   * *Have you gone through all that the producer had told?* What is parked was gone through; a slot that stands, or is being
   * restated, was not. Looks at each commit here, and now and then for commits of replicas; false after `waitMs`.
   */
  async reached({ incarnation, slots }: Heads, waitMs: number): Promise<boolean> {
    const told = slots.filter(({ topic }) => this.#topics.includes(topic));
    if (told.length === 0) return true;
    const answer = await this.#waiters.until(waitMs, async () => {
      const [row] = await this.#options.database.transaction((sql) =>
        sql.query<{ behind: boolean }>(REACHED, [
          this.#options.service,
          incarnation,
          told.map(({ topic }) => topic),
          told.map(({ slot }) => slot),
          told.map(({ number }) => number),
        ]),
      );
      return row!.behind ? undefined : true;
    });
    return answer ?? false;
  }

  /** The last number gone through, 0 before the first. */
  async position(topic: string, slot: number): Promise<number> {
    const [row] = await this.#options.database.transaction((sql) =>
      sql.query<{ number: string }>('select number from position where consumer = $1 and topic = $2 and slot = $3', [
        this.#options.service,
        topic,
        slot,
      ]),
    );
    return Number(row?.number ?? 0);
  }

  /** Of these people of one tenant, those of whom something is parked, or whose slot is stopped or being restated. In the caller's transaction. */
  async uncertain(sql: Sql, tenant: string, subjects: readonly string[]): Promise<ReadonlySet<string>> {
    const [row] = await sql.query<{ people: (string | null)[] | null; slots: number[] | null }>(
      `select (select array_agg(distinct subject) from parked where consumer = $1 and tenant = $2 and (subject is null or subject = any($3::text[]))) as people,
              (select array_agg(distinct slot) from position where consumer = $1 and (stopped is not null or restated_through > number)) as slots`,
      [this.#options.service, tenant, subjects],
    );
    const people = row!.people ?? [];
    const slots = row!.slots ?? [];
    if (people.length === 0 && slots.length === 0) return new Set();
    if (people.includes(null)) return new Set(subjects);
    return new Set(
      subjects.filter(
        (subject) => people.includes(subject) || slots.includes(slotOf(subject as SubjectRef, this.#options.slots)),
      ),
    );
  }

  /** Is anything of the tenant parked that was told on this topic? In the caller's transaction. */
  async hasParked(sql: Sql, tenant: string, topic: string): Promise<boolean> {
    const rows = await sql.query('select 1 from parked where consumer = $1 and tenant = $2 and topic = $3 limit 1', [
      this.#options.service,
      tenant,
      topic,
    ]);
    return rows.length > 0;
  }

  /** `uncertain` for one person, in a transaction of its own. */
  async isParked(tenant: string, subject: string): Promise<boolean> {
    const people = await this.#options.database.transaction((sql) => this.uncertain(sql, tenant, [subject]));
    return people.size > 0;
  }

  /** The 10,000 that have waited longest; of one tenant, or of all. */
  parked(tenant?: string): Promise<Parked[]> {
    return this.#parking.list(tenant);
  }

  /** How many are parked, by code; of one tenant, or of all. */
  parkedByCode(tenant?: string): Promise<{ readonly code: string; readonly count: number }[]> {
    return this.#parking.counts(tenant);
  }

  /** Tries parked messages again, in order, whatever their attempts. */
  retryParked(which: WhichParked = {}): Promise<Retried> {
    return this.#parking.retry(which);
  }

  /** One person proposes to give a parked message up: see `Discarding.propose`. @returns the id of the proposal */
  proposeDiscard(tenant: string, place: PlaceOfMessage, reason: string, by: string): Promise<string> {
    return this.#discarding.propose(tenant, place, reason, by);
  }

  /** Another gives it up, and what waited behind it is tried: see `Discarding.confirm`. */
  confirmDiscard(
    tenant: string,
    discard: string,
    by: string,
    may: (proposed: ProposedDiscard) => void,
  ): Promise<Discarded> {
    return this.#discarding.confirm(tenant, discard, by, may);
  }

  /** What of a tenant two persons have given up, the last 1,000, newest first. */
  discarded(tenant: string): Promise<Discarded[]> {
    return this.#discarding.list(tenant);
  }

  async stopped(): Promise<Stopped[]> {
    const rows = await this.#options.database.transaction((sql) =>
      sql.query<{ topic: string; slot: number; stopped: StopReason; number: string; stopped_at: Date }>(
        'select topic, slot, stopped, number, stopped_at from position where consumer = $1 and stopped is not null order by topic, slot',
        [this.#options.service],
      ),
    );
    return rows.map((row) => ({
      topic: row.topic,
      slot: row.slot,
      reason: row.stopped,
      number: Number(row.number),
      at: row.stopped_at,
    }));
  }

  /** Lets a stopped slot go on; with `through`, numbers up to there are counted as passed over first. */
  async resume(topic: string, slot: number, through?: number): Promise<void> {
    const store = new PositionStore(this.#options.service, topic, slot);
    await this.#options.database.transaction(async (sql) => {
      const current = await store.lock(sql);
      await sql.query(
        'update position set stopped = null, stopped_at = null where consumer = $1 and topic = $2 and slot = $3',
        [this.#options.service, topic, slot],
      );
      if (through === undefined || through <= current.number) return;
      await passOver(
        store,
        sql,
        current,
        { incarnation: current.incarnation, from: current.number + 1, to: through },
        this.#context.now(),
      );
    });
    this.#slot(topic, slot).forget();
    await this.#subscription?.resume(topic, slot);
  }

  async accounts(): Promise<Account[]> {
    const rows = await this.#options.database.transaction((sql) =>
      sql.query<
        Record<'produced' | 'applied' | 'duplicate' | 'refused' | 'dropped' | 'parked' | 'passed_over', string> & {
          topic: string;
          slot: number;
        }
      >(
        `select topic, slot, produced, applied, duplicate, refused, dropped, parked, passed_over from position where consumer = $1 order by topic, slot`,
        [this.#options.service],
      ),
    );
    return rows.map((row) => ({
      topic: row.topic,
      slot: row.slot,
      produced: Number(row.produced),
      applied: Number(row.applied),
      duplicate: Number(row.duplicate),
      refused: Number(row.refused),
      dropped: Number(row.dropped),
      parked: Number(row.parked),
      passedOver: Number(row.passed_over),
    }));
  }

  /** For metrics: machine time since the oldest message delivered and not yet dealt with was announced; 0 when none waits. */
  oldestUnappliedMs(now: Date): number {
    const times = [...this.#slots.values()].flatMap(({ waiting }) => {
      const time = waiting && /"time":"([^"]{1,40})"/.exec(waiting.value)?.[1];
      return time ? [Date.parse(time)] : [];
    });
    return times.length === 0 ? 0 : Math.max(0, now.getTime() - Math.min(...times));
  }

  /** False when nothing has been heard from the log for too long: the service is then not ready. */
  alive(): boolean {
    return this.#subscription?.alive() ?? false;
  }
}
