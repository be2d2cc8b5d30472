import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collection, CollectionService } from '@lethe/collection';
import { consent, ConsentHeartbeat, ConsentService, PacksService, TenantsService } from '@lethe/consent';
import { http, type Route, type Service } from '@lethe/contracts';
import { Fault, tenantId, type TenantId } from '@lethe/kernel';
import { erasure, ErasureService, ErasureSweep, RecordingService } from '@lethe/erasure';
import { crashAt, headsRoute, missedRoute, restateRoute, type OpenKeyring, type PeerQuestion } from '@lethe/platform';
import {
  BackupsService,
  HoldsService,
  RestoresService,
  retention,
  RetentionService,
  RetentionSweep,
} from '@lethe/retention';
import type { Keyring } from '@lethe/sealing';
import { startKeyring, startPostgres } from '@lethe/testing';
import pg from 'pg';
import { Clockwork } from './clockwork.ts';
import { House, newKeys, SERVICES, type Ground } from './house.ts';
import { Activity } from './activity.ts';
import { crashed, type Fate } from './life.ts';
import { StepLog } from './log.ts';
import { Restoring } from './restoring.ts';
import { askCheaply } from './statements.ts';
import { textOf, VERSIONS } from './versions.ts';

/** One: a subject ref is chance, and with more slots it would decide what can happen when. */
const SLOTS = 1;
/** Every table is small: a plan is made once, no statement is worth compiling, and a world is gone before it needs cleaning. */
const SERVER = {
  ...{ plan_cache_mode: 'force_generic_plan', jit: 'off' },
  ...{ track_activities: 'off', track_counts: 'off', autovacuum: 'off' },
  // All of it is in memory, and no process of the server wakes for what nobody needs.
  ...{ shared_buffers: '128MB', io_method: 'sync', wal_writer_delay: '10s', bgwriter_lru_maxpages: '0' },
};
/** In one delivery, where nobody cares how many. */
const ALL = 500;
/** Tries to bring everything to rest; a world that does not come to it in so many has a fault. */
const ROUNDS = 400;

/** Of the keyring: what is wrapped under the key of an epoch. */
const KEYS = ['name', 'subject_key', 'day_key', 'class_key', 'matter_key', 'kept_key', 'backup_key', 'intake_key'];

/** Errors that a log may tell of though nothing is wrong: a process that crashed, and a request that the days that pass make late. */
const EXPECTED_ERRORS = new Set([crashed().code, 'erasure/late']);

const unlessCrashed = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    if (!(error instanceof Fault && error.code === crashed().code)) throw error;
  });

/** A crash point of a service has the service's name in its own. */
const at = (name: string): string => name.slice(name.indexOf('.') + 1);

interface Runner {
  /** @param now absent: it waits for its turn */
  advance(tenant: TenantId, request: string, now?: boolean): Promise<void>;
}

/** The four services on real databases, kept over seeds; what goes on in them by itself waits for a step. */
export class World {
  readonly clockwork = new Clockwork();
  readonly log = new StepLog(SLOTS);
  readonly activity = new Activity();
  readonly fate: Fate;
  readonly #houses = new Map<Service, House>();
  readonly #folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'lethe-simulate-'));
  /** Work of collection that waits for its turn, and requests of erasure that do. */
  readonly background = new Set<TenantId>();
  readonly requests = new Map<string, TenantId>();
  readonly restoring = new Restoring(this.activity);
  #wake: (tenant: TenantId) => void = () => undefined;
  #ground!: Ground;
  #keys!: OpenKeyring;
  /** The keyring's cluster, as its administrator. */
  #cluster!: pg.Pool;
  /** The points that services have come to, in order, and where they crashed. */
  readonly came: string[] = [];
  readonly fallen: string[] = [];
  /** Of the versions of the pack, by their names. */
  readonly #digests = new Map<string, string>();
  /** What looks at the moment at which an end is told. */
  told: Fate['told'] = () => Promise.resolve();

