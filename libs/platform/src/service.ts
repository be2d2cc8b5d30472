import type { KeyObject } from 'node:crypto';
import type { Service } from '@lethe/contracts';
import type { Database, Sql, SubjectRef, TenantId, Transaction } from '@lethe/kernel';
import type { Consumer, EventLog, Outbox, Route as MessageRoute } from '@lethe/messaging';
import type { Keyring } from '@lethe/sealing';
import type { DynamicModule } from '@nestjs/common';
import type { BackupPlace } from './backup/place.ts';
import type { Quarantine } from './backup/quarantine.ts';
import type { Callers } from './callers/callers.ts';
import type { Clock } from './clock.ts';
import type { Migrations } from './database/migrations.ts';
import type { TableDeclaration } from './declarations.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { PackShelf } from './packs.ts';
import type { Peers } from './peers.ts';
import type { Recovers } from './recovering.ts';

/** What one service is told about the installation; fixed at start. */
export interface ServiceConfig {
  readonly service: Service;
  /** Written at first start and never changed. */
  readonly mode: 'development' | 'production';
  /** Slots of this installation: embedded 4, Kafka 12. */
  readonly slots: number;
  /** Files with the service's own secrets, 0400. */
  readonly secretsFolder: string;
  /** Wrapped key roots and the keyring's own files; only collection touches it. */
  readonly keysFolder: string;
  /** The ledger's volume; only erasure writes it. */
  readonly ledgerFolder: string;
  /** How far this service had got when others were last told; in no copy of what it tells about. */
  readonly marksFolder: string;
  /** Milliseconds of machine time from one round of the sweep to the next; absent: an hour. */
  readonly sweepEveryMs?: number;
  /** Where this installation stores (ISO 3166); absent: it does not say. */
  readonly region?: string;
}

/** Everything a service is given. Nothing in a service knows whether it runs embedded or distributed. */
export interface ServiceContext {
  readonly service: Service;
  readonly config: ServiceConfig;
  /** The service's own database under its own login; tenants' rows only after `enter` / `within`. */
  readonly database: Database;
  readonly outbox: Outbox;
  readonly log: EventLog;
  readonly packs: PackShelf;
  readonly clock: Clock;
  readonly peers: Peers;
  readonly callers: Callers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How old the consent lease of a slot is, machine milliseconds; infinite when no heartbeat was ever applied. */
  leaseAge(slot: number): Promise<number>;
  /** Has this service's own consumer applied it? */
  applied(topic: string, slot: number, number: number, waitMs: number): Promise<boolean>;
  /**
   * Has this service's own consumer gone through all that another had told when it was asked? Waits up to `waitMs`; false
   * also when that one does not answer, or what it announces does not reach the log.
   */
  abreast(producer: Service, waitMs: number): Promise<boolean>;
  /** Of these persons, those of whom this service may know too little: something is parked, or their slot stands. */
  uncertain(sql: Sql, tenant: TenantId, subjects: readonly SubjectRef[]): Promise<ReadonlySet<string>>;
  /** This service's own consumer, for counts and for people who look after it; there once the service is open. */
  readonly consumer: Consumer;
  /** Where backups lie, available and isolated. */
  readonly backups: BackupPlace;
  /** Opens this service's part of a backup, as it was taken, into quarantine; the caller drops it again. @throws Fault `missing`, `invalid` */
  quarantine(tenant: TenantId, backup: string, sha256: string, privateKey: KeyObject): Promise<Quarantine>;
  /**
   * Before something is ordered that cannot be taken back: does the database still know all it once told others?
   * @throws Fault `unavailable` `platform/rolled-back` when it does not
   */
  standsFirm(): Promise<void>;
  /**
   * Begins a new life of the database with this transaction: numbers count anew, and what was told before is done with. For
   * a restore from a backup. @returns the new incarnation
   */
  beginLife(sql: Transaction): Promise<string>;
  /**
   * May what goes by its date, and outside an order, go now? Asked each time before it does: not while the machine's clock is
   * past the days that were swept, an officer has stopped disposal, or something that retention has told of the tenant is parked
   * here (docs/decisions/0065). That it waits is logged.
   */
  goesByDate(tenant: TenantId): Promise<boolean>;
  /** UUID v7. */
  newId(): string;
  /** 16 random bytes, base64url. */
  newRef(): string;
  /** Keys, in a cluster of their own; collection only. */
  readonly keyring?: Keyring;
}

/** States one slot anew; the id of the last event, undefined where there was nothing to say. */
export type StateSlot = (slot: number) => Promise<string | undefined>;

/** A service, wired: its doors. */
export interface OpenedService {
  /** Door HTTP: the Nest module with controllers (and `*.sweep.ts`, door clock). */
  readonly module: DynamicModule;
  /** Door messages: `on(definition, apply)`. */
  readonly routes: readonly MessageRoute[];
  /**
   * Announces anew the present state of everyone in a slot; the id of the last event, undefined where there was nothing to
   * say. Absent: what a consumer missed of this service, and the outbox no longer keeps, stops its slot until a person has looked.
   */
  readonly restate?: StateSlot;
  /**
   * The same of the orders it has given that somebody may not have carried out. Each names what it destroys, and nothing
   * comes back under that name: who has carried it out changes nothing.
   */
  readonly restateOrders?: StateSlot;
  /** How it brings a database that was put back up to what it has said; absent: nobody can. */
  readonly recovers?: Recovers;
  /** Why the service is not ready; undefined when it is. Asked by `/health/ready`. */
  ready?(): Promise<string | undefined>;
  /** After consumers and relays run, before the port is opened. */
  start?(): Promise<void>;
  /** Before consumers and relays stop. */
  stop?(): Promise<void>;
}

/** A service as an app exports it; `bootstrap` opens it. */
export interface ServiceDefinition {
  readonly service: Service;
  readonly migrations: Migrations;
  /** Every table of the service, platform's and messaging's own excepted. */
  readonly declarations: readonly TableDeclaration[];
  /** The table whose rows have a class each; a backup says which are in it. */
  readonly classesIn?: string;
  /** Wires the service; called once, its database migrated. */
  open(context: ServiceContext): Promise<OpenedService> | OpenedService;
}
