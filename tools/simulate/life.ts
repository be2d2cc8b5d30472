import { Readable } from 'node:stream';
import { events, type Envelope, type Route, type Service } from '@lethe/contracts';
import { Fault, type Database, type TenantId, type Transaction } from '@lethe/kernel';
import type { Connection, ConnectionSource, EventLog, LogRecord } from '@lethe/messaging';
import type { BackupPlace, Callers, PeerQuestion, Peers, ServiceContext, TypeOrmDatabase } from '@lethe/platform';
import type { Keyring } from '@lethe/sealing';
import type { z } from 'zod';
import type { Activity } from './activity.ts';
import type { Deed } from './ways.ts';

/** The process is dead: whatever it still asks for is not answered. */
export const crashed = (): Fault => new Fault('unavailable', 'simulate/crashed', 'the process has crashed');

/** A fault planted from outside, on what a service is given; no service has a switch for one. */
export interface Bug {
  /** What the wire carries instead; undefined: nothing. */
  readonly wire?: (event: Envelope) => Envelope | undefined;
  /** Under which names records are written to the log. */
  readonly records?: (topic: string, records: readonly LogRecord[]) => readonly LogRecord[];
  /** What the keyring's own cluster is said to have answered. */
  readonly cluster?: (text: string, rows: readonly Record<string, unknown>[]) => Record<string, unknown>[];
  /** What the database is asked instead. */
  readonly statement?: (service: Service, text: string) => string;
  /** What the database is said to have answered. */
  readonly rows?: (service: Service, text: string, rows: readonly unknown[], values: readonly unknown[]) => unknown[];
  /** Statements that commit by themselves, at once. */
  readonly apart?: (service: Service, text: string) => boolean;
  /** What the keyring does instead. */
  readonly keyring?: (method: string, real: () => Promise<unknown>, values: readonly unknown[]) => Promise<unknown>;
  readonly peers?: (route: Route, answer: unknown) => unknown;
  /** The point at which a crash shows it. */
  readonly crash?: string;
  /** Deeds that lead to where it shows, likelier than others. */
  readonly way?: readonly Deed[];
  /** How long its histories are, where it takes many deeds to show. */
  readonly steps?: number;
  /** What a service says about what it has applied. */
  readonly applied?: (service: string) => boolean | undefined;
}

/** What the lives of all services share. */
export interface Fate {
  readonly activity: Activity;
  bug: Bug | undefined;
  /** The crash that lies in wait: at which point, and how often it passes there before. */
  crash: { readonly point: string; left: number } | undefined;
  /** Told of each point that a service comes to, and whether it crashes there. */
  came: (point: string, crashes: boolean) => void;
  /** Of a transaction that has committed: what it says has ended. The service goes on when this is done. */
  told: (event: Envelope) => Promise<void>;
  /** The world's machine time of an instant of the servers' clock. */
  machineAt: (instant: Date) => Date;
  /** Where statements that commit by themselves are run. */
  apart: (service: Service, tenant: string | undefined, text: string, values: readonly unknown[]) => Promise<unknown[]>;
}

/** What platforms read has the tenant in its name. */
const streamOf = (topic: string): string => topic.replace(/^(lethe\.out)\..*/, '$1');

