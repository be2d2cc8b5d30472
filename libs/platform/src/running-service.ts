import { http, type Service } from '@lethe/contracts';
import { Fault, type TenantId } from '@lethe/kernel';
import {
  Consumer,
  MemoryMarks,
  Outbox,
  Relay,
  type ConnectionSource,
  type ConsumerAlarm,
  type EventLog,
  type Heads,
} from '@lethe/messaging';
import type { Keyring } from '@lethe/sealing';
import { AskedRecovery, type RecoveryAnswer } from './asked-recovery.ts';
import { BackupWork } from './backup/backup-work.ts';
import type { BackupPlace } from './backup/place.ts';
import { dropAbandonedQuarantines, importIntoQuarantine } from './backup/quarantine.ts';
import type { Callers } from './callers/callers.ts';
import { TenantClock } from './clock.ts';
import type { DatabaseAddress } from './database/address.ts';
import type { TypeOrmDatabase } from './database/typeorm-database.ts';
import type { TableDeclaration } from './declarations.ts';
import { Clearances } from './disposal/clearances.ts';
import { RowsClock } from './disposal/rows.clock.ts';
import { RowsDisposal } from './disposal/rows.ts';
import type { CommonDoors } from './http/platform.controllers.ts';
import { lifeOf, newId, newRef } from './ids.ts';
import { KnownTenants } from './known-tenants.ts';
import type { Logger } from './logger.ts';
import { lostAsBegan, type Lost } from './lost-list.ts';
import type { Metrics } from './metrics.ts';
import { measure } from './measures.ts';
import { headsFrom, missedFrom } from './missed.ts';
import { restateFrom, Restatements } from './restating.ts';
import { FolderPackShelf } from './packs.ts';
import { LETHE, type Peers } from './peers.ts';
import { Recovery, type RecoveryReport } from './recovery.ts';
import type { Asks } from './rolled-back.ts';
import { watchOf, type Watch } from './watch.ts';
import type { OpenedService, ServiceConfig, ServiceContext, ServiceDefinition } from './service.ts';

/** How long a service waits for the text of a pack. Machine milliseconds. */
const PACK_WITHIN_MS = 5_000;
/** What was announced no longer ago is on its way; what waits longer has not reached the log. Milliseconds. */
const TELLING_MS = 10_000;
/** What is said to whoever reads the log, and asks for nobody: the consumer has gone on. */
const healed: ReadonlySet<string> = new Set<ConsumerAlarm['kind']>(['incarnation', 'passed-over']);
/** Behind by more than this it says so, as often. Machine milliseconds. */
const LAGS_AFTER_MS = 60_000;
const LAG_LOOK_MS = 5_000;

/** What a service is opened with. */
export interface ServiceParts {
  readonly config: ServiceConfig;
  readonly database: TypeOrmDatabase;
  /** Connections of the same login, for the relay. */
  readonly pool: ConnectionSource;
  readonly log: EventLog;
  readonly callers: Callers;
  readonly peers: Peers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly backups: BackupPlace;
  readonly policies: string;
  /** Where consent keeps the texts of packs beside its database; absent (tests): nowhere. */
  readonly packArchive?: string;
  /** Machine time. */
  readonly now: () => Date;
  readonly keyring?: Keyring;
  /** What the database is held against, and who holds it; absent (tests): marks that live as long as the process. */
  readonly watch?: Watch;
  /** The owner's login, for quarantine schemas. */
  readonly owner?: DatabaseAddress;
}

/** One service with its mechanisms: outbox, relay, consumer, tenants, packs, clock. */
export class RunningService {
  readonly service: Service;
  /** Door clock of the rows; the application takes it up. */
  readonly rows: RowsClock;
  readonly #disposal: RowsDisposal;
  #relay: Relay | undefined;
  readonly #recovery: AskedRecovery;
  #hasStopped = false;
  #lateAt = -Infinity;
  #late: NodeJS.Timeout | undefined;

