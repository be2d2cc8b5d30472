import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { signIn } from './people.ts';
import { played } from './runbook.ts';

jest.setTimeout(500_000);

const TENANT = 'in-trouble';
const LIBRARY = process.env['LETHE_TEST_FAKETIME'] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'lethe-bad-states-'));
const home = join(folder, 'home');
/** In hours. */
const FIVE_DAYS = 120;
const HOLD = { reason: 'litigation', authority: 'court', reviewOn: '2027-03-10' } as const;

let lethe: LetheProcess;
let doors: Doors;
afterAll(async () => {
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** @param hours by how much the machine's clock is ahead */
async function start(hours: number): Promise<void> {
  await lethe?.stop();
  const ahead = {
    ...{ LD_PRELOAD: LIBRARY, FAKETIME: `+${String(hours)}h` },
    ...{ FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_RESET: '1' },
  };
  const { options } = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  lethe = new LetheProcess({ ...options, env: { ...options.env, ...(hours === 0 ? {} : ahead) } });
  await lethe.start();
  doors = new Doors(lethe.url, TENANT);
}
const run = (command: string) => played(command, { tenant: TENANT, target: lethe.url });
const sweep = () => doors.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
interface Waiting {
  readonly what: string;
  readonly service?: string;
  readonly about?: string;
}
async function waiting(): Promise<Waiting[]> {
  const { stdout, stderr } = await run('lethe attention TENANT --json');
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as Waiting[];
}
/** What the page has under a heading, a row each, without its marks. */
async function rowsUnder(language: 'en' | 'zh-CN', heading: string): Promise<string[]> {
  const { code, stdout } = await run('lethe report TENANT --html');
  expect(code).toBe(0);
  const article = stdout.slice(stdout.indexOf(`<article lang="${language}">`));
  const [, section = ''] = article.split(`<h2>${heading}</h2>`);
  const table = section.split('<h2>')[0] ?? '';
  return [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].slice(1).map(([, row = '']) => row.replace(/<[^>]+>/g, ' '));
}

test('disposal stopped, a message parked, a store that does not answer: the list and the page say all of it, and nothing once it is mended', async () => {
  await start(0);
  await doors.open('2026-03-06T04:00:00Z');
  await doors.ask('backend', http.RegisterParticipant, {
    body: { participant: 'archive', classes: ['security-logs'] },
  });
  const platform = doors.client();
  const subject = await platform.subject('user-1');
  const collect = async (at: string) =>
    expect(await platform.collect([signIn(subject, at)])).toMatchObject([{ outcome: 'admitted' }]);
  for (const at of ['2026-03-01T04:00:00Z', '2026-03-05T04:00:00Z']) await collect(at);
  await eventually('they are counted', async () => {
    const { tallies } = await doors.ask('auditor', http.Forecast);
    return tallies.reduce((sum, { parts }) => sum + parts, 0) === 2;
  });

  // A store is ordered, and is silent.
  await doors.moveTo('2026-09-02T04:00:00Z');
  const ordered = await sweep();
  expect(ordered).toMatchObject({ ordered: 1 });

  // A message meets a mistake in a database.
  const database = Auditor.ofHome(home).data;
  await database.rows('lethe_collection', 'alter table hold add constraint planted check (false) not valid');
  const placing = doors.ask('officer', http.PlaceHold, { body: { scope: { kind: 'subject', subject }, ...HOLD } });
  await expect(placing).rejects.toMatchObject({ kind: 'unavailable', code: 'retention/hold-not-recorded' });

  // Five days of the machine pass in which nothing is swept: the tenant’s clock goes with it.
  await start(FIVE_DAYS);
  await sweep();

  const seen = await eventually('all of it is listed', async () => {
    const found = await waiting();
    const isThere = (what: string): boolean => found.some((one) => one.what === what);
    if (!['disposal-stopped', 'parked', 'ack-overdue'].every(isThere)) throw new Error(JSON.stringify(found));
    return found;
  });
  // Nothing overtakes a hold that is not recorded; that days were skipped is said after that.
  expect(seen).toContainEqual(expect.objectContaining({ what: 'disposal-stopped', about: 'placing' }));
  expect(seen).toContainEqual(expect.objectContaining({ what: 'parked', service: 'collection' }));
  const unanswered = seen.filter(({ what }) => what === 'ack-overdue').map(({ about = '' }) => about.split(' ')[1]);
  expect(unanswered.sort()).toEqual(['archive', 'lethe']);
  const said = {
    en: {
      heading: 'What waits for a person',
      rows: { 'a hold is not recorded yet': 1, 'messages could not be applied': 1, 'an order is not answered': 2 },
    },
    'zh-CN': {
      heading: '待人工处理的事项',
      rows: { 有保全尚未登记: 1, 有消息无法处理: 1, 指令逾期未答复: 2 },
    },
  } as const;
  for (const language of ['en', 'zh-CN'] as const) {
    const rows = await rowsUnder(language, said[language].heading);
    for (const [word, times] of Object.entries(said[language].rows))
      expect([word, rows.filter((row) => row.includes(word))]).toEqual([word, Array(times).fill(expect.anything())]);
  }

  // Mended as the runbooks say: the program, the store, two persons.
  await database.rows('lethe_collection', 'alter table hold drop constraint planted');
  await start(FIVE_DAYS);
  const stores = doors.client({ participant: 'archive', classes: ['security-logs'] });
  await stores.onDisposal(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
  // Before disposal goes on, or the day is closed before the hold is heard: too late, as it is told then.
  await eventually('what was parked is applied, and days were skipped', async () => {
    const found = await waiting();
    return (
      !found.some(({ what }) => what === 'parked') &&
      found.some(({ what, about }) => what === 'disposal-stopped' && about === 'days-skipped')
    );
  });
  const { pass } = await doors.ask('officer', http.ProposePass, { body: { reason: 'nothing-ran' } }, 'one');
  await doors.ask('officer', http.ConfirmPass, { params: { pass } }, 'another');
  await eventually('nothing waits any more', async () => {
    await sweep();
    return (await waiting()).length === 0;
  });
  expect(await rowsUnder('en', said.en.heading)).toEqual([]);
  // The hold that was parked stands, and what it keeps is there.
  const { holds } = await doors.ask('officer', http.Holds);
  expect(holds).toMatchObject([{ state: 'in-force' }]);
  for (const one of [platform, stores]) await one.close();
});
