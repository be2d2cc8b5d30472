import { events, readEvent, type Envelope, type EventDefinition, type Service } from '@lethe/contracts';
import { tenantId, type TenantId } from '@lethe/kernel';
import { readThrough, STANDING, type Route, type Standing } from '@lethe/messaging';
import pg from 'pg';
import { keepBackups } from './backup/backup-work.ts';
import type { Callers } from './callers/callers.ts';
import { lifeOf } from './ids.ts';
import type { DatabaseAddress } from './database/address.ts';
import { sqlFault } from './database/sql-fault.ts';
import type { TypeOrmDatabase } from './database/typeorm-database.ts';
import type { Logger } from './logger.ts';
import { listLost, type Lost } from './lost-list.ts';
import { LETHE, type Peers } from './peers.ts';
import type { Recovers } from './recovering.ts';
import { ReplayList } from './replay-list.ts';
import type { Watch } from './watch.ts';

const IDS_AT_ONCE = 10_000;

/** Where a crash may fall; a test kills here. `replayed`, `said`, `settled`: that step is done; `begun`: the new life has. */
export type RecoveryPoint = 'replayed' | 'said' | 'settled' | 'begun';

/** A test that throws here ends the recovery as a kill would. */
export const recoveryCrash: { strike?: ((point: RecoveryPoint) => void) | undefined } = {};

export interface RecoveryReport {
  /** The life that begins. */
  readonly incarnation: string;
  /** The lives that ended. */
  readonly ended: readonly string[];
  /** Ledger entries replayed. */
  readonly replayed: number;
  /** Events of its own that the service heard again. */
  readonly heard: number;
  /** Rows that the ledger or a dead key forbids. */
  readonly dropped: number;
  readonly lost: number;
}

export interface RecoveryOptions {
  readonly service: Service;
  readonly database: TypeOrmDatabase;
  readonly owner: DatabaseAddress;
  readonly watch: Watch;
  readonly log: Parameters<typeof readThrough>[0];
  readonly peers: Peers;
  readonly callers: Pick<Callers, 'verifyEvent'>;
  readonly recovers: Recovers;
  readonly logger: Logger;
  /** By which this service hears of tenants, their packs and clocks, and how far anything of theirs goes by its date; each bears repeating, in any order among slots. */
  readonly tenantRoutes: readonly Route[];
  /** Those it knows. */
  readonly tenants: () => Promise<readonly { readonly tenant: TenantId }[]>;
  readonly now: () => Date;
}

const isDefinition = (value: unknown): value is EventDefinition =>
  typeof value === 'object' && value !== null && 'type' in value && 'topic' in value;
const typeOf = (value: string): string => {
  try {
    return (JSON.parse(value) as { type?: string }).type ?? '';
  } catch {
    return '';
  }
};
const DEFINITIONS = new Map(
  Object.values<unknown>(events)
    .filter(isDefinition)
    .map((definition) => [definition.type, definition]),
);

/**
 * The way back for a database that was put back: it lies in quarantine already, because it serves nobody. Ledger, then its
 * own topics to their end, then what no longer opens, then a list of what is lost, then a new life; in this order, so that a
 * crash anywhere leaves it as closed as it was.
 */
export class Recovery {
  readonly #lost: Lost[] = [];
  readonly #heard = new Set<string>();
  readonly #ended = new Set<string>();

  constructor(private readonly options: RecoveryOptions) {}

