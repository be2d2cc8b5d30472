import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  answerOf,
  makeEvent,
  requestOf,
  type Asking,
  type Envelope,
  type EventDefinition,
  type Role,
  type Route,
  type Service,
} from '@lethe/contracts';
import { slotOf, subjectRef, tenantId, type TenantId } from '@lethe/kernel';
import { MemoryEventLog } from '@lethe/messaging';
import {
  FolderPlace,
  application,
  commonControllers,
  createLogger,
  DEVELOPMENT_ISSUER,
  developmentToken,
  headsRoute,
  KeyedCallers,
  makeSigningKey,
  newId,
  platformModule,
  privateKeyOf,
  PrometheusMetrics,
  publicEntryOf,
  RunningService,
  type OpenKeyring,
  type ServiceContext,
  type ServiceDefinition,
} from '@lethe/platform';
import pg from 'pg';
import type { z } from 'zod';
import { eventually } from './eventually.ts';
import { TestClock } from './test-clock.ts';
import { startDatabase, type TestDatabase } from './test-database.ts';
import { startKeyring } from './test-keyring.ts';
import { TestPeers } from './test-peers.ts';

const SERVICES = ['collection', 'consent', 'retention', 'erasure', 'disclosure'] as const;
const WAIT_MS = 50_000;

export interface TestContextOptions {
  readonly slots?: number;
  readonly mode?: 'development' | 'production';
  /** Folder of packs; the repository's own unless said. */
  readonly policies?: string;
  /** A keyring in a database of its own on the same server (collection). */
  readonly keyring?: boolean;
  /** False: relay and consumer do not run, so that a test decides what is told when. */
  readonly start?: boolean;
  /** One log for several services, as they would share it. */
  readonly log?: MemoryEventLog;
  /** Milliseconds from one round of retention's sweep to the next; its own default unless said. */
  readonly sweepEveryMs?: number;
}

/** Who asks in a test. */
export interface Asker {
  readonly tenant: string;
  readonly role: Role;
  /** Which person, within the issuer. */
  readonly sub?: string;
  readonly subject?: string;
}

