import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import { http, type Service } from '@lethe/contracts';
import { tenantId, type SubjectRef } from '@lethe/kernel';
import { EmbeddedPostgres, recoverRoute, recoveryRoute } from '@lethe/platform';
import pg from 'pg';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { erase } from './leaking.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { signIn } from './people.ts';
import { played, Runbook } from './runbook.ts';

jest.setTimeout(600_000);

const TENANT = tenantId('rehearsing');
const START = '2026-03-02T04:00:00.000Z';
const WAIT_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'lethe-runbook-restore-'));
const home = join(folder, 'home');
const data = join(home, 'data');

let lethe: LetheProcess;
let doors: Doors;
let platform: Lethe;
let stays: SubjectRef;
/** Who has been erased, the last one of them before the first loss of everything. */
const gone: SubjectRef[] = [];

/** @param whole it is to be ready; otherwise it only answers */
async function start(whole: boolean): Promise<void> {
  lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await (whole ? lethe.start() : lethe.launch());
  if (!whole) await eventually('it answers', () => fetch(`${lethe.url}/health/live`).then(({ ok }) => ok));
  doors = new Doors(lethe.url, TENANT);
  platform = doors.client();
}
const answers = () => platform.onErasure(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
async function stop(): Promise<void> {
  await platform.close();
  await lethe.stop();
}
/** With owners and rights, as PostgreSQL demands. */
const copied = (name: string) => execFileSync('cp', ['-a', data, join(folder, name)]);
const swapped = (out: string, back: string): void => {
  renameSync(data, join(folder, out));
  renameSync(join(folder, back), data);
};
async function person(userId: string): Promise<SubjectRef> {
  const subject = await platform.subject(userId);
  expect(await platform.collect([signIn(subject, '2026-03-01T04:00:00Z')])).toMatchObject([{ outcome: 'admitted' }]);
  return subject;
}
const opened = async (subject: SubjectRef) => (await platform.open({ purpose: 'security', subject })).opened.length;
async function forgotten(userId: string): Promise<void> {
  const subject = await person(userId);
  await answers();
  await erase(platform, subject, START);
  gone.push(subject);
}
/** Of the rows that lie in the vault: nobody who was erased has any that could be read. */
async function nobodyIsBack(): Promise<void> {
  const rows = await Auditor.ofHome(home).data.rows(
    'lethe_collection',
    'select part from part where subject = any($1) and sealed is not null',
    [gone],
  );
  expect(rows).toEqual([]);
}
async function backUp(): Promise<string> {
  const { backup } = await doors.ask('operator', http.TakeBackup, { body: { waitMs: WAIT_MS } });
  await eventually('the backup is there', async () =>
    (await doors.ask('officer', http.Backups)).backups.some((one) => one.backup === backup && one.state !== 'taking'),
  );
  return backup;
}
const backups = async () =>
  (await doors.ask('officer', http.Backups)).backups.toSorted((one, other) => (one.takenAt < other.takenAt ? -1 : 1));

/** Both doors of a restore, by the names that the page has for them. */
async function restored(page: Runbook, backup: string) {
  for (const { method, path } of [
    ...[http.Backups, http.ProposeRestore, http.ConfirmRestore, http.RestoreState, http.Restores],
  ])
    page.says(`${method} ${path}`);
  expect((await backups()).map((one) => one.backup)).toContain(backup);
  const { restore } = await doors.ask('operator', http.ProposeRestore, { params: { backup } }, 'one');
  const listed = await played(`${page.says('lethe attention')} TENANT`, { tenant: TENANT, target: lethe.url });
  expect([listed.stdout.includes(page.says('restore-proposed')), listed.stdout.includes(restore)]).toEqual([
    true,
    true,
  ]);
  const confirm = (who: string) => doors.ask('operator', http.ConfirmRestore, { params: { restore } }, who);
  await expect(confirm('one')).rejects.toMatchObject({ kind: 'forbidden' });
  let answer = await confirm('another');
  while (answer.state === page.says('running'))
    answer = await doors.ask('operator', http.RestoreState, { params: { restore }, query: { waitMs: 30_000 } });
  const { restores } = await doors.ask('operator', http.Restores);
  expect(restores[0]).toMatchObject({ restore, backup, state: answer.state });
  if (answer.state !== 'restored') throw new Error(`the restore is ${answer.state}`);
  return answer;
}

/** Every door answers 503, with the code of the page. */
async function refuses(page: Runbook): Promise<void> {
  const [status, code] = [
    Number(page.reads(/answers? (\d+) `platform\/rolled-back`/)[0]),
    page.says('platform/rolled-back'),
  ];
  await eventually('it says so', async () => (await fetch(`${lethe.url}/health/ready`)).status === status);
  await expect(platform.open({ purpose: 'security', subject: stays })).rejects.toMatchObject({ code });
}

/** As the page orders it, two persons at each, and what each of the services says is lost. */
async function recovered(page: Runbook, order: readonly Service[]) {
  const first = page.says('POST /v1/<service>/recovery');
  for (const service of order) {
    expect(first.replace('<service>', service)).toBe(`POST ${recoverRoute(service).path}`);
    const ask = (who: string) => doors.ask('operator', recoverRoute(service), {}, who);
    expect((await ask('one')).state).toBe('proposed');
    expect((await ask('one')).state).toBe('proposed');
    expect((await ask('another')).state).toBe('recovered');
  }
  await lethe.ready();
  return Object.fromEntries(
    await Promise.all(
      order.map(async (service) => [service, (await doors.ask('operator', recoveryRoute(service))).list] as const),
    ),
  );
}
const BY_HAND = 'A database that was put back by hand';
const orderOf = (page: Runbook): Service[] =>
  page.reads(/recovery`; (\w+) first, then (\w+), (\w+), (\w+)\./) as Service[];

beforeAll(async () => {
  await start(true);
  await doors.open(START);
});
afterAll(async () => {
  await platform?.close();
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('From one of Lethe’s own backups: what is missing comes back, who was erased since does not, and the answer says so', async () => {
  const page = new Runbook('restore', "From one of Lethe's own backups");
  stays = await person('stays');
  const early = await person('goes-later');
  const backup = await backUp();
  const later = await person('comes-later');
  await answers();
  await erase(platform, early, START);
  gone.push(early);
  // An isolated one may be restored, too.
  await eventually('it is isolated', async () => (await backups())[0]?.state === 'isolated');
  await Auditor.ofHome(home).data.rows('lethe_collection', 'delete from part where tenant = $1', [TENANT]);
  expect(await opened(stays)).toBe(0);
  const report = await restored(page, backup);
  expect([report.restored > 0, await opened(stays), await opened(later)]).toEqual([true, 1, 0]);
  // Admitted after the backup, and gone with the database: the answer lists it, and so does the door of the page.
  expect(report).toMatchObject({ unrecoverable: 1, lost: [{}] });
  page.says('GET /v1/<service>/recovery');
  const { list } = await doors.ask('operator', recoveryRoute('collection'), {
    query: { incarnation: report.incarnation },
  });
  expect(list.map(({ part }) => part)).toEqual(report.lost.map(({ part }) => part));
  await nobodyIsBack();
  expect(page.undone()).toEqual([]);
});

test('A database that was put back by hand: it serves nobody, the newer one brings all back, and without it two persons recover what can be', async () => {
  const page = new Runbook('restore', BY_HAND);
  await stop();
  copied('older');
  await start(true);
  await person('known-later');
  await forgotten('goes-now');
  await stop();
  swapped('newer', 'older');
  await start(false);
  await refuses(page);
  // 2
  await stop();
  swapped('older', 'newer');
  await start(true);
  expect(await opened(stays)).toBe(1);
  // 3, 4
  await stop();
  swapped('newer', 'older');
  await start(false);
  await refuses(page);
  const lost = await recovered(page, orderOf(page));
  page.says('GET /v1/<service>/recovery');
  page.says('?after=');
  // The log was put back with it: what was told meanwhile is on the list as the numbers that are missing.
  expect(lost['collection']).toContainEqual(expect.objectContaining({ topic: 'lethe.collection' }));
  expect(await opened(stays)).toBe(1);
  await nobodyIsBack();
  // 6: nobody has withdrawn anything here, and nothing is told again (withdrawals-told-again.spec withdraws).
  page.reads(/Withdrawals wait until consent answers/);
  expect((await doors.ask('operator', http.Withdrawals)).withdrawals).toEqual([]);
  // 5: one process, so all of them at once.
  page.reads(/Start the replicas of that service anew/);
  await stop();
  await start(true);
  expect(page.undone()).toEqual([]);
});

test('Every database is lost: the log and the backups bring back what lives, and where the log is lost, too, the oldest copy does', async () => {
  const page = new Runbook('restore', 'Every database is lost');
  const [byHand, own] = [new Runbook('restore', BY_HAND), new Runbook('restore', "From one of Lethe's own backups")];
  await person('only-in-a-backup');
  const oldest = await backUp();
  await person('only-in-the-last');
  await forgotten('goes-last');
  await backUp();
  const has = async () =>
    (
      await Auditor.ofHome(home).data.rows<{ part: string }>(
        'lethe_collection',
        'select part from part where tenant = $1 and sealed is not null order by part',
        [TENANT],
      )
    ).map(({ part }) => part);
  const before = await has();
  const waits = await person('in-no-backup');
  await stop();
  copied('oldest');
  await offline(orderOf(byHand).map((service) => `drop database lethe_${service}`));

  // 1, 2
  await start(false);
  await refuses(page);
  const lost = await recovered(byHand, orderOf(byHand));
  expect(await has()).toEqual([]);
  expect(lost['collection']!.filter(({ part }) => part !== undefined).length).toBeGreaterThanOrEqual(before.length);
  // 3: the oldest, then the others.
  page.says('GET /v1/backups');
  const taking = page.says('taking');
  const known = await eventually('its backups are known again', async () => {
    const all = await backups();
    const heard = all.some((one) => one.backup === oldest) && all.every(({ state }) => state !== taking);
    return heard ? all : undefined;
  });
  for (const { backup } of known) await restored(own, backup);
  expect(await has()).toEqual(before);
  await nobodyIsBack();
  // 5
  expect(lost['erasure']).toContainEqual(expect.objectContaining({ type: page.says('erasure.erasure-certified.v1') }));

  // 4: log and all.
  await stop();
  renameSync(data, join(folder, 'lost'));
  await start(false);
  await refuses(page);
  await stop();
  swapped('empty', 'oldest');
  await start(false);
  await refuses(page);
  await recovered(byHand, orderOf(byHand));
  expect(await opened(waits)).toBe(1);
  await nobodyIsBack();
  expect(page.undone()).toEqual([]);
});

/** As the administrator, while Lethe stands still. */
async function offline(statements: readonly string[]): Promise<void> {
  const password = readFileSync(join(home, 'secrets/data-admin-password'), 'utf8').trim();
  const server = await EmbeddedPostgres.start({ folder: data, password, volatile: true });
  const client = new pg.Client({ ...server.admin, database: 'postgres' });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
  await server.stop();
}