  /** @param by the two persons who decided it. @throws Fault `unavailable` when ledger or log cannot be read: nothing has changed for anybody then */
  async run(by: readonly string[]): Promise<RecoveryReport> {
    const { database, watch, recovers, options } = { ...this.options, options: this.options };
    const marks = watch.marks.all();
    const standing = await this.#standing();
    await this.#hearOfTenants();
    const tenants = (await options.tenants()).map(({ tenant }) => tenant);
    const counts = { replayed: 0, dropped: 0 };
    for (const tenant of tenants) {
      const list = new ReplayList(this.options.peers, tenant);
      await list.readOn();
      counts.replayed += list.entries.length;
      counts.dropped += await database.within(tenant, async (sql) => {
        await sql.query(`select set_config('statement_timeout', '0', true)`);
        return recovers.replay(sql, tenant, list.entries);
      });
    }
    recoveryCrash.strike?.('replayed');
    await this.#saidBefore(standing, marks);
    recoveryCrash.strike?.('said');
    for (const tenant of tenants) {
      const settled = await database.within(tenant, async (sql) => {
        await sql.query(`select set_config('statement_timeout', '0', true)`);
        return recovers.settle?.(sql, tenant);
      });
      counts.dropped += settled?.dropped ?? 0;
      for (const thing of settled?.lost ?? []) this.#lost.push({ ...thing, tenant });
    }
    recoveryCrash.strike?.('settled');
    for (const { under } of marks) if (!standing.ended.includes(under)) this.#ended.add(under);
    this.#ended.add(standing.incarnation);
    const report: RecoveryReport = {
      incarnation: lifeOf(options.now()),
      ended: [...this.#ended],
      ...counts,
      heard: this.#heard.size,
      lost: this.#lost.length,
    };
    await this.#list(report.incarnation);
    await this.#begin(report, by);
    recoveryCrash.strike?.('begun');
    options.logger.info(
      { code: 'platform/recovered', count: report.heard, rows: report.dropped, number: report.lost },
      'the database was recovered and begins a new life',
    );
    return report;
  }

  async #standing(): Promise<Standing> {
    const [row] = await this.options.database.transaction((sql) =>
      sql.query<{ standing: Standing }>(STANDING, [this.options.service]),
    );
    return row!.standing;
  }

  /** A database that was put back, or begun anew, may know none of those that its own events and the ledger are about. */
  async #hearOfTenants(): Promise<void> {
    const { log, database } = this.options;
    const routes = new Map(this.options.tenantRoutes.map((route) => [route.definition.type, route]));
    const topics = [...new Set(this.options.tenantRoutes.map(({ definition }) => definition.topic))];
    await readThrough(
      log,
      topics,
      () => undefined,
      async ({ topic, slot, records }) => {
        for (const { incarnation, number, value } of records) {
          const route = number < 1 ? undefined : routes.get(typeOf(value));
          const event = route && (await this.#read(value));
          if (route === undefined || event === undefined) continue;
          const place = { topic, slot, incarnation, numbers: [number] };
          await database.within(tenantId(event.tenant), (sql) => route.apply(sql, [event], place));
        }
      },
    );
  }

  /** Its own topics, to their end: what it does not know any more is made true again, or listed. */
  async #saidBefore(standing: Standing, marks: ReturnType<Watch['marks']['all']>): Promise<void> {
    const { service, log, logger } = this.options;
    const known = (topic: string, slot: number, incarnation: string): number =>
      incarnation === standing.incarnation
        ? (standing.told.find((one) => one.topic === topic && one.slot === slot)?.number ?? 0)
        : 0;
    const reached = new Map<string, { readonly topic: string; readonly slot: number; number: number }>();
    await readThrough(
      log,
      [`lethe.${service}`, `lethe.${service}.order`],
      () => undefined,
      async ({ topic, slot, records }) => {
        const fresh: Envelope[] = [];
        const places = new Map<string, number>();
        for (const { incarnation, number, id, value } of records) {
          if (number < 1 || standing.ended.includes(incarnation)) continue;
          this.#heard.add(id);
          const key = `${topic} ${String(slot)} ${incarnation}`;
          const at = reached.get(key) ?? { topic, slot, number: known(topic, slot, incarnation) };
          reached.set(key, at);
          this.#ended.add(incarnation);
          if (number <= at.number) {
            this.#heard.delete(id);
            continue;
          }
          this.#missing(topic, slot, at.number + 1, number - 1);
          at.number = number;
          const event = await this.#read(value);
          if (event === undefined) this.#lost.push({ topic, slot, first: number, last: number });
          else {
            places.set(event.id, number);
            fresh.push(event);
          }
        }
        await this.#make(topic, slot, fresh, places);
      },
    );
    for (const { kind, under, topic, slot, number } of marks) {
      if (kind !== 'told' || standing.ended.includes(under)) continue;
      const seen = reached.get(`${topic} ${String(slot)} ${under}`)?.number ?? known(topic, slot, under);
      this.#missing(topic, slot, seen + 1, number);
    }
    if (this.#lost.length > 0)
      logger.warn(
        { code: 'platform/unrecoverable', count: this.#lost.length },
        'what was said cannot all be recovered',
      );
  }

  #missing(topic: string, slot: number, first: number, last: number): void {
    if (first <= last) this.#lost.push({ topic, slot, first, last });
  }

