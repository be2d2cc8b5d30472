import { afterAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import {
  bootstrap,
  EmbeddedPostgres,
  parkedRoute,
  recoverRoute,
  recoveryCrash,
  recoveryRoute,
  type RecoveryPoint,
  type Running,
} from '@lethe/platform';
import pg from 'pg';
import { Instance } from './demo/instance.ts';
import { installationOf } from './installation.ts';
import { SERVICES } from './services.ts';

const NAMES = ['consent', 'collection', 'retention', 'erasure'] as const;
const POINTS: readonly RecoveryPoint[] = ['replayed', 'said', 'settled', 'begun'];
const TENANT = 'restored';
const at = '2026-03-02T02:00:00.000Z';

/** A part that was acknowledged, and in which round. */
interface Acknowledged {
  readonly part: string;
  readonly record: string;
  readonly subject: SubjectRef;
  readonly round: number;
}

/** Lethe as `npm start` runs it, people who use it, and everything that was acknowledged to them. */
class Life {
  readonly home = join(mkdtempSync(join(tmpdir(), 'lethe-recovery-')), 'home');
  readonly acknowledged: Acknowledged[] = [];
  readonly erased = new Map<SubjectRef, number>();
  readonly withdrawn = new Map<SubjectRef, number>();
  readonly people: SubjectRef[] = [];
  running: Running | undefined;
  instance!: Instance;
  #key = 0;

  async start(): Promise<void> {
    this.running = await bootstrap(SERVICES, {
      ...installationOf({ LETHE_HOME: this.home, LETHE_PORT: '0' }),
      volatile: true,
    });
    this.instance = new Instance(this.running.url, TENANT);
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }

  get data(): string {
    return join(this.home, 'data');
  }

  /** One round of a platform's life: everybody browses, one agrees and withdraws, one is forgotten, all side by side. */
  async round(round: number): Promise<void> {
    const platform = this.instance.platform();
    for (let n = 0; n < 6; n += 1) this.people.push(await platform.subject(`person-${String(round)}-${String(n)}`));
    // People of the round before: whoever is put back to it knew them as they were.
    const [agrees, goes] = round === 1 ? this.people.slice(-2) : this.people.slice(-12, -10);
    const taken = await platform.consent(
      this.people.slice(-6).map((subject) => {
        return { subject, purpose: 'personalized-display', state: 'given', level: 'opt-in', notice: '2020-11-18', at };
      }),
    );
    expect(taken.map(({ outcome }) => outcome)).toEqual(Array(6).fill('recorded'));
    const living = this.people.filter((subject) => !this.erased.has(subject));
    const traffic = living.map((subject) => this.browse(subject, round));
    await Promise.all([...traffic, this.withdraw(agrees!, round), this.forget(goes!, round)]);
  }

  async browse(subject: SubjectRef, round: number): Promise<void> {
    this.#key += 1;
    const [answer] = await this.instance.platform().collect([
      {
        idempotencyKey: `recovery-${String(this.#key)}`,
        subject,
        purpose: 'display-and-logs',
        collectedAt: at,
        channel: 'app',
        fields: { 'viewed-content': `演唱会 ${String(this.#key)}`, 'ip-address': '10.24.31.7' },
      },
    ]);
    // Whoever is being forgotten meanwhile is refused.
    if (answer?.outcome !== 'admitted') return;
    for (const { part } of answer.parts) this.acknowledged.push({ part, record: answer.record, subject, round });
  }

  async withdraw(subject: SubjectRef, round: number): Promise<void> {
    const [outcome] = await this.instance
      .platform()
      .consent([{ subject, purpose: 'personalized-display', state: 'withdrawn', at }]);
    expect(outcome?.outcome).toMatch(/effective|accepted/);
    await this.#inLedger('withdrawn', subject);
    this.withdrawn.set(subject, round);
  }

  /** Its file says so: durable, whatever happens to any database. */
  async #inLedger(kind: string, subject: SubjectRef): Promise<void> {
    const folder = join(this.home, 'ledger', 'ledger');
    const has = (): boolean =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.jsonl'))
        .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
        .some((line) => line.includes(`"kind":"${kind}"`) && line.includes(subject));
    for (const end = Date.now() + 120_000; !has(); await new Promise((resolve) => setTimeout(resolve, 20)))
      if (Date.now() > end) throw new Error('the ledger has not been told in 30 s');
  }

  async forget(subject: SubjectRef, round: number): Promise<void> {
    const platform = this.instance.platform();
    const { request } = await platform.askErasure({
      subject,
      kind: 'erasure',
      identity: { method: 'login-and-code', verifiedAt: at },
      idempotencyKey: `forget-${subject}`,
    });
    const { state } = await platform.request(request, 'certified', 30_000);
    expect(state).toMatch(/certified|final/);
    this.erased.set(subject, round);
  }

  /** Parts that the platform can read now. */
  async readable(): Promise<Set<string>> {
    const found = new Set<string>();
    for (const subject of this.people) {
      const opened = await this.instance
        .platform()
        .open({ subject, purpose: 'display-and-logs' })
        .catch(() => undefined);
      for (const { part } of opened?.opened ?? []) found.add(part);
    }
    return found;
  }

  ready(): Promise<{ status: string; services: Record<string, { ready: boolean }> }> {
    return fetch(`${this.running!.url}/health/ready`).then(
      (answer) => answer.json() as Promise<{ status: string; services: Record<string, { ready: boolean }> }>,
    );
  }

  recover(service: (typeof NAMES)[number], who: string) {
    return this.instance.ask('operator', recoverRoute(service), {}, who);
  }

  async lost(service: (typeof NAMES)[number]) {
    const { report, list } = await this.instance.ask('operator', recoveryRoute(service));
    return { report, list };
  }

  /** As the administrator, on a server nobody else has started. */
  async offline(statements: readonly string[], database?: string): Promise<void> {
    const password = readFileSync(join(this.home, 'secrets', 'data-admin-password'), 'utf8').trim();
    const server = await EmbeddedPostgres.start({ folder: this.data, password, volatile: true });
    const client = new pg.Client({ ...server.admin, ...(database === undefined ? {} : { database }) });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
    await server.stop();
  }
}

