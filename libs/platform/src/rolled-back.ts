import { AsyncLocalStorage } from 'node:async_hooks';
import { Fault } from '@lethe/kernel';
import {
  knowsLess,
  lastRecords,
  STANDING,
  type EventLog,
  type KnowsLess,
  type Marks,
  type Standing,
} from '@lethe/messaging';

/** Whatever can ask one question of the database. */
export interface Asks {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** What a database that serves nobody answers with, over HTTP 503. */
export const ROLLED_BACK = 'platform/rolled-back';

/** Machine time. */
const AROUND_EVERY_MS = 60_000;

export interface RolledBackOptions {
  readonly service: string;
  readonly marks: Marks;
  /** Topics only this service writes. */
  readonly topics: readonly string[];
  readonly log: EventLog;
  /** Told once, when it is found out. */
  readonly found: (why: KnowsLess) => void;
}

/**
 * Watches whether the database knows less than it once told others (I36): by the marks kept beside it, and by its own topic
 * in the event log. Once it does, nothing in this process uses that database again: no door, consumer, relay or clock.
 */
export class RolledBack {
  readonly #options: RolledBackOptions;
  #why: KnowsLess | undefined;
  #incarnation: string | undefined;
  #lookedAroundAt = -Infinity;
  /** Set inside a recovery, and there only. */
  readonly #recovering = new AsyncLocalStorage<true>();
  #isRecovering = false;

  constructor(options: RolledBackOptions) {
    this.#options = options;
  }

  get why(): KnowsLess | undefined {
    return this.#why;
  }

  /** The present life of the database. @throws before the first look */
  incarnation(): string {
    if (this.#incarnation === undefined) throw new Error('nobody has looked yet');
    return this.#incarnation;
  }

  /** A new life has begun, and not by being put back. */
  lives(incarnation: string): void {
    this.#incarnation = incarnation;
  }

  /** What everyone is answered while it serves nobody; undefined while it may serve. */
  fault(): Fault | undefined {
    return this.#why === undefined
      ? undefined
      : new Fault(
          'unavailable',
          ROLLED_BACK,
          'the database of this service knows less than it once told others; it serves nobody until it has been recovered',
        );
  }

  /** Why whoever asks may not use the database; a recovery may. */
  refusal(): Fault | undefined {
    return this.#recovering.getStore() === true ? undefined : this.fault();
  }

  /** Lets `work`, and nobody else, use the database; when it has ended well the database may serve again. */
  async recover<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isRecovering)
      throw new Fault('conflict', 'platform/recovering', 'a recovery of this service is under way');
    this.#isRecovering = true;
    try {
      const result = await this.#recovering.run(true, work);
      this.#why = undefined;
      this.#lookedAroundAt = -Infinity;
      return result;
    } finally {
      this.#isRecovering = false;
    }
  }

  /** By the marks. Asked on every new connection. @throws Fault `unavailable` when it is rolled back */
  async look(sql: Asks): Promise<void> {
    if (this.#isRecovering) return;
    // Before the question: what is marked meanwhile may not have been seen by it.
    const marks = this.#options.marks.all();
    this.#judge(knowsLess(marks, await this.#standing(sql)));
  }

  /**
   * By the marks, and by what others can read in its own topic (looked up once a minute at most). At start and before each
   * sweep. @throws Fault `unavailable` when it is rolled back, or the log cannot be read
   */
  async lookAround(sql: Asks): Promise<void> {
    if (performance.now() - this.#lookedAroundAt < AROUND_EVERY_MS) return this.look(sql);
    const told = await lastRecords(this.#options.log, this.#options.topics);
    await this.look(sql);
    const standing = await this.#standing(sql);
    const marks = told
      .filter(({ record }) => record.number > 0)
      .map(({ topic, slot, record: { incarnation, number } }) => {
        return { kind: 'told', under: incarnation, topic, slot, incarnation, number } as const;
      });
    this.#judge(knowsLess(marks, standing));
    for (const { topic, slot, record } of told) {
      // Rolled back, and gone on before anybody looked: the same number, another event.
      const { rows } = await sql.query(
        'select event_id::text as id from outbox where topic = $1 and slot = $2 and incarnation = $3 and number = $4',
        [topic, slot, record.incarnation, record.number],
      );
      if (rows[0] !== undefined && rows[0]['id'] !== record.id)
        this.#judge({ how: 'told-more', topic, slot, said: record.number, known: record.number - 1 });
    }
    this.#lookedAroundAt = performance.now();
  }

  async #standing(sql: Asks): Promise<Standing> {
    const { rows } = await sql.query(STANDING, [this.#options.service]);
    const standing = rows[0]!['standing'] as Standing;
    this.#incarnation = standing.incarnation;
    return standing;
  }

  #judge(why: KnowsLess | undefined): void {
    if (why !== undefined && this.#why === undefined) {
      this.#why = why;
      this.#options.found(why);
    }
    const fault = this.fault();
    if (fault !== undefined) throw fault;
  }
}