  private constructor() {
    this.fate = {
      activity: this.activity,
      bug: undefined,
      crash: undefined,
      came: (point, crashes) => {
        this.came.push(point);
        if (crashes) this.fallen.push(point);
      },
      told: (event) => this.told(event),
      machineAt: this.clockwork.at,
      apart: (service, tenant, text, values) => this.#apart(service, tenant, text, values),
    };
  }

  static async open(): Promise<World> {
    const world = new World();
    askCheaply();
    const postgres = await startPostgres({ socket: true, inMemory: true, settings: SERVER });
    const { clockwork, log, fate } = world;
    world.#ground = {
      ...{ postgres, clockwork, log, fate, slots: SLOTS, folder: world.#folder },
      ...newKeys(),
      answer: (route, question) => world.#answer(route, question),
      applied: (service, { topic, slot, number, incarnation, waitMs }) =>
        world.house(service as Service).running.consumer.applied(topic, slot, number, waitMs ?? 0, incarnation),
    };
    // Its timers are the simulation's, too.
    clockwork.install();
    world.#keys = await startKeyring(postgres, world.#folder);
    // Its triggers keep everybody else from deleting what a dead key leaves behind.
    world.#cluster = new pg.Pool({
      ...{ ...postgres.server.admin, database: 'lethe_keyring', max: 1 },
      options: '-c session_replication_role=replica',
    });
    world.#cluster.on('error', () => undefined);
    world.#watchCluster();
    for (const definition of [collection, consent, retention, erasure]) {
      const keyring = definition.service === 'collection' ? world.#keys.keyring : undefined;
      world.#houses.set(definition.service, await House.build(world.#ground, definition, keyring));
    }
    // A point is named after the service in which it stands.
    crashAt.strike = (name) => world.house(name.split('.')[0] as Service).life.at(at(name));
    for (const service of SERVICES) await world.#begin(service);
    await world.everything();
    // What is read once in a process has been read before any seed.
    for (const version of VERSIONS) {
      const { digest } = await world.packs.send({ policy: textOf(version) });
      if (digest === undefined) throw new Error(`version ${version.version} is no pack`);
      world.#digests.set(version.version, digest);
    }
    await world.forget(tenantId('sim-nobody'));
    return world;
  }

  house(service: Service): House {
    return this.#houses.get(service)!;
  }

  get keyring(): Keyring {
    return this.#keys.keyring;
  }

  get collection(): CollectionService {
    return this.house('collection').part(CollectionService);
  }
  get consents(): ConsentService {
    return this.house('consent').part(ConsentService);
  }
  get tenants(): TenantsService {
    return this.house('consent').part(TenantsService);
  }
  get packs(): PacksService {
    return this.house('consent').part(PacksService);
  }
  get holds(): HoldsService {
    return this.house('retention').part(HoldsService);
  }
  get backups(): BackupsService {
    return this.house('retention').part(BackupsService);
  }
  get restores(): RestoresService {
    return this.house('retention').part(RestoresService);
  }
  get retention(): RetentionService {
    return this.house('retention').part(RetentionService);
  }
  get sweeps(): RetentionSweep {
    return this.house('retention').part(RetentionSweep);
  }
  get erasure(): ErasureService {
    return this.house('erasure').part(ErasureService);
  }
  get recording(): RecordingService {
    return this.house('erasure').part(RecordingService);
  }

  digestOf(version: string): string {
    return this.#digests.get(version)!;
  }

  /** Rows of a service's database, whoever's they are: for the harness to look at. */
  look<Row>(service: Service, text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.house(service).look<Row>(text, values);
  }

  /** What the services' logs have told of as errors since this was last asked, about this tenant or about none. */
  errors(tenant: TenantId): string[] {
    return [...this.#houses].flatMap(([service, house]) =>
      house
        .errors()
        .filter((line) => line.tenant === undefined || line.tenant === tenant)
        .filter(({ code, msg }) => !EXPECTED_ERRORS.has(code ?? msg))
        .map(({ code, msg }) => `${service}: ${code ?? 'no code'}: ${msg}`),
    );
  }

  /** Nobody does anything by himself any more; who has crashed meanwhile has been started again. */
  async settle(): Promise<void> {
    this.clockwork.tick();
    await this.activity.over();
    for (const [service, house] of this.#houses) {
      if (!house.life.dead) continue;
      await house.bury();
      await this.#begin(service);
      await this.activity.over();
    }
  }

  /** Consent lives. */
  async beat(): Promise<void> {
    await unlessCrashed(this.house('consent').part(ConsentHeartbeat).tick());
  }

  /** Machine time passes, and with it what waits for it. */
  async pass(milliseconds: number): Promise<void> {
    this.clockwork.advance(milliseconds);
    await this.settle();
    await unlessCrashed(this.house('erasure').part(ErasureSweep).tick());
    await this.settle();
  }

  /** Collection does what is left to do for a tenant. */
  async work(tenant: TenantId): Promise<void> {
    this.background.delete(tenant);
    this.#wake(tenant);
    await this.collection.background.quiet();
    if (this.collection.background.unfinished > 0) this.background.add(tenant);
    await this.settle();
  }

  /** A request of erasure goes on until it waits for somebody. */
  async advance(request: string): Promise<void> {
    const tenant = this.requests.get(request);
    this.requests.delete(request);
    if (tenant !== undefined) await unlessCrashed(this.#runner().advance(tenant, request, true));
    await this.settle();
  }

  /** A restore that was confirmed begins, or goes on from where it waits, by so many of its turns. */
  async restoreOn(turns: number): Promise<void> {
    for (let turn = 0; turn < turns && this.restoring.waits; turn += 1) {
      await this.restoring.goOn();
      await this.settle();
    }
  }

  /** Delivers and works until nothing is left. @throws Error when it does not come to rest */
  async everything(): Promise<void> {
    await this.settle();
    let names: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // In turn, so that more has come for each when its turn comes.
      if (names.length === 0) names = [...this.log.waiting()];
      const name = names.shift();
      const [tenant] = this.background;
      const [request] = this.requests.keys();
      if (name !== undefined) await this.log.deliver(name, ALL);
      else if (tenant !== undefined) await this.work(tenant);
      else if (request !== undefined) await this.advance(request);
      else if (this.restoring.waits) await this.restoreOn(ALL);
      else return;
      await this.settle();
    }
    throw new Error('the world does not come to rest');
  }

  /** A seed is over: its tenant is nobody's business any more. */
  async forget(tenant: TenantId): Promise<void> {
    await this.settle();
    this.clockwork.advance(31_000);
    await this.settle();
    for (let round = 0; this.log.waiting().length > 0 && round < ROUNDS; round += 1) {
      await this.log.deliver(this.log.waiting()[0]!, ALL);
      await this.settle();
    }
    for (const house of this.#houses.values())
      await house.look(
        `with versions as (delete from known_version where tenant = $1), cleared as (delete from disposal_cleared where tenant = $1)
         delete from known_tenant where tenant = $1`,
        [tenant],
      );
    await this.#forgetKeys(tenant);
    this.background.clear();
    this.requests.clear();
    this.restoring.forget();
    this.fallen.length = 0;
    this.came.length = 0;
    this.log.trim();
    this.clockwork.begin();
  }

  /** The end of an epoch goes over every key there is: the next seed's would be longer, and come to more points, for this one's. */
  async #forgetKeys(tenant: TenantId): Promise<void> {
    const deletions = KEYS.map((table, n) => `k${String(n)} as (delete from keyring.${table} where tenant = $1)`);
    await this.#cluster.query(`with ${deletions.join(', ')} select`, [tenant]);
  }

  async close(): Promise<void> {
    await this.#cluster.end();
    for (const house of this.#houses.values()) house.life.end();
    for (const house of this.#houses.values()) await house.close();
    await this.#keys.close();
    await this.#ground.postgres.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #begin(service: Service): Promise<void> {
    const house = this.house(service);
    await house.open();
    if (service === 'collection') {
      const { background } = house.part(CollectionService);
      this.#wake = background.wake.bind(background);
      background.wake = (tenant) => void this.background.add(tenant);
      background.look = (tenant) => void this.background.add(tenant);
      background.wakeAll = async () => {
        for (const { tenant } of await house.running.context.packs.tenants()) this.background.add(tenant);
      };
    }
    if (service === 'retention') this.restoring.takeOver(this.restores);
    if (service === 'erasure') {
      const runner = this.#runner();
      const advance = runner.advance.bind(runner);
      runner.advance = (tenant, request, now = false) => {
        if (now) return advance(tenant, request);
        this.requests.set(request, tenant);
        return Promise.resolve();
      };
    }
    await house.start();
  }

  /** What takes requests forward is nobody's door: only its clock knows it. */
  #runner(): Runner {
    return (this.house('erasure').part(ErasureSweep) as unknown as { readonly runner: Runner }).runner;
  }

  /** What one service asks another. */
  async #answer(route: Route, question: PeerQuestion<Route>): Promise<unknown> {
    const { tenant } = question;
    const { params, query, body } = question as unknown as { params: never; query: never; body: never };
    if (route === http.Holdings) return this.collection.stock.holdings(tenant, params['subject']);
    if (route === http.RestoreBackup) return this.collection.restore.run(tenant, body);
    if (route === http.Backups) return this.backups.all(tenant);
    const caller = { tenant, role: 'service', sub: 'lethe#peer' } as const;
    if (route === http.KeepCells) return this.recording.keepCells(caller, body);
    if (route === http.LedgerEntries) return this.recording.ledgerEntries(caller, query['after'], query['limit']);
    // What is heard when is the seed's to say; a sweep that waited for it would wait for ever.
    if (route.path === headsRoute(route.service).path) return { incarnation: 'none', slots: [] };
    const { doors } = this.house(route.service).running;
    const { topic, slot } = (query ?? body) as { topic: string; slot: number };
    if (route.path === missedRoute(route.service).path) return doors.missed(topic, slot, query['from'], query['to']);
    if (route.path === restateRoute(route.service).path)
      return { through: await doors.restate(topic, slot, body['beyond']) };
    throw new Error(`nobody answers ${route.path}`);
  }

  /** What is planted on what the keyring's cluster answers. */
  #watchCluster(): void {
    const { database } = this.#keys;
    const transaction = database.transaction.bind(database);
    database.transaction = (work) =>
      transaction((sql) =>
        work({
          enter: (tenant) => sql.enter(tenant),
          afterCommit: (after) => sql.afterCommit(after),
          query: async <Row>(text: string, values?: readonly unknown[]) => {
            const rows = await sql.query<Record<string, unknown>>(text, values);
            return (this.fate.bug?.cluster?.(text, rows) ?? rows) as Row[];
          },
        }),
      );
  }

  /** Keys that are wrapped under the key of an epoch that has ended: nobody opens them any more. */
  async orphans(): Promise<number> {
    const all = [...KEYS, 'index_key'].map((table) => `select epoch from keyring.${table} where wrapped is not null`);
    const { rows } = await this.#cluster.query<{ orphans: number }>(
      `select count(*)::int as orphans from (${all.join(' union all ')}) as key
       join keyring.epoch on number = key.epoch where state = 'ended'`,
    );
    return rows[0]!.orphans;
  }

  /** How the keyring's cluster keeps the key of a backup. */
  async backupKeyIs(tenant: TenantId, backup: string): Promise<string | undefined> {
    const [row] = await this.#keys.database.transaction((sql) =>
      sql.query<{ state: string }>('select state from keyring.backup_key where tenant = $1 and backup = $2', [
        tenant,
        backup,
      ]),
    );
    return row?.state;
  }

  #apart(service: Service, tenant: string | undefined, text: string, values: readonly unknown[]): Promise<unknown[]> {
    const { database } = this.house(service).database;
    return tenant === undefined
      ? database.transaction((sql) => sql.query(text, values))
      : database.within(tenantId(tenant), (sql) => sql.query(text, values));
  }
}