const lives: Life[] = [];
async function begun(): Promise<Life> {
  const life = new Life();
  lives.push(life);
  await life.start();
  await life.instance.open('damai', new Date(at));
  return life;
}
afterAll(async () => {
  recoveryCrash.strike = undefined;
  for (const life of lives) {
    await life.stop();
    rmSync(join(life.home, '..'), { recursive: true, force: true });
  }
});

/** Of age `rounds - back`: a copy of what must be put back, made while Lethe stood still. */
const copy = (life: Life, name: string) =>
  expect(spawnSync('cp', ['-a', life.data, join(life.home, name)]).status).toBe(0);

describe('a database that was put back is recovered', () => {
  // Ages by chance, and the same whenever the test runs.
  test.each([
    { back: 1, rounds: 3 },
    { back: 2, rounds: 3 },
  ])(
    'the whole data directory, $back rounds old',
    async ({ back, rounds }) => {
      const life = await begun();
      for (let round = 1; round <= rounds; round += 1) {
        await life.round(round);
        if (round !== rounds - back) continue;
        await life.stop();
        copy(life, 'older');
        await life.start();
      }
      const before = await life.readable();
      await life.stop();
      renameSync(life.data, join(life.home, 'newer'));
      renameSync(join(life.home, 'older'), life.data);
      await life.start();
      expect((await life.ready()).status).toBe('not-ready');
      await expect(
        life.instance.platform().open({ subject: life.people[0]!, purpose: 'display-and-logs' }),
      ).rejects.toMatchObject({
        code: 'platform/rolled-back',
      });

      for (const service of NAMES) {
        expect((await life.recover(service, 'one')).state).toBe('proposed');
        expect((await life.recover(service, 'one')).state).toBe('proposed');
        expect((await life.recover(service, 'two')).state).toBe('recovered');
      }
      expect((await life.ready()).status).toBe('ready');

      const readable = await life.readable();
      const age = rounds - back;
      for (const { part, subject, round } of life.acknowledged) {
        // Nobody who was forgotten is readable, whenever that was; whatever else was acknowledged by then is.
        if (life.erased.has(subject)) expect(readable.has(part)).toBe(false);
        else if (round <= age) expect(readable.has(part)).toBe(before.has(part));
      }
      // The log was put back, too: what was told meanwhile is listed as the numbers that are missing.
      const { report, list } = await life.lost('collection');
      expect(report?.lost).toBe(list.length);
      expect(list.some(({ topic, first, last }) => topic === 'lethe.collection' && last! >= first!)).toBe(true);
      // A withdrawal outlives its own service.
      for (const subject of life.withdrawn.keys()) {
        const [may] = await life.instance
          .platform()
          .mayUse([{ subject, purpose: 'personalized-display', kind: 'collect' }]);
        expect(may?.may).toBe(false);
      }
      await life.round(rounds + 1);
      expect([...(await life.readable())].length).toBeGreaterThan(readable.size);
      await life.stop();
      // And it is no alarm the next time.
      await life.start();
      expect((await life.ready()).status).toBe('ready');
      await life.stop();
    },
    180_000,
  );

  test('collection alone, though it is killed after every step', async () => {
    const life = await begun();
    await life.round(1);
    await life.stop();
    await life.offline(['create database lethe_older template lethe_collection owner lethe_collection_owner']);
    await life.start();
    await life.round(2);
    const before = await life.readable();
    await life.stop();
    await life.offline([
      'alter database lethe_collection rename to lethe_newer',
      'alter database lethe_older rename to lethe_collection',
    ]);
    await life.start();
    expect((await life.ready()).services).toMatchObject({ collection: { ready: false }, consent: { ready: true } });
    for (const point of POINTS) {
      recoveryCrash.strike = (reached) => {
        if (reached === point) throw new Error('killed');
      };
      await life.recover('collection', 'one');
      await expect(life.recover('collection', 'two')).rejects.toThrow();
      recoveryCrash.strike = undefined;
      // A process that died there finds it as closed as before; after the last step, begun.
      await life.stop();
      await life.start();
      expect((await life.ready()).services['collection']).toMatchObject({ ready: point === 'begun' });
    }

    const readable = await life.readable();
    const { list } = await life.lost('collection');
    const lost = new Set(list.flatMap(({ part }) => (part === undefined ? [] : [part])));
    for (const { part, subject } of life.acknowledged) {
      if (life.erased.has(subject)) expect(readable.has(part)).toBe(false);
      else if (before.has(part)) expect([part, readable.has(part) || lost.has(part)]).toEqual([part, true]);
    }
    expect(lost.size).toBeGreaterThan(0);
    for (const part of lost) expect(readable.has(part)).toBe(false);
    for (const subject of life.withdrawn.keys()) {
      const [may] = await life.instance
        .platform()
        .mayUse([{ subject, purpose: 'personalized-display', kind: 'collect' }]);
      expect(may?.may).toBe(false);
    }
    // It goes on: admitted, heard by others, forgotten, certified.
    await life.round(3);
    await life.stop();
  }, 240_000);

  test('collection alone, when neither log nor outbox keeps what others told it since: each of them states it anew', async () => {
    const life = await begun();
    await life.round(1);
    const platform = life.instance.platform();
    const buyer = await platform.subject('buyer');
    const matter = await platform.matter(buyer, 'order', 'o-1');
    const [admitted] = await platform.collect([
      {
        ...{ idempotencyKey: 'recovery-order-1', subject: buyer, purpose: 'order', matter, collectedAt: at },
        fields: { 'order-number': 'N1', 'event-name': '茶馆', 'event-day': '2026-05-01', 'order-amount': 100 },
      },
    ]);
    expect(admitted?.outcome).toBe('admitted');
    await life.stop();
    await life.offline(['create database lethe_older template lethe_collection owner lethe_collection_owner']);
    await life.start();

    // What retention and erasure tell it from here on, it will not know.
    const [held, agrees, goes] = life.people;
    const { hold } = await life.instance.ask('officer', http.PlaceHold, {
      body: {
        ...{ scope: { kind: 'subject', subject: held! }, reason: 'litigation', authority: 'court' },
        reviewOn: '2026-09-01',
      },
    });
    await life.instance
      .platform()
      .anchor([{ matter, subject: buyer, anchor: 'transaction-completed', at: '2026-03-01T02:00:00.000Z' }]);
    await life.withdraw(agrees!, 1);
    await life.forget(goes!, 1);
    const holdings = (subject: SubjectRef) =>
      life.instance.ask('officer', http.Holdings, { params: { subject } }).then((answer) => answer.holdings);
    const dated = await holdings(buyer);
    expect(dated).toMatchObject([{ waiting: false }]);
    // A day comes on which everything they browsed is due: what the hold names stays.
    await life.instance.ask('operator', http.MoveClock, { body: { to: '2027-03-10T02:00:00.000Z' } });
    const browsed = async (subject: SubjectRef) =>
      (await holdings(subject)).filter(({ compartment }) => compartment === 'contract');
    const [, , , other] = life.people;
    expect(await browsed(other!)).not.toEqual([]);
    await eventually(async () => {
      await life.instance.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
      return (await browsed(other!)).length === 0;
    });
    const kept = await browsed(held!);
    expect(kept.length).toBeGreaterThan(0);
    await life.stop();

    await life.offline([
      'alter database lethe_collection rename to lethe_newer',
      'alter database lethe_older rename to lethe_collection',
    ]);
    // More than seven days pass.
    const others = `topic ~ '^lethe[.](consent|retention|erasure)'`;
    await life.offline([`delete from event_log where ${others}`], 'lethe_log');
    for (const service of ['consent', 'retention', 'erasure'])
      await life.offline([`delete from outbox where ${others}`], `lethe_${service}`);
    await life.start();
    await life.recover('collection', 'one');
    expect((await life.recover('collection', 'two')).state).toBe('recovered');

    await eventually(async () => (await holdings(held!)).every((one) => one.held === one.parts));
    await eventually(async () => (await holdings(buyer)).every(({ waiting }) => !waiting));
    expect(await holdings(buyer)).toEqual(dated);
    await eventually(async () => (await life.instance.ask('operator', parkedRoute('collection'))).stopped.length === 0);
    expect(await browsed(held!)).toEqual(kept);
    expect(await browsed(other!)).toEqual([]);
    // And what it says is heard again: the hold can be let go.
    await life.instance.ask('officer', http.ReleaseHold, { params: { hold } }, 'second');
    await eventually(async () => (await holdings(held!)).every((one) => one.held === 0));
    await eventually(async () => (await browsed(held!)).length === 0);
    await eventually(async () => {
      const shreds = await life.instance.ask('officer', http.Holdings, { params: { subject: goes! } });
      return shreds.holdings.every(({ compartment }) => compartment === 'evidence');
    });
    await life.stop();
  }, 240_000);
});

async function eventually(look: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline;) {
    if (await look()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it never became so');
}
