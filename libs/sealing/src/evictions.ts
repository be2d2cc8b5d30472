import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@lethe/kernel';
import type { EpochKeys } from './epoch-keys.ts';
import type { KeyCache } from './key-cache.ts';

interface Eviction {
  readonly number: string | number | null;
  readonly tenant: string;
  readonly kind: 'subject' | 'day' | 'epoch' | 'tenant';
  readonly first: string;
  readonly second: string;
  readonly last: string | number;
}

/** Every tenth poll or so tidies up after everyone. */
const TIDY_EVERY = 60;
const WAIT_STEP = 40;

/**
 * This process as a holder of keys: it looks for evictions, forgets, waits until what was in use is done, and only then says so.
 * A destroyer waits until everyone has said so, or until nobody's cache can hold the key any more.
 */
export class Evictions {
  private readonly holder = randomUUID();
  private readonly inUse = new Set<Promise<unknown>>();
  private evictedTo = 0n;
  private polls = 0;
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> | undefined;
  private again = false;
  private closed = false;

  constructor(
    private readonly options: {
      readonly database: Database;
      readonly cache: KeyCache;
      readonly epochs: EpochKeys;
      readonly cacheFor: number;
      readonly pollEvery: number;
      readonly alone: boolean;
      readonly onEviction: (number: number) => void;
      readonly onFault: (error: unknown) => void;
    },
  ) {}

  /** Registers; what was evicted before has never been in this cache. */
  async start(): Promise<void> {
    const [row] = await this.options.database.transaction((sql) =>
      sql.query<{ last: string }>('select coalesce(max(number), 0)::text as last from keyring.eviction'),
    );
    this.evictedTo = BigInt(row!.last);
    this.options.onEviction(Number(row!.last));
    if (this.options.alone)
      await this.options.database.transaction((sql) => sql.query('select keyring.sign_off(id) from keyring.holder'));
    await this.poll();
    this.timer = setInterval(() => void this.wake(), this.options.pollEvery);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.polling;
    this.options.cache.clear();
    await Promise.allSettled(this.inUse);
    await this.options.database.transaction((sql) => sql.query('select keyring.sign_off($1)', [this.holder]));
  }

  /** Work that has keys in its hands. Its end is waited for before an eviction is acknowledged. */
  async use<Result>(work: () => Promise<Result>): Promise<Result> {
    const running = work();
    this.inUse.add(running);
    try {
      return await running;
    } finally {
      this.inUse.delete(running);
    }
  }

  /** Looks now. Never throws: a keyring that cannot be asked lets the cache lapse. */
  async wake(): Promise<void> {
    if (this.closed) return;
    await this.poll().catch(this.options.onFault);
  }

  /** At most one poll at a time; one that is asked for meanwhile comes right after. */
  private async poll(): Promise<void> {
    if (this.polling !== undefined) {
      this.again = true;
      return this.polling;
    }
    this.polling = (async () => {
      do {
        this.again = false;
        while (await this.pollOnce());
      } while (this.again);
    })();
    try {
      await this.polling;
    } finally {
      this.polling = undefined;
    }
  }

  /** True if something was evicted, which the next poll acknowledges. */
  private async pollOnce(): Promise<boolean> {
    const { database, cache, epochs, cacheFor } = this.options;
    const at = performance.now();
    const rows = await database.transaction(async (sql) => {
      if (++this.polls % TIDY_EVERY === 0) await sql.query('select keyring.tidy()');
      return sql.query<Eviction>('select * from keyring.poll($1, $2, $3)', [
        this.holder,
        this.evictedTo.toString(),
        Math.round(cacheFor),
      ]);
    });
    if (cache.looked(at)) {
      cache.clear();
      epochs.forget();
    }
    const found = rows.filter((row) => row.number !== null);
    for (const { tenant, kind, first, second } of found) {
      if (kind === 'subject') cache.evictSubject(tenant, first, second);
      else if (kind === 'day') cache.evictDay(tenant, first, second);
      else if (kind === 'tenant') cache.clear();
      else epochs.forget(Number(first));
    }
    if (found.length > 0) await Promise.allSettled([...this.inUse]);
    const last = BigInt(rows[0]!.last);
    if (last > this.evictedTo) {
      this.options.onEviction(Number(last));
      this.evictedTo = last;
    }
    return found.length > 0;
  }

  /** From when on nobody can use what `eviction` named: everyone has evicted it, or no cache can still have it. */
  async effective(eviction: string | number, destroyedAt: Date): Promise<Date> {
    this.options.onEviction(Number(eviction));
    for (;;) {
      await this.wake();
      const [row] = await this.options.database.transaction((sql) =>
        sql.query<{ now: Date; bound: Date | null }>(
          `select clock_timestamp() as now, max($2::timestamptz + make_interval(secs => h.cache_for_ms / 1000.0)) as bound
           from (select 1) one left join keyring.holder h
             on h.evicted_to < $1 and h.seen_at > $2::timestamptz - make_interval(secs => h.cache_for_ms / 1000.0)`,
          [eviction, destroyedAt],
        ),
      );
      if (row!.bound === null || row!.bound <= row!.now) {
        const latest = new Date(destroyedAt.getTime() + 60_000);
        const seen = row!.bound ?? row!.now;
        return seen < latest ? seen : latest;
      }
      await delay(WAIT_STEP);
    }
  }
}
