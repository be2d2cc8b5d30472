import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import { http } from '@lethe/contracts';
import { loadPack } from '@lethe/policy';
import type { SubjectRef } from '@lethe/kernel';
import pg from 'pg';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { erase } from './leaking.ts';
import { freePort, killServers, LetheProcess, ROOT } from './lethe-process.ts';
import { freshKey, peopleOf, signIn } from './people.ts';
import { Traffic } from './traffic.ts';

jest.setTimeout(600_000);

const START = '2026-03-02T04:00:00.000Z';
/** More than collection has connections. */
const AT_ONCE = 16;
const WAIT_MS = 20_000;
const PAYING = loadPack(join(ROOT, 'policies/xiaopiaopiao'));
const folder = mkdtempSync(join(tmpdir(), 'lethe-restores-'));
const home = join(folder, 'home');

let lethe: LetheProcess;
let data: Auditor;

async function live(crashAt?: string): Promise<void> {
  lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await lethe.start(crashAt);
  ({ data } = Auditor.ofHome(home));
}
beforeAll(() => live());
afterAll(async () => {
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(name: string): Promise<{ doors: Doors; platform: Lethe }> {
  const doors = new Doors(lethe.url, name);
  await doors.open(START);
  const platform = doors.client();
  await platform.onErasure(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
  return { doors, platform };
}

async function backUp(doors: Doors): Promise<string> {
  const { backup } = await doors.ask('operator', http.TakeBackup, { body: { waitMs: WAIT_MS } });
  await eventually('the backup is there', async () =>
    (await doors.ask('officer', http.Backups)).backups.some((one) => one.backup === backup && one.state !== 'taking'),
  );
  return backup;
}
/** They are in no table any more; their keys live. */
const lose = (subjects: readonly SubjectRef[]) =>
  data.rows('lethe_collection', 'delete from part where subject = any($1)', [subjects]);
const partsOf = async (subjects: readonly SubjectRef[]): Promise<string[]> =>
  (
    await data.rows<{ part: string }>(
      'lethe_collection',
      'select part from part where subject = any($1) order by part',
      [subjects],
    )
  ).map(({ part }) => part);
const proposed = async (doors: Doors, backup: string) =>
  (await doors.ask('officer', http.ProposeRestore, { params: { backup } }, 'one')).restore;
const confirmed = (doors: Doors, restore: string) =>
  doors.ask('officer', http.ConfirmRestore, { params: { restore } }, 'other');

/** What it did, asked for by whatever is up. */
const ended = (doors: Doors, restore: string) =>
  eventually('the restore has ended', async () => {
    const state = await doors.ask('officer', http.RestoreState, { params: { restore }, query: { waitMs: 5_000 } });
    if (state.state === 'failed') throw new Error(state.code);
    return state.state === 'restored' ? state : undefined;
  });

/** Somebody with the machine in hand keeps a statement of the vault waiting. */
class Standstill {
  private constructor(private readonly client: pg.Client) {}

  static async by(statement: string, values: readonly unknown[] = []): Promise<Standstill> {
    const client = new pg.Client({ ...data.login, database: 'lethe_collection' });
    // It dies with its server.
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    await client.query(statement, [...values]);
    return new Standstill(client);
  }

  /** Resolves once somebody waits for a lock in the middle of a statement that begins like this. */
  reached(statement: string): Promise<boolean> {
    return eventually(`it stands at ${statement}`, async () => {
      const rows = await data.rows(
        'lethe_collection',
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and strpos(query, $1) > 0 and datname = 'lethe_collection'`,
        [statement],
      );
      return rows.length > 0;
    });
  }

  end(): Promise<void> {
    return this.client.end().catch(() => undefined);
  }
}
/** A quarantine can be made by nobody meanwhile. The ledger has been read then. */
const beforeQuarantine = () => Standstill.by('lock table pg_catalog.pg_namespace in share mode');

test('restores of random age while people come, agree, withdraw and are erased: who was erased does not come back, who is lost does, and what is collected meanwhile is whole (I36, I37)', async () => {
  const { doors, platform } = await opened('under-traffic');
  const [signingIn, browsing] = [await peopleOf(platform, 'signs', 4), await peopleOf(platform, 'looks', 3)];
  const traffic = new Traffic(platform, { signingIn, browsing }, START);
  const [lost, goes] = [await peopleOf(platform, 'lost', 5), await peopleOf(platform, 'goes', 4)];
  await platform.collect([...lost, ...goes].map((subject) => signIn(subject, START)));
  const whole = await partsOf(lost);
  traffic.start();
  const backups: string[] = [];
  const gone: SubjectRef[] = [];
  for (const subject of goes.slice(0, 2)) {
    backups.push(await backUp(doors));
    await erase(platform, subject, START);
    gone.push(subject);
  }
  for (const [nth, backup] of [...backups].reverse().entries()) {
    await lose(lost);
    const [report] = await Promise.all([
      doors.restored(backup),
      erase(platform, goes[2 + nth]!, START).then(() => gone.push(goes[2 + nth]!)),
    ]);
    expect(report).toMatchObject({ unrecoverable: 0 });
    expect(await partsOf(lost)).toEqual(whole);
    expect(await partsOf(gone)).toEqual([]);
  }
  await traffic.stop();
  expect(traffic.wrong).toEqual([]);
  expect(traffic.admitted).toBeGreaterThan(50);
  for (const subject of lost) expect((await platform.open({ purpose: 'security', subject })).opened).toHaveLength(1);
  await platform.close();
});

test('what the platform holds itself, and is withdrawn while a restore is under way, does not come back (I37)', async () => {
  const doors = new Doors(lethe.url, 'withdrawn-meanwhile');
  await doors.askUntil('operator', http.OpenTenant, {
    body: { tenant: doors.tenant, pack: 'xiaopiaopiao', startAt: START },
  });
  const platform = doors.client();
  await platform.onErasure(() => Promise.resolve({ found: 1, deleted: 1, rescan: 0 }));
  const [stays, withdraws] = [await paying(platform, 'stays'), await paying(platform, 'withdraws')];
  const backup = await backUp(doors);
  const before = await partsOf([stays]);
  await lose([stays]);
  const standstill = await beforeQuarantine();
  const restore = await proposed(doors, backup);
  const confirming = confirmed(doors, restore);
  await standstill.reached('create schema');
  await platform.consent([{ subject: withdraws, purpose: 'payment', state: 'withdrawn' }]);
  await eventually('it has gone', async () => (await partsOf([withdraws])).length === 0);
  await standstill.end();
  await confirming;
  await ended(doors, restore);
  expect(await partsOf([withdraws])).toEqual([]);
  expect(await partsOf([stays])).toEqual(before);
  await platform.close();
});

test('more restores at once than there are connections: each is done, what comes back is counted once, and people are served meanwhile', async () => {
  const { doors, platform } = await opened('all-at-once');
  const lost = await peopleOf(platform, 'lost', 3);
  await platform.collect(lost.map((subject) => signIn(subject, START)));
  const [stays] = await peopleOf(platform, 'stays', 1);
  await platform.collect([signIn(stays!, START)]);
  const whole = await partsOf(lost);
  const backup = await backUp(doors);
  await lose(lost);
  const restores: string[] = [];
  for (let nth = 0; nth < AT_ONCE; nth += 1) restores.push(await proposed(doors, backup));
  const standstill = await beforeQuarantine();
  const confirming = Promise.all(restores.map((restore) => confirmed(doors, restore)));
  await standstill.reached('create schema');
  const asked = performance.now();
  expect((await platform.open({ purpose: 'security', subject: stays! })).opened).toHaveLength(1);
  expect(performance.now() - asked).toBeLessThan(3_000);
  await standstill.end();
  await confirming;
  const reports = [];
  for (const restore of restores) reports.push(await ended(doors, restore));
  expect(reports.map(({ restored }) => restored).sort((one, other) => other - one)).toEqual([
    whole.length,
    ...Array.from({ length: AT_ONCE - 1 }, () => 0),
  ]);
  expect(await partsOf(lost)).toEqual(whole);
  await platform.close();
});

describe('a restore is killed with its servers', () => {
  const slot = 'select pg_advisory_lock(hashtext($1), 0)';
  let lives = 0;
  test.each([
    ['before its quarantine', 'lock table pg_catalog.pg_namespace in share mode', 'create schema', undefined],
    ['with all in quarantine', slot, 'pg_advisory_xact_lock(hashtext', undefined],
    [
      'with the survivors let in and nothing committed',
      'lock table restored in share mode',
      'insert into restored',
      undefined,
    ],
    ['done, and nobody told', undefined, undefined, 'collection.restore.merged'],
  ])('%s: it goes on, is done once, and nobody erased since comes back (I37)', async (_, by, at, crashAt) => {
    await lethe.stop();
    await live(crashAt);
    let { doors, platform } = await opened(`killed-${String((lives += 1))}`);
    const [lost, goes] = [await peopleOf(platform, 'lost', 3), await peopleOf(platform, 'goes', 2)];
    await platform.collect([...lost, ...goes].map((subject) => signIn(subject, START)));
    const whole = await partsOf(lost);
    const backup = await backUp(doors);
    await erase(platform, goes[0]!, START);
    await lose(lost);
    const restore = await proposed(doors, backup);
    const standstill = by === undefined ? undefined : await Standstill.by(by, by.includes('$1') ? [doors.tenant] : []);
    const confirming = confirmed(doors, restore).catch(() => undefined);
    if (standstill === undefined) expect(await lethe.killed()).toBe(true);
    else await standstill.reached(at!);
    await lethe.kill();
    killServers(home);
    await standstill?.end();
    await confirming;
    await platform.close();
    await live();
    ({ doors, platform } = await again(doors));
    await erase(platform, goes[1]!, START);
    const report = await ended(doors, restore);
    expect(report).toMatchObject({ restored: whole.length, unrecoverable: 0 });
    expect(await partsOf(lost)).toEqual(whole);
    expect(await partsOf(goes)).toEqual([]);
    for (const subject of lost) expect((await platform.open({ purpose: 'security', subject })).opened).toHaveLength(1);
    expect(
      await data.rows('lethe_collection', `select nspname from pg_namespace where nspname like 'quarantine%'`),
    ).toEqual([]);
    await platform.close();
  });
});

async function again({ tenant }: Doors): Promise<{ doors: Doors; platform: Lethe }> {
  const doors = new Doors(lethe.url, tenant);
  const platform = doors.client();
  await platform.onErasure(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
  return { doors, platform };
}

/** Somebody of whom the platform keeps how they paid, and Lethe that it does: no key answers for that, only the ledger. */
async function paying(platform: Lethe, userId: string): Promise<SubjectRef> {
  const subject = await platform.subject(userId);
  const at = START;
  const shown = { language: 'zh-CN', channel: 'app', asks: true, at } as const;
  await platform.showNotices([
    { subject, about: 'policy', ...shown },
    { subject, about: 'payment', ...shown },
  ]);
  await platform.consent([
    { subject, purpose: 'policy', state: 'given', level: 'explicit', notice: PAYING.version, at },
    { subject, purpose: 'payment', state: 'given', level: 'explicit', notice: PAYING.version, at },
  ]);
  const [answer] = await platform.collect([
    {
      idempotencyKey: freshKey(),
      subject,
      matter: await platform.matter(subject, 'order', `o-${userId}`),
      purpose: 'payment',
      region: 'CN',
      notice: PAYING.version,
      collectedAt: at,
      fields: { 'alipay-info': 'a' },
    },
  ]);
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  return subject;
}
