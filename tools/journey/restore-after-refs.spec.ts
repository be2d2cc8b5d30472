import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import { http } from '@lethe/contracts';
import { tenantId, type SubjectRef } from '@lethe/kernel';
import { EmbeddedPostgres, recoverRoute } from '@lethe/platform';
import { loadPack } from '@lethe/policy';
import pg from 'pg';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { erase } from './leaking.ts';
import { freePort, LetheProcess, ROOT } from './lethe-process.ts';
import { freshKey } from './people.ts';

jest.setTimeout(600_000);

const START = '2024-02-05T02:00:00.000Z';
/** A second backup is made, which the first outlives by nothing. */
const LATER = '2024-03-20T04:00:00.000Z';
/** The longest that the policy lets a backup be kept is over since the erasure. */
const OVER = '2024-05-20T04:00:00.000Z';
const PACK = loadPack(join(ROOT, 'policies/xiaopiaopiao'));
const WAIT_MS = 20_000;
const SERVICES = ['consent', 'collection', 'retention', 'erasure'] as const;
const folder = mkdtempSync(join(tmpdir(), 'lethe-after-refs-'));
const processes: LetheProcess[] = [];
afterAll(async () => {
  await Promise.all(processes.map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
});

type Start = (home: string, port: number, log: string) => LetheProcess;

/** The refs that the ledger has still, whole files as text. */
const refsOf = (home: string): string =>
  readdirSync(join(home, 'ledger/ledger'))
    .filter((name) => name.endsWith('.refs'))
    .map((name) => readFileSync(join(home, 'ledger/ledger', name), 'latin1'))
    .join('');

/** Every database of the services is lost. The event log is not, and no longer says anything of this person: that is more than seven days ago. */
async function loseDatabases(home: string, subject: SubjectRef): Promise<void> {
  const password = readFileSync(join(home, 'secrets/data-admin-password'), 'utf8').trim();
  const server = await EmbeddedPostgres.start({ folder: join(home, 'data'), password, volatile: true });
  const run = async (database: string, statement: string, values: readonly string[] = []) => {
    const client = new pg.Client({ ...server.admin, database });
    await client.connect();
    await client.query(statement, [...values]);
    await client.end();
  };
  await run('lethe_log', 'delete from event_log where strpos(value, $1) > 0', [subject]);
  for (const service of SERVICES) await run('postgres', `drop database lethe_${service}`);
  await server.stop();
}

/** Somebody of whom the platform keeps how they paid, and Lethe that it does: no key answers for that, only the ledger. */
async function paying(platform: Lethe, userId: string): Promise<SubjectRef> {
  const subject = await platform.subject(userId);
  const at = START;
  const shown = { language: 'zh-CN', channel: 'app', asks: true, at } as const;
  const notices = await platform.showNotices([
    { subject, about: 'policy', ...shown },
    { subject, about: 'payment', ...shown },
  ]);
  const [accepted, consent] = await platform.consent([
    { subject, purpose: 'policy', state: 'given', level: 'explicit', notice: PACK.version, at },
    { subject, purpose: 'payment', state: 'given', level: 'explicit', notice: PACK.version, at },
  ]);
  if (consent?.outcome !== 'recorded' || accepted?.outcome !== 'recorded')
    throw new Error(JSON.stringify([notices, consent, accepted]));
  const matter = await platform.matter(subject, 'order', `o-${userId}`);
  const [answer] = await platform.collect([
    {
      idempotencyKey: freshKey(),
      subject,
      matter,
      purpose: 'payment',
      region: 'CN',
      notice: PACK.version,
      collectedAt: at,
      fields: { 'alipay-info': 'a' },
    },
  ]);
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  return subject;
}

/**
 * Somebody is erased and in time forgotten by the ledger, too; then every database is lost and the oldest backup that there is comes back.
 * What is there then of who was erased and of who was not, before and after, and what the restore says.
 */
async function play(name: string, { waits, start }: { waits: boolean; start: Start }) {
  const tenant = tenantId(name);
  const [home, logs] = [join(folder, name), join(folder, `${name}-logs`)];
  mkdirSync(logs);
  const begin = async (whole: boolean) => {
    const lethe = start(home, await freePort(), join(logs, 'lethe.log'));
    processes.push(lethe);
    await (whole ? lethe.start() : lethe.launch());
    // A database that has been lost serves nobody, and says so.
    if (!whole)
      await eventually('it refuses', async () => (await fetch(`${lethe.url}/health/ready`)).status === 503, 60_000);
    return { lethe, doors: new Doors(lethe.url, tenant), clusters: Auditor.ofHome(home) };
  };
  let { lethe, doors, clusters } = await begin(true);
  await doors.askUntil('operator', http.OpenTenant, { body: { tenant, pack: 'xiaopiaopiao', startAt: START } });
  const platform = doors.client();
  await platform.onErasure(() => Promise.resolve({ found: 1, deleted: 1, rescan: 0 }));
  const [stays, gone] = [await paying(platform, 'stays'), await paying(platform, 'goes')];
  const backUp = async () => {
    const { backup } = await doors.ask('operator', http.TakeBackup, { body: { waitMs: WAIT_MS } });
    await eventually('the backup is there', async () =>
      (await doors.ask('officer', http.Backups)).backups.some((one) => one.backup === backup && one.state !== 'taking'),
    );
    return backup;
  };
  await backUp();
  await erase(platform, gone, START, 'purpose-achieved');
  await doors.askUntil('operator', http.RotateEpoch);
  await doors.advance(LATER);
  await backUp();
  if (waits) await doors.advance(OVER);
  await eventually('the ledger has forgotten the ref', () => Promise.resolve(!refsOf(home).includes(gone)));

  const rowsOf = (subject: SubjectRef, columns = 'part') =>
    clusters.data
      .rows<{ part: string }>(
        'lethe_collection',
        `select ${columns} from part where tenant = $1 and subject = $2 order by part`,
        [tenant, subject],
      )
      .then((rows) => rows.map(({ part }) => part));
  const [before, left] = [await rowsOf(stays), await rowsOf(gone)];
  await platform.close();
  await lethe.stop();
  await loseDatabases(home, gone);
  ({ lethe, doors, clusters } = await begin(false));
  for (const service of SERVICES) {
    await eventually(
      `${service} is recovered`,
      async () => {
        await doors.ask('operator', recoverRoute(service), {}, 'one');
        return (await doors.ask('operator', recoverRoute(service), {}, 'two')).state === 'recovered';
      },
      60_000,
    );
  }
  // Heard of again one after the other, from the log.
  const restorable = await eventually('the backups are known again', async () => {
    const { backups } = await doors.ask('officer', http.Backups);
    const whole = backups.filter(({ state }) => state === 'available' || state === 'isolated');
    return whole.length > 0 && backups.every(({ state }) => state !== 'taking') ? whole : undefined;
  });
  const oldest = restorable.sort((one, other) => (one.takenAt < other.takenAt ? -1 : 1))[0]!;
  const report = await doors.restored(oldest.backup);
  return {
    report,
    oldest,
    stays: { before, after: await rowsOf(stays) },
    gone: { before: left, after: await rowsOf(gone) },
  };
}

test('when the ledger has forgotten who was erased, the oldest backup there is has nothing of them, and all of the others (I37)', async () => {
  const { report, oldest, stays, gone } = await play('forgotten', {
    waits: true,
    start: (...where) => LetheProcess.embedded(...where),
  });
  expect(oldest.takenAt.slice(0, 10)).toBe(LATER.slice(0, 10));
  expect(stays.before.length).toBeGreaterThan(0);
  expect(stays.after).toEqual(stays.before);
  expect(gone).toEqual({ before: gone.before, after: gone.before });
  expect(report).toMatchObject({ restored: stays.before.length + gone.before.length, unrecoverable: 0 });
});

test('where refs are dropped before the last backup is gone, the same restore brings somebody back, and is seen to', async () => {
  const { gone } = await play('refs-too-early', {
    waits: false,
    start: (home, port, logFile) => {
      const command = [join(import.meta.dirname, 'faulty-host.ts')];
      return new LetheProcess({ command, env: { LETHE_HOME: home }, port, logFile });
    },
  });
  expect(gone.after.length).toBeGreaterThan(gone.before.length);
});
