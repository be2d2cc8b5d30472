import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import { http } from '@lethe/contracts';
import { tenantId, type SubjectRef, type TenantId } from '@lethe/kernel';
import { canonical, verifyCertificate } from '@lethe/ledger';
import { cellsOf, type CellRow } from './adversary.ts';
import { misheard, quiet, unbalanced } from './books.ts';
import { Cluster, type ServiceName } from './cluster.ts';
import { Doors } from './doors.ts';
import { DueDays } from './due-days.ts';
import { eventually } from './eventually.ts';
import { askErasure, certificateOf, inVault } from './leaking.ts';
import { LivingKeys, type Ciphertext } from './living-keys.ts';
import { peopleOf, preference, registration, signIn } from './people.ts';

jest.setTimeout(900_000);

const START = '2026-03-02T04:00:00.000Z';
/** Six months and a day later: the cohort has gone first. */
const ALL_DUE = '2026-09-03T04:00:00.000Z';
const DAY_MS = 86_400_000;
/** Days of sign-ins, and people whose preferences are one cohort: more than k, also without who is held. */
const [DAYS, CROWD] = [3, 24];

const folder = mkdtempSync(join(tmpdir(), 'lethe-killed-fleet-'));
let lives: readonly Life[] = [];
const anonymized = new Map<TenantId, readonly CellRow[]>();
let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start(folder);
  lives = await Promise.all(BLOWS.map((_, nth) => Life.begin(`life-${String(nth)}`)));
});
afterAll(async () => {
  await Promise.all(lives.map(({ platform }) => platform.close()));
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const at = (day: number): string => new Date(Date.parse(START) - day * DAY_MS).toISOString();

/** A tenant on the eve of its disposals, with one more person who will ask to be forgotten in the middle of them. */
class Life {
  private constructor(
    readonly tenant: TenantId,
    readonly doors: Doors,
    readonly platform: Lethe,
    readonly due: DueDays,
    readonly held: SubjectRef,
    readonly leaving: SubjectRef,
    readonly sealed: readonly Ciphertext[],
  ) {}

  static async begin(name: string): Promise<Life> {
    const tenant = tenantId(name);
    const doors = new Doors(cluster.addresses, tenant);
    await doors.open(START);
    const platform = doors.client({ participant: 'archive', classes: ['security-logs', 'personalization'] });
    await platform.onErasure(() => Promise.resolve({ found: 1, deleted: 1, rescan: 0 }));
    const crowd = await peopleOf(platform, 'crowd', CROWD);
    const [held, leaving] = [crowd[0]!, await platform.subject('leaving')];
    const notice = (await doors.askUntil('backend', http.CurrentNotice)).version;
    const agreed = { purpose: 'personalized-display', state: 'given', level: 'opt-in', notice, at: at(DAYS) } as const;
    const outcomes = await platform.consent(crowd.map((subject) => ({ subject, ...agreed })));
    expect(outcomes.filter(({ outcome }) => outcome === 'refused')).toEqual([]);
    const due = new DueDays(doors, platform, held);
    await due.collect([
      ...crowd.map((subject) => preference(subject, at(DAYS))),
      ...Array.from({ length: DAYS }, (_, day) => signIn(crowd[1]!, at(day))),
      ...[0, DAYS - 1].map((day) => signIn(held, at(day))),
    ]);
    await due.holdAndListen();
    const account = await platform.matter(leaving, 'account', 'account');
    const [answer] = await platform.collect([registration(leaving, account, notice, START)]);
    expect(answer?.outcome).toBe('admitted');
    const sealed = await inVault(cluster.data, tenant, [...crowd, leaving]);
    return new Life(tenant, doors, platform, due, held, leaving, sealed);
  }

  /** Orders what is due, and the one erasure with it. */
  async order(): Promise<string> {
    const request = await askErasure(this.platform, this.leaving, ALL_DUE);
    await this.due.order();
    return request;
  }

  /** How far collection is with the day of the cohort, which comes first. */
  async cohort(): Promise<string | undefined> {
    const rows = await cluster.data.rows<{ state: string }>(
      'lethe_collection',
      `select state from disposal where tenant = $1 and class = 'personalization'`,
      [this.tenant],
    );
    return rows[0]?.state;
  }

  dayKeys(): Promise<{ class: string; day: string; state: string; wrapped: Buffer | null }[]> {
    return cluster.keys.rows(
      'lethe_keyring',
      'select class, day, state, wrapped from keyring.day_key where tenant = $1 and class = any($2) order by class, day',
      [this.tenant, this.due.days.map((day) => day.class)],
    );
  }

  async ordered(): Promise<number> {
    const rows = await cluster.data.rows('lethe_retention', 'select 1 from disposal_order where tenant = $1', [
      this.tenant,
    ]);
    return rows.length;
  }

  async answers(): Promise<number> {
    const rows = await cluster.data.rows(
      'lethe_retention',
      'select 1 from disposal_participant where tenant = $1 and acked_at is not null',
      [this.tenant],
    );
    return rows.length;
  }
}

const kill = (...services: readonly ServiceName[]) =>
  Promise.all(services.map((name) => cluster.services[name].kill()));
const start = (...services: readonly ServiceName[]) =>
  Promise.all(services.map((name) => cluster.services[name].start()));

/** Starts a service anew that ends at this point, orders what is due, and resolves when it has ended there. */
async function orderAndKillAt(life: Life, service: ServiceName, point: string): Promise<string> {
  const process = cluster.services[service];
  await process.stop();
  await process.start(point);
  const [request, killed] = await Promise.all([life.order(), process.killed()]);
  expect(killed).toBe(true);
  return request;
}

const BLOWS: readonly { what: string; strike: (life: Life) => Promise<string> }[] = [
  {
    what: 'collection at a fold, collection again at a dead day key, and with it retention, whose orders no store has answered, and erasure',
    strike: async (life) => {
      const { collection } = cluster.services;
      const speak = life.due.silence();
      const request = await orderAndKillAt(life, 'collection', 'collection.disposal.folded');
      expect(await life.cohort()).toBe('folded');
      const cells = await cellsOf(cluster.data, life.tenant);
      expect(cells).toHaveLength(1);
      await collection.launch('collection.disposal.key-dead');
      expect(await collection.killed()).toBe(true);
      await kill('retention', 'erasure');
      speak();
      expect([await life.ordered(), await life.answers()]).toEqual([life.due.days.length, 0]);
      expect(await life.cohort()).toBe('folded');
      expect((await life.dayKeys())[0]).toMatchObject({ class: 'personalization', state: 'dead', wrapped: null });
      await start('collection', 'retention', 'erasure');
      expect(await cellsOf(cluster.data, life.tenant)).toEqual(cells);
      return request;
    },
  },
  {
    what: 'erasure with the ledger written and nobody told, then the broker and collection',
    strike: async (life) => {
      const request = await orderAndKillAt(life, 'erasure', 'erasure.disposal.written');
      await Promise.all([cluster.kafka.kill(), kill('collection')]);
      expect(await life.cohort()).toBeUndefined();
      await Promise.all([start('erasure', 'collection'), cluster.kafka.restart()]);
      return request;
    },
  },
  {
    what: 'retention, while the broker hangs and its orders wait to be told',
    strike: async (life) => {
      const request = await askErasure(life.platform, life.leaving, ALL_DUE);
      await cluster.kafka.pause();
      try {
        await life.due.order();
        await eventually('all is ordered', async () => (await life.ordered()) === life.due.days.length);
        await kill('retention');
        expect(await life.cohort()).toBeUndefined();
      } finally {
        await cluster.kafka.resume();
      }
      await start('retention');
      return request;
    },
  },
  {
    what: 'one of two retentions, both of which were told to sweep in the same moments',
    strike: async (life) => {
      const request = await askErasure(life.platform, life.leaving, ALL_DUE);
      const replica = await cluster.replica('retention');
      const beside = new Doors({ ...cluster.addresses, retention: replica.url }, life.tenant);
      await Promise.all([replica.start(), life.due.order()]);
      const sweep = () => beside.ask('operator', http.Sweep, { body: { waitMs: 0 } });
      await Promise.all([sweep(), life.due.order(), sweep(), life.due.order()]);
      await kill('retention');
      await eventually('the other goes on alone', async () => {
        const { outstanding } = await beside.ask('operator', http.Sweep, { body: { waitMs: 10_000 } });
        return outstanding === 0;
      });
      await start('retention');
      return request;
    },
  },
];

test.each(BLOWS.map((blow, nth) => ({ ...blow, nth })))(
  '$what: killed on a real broker and started again, each day is ordered, recorded and answered for once, and can be read no more (I4, I14, I15)',
  async ({ nth, strike }) => {
    const life = lives[nth]!;
    const { tenant, doors, platform, due, held } = life;
    // Not before: whichever retention is started sweeps at once.
    await doors.moveTo(ALL_DUE);
    await eventually('retention has heard which day it is', async () => {
      const { orders } = await doors.ask('operator', http.NextSweep);
      return orders.length === due.days.length;
    });
    const request = await strike(life);
    const folded = await cellsOf(cluster.data, tenant);

    await due.untilCarriedOut();
    const certificate = await certificateOf(platform, request);
    await quiet(cluster.data);
    await due.expectOnce(cluster.data);
    const { keys } = await doors.ask('auditor', http.LedgerKeys);
    expect(verifyCertificate(canonical(await platform.certificate(certificate)), { keys })).toMatchObject({ ok: true });

    const cells = await cellsOf(cluster.data, tenant);
    expect(cells.map(({ people }) => people)).toEqual([CROWD - 1]);
    // What stood after the blow stands.
    expect(cells).toEqual(expect.arrayContaining([...folded]));
    anonymized.set(tenant, cells);
    const living = await LivingKeys.of(tenant, cluster.keys, cluster.home);
    const opens = life.sealed.filter((one) => living.opens(one) !== undefined);
    expect(opens.map(({ subject }) => subject)).toEqual([held, held, held]);

    const dead = await life.dayKeys();
    expect(dead).toEqual(due.days.map(({ class: of, day }) => ({ class: of, day, state: 'dead', wrapped: null })));
    const [late] = await platform.collect([signIn(held, at(0))]);
    expect(late).toMatchObject({ outcome: 'refused', refusal: { code: 'already-due' } });
    expect(await life.dayKeys()).toEqual(dead);
  },
);

test('at the end the accounts of every service close, and no cell has changed (I2, I3, I19)', async () => {
  await quiet(cluster.data);
  expect(await unbalanced(cluster.data)).toEqual([]);
  expect(await misheard(cluster.data)).toEqual([]);
  expect(anonymized.size).toBe(BLOWS.length);
  for (const [tenant, cells] of anonymized) expect(await cellsOf(cluster.data, tenant)).toEqual(cells);
});
