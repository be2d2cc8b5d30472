import { http, type Service } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { Consumer, Outbox, Relay, type ConnectionSource, type EventLog } from '@lethe/messaging';
import type { Keyring } from '@lethe/sealing';
import { BackupWork } from './backup/backup-work.ts';
import type { BackupPlace } from './backup/place.ts';
import { importIntoQuarantine } from './backup/quarantine.ts';
import type { Callers } from './callers/callers.ts';
import { TenantClock } from './clock.ts';
import type { DatabaseAddress } from './database/address.ts';
import type { TypeOrmDatabase } from './database/typeorm-database.ts';
import type { CommonDoors } from './http/platform.controllers.ts';
import { newId, newRef } from './ids.ts';
import { KnownTenants } from './known-tenants.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { missedFrom } from './missed.ts';
import { FolderPackShelf } from './packs.ts';
import { LETHE, type Peers } from './peers.ts';
import type { OpenedService, ServiceConfig, ServiceContext, ServiceDefinition } from './service.ts';

/** How long a service waits for the text of a pack. Machine milliseconds. */
const PACK_WITHIN_MS = 5_000;

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
  /** Machine time. */
  readonly now: () => Date;
  readonly keyring?: Keyring;
  /** The owner's login, for quarantine schemas. */
  readonly owner?: DatabaseAddress;
}

/** One service with its mechanisms: outbox, relay, consumer, tenants, packs, clock. */
export class RunningService {
  readonly service: Service;
  readonly #relay: Relay;

  private constructor(
    readonly context: ServiceContext,
    readonly opened: OpenedService,
    readonly consumer: Consumer,
    readonly known: KnownTenants,
    private readonly backups: BackupWork,
    private readonly parts: ServiceParts,
  ) {
    this.service = context.service;
    const { logger, log, pool, config } = parts;
    this.#relay = new Relay({
      service: this.service,
      pool,
      log,
      slots: config.slots,
      outbox: context.outbox,
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
      definition.service === 'consent' ? undefined : askForPack,
    );
    const later: { consumer?: Consumer } = {};
    const theConsumer = (): Consumer => {
      if (later.consumer === undefined) throw new Error('the service is still being opened');
      return later.consumer;
    };
    const context: ServiceContext = {
      service: definition.service,
      config,
      database,
      outbox,
      log,
      packs,
      clock: new TenantClock(known, packs, now),
      peers,
      callers,
      logger,
      metrics: parts.metrics,
      backups: parts.backups,
      newId,
      newRef,
      leaseAge: (slot) => known.leaseAge(slot),
      applied: (topic, slot, number, waitMs) => theConsumer().applied(topic, slot, number, waitMs),
      uncertain: (sql, tenant, subjects) => theConsumer().uncertain(sql, tenant, subjects),
      quarantine: (tenant, backup, privateKey) => {
        if (parts.owner === undefined)
          throw new Fault('unavailable', 'platform/no-owner', 'this process has no owner login, so it cannot restore');
        const about = { service: definition.service, tenant, backup };
        return importIntoQuarantine(parts.owner, about, parts.backups, privateKey);
      },
      get consumer() {
        return theConsumer();
      },
      ...(parts.keyring === undefined ? {} : { keyring: parts.keyring }),
    };
    const backups = new BackupWork({
      service: definition.service,
      database,
      outbox,
      place: parts.backups,
      logger,
      now,
    });
    const opened = await definition.open(context);
    const consumer = new Consumer({
      service: definition.service,
      slots: config.slots,
      database,
      log,
      routes: [...known.routes(), ...opened.routes, ...backups.routes()],
      missed: missedFrom(definition.service, outbox, peers),
      verify: (event) => callers.verifyEvent(event),
      now,
      onAlarm: ({ kind, topic, slot, number, code }) =>
        logger.error({ kind, topic, slot, number, code }, 'a message needs a person'),
      onError: (error) => logger.warn({ error }, 'the consumer waits'),
    });
    later.consumer = consumer;
    const running = new RunningService(context, opened, consumer, known, backups, parts);
    running.#measure();
    return running;
  }

  /** What `/v1/<service>/applied` and `/v1/<service>/events` ask. */
  get doors(): CommonDoors {
    return {
      applied: (topic, slot, number, waitMs) => this.consumer.applied(topic, slot, number, waitMs),
      position: (topic, slot) => this.consumer.position(topic, slot),
      missed: (topic, slot, from, to) => this.context.outbox.missed(topic, slot, from, to),
    };
  }

  /** All of it or nothing: what runs already when a later step fails is ended, so that it can be tried again. */
  async start(): Promise<void> {
    try {
      this.#relay.start();
      await this.consumer.start();
      this.backups.start();
      await this.opened.start?.();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const parts: readonly (() => Promise<void> | undefined)[] = [
      () => this.opened.stop?.(),
      () => this.consumer.stop(),
      () => this.backups.stop(),
      () => this.#relay.stop(),
    ];
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
    try {
      await this.parts.database.transaction((sql) => sql.query('select 1'));
    } catch {
      return 'the database does not answer';
    }
    if (!this.consumer.alive()) return 'the event log has not been heard from';
    return this.opened.ready?.();
  }

  #measure(): void {
    const { metrics, now } = this.parts;
    metrics.gauge(
      'outbox_waiting',
      'Events announced and not yet numbered.',
      async () => (await this.context.outbox.waiting()).count,
    );
    metrics.gauge(
      'oldest_unapplied_seconds',
      'Age of the oldest message that was delivered and not yet dealt with.',
      () => Promise.resolve(this.consumer.oldestUnappliedMs(now()) / 1000),
    );
    metrics.gauge('parked', 'Messages set aside for a person to look at, by code.', async () => {
      const counts = new Map<string, number>();
      for (const { code } of await this.consumer.parked()) counts.set(code, (counts.get(code) ?? 0) + 1);
      return [...counts].map(([code, value]) => ({ labels: { code }, value }));
    });
    metrics.gauge(
      'stopped_slots',
      'Slots of which nothing more is applied until a person has looked.',
      async () => (await this.consumer.stopped()).length,
    );
  }
}
