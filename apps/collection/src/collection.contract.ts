import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  events,
  makeEvent,
  type Envelope,
  type EventDefinition,
  type EventInput,
  http,
  type Service,
} from '@lethe/contracts';
import { slotOf, subjectRef, tenantId, type MatterId, type SubjectRef, type TenantId } from '@lethe/kernel';
import { MemoryEventLog, type EventLog } from '@lethe/messaging';
import {
  FolderPlace,
  createLogger,
  FolderPackShelf,
  KeyedCallers,
  KnownTenants,
  makeSigningKey,
  migrations,
  newId,
  newRef,
  PrometheusMetrics,
  privateKeyOf,
  publicEntryOf,
  RunningService,
  type ServiceConfig,
  TypeOrmDatabase,
} from '@lethe/platform';
import type { Pack } from '@lethe/policy';
import { FileRoot, forgettingFunctions, Keyring, keyringGrants, keyringTables, tenantFunctions } from '@lethe/sealing';
import { eventually, startDatabase, TestPeers, type TestDatabase } from '@lethe/testing';
import pg from 'pg';
import { collection, collectionMigrations, CollectionService } from './index.ts';

export const SLOTS = 4;
const POLICIES = join(import.meta.dirname, '../../../policies');
const STATED: Service[] = ['collection', 'consent', 'retention', 'erasure'];

/** Collection on two real PostgreSQL clusters, its events delivered by hand. */
export interface Bench {
  readonly data: TestDatabase;
  readonly keys: TestDatabase;
  readonly service: CollectionService;
  readonly running: RunningService;
  readonly keyring: Keyring;
  readonly log: MemoryEventLog;
  readonly lines: string[];
  /** What lies beside the databases: root, slots, backups. */
  readonly folder: string;
  /** The other services: erasure keeps cells, and nobody else answers unless a test says what. */
  readonly peers: TestPeers;
  /** Another process of the same service, on the same stores: after a crash, or beside. */
  again(): Promise<void>;
  /** Moves machine time, milliseconds. */
  advance(milliseconds: number): void;
  beat(): Promise<void>;
  /** While true, consent's heartbeat stays out. Otherwise it comes by itself, as it would. */
  silent: boolean;
  tenant(name: string, startAt?: string): Promise<Tenant>;
  stop(): Promise<void>;
}

/**
 * @param around another log around the bench's own, for the service only
 * @param settings of both servers, over the bench's own
 */
