import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import { confirmDiscardRoute, parkedRoute, proposeDiscardRoute, restateRoute, retryParkedRoute } from '@lethe/platform';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { played, Runbook } from './runbook.ts';

jest.setTimeout(400_000);

const TENANT = 'rehearsing';
const HOLD = { reason: 'litigation', authority: 'court', reviewOn: '2027-03-10' } as const;
const folder = mkdtempSync(join(tmpdir(), 'lethe-runbook-parked-'));
const home = join(folder, 'home');

let lethe: LetheProcess;
let doors: Doors;
let database: Auditor;
beforeAll(async () => {
  lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  doors = new Doors(lethe.url, TENANT);
  await doors.open('2026-03-02T04:00:00Z');
  database = Auditor.ofHome(home).data;
});
afterAll(async () => {
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (command: string) => played(command, { tenant: TENANT, target: lethe.url });
const collection = (sql: string) => database.rows('lethe_collection', sql);
const parked = async () => (await doors.ask('operator', parkedRoute('collection'))).parked;
const holds = async () => (await doors.ask('officer', http.Holds)).holds.map(({ state }) => state);

/** Somebody is held, and the message of it meets a mistake in collection's database. */
async function placed(user: string): Promise<void> {
  const platform = doors.client();
  const subject = await platform.subject(user);
  await platform.close();
  await collection('alter table hold add constraint planted check (false) not valid');
  const body = { scope: { kind: 'subject' as const, subject }, ...HOLD };
  const placing = doors.ask('officer', http.PlaceHold, { body });
  await expect(placing).rejects.toMatchObject({ code: 'retention/hold-not-recorded' });
  await eventually('it is parked', async () => (await parked()).length === 1);
  // As after six minutes: it has had its tries.
  await collection('update parked set attempts = 5, retry_at = null');
}
const mended = () => collection('alter table hold drop constraint planted');

test('parked: a hold that collection could not apply is listed, keeps the dates of its tenant, and is applied when it is tried again', async () => {
  const page = new Runbook('parked', 'Try it again');
  const whole = new Runbook('parked');
  await placed('user-1');
  const { code, stdout } = await run(whole.says('lethe attention'));
  expect([code, stdout.includes(whole.says('parked')), stdout.includes('parked.md')]).toEqual([1, true, true]);
  expect([stdout.includes(whole.says('dates-wait')), stdout.includes(whole.says('unheard'))]).toEqual([true, true]);
  expect(stdout).toContain(`POST ${retryParkedRoute('collection').path}`);
  expect(whole.says('GET /v1/<service>/parked').replace('<service>', 'collection')).toBe(
    `GET ${parkedRoute('collection').path}`,
  );
  const [message] = await parked();
  expect(message!.code).toMatch(new RegExp(`^${page.says('sql/')}`));

  const door = page.says('POST /v1/<service>/parked/retry').replace('<service>', 'collection');
  const retry = retryParkedRoute('collection');
  expect(door).toBe(`POST ${retry.path}`);
  const left = { left: [{ code: message!.code, count: 1 }] };
  expect(await doors.ask('operator', retry, { body: {} })).toMatchObject({ tried: 1, applied: 0, ...left });
  await mended();
  const { topic, slot, incarnation, number } = message!;
  const asked = { body: { message: { topic, slot, incarnation, number } } };
  expect(await doors.ask('operator', retry, asked)).toMatchObject({ tried: 1, applied: 1, left: [] });
  await eventually('the hold is in force', async () => (await holds()).join() === 'in-force');
  expect((await run('lethe attention TENANT')).stdout).toBe('nothing\n');
  expect(page.undone()).toEqual([]);
});

test('parked: a message that nobody can read is given up by two persons, and the hold it told of stands all the same', async () => {
  const page = new Runbook('parked', 'Give it up');
  const doorOf = (said: string, { method, path }: { method: string; path: string }, service: string) =>
    expect(page.says(said).replace('<service>', service)).toBe(`${method} ${path}`);
  await placed('user-2');
  await collection(`update parked set value = replace(value, '"hold":', '"hodl":')`);
  await mended();
  expect(await doors.ask('operator', retryParkedRoute('collection'), { body: {} })).toMatchObject({
    left: [{ code: 'unreadable', count: 1 }],
  });
  const [message] = await parked();
  const { topic, slot, incarnation, number } = message!;
  expect(page.says('behind')).toBe('behind');

  // 1: one person.
  const propose = proposeDiscardRoute('collection');
  doorOf('POST /v1/<service>/parked/discards', propose, 'collection');
  const body = { topic, slot, incarnation, number, reason: 'unreadable-since-march' };
  const { discard } = await doors.ask('officer', propose, { body }, 'one');
  const listed = await run('lethe attention TENANT');
  expect([listed.stdout.includes('discard-proposed'), listed.stdout.includes(discard)]).toEqual([true, true]);
  const report = await run('lethe report TENANT --html');
  expect(report.stdout).toContain('giving up a message waits for a second person');

  // 2: what stands is told again, and waits.
  const producer = topic.split('.')[1] as 'retention';
  doorOf('POST /v1/<service>/restatements', restateRoute(producer), producer);
  await doors.ask('operator', restateRoute(producer), { body: { topic, slot } });
  await eventually('it waits behind', async () => (await parked()).some(({ code }) => code === 'behind'));
  expect(await holds()).toContain('placing');

  // 3: another person.
  const confirm = confirmDiscardRoute('collection');
  doorOf('POST /v1/<service>/parked/discards/:discard/confirmation', confirm, 'collection');
  const asked = { params: { discard } };
  await expect(doors.ask('officer', confirm, asked, 'one')).rejects.toMatchObject({ code: 'platform/same-person' });
  expect(await doors.ask('officer', confirm, asked, 'another')).toMatchObject({ ...body, left: [] });
  await eventually('the hold is in force', async () => (await holds()).join() === 'in-force,in-force');
  expect(await run('lethe attention TENANT')).toEqual({ code: 0, stdout: 'nothing\n', stderr: '' });

  // 4
  page.says('discarded');
  const { discarded } = await doors.ask('auditor', parkedRoute('collection'));
  expect(discarded).toMatchObject([{ number, reason: body.reason }]);
  expect(discarded[0]!.by).toHaveLength(2);
  expect(lethe.printed()).toContain(page.says('platform/discarded'));
  const again = doors.ask('officer', confirm, asked, 'another');
  await expect(again).rejects.toMatchObject({ code: page.says('messaging/no-such-discard') });
  expect(page.undone()).toEqual([]);
});