  /** Undefined for what no version of Lethe wrote, and for an order without the signature of this service. */
  async #read(value: string): Promise<Envelope | undefined> {
    try {
      const json = JSON.parse(value) as { type?: string };
      const definition = DEFINITIONS.get(json.type ?? '');
      if (definition === undefined) return undefined;
      const event = readEvent(definition, json);
      if (definition.signed && !(await this.options.callers.verifyEvent(event))) return undefined;
      return event;
    } catch {
      return undefined;
    }
  }

  async #make(
    topic: string,
    slot: number,
    batch: readonly Envelope[],
    numbers: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { database, recovers } = this.options;
    for (let from = 0; from < batch.length;) {
      const { tenant } = batch[from]!;
      let to = from;
      while (to < batch.length && batch[to]!.tenant === tenant) to += 1;
      const group = batch.slice(from, to);
      from = to;
      const unmade = await database.within(tenantId(tenant), async (sql) => {
        await keepBackups(sql, group);
        return recovers.said(sql, tenantId(tenant), group);
      });
      for (const { event, lost } of unmade) {
        const number = numbers.get(event);
        const about = {
          topic,
          slot,
          ...(number === undefined ? {} : { first: number, last: number }),
          event,
          type: group.find(({ id }) => id === event)?.type ?? '',
          tenant,
        };
        this.#lost.push(...(lost ?? [{}]).map((thing) => ({ ...about, ...thing })));
      }
    }
  }

  /** By tenant, under a life that has not begun: a recovery that is broken off leaves a list nobody asks for. */
  async #list(incarnation: string): Promise<void> {
    const tenants = new Set(this.#lost.map(({ tenant }) => tenant ?? LETHE));
    for (const tenant of tenants) {
      const lost = this.#lost.filter((one) => (one.tenant ?? LETHE) === tenant);
      await this.options.database.within(tenantId(tenant), (sql) => listLost(sql, tenant, incarnation, lost));
    }
  }

  /** One transaction of the owner: the report, the end of the old lives, the new one. What had been told is not told again. */
  async #begin(report: RecoveryReport, by: readonly string[]): Promise<void> {
    const client = new pg.Client({ ...this.options.owner, application_name: 'lethe-recovery' });
    client.on('error', () => undefined);
    const now = this.options.now();
    try {
      await client.connect();
      await client.query('begin');
      await client.query(
        'insert into recovery (incarnation, ended, at, decided_by, replayed, heard, dropped, lost) values ($1, $2, $3, $4, $5, $6, $7, $8)',
        [report.incarnation, report.ended, now, by, report.replayed, report.heard, report.dropped, report.lost],
      );
      const heard = [...this.#heard];
      for (let from = 0; from < heard.length; from += IDS_AT_ONCE)
        await client.query('delete from outbox where event_id::text = any($1::text[])', [
          heard.slice(from, from + IDS_AT_ONCE),
        ]);
      await client.query(
        `update outbox o set incarnation = null, number = null, numbered_at = null from slot_head h
          where o.topic = h.topic and o.slot = h.slot and o.incarnation = h.incarnation and o.number > h.appended`,
      );
      await client.query('update slot_head set appended = number where appended < number');
      await client.query(
        'insert into ended_incarnation (incarnation, ended_at) select i, $2 from unnest($1::text[]) as i on conflict do nothing',
        [report.ended, now],
      );
      await client.query('update incarnation set incarnation = $1, since = clock_timestamp()', [report.incarnation]);
      await client.query('commit');
    } catch (error) {
      throw sqlFault(error);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
