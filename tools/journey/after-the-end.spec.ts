import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import { http } from '@lethe/contracts';
import { verifyTenantEnd } from '@lethe/ledger';
import type { SubjectRef } from '@lethe/kernel';
import { Auditor } from './auditor.ts';
import { SERVICES } from './cluster.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess, NODE, ROOT } from './lethe-process.ts';
import { signIn } from './people.ts';

jest.setTimeout(400_000);

const TENANT = 'ended';
const START = '2026-03-02T04:00:00.000Z';
const WAIT_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'lethe-after-the-end-'));
const home = join(folder, 'home');

let lethe: LetheProcess;
let doors: Doors;
let platform: Lethe;
let data: Auditor;
let subject: SubjectRef;

beforeAll(async () => {
  lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  doors = new Doors(lethe.url, TENANT);
  platform = doors.client();
  await doors.open(START);
  ({ data } = Auditor.ofHome(home));
});
afterAll(async () => {
  await platform?.close();
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const state = async () => (await doors.ask('auditor', http.End)).state;
const until = (wanted: string) =>
  eventually(`the end is ${wanted}`, async () => {
    await doors.ask('operator', http.Sweep, { body: { waitMs: WAIT_MS } });
    return (await state()) === wanted;
  });
/** Tables in which a row names this person. */
async function naming(ref: SubjectRef): Promise<string[]> {
  const found: string[] = [];
  for (const service of SERVICES) {
    const database = `lethe_${service}`;
    const tables = await data.rows<{ name: string }>(
      database,
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      const [row] = await data.rows<{ n: number }>(
        database,
        `select count(*)::int as n from "${name}" t where strpos(t::text, $1) > 0`,
        [ref],
      );
      if (row!.n > 0) found.push(`${service}.${name}`);
    }
  }
  return found.sort();
}
/** Where the person is still named once the digest has gone by which collection knows a submission again. */
const remembered = () =>
  eventually('what was submitted is forgotten', async () => {
    const found = await naming(subject);
    return found.includes('collection.submission') ? undefined : found;
  });
const refused = async () => (await doors.ask('officer', http.Counts)).refusedByCode['tenant-closed'] ?? 0;
const statement = async () => (await doors.ask('auditor', http.EndStatement)).document;

/** As an operator runs it. */
function imported(lines: readonly object[]): { code: number | null; said: string } {
  const file = join(folder, `people-${String(Date.now())}.jsonl`);
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  const done = spawnSync(
    NODE,
    [join(ROOT, 'apps/lethe/bin/lethe.js'), 'import', file, '--tenant', TENANT, '--target', lethe.url, '--json'],
    { cwd: folder, encoding: 'utf8', timeout: 60_000 },
  );
  return { code: done.status, said: `${done.stdout}${done.stderr}` };
}
const LINES = ['known', 'stranger'].map((person) => ({
  kind: 'record',
  person,
  id: `imported-${person}`,
  purpose: 'security',
  collectedAt: START,
  fields: { 'ip-address': '203.0.113.9', 'risk-rating': 'low' },
}));

/** Everything a platform may still send that has not heard of it. */
async function hammer(): Promise<void> {
  const before = await refused();
  expect(await platform.collect([signIn(subject, START)])).toMatchObject([
    { outcome: 'refused', refusal: { code: 'tenant-closed' } },
  ]);
  await expect(platform.subject('somebody-new')).rejects.toMatchObject({ code: 'collection/tenant-closed' });
  const { code, said } = imported(LINES);
  expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('tenant-closed') as string });
  expect(await refused()).toBeGreaterThan(before);
}

test('a tenant that has ended takes nothing in through HTTP or import, while a part is left and after the last: refused by verdict, counted, stored nowhere; the statements stay true', async () => {
  subject = await platform.subject('known');
  expect(await platform.collect([signIn(subject, START)])).toMatchObject([{ outcome: 'admitted' }]);
  const { backup } = await doors.ask('operator', http.TakeBackup, { body: { waitMs: WAIT_MS, keepDays: 1 } });
  const { end } = await doors.ask('officer', http.ProposeEnd, { body: { reason: 'the-service-stops' } });
  await doors.ask('officer', http.ConfirmEnd, { params: { end }, body: { waitMs: WAIT_MS } }, 'second');
  await hammer();
  await until('shredded');
  await hammer();
  await doors.ask('operator', http.RotateEpoch);
  await doors.moveTo('2026-03-05T04:00:00Z');
  await until('final');
  const [said, keys] = [await statement(), await doors.ask('auditor', http.LedgerKeys)];
  const named = await remembered();
  await hammer();
  await doors.ask('operator', http.Sweep, { body: { waitMs: WAIT_MS } });
  expect(await statement()).toEqual(said);
  expect(verifyTenantEnd(said, keys)).toMatchObject({ ok: true, final: true });
  expect(await data.rows('lethe_collection', 'select part from part where tenant = $1', [TENANT])).toEqual([]);
  // What was refused is evidence, without the data: it is remembered where refusals were remembered before, and nowhere else.
  expect(named).toContain('collection.refusal');
  // A round looks at a tenant in which nothing is open every ten minutes, and with each day.
  await doors.moveTo('2026-03-06T04:00:00Z');
  expect(await remembered()).toEqual(named);
  const { backups } = await doors.ask('auditor', http.Backups);
  expect(backups.map((one) => [one.backup, one.state])).toEqual([[backup, 'purged']]);
});
