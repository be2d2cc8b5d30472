import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Route, Service } from '@lethe/contracts';
import { MemoryMarks } from '@lethe/messaging';
import {
  createLogger,
  DEVELOPMENT_ISSUER,
  FolderPlace,
  KeyedCallers,
  makeSigningKey,
  POSTGRES_TYPES,
  privateKeyOf,
  PrometheusMetrics,
  publicEntryOf,
  RunningService,
  watchOf,
  type PeerQuestion,
  type ServiceDefinition,
} from '@lethe/platform';
import type { Keyring } from '@lethe/sealing';
import { startDatabase, type TestDatabase, type TestPostgres } from '@lethe/testing';
import pg from 'pg';
import type { Clockwork } from './clockwork.ts';
import { Life, type Fate } from './life.ts';
import type { StepLog } from './log.ts';

export const SERVICES = ['collection', 'consent', 'retention', 'erasure'] as const;

/** What all services of a world stand on. */
export interface Ground {
  readonly postgres: TestPostgres;
  readonly clockwork: Clockwork;
  readonly log: StepLog;
  readonly fate: Fate;
  readonly slots: number;
  readonly folder: string;
  readonly keys: ReadonlyMap<string, string>;
  readonly issuer: string;
  readonly answer: (route: Route, question: PeerQuestion<Route>) => Promise<unknown>;
  readonly applied: (
    service: string,
    question: { topic: string; slot: number; number: number; incarnation?: string; waitMs?: number },
  ) => Promise<boolean>;
}

/** Of a line of a service's log, what the harness reads. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly code?: string;
  readonly tenant?: string;
}

/** One service over its lives: its database, files and marks stay when its process crashes. */
export class House {
  readonly service: Service;
  readonly #definition: ServiceDefinition;
  readonly #ground: Ground;
  readonly #keyring: Keyring | undefined;
  readonly #pool: pg.Pool;
  readonly #looking: pg.Pool;
  readonly #marks = new MemoryMarks();
  readonly database: TestDatabase;
  /** What its log has said as an error since the harness last heard. */
  readonly #errors: LogLine[] = [];
  life!: Life;
  running!: RunningService;

  private constructor(
    ground: Ground,
    definition: ServiceDefinition,
    database: TestDatabase,
    keyring: Keyring | undefined,
  ) {
    this.#ground = ground;
    this.#definition = definition;
    this.service = definition.service;
    this.database = database;
    this.#keyring = keyring;
    this.#pool = new pg.Pool({ ...database.addresses.login, max: 4 });
    this.#looking = new pg.Pool({ ...database.addresses.admin, max: 1, types: POSTGRES_TYPES });
    for (const pool of [this.#pool, this.#looking]) pool.on('error', () => undefined);
  }

  static async build(ground: Ground, definition: ServiceDefinition, keyring?: Keyring): Promise<House> {
    const database = await startDatabase({ migrations: definition.migrations, postgres: ground.postgres });
    return new House(ground, definition, database, keyring);
  }

  /** What the service was put together of, by its class. */
  part<Part>(part: { readonly prototype: Part }): Part {
    const { providers = [] } = this.running.opened.module;
    const found = providers.find((one) => typeof one === 'object' && one.provide === part);
    if (found === undefined || !('useValue' in found)) throw new Error('the service has no such part');
    return found.useValue as Part;
  }

  /** A process begins, on the database as it stands. */
  async open(): Promise<void> {
    const { clockwork, log, fate, slots, folder, keys, issuer, answer, applied } = this.#ground;
    const { service } = this;
    const life = new Life(service, fate);
    this.life = life;
    const logger = createLogger(service, {
      write: (line) => {
        const said = JSON.parse(line) as LogLine;
        if (said.level === 'error') this.#errors.push(said);
      },
    });
    const own = (name: string): string => {
      const path = join(folder, service, name);
      mkdirSync(path, { recursive: true });
      return path;
    };
    const place = new FolderPlace({ backups: join(folder, 'backups'), isolation: join(folder, 'isolation') });
    this.running = await RunningService.open(this.#definition, {
      config: {
        service,
        mode: 'development',
        slots,
        secretsFolder: own('secrets'),
        keysFolder: own('keys'),
        ledgerFolder: own('ledger'),
        marksFolder: own('marks'),
      },
      database: life.database(this.database.database),
      pool: life.pool(this.#pool),
      log: life.log(log),
      callers: life.callers(
        new KeyedCallers({
          service,
          signingKey: privateKeyOf(keys.get(service)!),
          services: [...keys].map(([name, key]) => publicEntryOf(key, name)),
          issuers: [{ iss: DEVELOPMENT_ISSUER, tenants: 'all', keys: [publicEntryOf(issuer, DEVELOPMENT_ISSUER)] }],
          now: clockwork.now,
        }),
      ),
      peers: life.peers(answer, applied),
      logger,
      metrics: new PrometheusMetrics().of(service),
      backups: life.place(place),
      policies: fileURLToPath(new URL('policies', import.meta.url)),
      now: clockwork.now,
      owner: this.database.addresses.owner,
      watch: watchOf(service, this.#marks, log, logger),
      ...(this.#keyring === undefined ? {} : { keyring: life.keyring(this.#keyring) }),
    });
    const { context } = this.running;
    Object.assign(context, { quarantine: life.quarantine(context.quarantine.bind(context)) });
  }

  /** The errors that its log has told of since this was last asked. */
  errors(): readonly LogLine[] {
    return this.#errors.splice(0);
  }

  /** Its rows, whoever's they are. */
  async look<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.#looking.query(text, [...values]);
    return rows as Row[];
  }

  start(): Promise<void> {
    return this.running.start();
  }

  /** The process is gone; what its end is waited for holds something that the next one needs. */
  async bury(): Promise<void> {
    await this.running.opened.stop?.();
    void this.running.stop();
    const alive = 'select 1 from pg_stat_activity where pid = any($1)';
    while (this.life.sessions.length > 0 && (await this.look(alive, [this.life.sessions])).length > 0);
  }

  async close(): Promise<void> {
    await this.bury();
    this.life.dead = true;
    await Promise.all([this.#pool.end(), this.#looking.end()]);
    await this.database.stop();
  }
}

export const newKeys = (): { keys: ReadonlyMap<string, string>; issuer: string } => ({
  keys: new Map([...SERVICES, 'disclosure'].map((service) => [service, makeSigningKey(service)])),
  issuer: makeSigningKey(DEVELOPMENT_ISSUER),
});