  private constructor(
    readonly context: ServiceContext,
    readonly opened: OpenedService,
    readonly consumer: Consumer,
    readonly known: KnownTenants,
    private readonly clearances: Clearances,
    private readonly restatements: Restatements,
    private readonly backups: BackupWork,
    private readonly watch: Watch,
    private readonly parts: ServiceParts,
    declarations: readonly TableDeclaration[],
  ) {
    this.service = context.service;
    this.#disposal = new RowsDisposal(context, declarations);
    this.rows = new RowsClock(this.#disposal);
    this.#recovery = new AskedRecovery({
      isClosed: () => this.closed() !== undefined,
      recover: (by) => this.#recover(by),
      ...{ logger: parts.logger, now: parts.now },
    });
  }

  #newRelay(): Relay {
    const { logger, log, pool, config } = this.parts;
    return new Relay({
      service: this.service,
      pool,
      log,
      slots: config.slots,
      outbox: this.context.outbox,
      marks: this.watch.marks,
      onError: (error) => logger.warn({ error }, 'the relay waits'),
    });
  }

  static async open(definition: ServiceDefinition, parts: ServiceParts): Promise<RunningService> {
    const { config, database, callers, logger, now, log, peers } = parts;
    const outbox = new Outbox({
      service: definition.service,
      slots: config.slots,
      database,
      sign: (event) => callers.signEvent(event),
    });
    const known = new KnownTenants({ database, mode: config.mode, now });
    // Consent keeps the texts of packs; every other service asks it for one it does not have.
    const askForPack = async (digest: string) =>
      peers.ask(http.PackText, { tenant: LETHE, params: { digest }, timeoutMs: PACK_WITHIN_MS });
    const packs = new FolderPackShelf(
      parts.policies,
      known,
      database,
      definition.service === 'consent' ? { archive: parts.packArchive } : { ask: askForPack },
    );
    const clock = new TenantClock(known, packs, now);
    const watch = parts.watch ?? watchOf(definition.service, new MemoryMarks(), log, logger);
    const later: { consumer?: Consumer } = {};
    const theConsumer = (): Consumer => {
      if (later.consumer === undefined) throw new Error('the service is still being opened');
      return later.consumer;
    };
    const clearances = new Clearances({ database, clock, logger, consumer: theConsumer });
    const context: ServiceContext = {
      service: definition.service,
      config,
      database,
      outbox,
      log,
      packs,
      clock,
      peers,
      callers,
      logger,
      metrics: parts.metrics,
      backups: parts.backups,
      newId,
      newRef,
      leaseAge: (slot) => known.leaseAge(slot),
      applied: (topic, slot, number, waitMs) => theConsumer().applied(topic, slot, number, waitMs),
      abreast: async (producer, waitMs) => {
        const heads = await headsFrom(definition.service, outbox, peers)(producer).catch(() => undefined);
        if (heads === undefined || (heads.untoldMs ?? 0) > TELLING_MS) return false;
        return theConsumer().reached(heads, waitMs);
      },
      uncertain: (sql, tenant, subjects) => theConsumer().uncertain(sql, tenant, subjects),
      quarantine: (tenant, backup, sha256, privateKey) => {
        if (parts.owner === undefined)
          throw new Fault('unavailable', 'platform/no-owner', 'this process has no owner login, so it cannot restore');
        const about = { service: definition.service, tenant, backup, sha256 };
        return importIntoQuarantine(parts.owner, about, parts.backups, privateKey);
      },
      beginLife: async (sql) => {
        const next = lifeOf(now());
        await sql.query(
          'insert into ended_incarnation (incarnation, ended_at) select incarnation, $1 from incarnation on conflict do nothing',
          [now()],
        );
        await sql.query('update incarnation set incarnation = $1, since = clock_timestamp()', [next]);
        sql.afterCommit(() => watch.rolledBack.lives(next));
        return next;
      },
      goesByDate: (tenant) => clearances.goesByDate(tenant),
      standsFirm: () => looked(database, (sql) => watch.rolledBack.lookAround(sql)),
      get consumer() {
        return theConsumer();
      },
      ...(parts.keyring === undefined ? {} : { keyring: parts.keyring }),
    };
    const backups = new BackupWork({
      service: definition.service,
      classesIn: definition.classesIn,
      database,
      outbox,
      place: parts.backups,
      logger,
      now,
    });
    await packs
      .archiveAll()
      .catch(() => logger.warn({ code: 'platform/not-archived' }, 'texts of packs lie in the database alone'));
    const opened = await definition.open(context);
    const restatements = new Restatements(outbox, opened);
    const consumer = new Consumer({
      service: definition.service,
      slots: config.slots,
      database,
      log,
      routes: [...known.routes(), ...clearances.routes(), ...opened.routes, ...backups.routes()],
      missed: missedFrom(definition.service, outbox, peers),
      heads: headsFrom(definition.service, outbox, peers),
      restate: restateFrom(definition.service, restatements, peers),
      verify: (event) => callers.verifyEvent(event),
      now,
      marks: { kept: watch.marks, under: () => watch.rolledBack.incarnation() },
      onAlarm: ({ kind, ...place }) =>
        healed.has(kind)
          ? logger.warn({ kind, ...place }, 'a history went on by itself')
          : logger.error({ kind, ...place }, 'a message needs a person'),
      onError: (error) => logger.warn({ error }, 'the consumer waits'),
    });
    later.consumer = consumer;
    measure(parts.metrics, outbox, consumer, now);
    return new RunningService(
      context,
      opened,
      consumer,
      known,
      clearances,
      restatements,
      backups,
      watch,
      parts,
      definition.declarations,
    );
  }

  /** What `/v1/<service>/applied`, `/v1/<service>/events` and `/v1/<service>/restatements` ask. */
  get doors(): CommonDoors {
    return {
      applied: (topic, slot, number, waitMs, incarnation) =>
        this.consumer.applied(topic, slot, number, waitMs, incarnation),
      position: (topic, slot) => this.consumer.position(topic, slot),
      missed: (topic, slot, from, to) => this.context.outbox.missed(topic, slot, from, to),
      heads: () => this.#heads(),
      restate: (topic, slot, beyond) => this.restatements.state(topic, slot, beyond),
      recover: (by, waitMs) => this.recover(by, waitMs),
      recovery: (tenant, after, life) => this.recovery(tenant, after, life),
      consumer: this.consumer,
      waits: (tenant) => this.clearances.waits(tenant),
      now: this.parts.now,
      logger: this.parts.logger,
      dispose: (tenant) => this.#disposal.dispose(tenant),
    };
  }

  async #heads(): Promise<Heads> {
    const { outbox } = this.context;
    const [heads, { oldest }] = [await outbox.heads(), await outbox.waiting()];
    if (oldest === undefined) return heads;
    return { ...heads, untoldMs: Math.max(0, this.parts.now().getTime() - oldest.getTime()) };
  }

  /** Why it answers nobody, whoever asks; undefined when it answers. */
  closed(): Fault | undefined {
    return this.watch.rolledBack.fault();
  }

  /**
   * All of it or nothing: what runs already when a later step fails is ended, so that it can be tried again. On a database
   * that is rolled back nothing runs; the doors say so.
   */
  async start(): Promise<void> {
    try {
      await looked(this.parts.database, (sql) => this.watch.rolledBack.lookAround(sql));
    } catch (error) {
      if (this.closed() === undefined) throw error;
      return;
    }
    try {
      if (this.parts.owner !== undefined) await dropAbandonedQuarantines(this.parts.owner);
      this.#relay = this.#newRelay();
      this.#relay.start();
      await this.consumer.start();
      this.backups.start();
      await this.opened.start?.();
      // What fell due while nothing ran does not wait for the hour.
      void this.rows.tick();
      this.#late = setInterval(() => this.#tellOfLag(), LAG_LOOK_MS).unref();
    } catch (error) {
      await this.#quiet();
      throw error;
    }
  }

  /**
   * Recovers a database that was put back and goes on from there, once two persons have asked.
   * @throws Fault `unavailable` when ledger or log cannot be read, and nothing has changed
   */
  async recover(by: string, waitMs: number): Promise<RecoveryAnswer> {
    return this.#recovery.ask(by, waitMs);
  }

  async #recover(by: readonly string[]): Promise<RecoveryReport> {
    const { service, watch, known, clearances } = this;
    const { database, log, peers, callers, logger, now, owner } = this.parts;
    const { recovers } = this.opened;
    if (owner === undefined || recovers === undefined)
      throw new Fault('unavailable', 'platform/no-owner', 'this process cannot recover its database');
    const report = await watch.rolledBack.recover(() =>
      new Recovery({
        ...{ service, database, owner, watch, log, peers, callers, recovers, logger, now },
        tenantRoutes: [...known.tenantRoutes(), ...clearances.routes()],
        tenants: () => known.all(),
      }).run(by),
    );
    if (!this.#hasStopped) await this.start();
    return report;
  }

  /**
   * The last recovery and what of a tenant, or of no tenant, it could not bring back, from the `after`th on.
   * @param life what was lost when this one began, with a recovery or a restore; absent: the last recovery's
   */
  async recovery(
    tenant: TenantId,
    after: number,
    life?: string,
  ): Promise<{ state: 'serving' | 'closed' | 'running'; report?: RecoveryReport; list: readonly Lost[] }> {
    if (this.#recovery.isRunning) return { state: 'running', list: [] };
    if (this.closed() !== undefined) return { state: 'closed', list: [] };
    const { database } = this.parts;
    const [report] = await database.transaction((sql) =>
      sql.query<RecoveryReport>(
        'select incarnation, ended, replayed, heard, dropped, lost from recovery order by at desc limit 1',
      ),
    );
    const begun = life ?? report?.incarnation;
    if (begun === undefined) return { state: 'serving', list: [] };
    const list = await lostAsBegan(database, tenant, begun, after);
    return { state: 'serving', ...(report === undefined ? {} : { report }), list };
  }

  async stop(): Promise<void> {
    this.#hasStopped = true;
    await this.#quiet();
  }

  async #quiet(): Promise<void> {
    await this.#stopAll([() => this.opened.stop?.(), () => this.rows.quiet(), ...this.#workers()]);
  }

  /** What reads, tells and exports stops; the service stays open, so that it can say why. */
  async halt(): Promise<void> {
    await this.#stopAll(this.#workers());
  }

  #workers(): readonly (() => Promise<void> | undefined)[] {
    clearInterval(this.#late);
    return [() => this.consumer.stop(), () => this.backups.stop(), () => this.#relay?.stop()];
  }

  /** Behind, it serves, and somebody hears of it. */
  #tellOfLag(): void {
    const behindMs = this.consumer.oldestUnappliedMs(this.parts.now());
    if (behindMs < LAGS_AFTER_MS || performance.now() - this.#lateAt < LAGS_AFTER_MS) return;
    this.#lateAt = performance.now();
    this.parts.logger.error(
      { code: 'platform/lagging', ms: behindMs },
      'the service is behind what others have told it',
    );
  }

  async #stopAll(parts: readonly (() => Promise<void> | undefined)[]): Promise<void> {
    for (const stop of parts) {
      try {
        await stop();
      } catch (error) {
        this.parts.logger.warn({ error }, 'a part of the service did not stop in good order');
      }
    }
  }

  /** Why it cannot serve now; undefined when it can. */
  async notReady(): Promise<string | undefined> {
    const rolledBack = 'the database knows less than it once told others; it must be recovered';
    if (this.closed() !== undefined) return rolledBack;
    try {
      await looked(this.parts.database, (sql) => this.watch.rolledBack.look(sql));
    } catch {
      return this.closed() === undefined ? 'the database does not answer' : rolledBack;
    }
    if (!this.consumer.alive()) return 'the event log has not been heard from';
    return this.opened.ready?.();
  }
}

/** Questions of a transaction, as the watch asks them. */
const looked = (database: TypeOrmDatabase, look: (sql: Asks) => Promise<void>): Promise<void> =>
  database.transaction((sql) => look({ query: async (text, values) => ({ rows: await sql.query(text, values) }) }));