const WRITES = /\b(?:insert into|(?<!for )update|delete from) "?([a-z_0-9]+)/i;
/** What is claimed stays claimed until the transaction ends, and whoever finds it claimed does not wait. */
const CLAIMS = /\bpg_try_advisory_xact_lock\(/;
const OVER = /\bdelete from "?\w+"? where ctid = any/;
/** Of a row that goes through stages, each by a transaction of its own, the stage is known by what is set first. */
const STAGES = /\bupdate (restore) set (\w+)/i;
/** The table that a statement writes: a quarantine has its random name, and rows past their date go from any. */
const wroteTo = (text: string): string | undefined =>
  OVER.test(text)
    ? 'rows past their date'
    : (STAGES.exec(text)?.slice(1).join(' ') ??
      WRITES.exec(text)?.[1]?.replace(/^quarantine_[0-9a-f]{12}$/, 'quarantine'));

/** How events are announced: one a line in the fifth value. */
const ANNOUNCES = /^\s*insert into outbox\b/;
/** By these a service says that nobody reads something any more. */
const ENDS = [events.DisposalEffectiveV1.type, events.SubjectShreddedV1.type, events.ErasureCertifiedV1.type];
const endsIn = (announced: string): Envelope[] =>
  announced
    .split('\n')
    .filter((value) => ENDS.some((type) => value.includes(`"${type}"`)))
    .map((value) => JSON.parse(value) as Envelope);

interface Watched {
  /** The table that is written first: by it a transaction is known. */
  wrote: string | undefined;
  /** Ends that it announces. */
  readonly ends: Envelope[];
  committed: boolean;
}

/** Calls of the keyring that change it. */
export const CHANGES = new Set([
  ...['closeDay', 'destroyDayKey', 'destroySubjectKeys', 'forgetSubject', 'forgetName', 'keep', 'releaseKept'],
  ...['makeBackupKey', 'isolateBackupKey', 'destroyBackupKey', 'rotateEpoch'],
]);

/** What of the keyring has calls of its own. */
const OF_THE_KEYRING = new Set(['sealer', 'intakeKeys']);

/** One life of one service's process: the ports it is given end with it, at a named point. */
export class Life {
  readonly service: Service;
  readonly #fate: Fate;
  readonly #connections = new Set<Connection>();
  /** Sessions of the server that the crash has ended, and that may hold locks for a moment. */
  readonly sessions: number[] = [];
  dead = false;
  /** Rejects with its end. */
  readonly #end: Promise<never>;
  #ended!: (error: Fault) => void;

  constructor(service: Service, fate: Fate) {
    this.service = service;
    this.#fate = fate;
    this.#end = new Promise((_, reject) => (this.#ended = reject));
    this.#end.catch(() => undefined);
  }

  /** What it waits for is not answered any more. */
  end(): void {
    this.dead = true;
    this.#ended(crashed());
    this.#fate.activity.leave(this);
  }

  /** A point where a crash may fall. True when the process is dead. */
  reached(point: string): boolean {
    if (this.dead) return true;
    const name = `${this.service} ${point}`;
    const { crash } = this.#fate;
    const crashes = crash?.point === name && crash.left-- === 0;
    this.#fate.came(name, crashes);
    if (!crashes) return false;
    this.#fate.crash = undefined;
    this.end();
    for (const connection of this.#connections) {
      this.sessions.push((connection as unknown as { readonly processID: number }).processID);
      connection.release(true);
    }
    this.#connections.clear();
    return true;
  }

  /** @throws Fault when the process has crashed, or crashes here */
  at(point: string): void {
    if (this.reached(point)) throw crashed();
  }

  check(): void {
    if (this.dead) throw crashed();
  }

  database(real: TypeOrmDatabase): TypeOrmDatabase {
    const run = async <Result>(
      tenant: TenantId | undefined,
      work: (sql: Transaction) => Promise<Result>,
    ): Promise<Result> => {
      await this.#fate.activity.may(this);
      const watched: Watched = { wrote: undefined, ends: [], committed: false };
      const working = this.#fate.activity.turn(async (over) => {
        this.check();
        const within = async (sql: Transaction): Promise<Result> => {
          // First of all that is done after the commit: what comes later finds nobody alive, and takes turns of its own.
          sql.afterCommit(
            () => (
              over(),
              (watched.committed = true),
              void (watched.wrote !== undefined && this.reached(`after the commit of ${watched.wrote}`))
            ),
          );
          const result = await work(this.#transaction(sql, tenant, watched)).finally(() => this.#fate.activity.back());
          this.check();
          if (watched.wrote !== undefined) this.at(`before the commit of ${watched.wrote}`);
          return result;
        };
        const result = await (tenant === undefined ? real.transaction(within) : real.within(tenant, within));
        this.check();
        return result;
      });
      try {
        return await working;
      } finally {
        if (watched.committed) for (const event of watched.ends) await this.#fate.told(event);
      }
    };
    const port: Database & Pick<TypeOrmDatabase, 'snapshot' | 'close'> = {
      transaction: (work) => run(undefined, work),
      within: (tenant, work) => run(tenant, work),
      snapshot: (tenant, work) => this.#fate.activity.turn(() => (this.check(), real.snapshot(tenant, work))),
      close: () => Promise.resolve(),
    };
    return port as TypeOrmDatabase;
  }

  #transaction(sql: Transaction, tenant: string | undefined, watched: Watched): Transaction {
    let entered = tenant;
    return {
      query: async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
        this.check();
        const { bug } = this.#fate;
        watched.wrote ??= wroteTo(text);
        if (ANNOUNCES.test(text)) watched.ends.push(...endsIn(values[4] as string));
        if (CLAIMS.test(text)) this.#fate.activity.claims();
        const said = text.trimStart();
        if (bug?.apart?.(this.service, said) === true)
          return (await this.#fate.apart(this.service, entered, text, values)) as Row[];
        const rows = await sql.query<Row>(bug?.statement?.(this.service, said) ?? text, values);
        this.check();
        return (bug?.rows?.(this.service, said, rows, values) as Row[] | undefined) ?? rows;
      },
      enter: async (other) => {
        entered = other;
        await sql.enter(other);
      },
      afterCommit: (work) => sql.afterCommit(() => void (this.dead || work())),
    };
  }

  pool(real: ConnectionSource): ConnectionSource {
    return {
      connect: async () => {
        this.check();
        const connection = await this.#fate.activity.turn(() => real.connect());
        this.#connections.add(connection);
        return {
          query: (text, values) =>
            this.#fate.activity.turn(async () => {
              this.check();
              const result = await connection.query(text, values);
              this.check();
              return result;
            }),
          release: (reason) => {
            if (this.#connections.delete(connection)) connection.release(reason);
          },
          on: (event, listener) => connection.on(event, listener),
        };
      },
    };
  }

  log(real: EventLog): EventLog {
    return {
      ensureTopics: (topics) => real.ensureTopics(topics),
      append: async (topic, slot, records) => {
        this.at(`before the append to ${streamOf(topic)}`);
        const { bug } = this.#fate;
        const carried = records.flatMap((record) => {
          if (bug?.wire === undefined) return [record];
          const event = bug.wire(JSON.parse(record.value) as Envelope);
          return event === undefined ? [] : [{ ...record, value: JSON.stringify(event) }];
        });
        await real.append(topic, slot, bug?.records?.(topic, carried) ?? carried);
        this.at(`after the append to ${streamOf(topic)}`);
      },
      subscribe: (group, topics, reader) => real.subscribe(group, topics, reader),
      ends: (topic) => real.ends(topic),
      close: () => Promise.resolve(),
    };
  }

  /** What the keyring says about time is said in the world's machine time. */
  keyring(real: Keyring): Keyring {
    const call = async (
      part: object,
      method: string,
      work: (...values: unknown[]) => unknown,
      values: unknown[],
    ): Promise<unknown> => {
      await this.#fate.activity.may(this);
      return this.#fate.activity.turn(async () => {
        this.check();
        const changes = CHANGES.has(method);
        if (changes) this.at(`before ${method}`);
        const asked =
          method === 'rotateEpoch' ? [{ onStep: (step: string) => this.at(`before the step ${step}`) }] : values;
        const really = async (): Promise<unknown> => work.apply(part, asked);
        const { bug } = this.#fate;
        const result = await (bug?.keyring === undefined ? really() : bug.keyring(method, really, asked));
        if (changes) this.at(`after ${method}`);
        return inMachineTime(result, this.#fate.machineAt);
      });
    };
    const watched = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get: (target, name): unknown => {
          const value = Reflect.get(target, name, target) as unknown;
          if (typeof name !== 'string') return value;
          if (typeof value === 'function')
            return (...values: unknown[]) => call(part, name, value as (...all: unknown[]) => unknown, values);
          this.check();
          return OF_THE_KEYRING.has(name) ? watched(value as object) : value;
        },
      });
    return watched(real);
  }

  place(real: BackupPlace): BackupPlace {
    const during = <Result>(what: string, work: () => Promise<Result>): Promise<Result> =>
      this.#fate.activity.outside(async () => {
        this.check();
        const result = await work();
        try {
          this.at(`after the file was ${what}`);
        } catch (error) {
          // Nobody is left to read it.
          if (result instanceof Readable) result.destroy();
          throw error;
        }
        return result;
      });
    return {
      write: (part, content) => during('written', () => real.write(part, content)),
      read: (part) => during('read', () => real.read(part)),
      isolate: (tenant, backup) => during('isolated', () => real.isolate(tenant, backup)),
      remove: (tenant, backup) => during('removed', () => real.remove(tenant, backup)),
    };
  }

  /** A backup is unpacked beside everything else. */
  quarantine(real: ServiceContext['quarantine']): ServiceContext['quarantine'] {
    const { activity } = this.#fate;
    return async (...about) => {
      await activity.may(this);
      this.check();
      const opened = await activity.outside(() => real(...about));
      try {
        this.at('after the backup was unpacked');
      } catch (error) {
        // Nobody is left to use it.
        await activity.outside(() => opened.drop());
        throw error;
      }
      return { ...opened, drop: () => activity.outside(() => opened.drop()) };
    };
  }

  callers(real: Callers): Callers {
    return new Proxy(real, {
      get: (target, name): unknown => {
        const value = Reflect.get(target, name, target) as (...values: unknown[]) => Promise<unknown>;
        return (...values: unknown[]) => this.#fate.activity.outside(() => value.apply(target, values));
      },
    });
  }

  peers(answer: (route: Route, question: PeerQuestion<Route>) => Promise<unknown>, applied: Peers['applied']): Peers {
    return {
      ask: async <Definition extends Route>(route: Definition, question: PeerQuestion<Definition>) => {
        this.check();
        const said = await Promise.race([answer(route, question as PeerQuestion<Route>), this.#end]);
        this.check();
        return route.answer.parse(this.#fate.bug?.peers?.(route, said) ?? said) as z.output<Definition['answer']>;
      },
      applied: async (service, question) => {
        this.check();
        const said = this.#fate.bug?.applied?.(service) ?? (await applied(service, question));
        return !this.dead && said;
      },
    };
  }
}

/** The same, its instants by another clock. */
const inMachineTime = (value: unknown, machineAt: (instant: Date) => Date): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return machineAt(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inMachineTime(each, machineAt)]));
};