/** One service on a real PostgreSQL, an event log in memory, clocks that a test moves, and peers that answer what it says. */
export class TestContext {
  readonly clock = new TestClock();
  readonly peers = new TestPeers();
  /** Every log line, JSON. */
  readonly lines: string[] = [];
  readonly log: MemoryEventLog;
  readonly #numbers = new Map<string, number>();
  readonly #keys = new Map<Service, string>(SERVICES.map((service) => [service, makeSigningKey(service)]));
  readonly #issuer = makeSigningKey(DEVELOPMENT_ISSUER);
  readonly #folder = mkdtempSync(join(tmpdir(), 'lethe-test-home-'));
  /** Where the service's backups lie, available and isolated. */
  readonly backupFolders = { backups: join(this.#folder, 'backups'), isolation: join(this.#folder, 'isolation') };
  readonly #ends: (() => Promise<unknown>)[] = [];
  database!: TestDatabase;
  running!: RunningService;
  #app!: Awaited<ReturnType<typeof application>>;

  private constructor(
    readonly slots: number,
    log: MemoryEventLog | undefined,
  ) {
    this.log = log ?? new MemoryEventLog({ slots });
  }

  static async start(definition: ServiceDefinition, options: TestContextOptions = {}): Promise<TestContext> {
    const test = new TestContext(options.slots ?? 4, options.log);
    await test.#start(definition, options);
    return test;
  }

  get context(): ServiceContext {
    return this.running.context;
  }

  /** What the application was put together of, by its class. */
  inside<Part>(part: { readonly prototype: Part }): Part {
    return this.#app.get<Part>(part as never);
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Opens a tenant in this service as if consent had told of it, its legal time at `at` (now unless said). */
  async openTenant(
    name = 'damai-test',
    options: { readonly pack?: string; readonly at?: Date } = {},
  ): Promise<TenantId> {
    const tenant = tenantId(name);
    const { pack, version, digest } = this.context.packs.named(options.pack ?? 'damai');
    await this.putTenant(tenant, { pack: pack.pack, packVersion: version, packDigest: digest }, options.at);
    return tenant;
  }

  /** The same without reading a pack. */
  async putTenant(
    tenant: TenantId,
    pack: { readonly pack: string; readonly packVersion: string; readonly packDigest: string },
    at?: Date,
  ): Promise<void> {
    const offsetMs = at === undefined ? 0 : at.getTime() - this.clock.now().getTime();
    await this.database.database.transaction((sql) =>
      this.running.known.put(sql, { tenant, ...pack, movableClock: true, offsetMs }, new Date(0)),
    );
  }

  /** Sets the tenant's legal time. */
  async moveClock(tenant: TenantId, to: Date): Promise<void> {
    const { pack, packVersion, packDigest } = await this.context.packs.tenant(tenant);
    await this.putTenant(tenant, { pack, packVersion, packDigest }, to);
  }

  /** Another service tells something; resolves when this service has applied it. @throws Error with the code under which it was parked */
  async hear<Definition extends EventDefinition>(
    definition: Definition,
    about: {
      readonly tenant: string;
      readonly subject?: string;
      readonly slot?: number;
      readonly id?: string;
      /** When it was told; now unless said. */
      readonly time?: Date;
    },
    data: z.input<Definition['data']>,
  ): Promise<Envelope<Definition>> {
    const slot = about.slot ?? (about.subject === undefined ? 0 : slotOf(subjectRef(about.subject), this.slots));
    const event = makeEvent(
      definition,
      { id: about.id ?? newId(), time: about.time ?? this.clock.now(), tenant: about.tenant, subject: about.subject },
      data,
    );
    const signed = definition.signed
      ? { ...event, signature: await this.callersOf(definition.service).signEvent(event) }
      : event;
    const key = `${definition.topic}/${String(slot)}`;
    const number = (this.#numbers.get(key) ?? 0) + 1;
    this.#numbers.set(key, number);
    await this.log.append(definition.topic, slot, [
      { number, incarnation: 'test', id: event.id, value: JSON.stringify(signed) },
    ]);
    if (!(await this.running.consumer.applied(definition.topic, slot, number, WAIT_MS))) {
      const parked = (await this.running.consumer.parked()).find(
        (one) => one.topic === definition.topic && one.slot === slot && one.number === number,
      );
      throw new Error(`${definition.type} was not applied: ${parked?.code ?? 'refused, dropped or no route'}`);
    }
    return signed;
  }

  /** This service hears something of the tenant whose data it cannot read, and sets it aside; until `giveUp`. */
  async park(definition: EventDefinition, tenant: TenantId): Promise<{ readonly giveUp: () => Promise<void> }> {
    const { topic, service, type } = definition;
    const [key, id] = [`${topic}/0`, newId()];
    const number = (this.#numbers.get(key) ?? 0) + 1;
    this.#numbers.set(key, number);
    const about = { specversion: '1.0', id, source: `lethe/${service}`, type, time: this.clock.now().toISOString() };
    const value = JSON.stringify({ ...about, tenant, data: {} });
    await this.log.append(topic, 0, [{ number, incarnation: 'test', id, value }]);
    const { consumer } = this.running;
    await eventually(
      async () => (await consumer.parked()).some((one) => one.topic === topic && one.number === number),
      { what: `${type} is parked` },
    );
    return {
      giveUp: async () => {
        const place = { topic, slot: 0, incarnation: 'test', number };
        const discard = await consumer.proposeDiscard(tenant, place, 'given-up', 'test#one');
        await consumer.confirmDiscard(tenant, discard, 'test#two', () => undefined);
      },
    };
  }

  /** The same fact in every slot, as tenant-wide facts are told. */
  async hearEverywhere<Definition extends EventDefinition>(
    definition: Definition,
    tenant: string,
    data: z.input<Definition['data']>,
  ): Promise<void> {
    for (let slot = 0; slot < this.slots; slot += 1) await this.hear(definition, { tenant, slot }, data);
  }

  /** Everything this service has announced so far, oldest first; of one kind if named. */
  async announced<Definition extends EventDefinition = EventDefinition>(
    definition?: Definition,
  ): Promise<Envelope<Definition>[]> {
    const rows = await this.database.admin.transaction((sql) =>
      sql.query<{ value: string }>('select value from outbox order by id'),
    );
    const all = rows.map(({ value }) => JSON.parse(value) as Envelope<Definition>);
    return definition === undefined ? all : all.filter(({ type }) => type === definition.type);
  }

  /** Asks through the service's own HTTP door. @throws Fault, as a client's would */
  async ask<Definition extends Route>(
    route: Definition,
    asker: Asker,
    asking: Asking<Definition> = {},
  ): Promise<z.output<Definition['answer']>> {
    const { status, body } = await this.request(route, asker, asking);
    return answerOf(route, status, body);
  }

  /** The same with the bare answer. */
  async request<Definition extends Route>(
    route: Definition,
    asker: Asker | undefined,
    asking: Asking<Definition> = {},
  ): Promise<{ status: number; body: unknown }> {
    const { method, path, body } = requestOf(route, asking);
    const answer = await this.#app.inject({
      method,
      url: path,
      remoteAddress: '127.0.0.1',
      headers: {
        ...(asker === undefined ? {} : { authorization: `Bearer ${await this.token(asker)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: answer.statusCode, body: answer.body === '' ? undefined : (JSON.parse(answer.body) as unknown) };
  }

  async token({ tenant, role, sub, subject }: Asker): Promise<string> {
    if (role === 'service')
      return this.callersOf((sub as Service | undefined) ?? 'erasure').serviceToken(tenantId(tenant));
    const asked = {
      tenant: tenantId(tenant),
      role,
      ...(sub === undefined ? {} : { sub }),
      ...(subject === undefined ? {} : { subject: subjectRef(subject) }),
    };
    return (await developmentToken(privateKeyOf(this.#issuer), asked, this.clock.now())).token;
  }

  /** Tokens and signatures as another service makes them. */
  callersOf(service: Service): KeyedCallers {
    return new KeyedCallers({
      service,
      signingKey: privateKeyOf(this.#keys.get(service)!),
      services: SERVICES.map((name) => publicEntryOf(this.#keys.get(name)!, name)),
      issuers: [{ iss: DEVELOPMENT_ISSUER, tenants: 'all', keys: [publicEntryOf(this.#issuer, DEVELOPMENT_ISSUER)] }],
      now: this.clock.now,
    });
  }

  async #openKeyring(): Promise<OpenKeyring> {
    const keyring = await startKeyring(this.database.postgres, this.#folder);
    this.#ends.push(() => keyring.close());
    return keyring;
  }

  /** How far a service has told: what a test has let this one hear of it. */
  told(service: Service): { incarnation: string; slots: { topic: string; slot: number; number: number }[] } {
    const slots = [...this.#numbers].map(([key, number]) => {
      const [topic = '', slot] = key.split('/');
      return { topic, slot: Number(slot), number };
    });
    return { incarnation: 'test', slots: slots.filter(({ topic }) => topic.split('.')[1] === service) };
  }

  async #start(definition: ServiceDefinition, options: TestContextOptions): Promise<void> {
    for (const service of SERVICES) this.peers.answer(headsRoute(service), () => this.told(service));
    this.database = await startDatabase({ migrations: definition.migrations });
    this.#ends.push(() => this.database.stop());
    const pool = new pg.Pool({ ...this.database.addresses.login, max: 4 });
    pool.on('error', () => undefined);
    this.#ends.push(() => pool.end());
    const keyring = options.keyring === true ? await this.#openKeyring() : undefined;
    const folder = (name: string): string => {
      const path = join(this.#folder, name);
      mkdirSync(path, { recursive: true });
      return path;
    };
    const mode = options.mode ?? 'development';
    const logger = createLogger(definition.service, { write: (line) => void this.lines.push(line) });
    const metrics = new PrometheusMetrics();
    const callers = this.callersOf(definition.service);
    this.running = await RunningService.open(definition, {
      config: {
        service: definition.service,
        mode,
        slots: this.slots,
        secretsFolder: folder('secrets'),
        keysFolder: folder('keys'),
        ledgerFolder: folder('ledger'),
        marksFolder: folder('marks'),
        ...(options.sweepEveryMs === undefined ? {} : { sweepEveryMs: options.sweepEveryMs }),
        region: 'CN',
      },
      database: this.database.database,
      pool,
      log: this.log,
      callers,
      peers: this.peers,
      logger,
      metrics: metrics.of(definition.service),
      backups: new FolderPlace(this.backupFolders),
      policies: options.policies ?? fileURLToPath(new URL('../../../policies', import.meta.url)),
      now: this.clock.now,
      owner: this.database.addresses.owner,
      ...(keyring === undefined ? {} : { keyring: keyring.keyring }),
    });
    this.#app = await application({
      modules: [
        this.running.opened.module,
        platformModule(commonControllers(definition.service, this.running.doors), [this.running.rows]),
      ],
      callers,
      mode,
      plainHttp: { trustedProxies: [] },
      logger,
      readiness: async () => ({
        status: 'ready',
        mode,
        services: { [definition.service]: { ready: (await this.running.notReady()) === undefined } },
        at: new Date().toISOString(),
      }),
      metrics: () => metrics.text(),
    });
    this.#ends.push(() => this.#app.close());
    if (options.start !== false) {
      await this.running.start();
      this.#ends.push(() => this.running.stop());
    }
  }
}

/** `beforeAll(async () => { test = await testContext(consent) })`, `afterAll(() => test.stop())`. */
export const testContext = (definition: ServiceDefinition, options?: TestContextOptions): Promise<TestContext> =>
  TestContext.start(definition, options);
