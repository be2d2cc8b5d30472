import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubjectRef } from '@lethe/kernel';
import { bootstrap, EmbeddedPostgres, recoverRoute, recoveryRoute, type Running } from '@lethe/platform';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import pg from 'pg';
import { Instance } from './demo/instance.ts';
import { installationOf } from './installation.ts';
import { SERVICES } from './services.ts';

/** In the order in which they are recovered. */
export const NAMES = ['consent', 'collection', 'retention', 'erasure'] as const;
const TENANT = 'restored';
/** When everything begins; legal time. */
export const at = '2026-03-02T02:00:00.000Z';

/** A part that was acknowledged, and in which round. */
interface Acknowledged {
  readonly part: string;
  readonly record: string;
  readonly subject: SubjectRef;
  readonly round: number;
}

/** Lethe as `npm start` runs it, people who use it, and everything that was acknowledged to them. */
export class Life {
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
      ...installationOf({ LETHE_HOME: this.home, LETHE_PORT: '0', LETHE_REGION: 'CN' }),
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
    const linesOf = (name: string): string[] => readFileSync(join(folder, name), 'utf8').split('\n');
    // An entry's ref lies beside it, in the slot of its number.
    const has = (): boolean =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.jsonl'))
        .some((name) => {
          const refs = linesOf(name.replace('.jsonl', '.refs'));
          return linesOf(name).some((line, nth) => line.includes(`"kind":"${kind}"`) && refs[nth]?.includes(subject));
        });
    await eventually(has, { ...WHOLE_LETHE, what: `${kind} in the ledger` });
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

  recover(service: (typeof NAMES)[number], who: string, waitMs = 30_000) {
    return this.instance.ask('operator', recoverRoute(service), { query: { waitMs } }, who);
  }

  async lost(service: (typeof NAMES)[number]) {
    const { report, list } = await this.instance.ask('operator', recoveryRoute(service));
    return { report, list };
  }

  /** Keeps a copy of a service's database as it is now. Lethe is stopped. */
  keepOlder(service: (typeof NAMES)[number]): Promise<void> {
    return this.offline([`create database lethe_older template lethe_${service} owner lethe_${service}_owner`]);
  }

  /** That copy in the place of the database. Lethe is stopped. */
  putBackOlder(service: (typeof NAMES)[number]): Promise<void> {
    return this.offline([
      `alter database lethe_${service} rename to lethe_newer`,
      `alter database lethe_older rename to lethe_${service}`,
    ]);
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
/** A Lethe with its tenant, under Damai's pack unless said. Stopped and removed after the tests of the file. */
export async function begun(pack = 'damai'): Promise<Life> {
  const life = new Life();
  lives.push(life);
  await life.start();
  await life.instance.open(pack, new Date(at));
  return life;
}
export async function ended(): Promise<void> {
  for (const life of lives) {
    await life.stop();
    rmSync(join(life.home, '..'), { recursive: true, force: true });
  }
}

/** What must be put back: a copy made while Lethe stands still. */
export const copy = (life: Life, name: string) =>
  expect(spawnSync('cp', ['-a', life.data, join(life.home, name)]).status).toBe(0);