export async function startCollection(
  around: (own: MemoryEventLog) => EventLog = (own) => own,
  settings: Readonly<Record<string, string>> = {},
): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-collection-'));
  const data = await startDatabase({ settings, migrations: collectionMigrations });
  const keys = await startDatabase({
    settings,
    migrations: migrations('keyring', [
      {
        number: 1_766_400_000_000,
        name: 'keyring',
        statements: [keyringTables, tenantFunctions, forgettingFunctions, keyringGrants({ service: 'lethe_service' })],
      },
    ]),
  });
  const opener = { ...keys.addresses.login, user: `${keys.addresses.login.user}_quarantine`, password: 'quarantine' };
  await keys.admin.transaction(async (sql) => {
    await sql.query(`create role ${opener.user} login password '${opener.password}'`);
    await sql.query(`grant connect on database ${opener.database} to ${opener.user}`);
    await sql.query(keyringGrants({ service: 'lethe_service', quarantine: opener.user }));
  });
  const quarantine = await TypeOrmDatabase.open(opener, { poolSize: 2 });
  const lines: string[] = [];
  const pool = new pg.Pool({ ...data.addresses.login, max: 4 });
  pool.on('error', () => undefined);
  const secrets = new Map(STATED.map((service) => [service, makeSigningKey(service)]));
  const services = STATED.map((service) => publicEntryOf(secrets.get(service)!, service));
  let shift = 0;
  const now = () => new Date(Date.now() + shift);
  const callersOf = (service: Service) =>
    new KeyedCallers({ service, signingKey: privateKeyOf(secrets.get(service)!), services, issuers: [], now });
  const root = await FileRoot.open(join(folder, 'root'), { create: true });
  const log = new MemoryEventLog({ slots: SLOTS });
  const config: ServiceConfig = {
    service: 'collection',
    mode: 'development',
    slots: SLOTS,
    secretsFolder: join(folder, 'secrets'),
    keysFolder: join(folder, 'keys'),
    ledgerFolder: join(folder, 'ledger'),
    marksFolder: join(folder, 'marks'),
    region: 'CN',
  };
  const peers = new TestPeers();
  peers.answer(http.KeepCells, () => ({ entry: nextEntry() }));
  const numbers = new Map<string, number>();

  const open = async () => {
    const keyring = await Keyring.open({
      database: keys.database,
      quarantine,
      root,
      slots: [join(folder, 'slot-a'), join(folder, 'slot-b')],
      pollEvery: 50,
    });
    let service: CollectionService | undefined;
    const running = await RunningService.open(
      {
        ...collection,
        open: async (context) => {
          service = CollectionService.open(context);
          return {
            module: { module: class {} },
            routes: service.routes(),
            start: () => service!.clock.start(),
            stop: () => service!.clock.stop(),
          };
        },
      },
      {
        config,
        database: data.database,
        owner: data.addresses.owner,
        pool,
        log: around(log),
        callers: callersOf('collection'),
        peers,
        keyring,
        policies: POLICIES,
        backups: new FolderPlace({ backups: join(folder, 'backups'), isolation: join(folder, 'isolation') }),
        now,
        logger: createLogger('collection', { write: (line: string) => void lines.push(line) }),
        metrics: new PrometheusMetrics().of('collection'),
      },
    );
    await running.start();
    return { keyring, running, service: service! };
  };
  let present = await open();

  const deliver = async <Definition extends EventDefinition>(
    definition: Definition,
    slot: number,
    event: Envelope<Definition>,
  ): Promise<number> => {
    const key = `${definition.topic}/${slot}`;
    const number = (numbers.get(key) ?? 0) + 1;
    numbers.set(key, number);
    await log.append(definition.topic, slot, [
      { number, incarnation: 'test', id: event.id, value: JSON.stringify(event) },
    ]);
    return number;
  };
  const passed = async (topic: string, slot: number, number: number, how: 'applied' | 'refused'): Promise<void> => {
    const { consumer } = present.running;
    const done =
      how === 'applied'
        ? () => consumer.applied(topic, slot, number, 1_000)
        : async () => (await consumer.position(topic, slot)) >= number;
    await eventually(done, { what: () => `${how}: ${topic} ${slot} ${number}; ${lines.slice(-3).join('\n')}` });
  };

  const ending: (() => void)[] = [];
  const bench: Bench = {
    data,
    keys,
    log,
    lines,
    folder,
    peers,
    silent: false,
    get service() {
      return present.service;
    },
    get running() {
      return present.running;
    },
    get keyring() {
      return present.keyring;
    },
    again: async () => {
      await present.running.stop().catch(() => undefined);
      await present.keyring.close().catch(() => undefined);
      present = await open();
    },
    advance: (milliseconds) => {
      shift += milliseconds;
    },
    beat: async () => {
      for (let slot = 0; slot < SLOTS; slot += 1) {
        const event = makeEvent(events.HeartbeatV1, { id: newId(), time: now(), tenant: 'lethe' }, { beat: 1 });
        await passed(events.HeartbeatV1.topic, slot, await deliver(events.HeartbeatV1, slot, event), 'applied');
      }
    },
    tenant: async (name, startAt) => {
      const tenant = new Tenant(tenantId(name), bench, { now, callersOf, deliver, passed });
      await tenant.open(startAt);
      return tenant;
    },
    stop: async () => {
      for (const end of ending) end();
      await present.running.stop();
      await present.keyring.close();
      await pool.end();
      await quarantine.close();
      await data.stop();
      await keys.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await bench.beat();
  /* As often as consent does it, so that a slow machine does not end the lease in the middle of a test. */
  const pulse = setInterval(() => {
    if (!bench.silent) void bench.beat().catch(() => undefined);
  }, 5_000);
  ending.push(() => clearInterval(pulse));
  return bench;
}

interface Hands {
  now(): Date;
  callersOf(service: Service): KeyedCallers;
  deliver<Definition extends EventDefinition>(
    definition: Definition,
    slot: number,
    event: Envelope<Definition>,
  ): Promise<number>;
  passed(topic: string, slot: number, number: number, how: 'applied' | 'refused'): Promise<void>;
}

/** One tenant of a bench, under Damai's pack, and the voices of the other services about it. */
export class Tenant {
  private keyCount = 0;
  private offsetMs = 0;
  constructor(
    readonly id: TenantId,
    private readonly bench: Bench,
    private readonly hands: Hands,
  ) {}

  async open(startAt?: string): Promise<void> {
    const known = new KnownTenants({
      database: this.bench.data.database,
      mode: 'development',
      now: () => this.hands.now(),
    });
    const { version, digest } = new FolderPackShelf(POLICIES, known, this.bench.data.database).named('damai');
    for (let slot = 0; slot < SLOTS; slot += 1)
      await this.hear(
        events.TenantOpenedV1,
        { slot },
        { pack: 'damai', packVersion: version, packDigest: digest, movableClock: true },
      );
    if (startAt !== undefined) await this.moveTo(startAt);
  }

  async moveTo(instant: string): Promise<void> {
    this.offsetMs = Date.parse(instant) - this.hands.now().getTime();
    for (let slot = 0; slot < SLOTS; slot += 1)
      await this.hear(events.ClockMovedV1, { slot }, { offsetMs: this.offsetMs });
  }

  /** The version in force, with what earlier ones let in. */
  law(): Promise<Pack> {
    return this.bench.running.context.packs.pack(this.id);
  }

  get legalNow(): Date {
    return new Date(this.hands.now().getTime() + this.offsetMs);
  }

  /** Makes the event as its own service would, signs it if it is an order, and waits until it has been applied. */
  async hear<Definition extends EventDefinition>(
    definition: Definition,
    about: { subject?: string; slot?: number; id?: string; signedBy?: Service; refused?: boolean },
    data: EventInput<Definition>,
  ): Promise<Envelope<Definition>> {
    const made = makeEvent(
      definition,
      { id: about.id ?? newId(), time: this.hands.now(), tenant: this.id, subject: about.subject },
      data,
    );
    const signature = definition.signed
      ? await this.hands.callersOf(about.signedBy ?? definition.service).signEvent(made)
      : undefined;
    const event = signature === undefined ? made : { ...made, signature };
    const slot = about.slot ?? slotOf(subjectRef(about.subject!), SLOTS);
    const number = await this.hands.deliver(definition, slot, event);
    await this.hands.passed(definition.topic, slot, number, about.refused === true ? 'refused' : 'applied');
    return event;
  }

  /** Applies events as one batch of a slot, in one transaction. */
  async hearTogether<Definition extends EventDefinition>(
    definition: Definition,
    heard: readonly { readonly subject: SubjectRef; readonly data: EventInput<Definition> }[],
  ): Promise<void> {
    const batch = heard.map(({ subject, data }) =>
      makeEvent(definition, { id: newId(), time: this.hands.now(), tenant: this.id, subject }, data),
    );
    const routes = this.bench.service.routes().filter((route) => route.definition.type === definition.type);
    const place = {
      topic: definition.topic,
      slot: 0,
      incarnation: 'together',
      numbers: batch.map((_, nth) => nth + 1),
    };
    await this.bench.running.context.database.within(this.id, async (sql) => {
      for (const route of routes) await route.apply(sql, batch, place);
    });
  }

  async person(userId: string): Promise<SubjectRef> {
    return (await this.bench.service.names.subjectOf(this.id, userId)).subject;
  }
  async matter(subject: SubjectRef, kind: string, platformId: string): Promise<MatterId> {
    return (await this.bench.service.names.matterOf(this.id, { subject, kind, platformId })).matter;
  }

  /** Submits; what a test is about is said, the rest is made up. */
  async collect(
    ...submissions: (Partial<http.Submission> & {
      subject: SubjectRef;
      purpose: string;
      fields: http.Submission['fields'];
    })[]
  ) {
    const full = submissions.map((each): http.Submission => ({
      idempotencyKey: `key-${this.id}-${(this.keyCount += 1)}`,
      declarations: [],
      region: 'CN',
      others: [],
      ...each,
    }));
    return this.bench.service.intake.collect(this.id, full, await this.bench.service.moment(this.id));
  }

  async consent(
    subject: SubjectRef,
    purpose: string,
    version: number,
    state: 'given' | 'refused' | 'withdrawn' = 'given',
    level: 'explicit' | 'separate' | 'opt-in' = 'explicit',
  ) {
    return this.hear(
      events.ConsentChangedV1,
      { subject },
      { consent: newId(), version, purpose, state, level, notice: '2020-11-18', at: this.legalNow.toISOString() },
    );
  }

  async openFields(purpose: string, subject: SubjectRef, parts?: string[]) {
    return this.bench.service.opening.open(
      this.id,
      'test#backend',
      { purpose, subject, parts: parts as never, fields: undefined },
      await this.bench.service.moment(this.id),
    );
  }

  async gate(subject: SubjectRef, purpose: string) {
    const [answer] = await this.bench.service.gate.mayUse(
      this.id,
      [{ subject, purpose, fields: [], kind: 'use' }],
      await this.bench.service.moment(this.id),
    );
    return answer!;
  }

  async dispose(
    partClass: string,
    day: string,
    method: 'delete' | 'anonymize',
    about: { order?: string; entry?: number } = {},
  ) {
    const order = about.order ?? newId();
    const data = {
      entry: about.entry ?? nextEntry(),
      order,
      class: partClass,
      day,
      method,
      at: this.hands.now().toISOString(),
    };
    await this.hear(events.DisposalRecordedV1, { slot: 0 }, data);
    await this.bench.service.background.quiet();
    return order;
  }

  async shred(
    subject: SubjectRef,
    compartments: string[],
    about: { cause?: 'erased' | 'withdrawn'; erasure?: string; consentVersion?: number; entry?: number } = {},
  ) {
    const entry = about.entry ?? nextEntry();
    await this.hear(
      events.ShredOrderedV1,
      { subject },
      {
        entry,
        cause: about.cause ?? 'erased',
        compartments,
        erasure: about.erasure,
        consentVersion: about.consentVersion,
        at: this.hands.now().toISOString(),
      },
    );
    await this.bench.service.background.quiet();
    return entry;
  }

  /** What collection has announced of one kind, oldest first. */
  async announced<Definition extends EventDefinition>(definition: Definition): Promise<Envelope<Definition>[]> {
    const rows = await this.bench.data.admin.transaction((sql) =>
      sql.query<{ value: string }>('select value from outbox where tenant = $1 order by id', [this.id]),
    );
    return rows
      .map((row) => JSON.parse(row.value) as Envelope<Definition>)
      .filter((event) => event.type === definition.type);
  }

  async count(table: string, where = 'true'): Promise<number> {
    const [row] = await this.bench.data.admin.transaction((sql) =>
      sql.query<{ n: number }>(`select count(*)::int as n from ${table} where tenant = $1 and ${where}`, [this.id]),
    );
    return row!.n;
  }
}

let entries = 0;
export const nextEntry = (): number => (entries += 1);
export { newRef };

/** What a platform knows of an order that ends in a visit. */
export const orderFields = (number: string) => ({
  'order-number': number,
  'event-name': 'a night',
  'event-day': '2027-02-01',
  'order-amount': 100,
  genre: 'concert',
  'event-city': '北京',
  'ticket-price': 380,
  'sales-channel': 'app',
});
