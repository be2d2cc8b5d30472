import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { erase } from './leaking.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { filesBelow } from './markers.ts';
import { booking, signIn } from './people.ts';

jest.setTimeout(500_000);

/** Debian's libfaketime: the whole process, and the servers it starts, believe another clock. */
const LIBRARY = process.env['LETHE_TEST_FAKETIME'] ?? '';
const DAYS_AHEAD = 400;
const DAY_MS = 86_400_000;
const WAIT_MS = 20_000;
const TENANT = 'ticketing';
const folder = mkdtempSync(join(tmpdir(), 'lethe-clock-ahead-'));
const running: LetheProcess[] = [];

afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const daysFromNow = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

/** An installation that is started again and again, each time by a clock that is ahead by some days. */
class Installation {
  readonly home: string;
  doors!: Doors;
  #lethe: LetheProcess | undefined;

  constructor(name: string) {
    this.home = join(folder, name);
  }

  async start(daysAhead: number): Promise<void> {
    await this.#lethe?.stop();
    const ahead = {
      ...{ LD_PRELOAD: LIBRARY, FAKETIME: `+${String(daysAhead)}d` },
      ...{ FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_RESET: '1' },
    };
    const { options } = LetheProcess.embedded(this.home, await freePort(), `${this.home}.log`);
    const env = { ...options.env, ...(daysAhead === 0 ? {} : ahead) };
    const lethe = (this.#lethe = new LetheProcess({ ...options, env }));
    running.push(lethe);
    await lethe.start();
    this.doors = new Doors(lethe.url, TENANT);
    const { at } = (await (await fetch(`${lethe.url}/health/ready`)).json()) as { at: string };
    expect(Math.abs(Date.parse(at) - Date.now() - daysAhead * DAY_MS)).toBeLessThan(DAY_MS);
  }

  /** Services that have said since the clock jumped that nothing goes by its date. */
  waiting(): Set<string> {
    const lines = (this.#lethe?.printed() ?? '').split('\n').filter((line) => line.includes('"platform/days-skipped"'));
    return new Set(lines.map((line) => (JSON.parse(line) as { service: string }).service));
  }

  sweep = () => this.doors.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });

  counted = (parts: number) =>
    eventually('it is counted', async () => {
      const { tallies } = await this.doors.ask('auditor', http.Forecast);
      return tallies.reduce((all, tally) => all + tally.parts, 0) >= parts;
    });

  /** Everything that ends by a date, as it is there. */
  async stands() {
    const { data, keys } = Auditor.ofHome(this.home);
    const rows = (sql: string) => data.rows<{ of: string }>('lethe_collection', sql, [TENANT]);
    const { backups } = await this.doors.ask('officer', http.Backups);
    const { extensions } = await this.doors.ask('officer', http.Extensions);
    const place = join(this.home, 'backups', TENANT);
    return {
      parts: await rows('select class as of, restricted from part where tenant = $1 order by class'),
      evidence: (await rows('select code as of from refusal where tenant = $1')).length,
      kept: await keys.rows('lethe_keyring', 'select part from keyring.kept_key where tenant = $1 order by part', [
        TENANT,
      ]),
      backups: backups.map(({ state }) => state),
      files: existsSync(place) ? filesBelow(place).length : 0,
      extensions: extensions.map(({ state }) => state),
    };
  }
}
const parts = async (doors: Doors, subject: SubjectRef) => (await doors.client().copyOf(subject)).parts.length;

test('a machine whose clock jumps 400 days ahead ends no floor, no longer period and no backup, destroys nothing, and goes on by itself when it is put right (I21)', async () => {
  const lethe = new Installation('swept');
  await lethe.start(0);
  const [start, lately, now] = [daysFromNow(-900), daysFromNow(-200), daysFromNow(0)];
  await lethe.doors.open(start);
  const platform = lethe.doors.client();
  await platform.onErasure(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
  const [subject, buyer] = [await platform.subject('user-1'), await platform.subject('user-2')];
  // The law keeps an order for three years, also of whom it forgets: they end in half a year.
  const matter = await platform.matter(buyer, 'order', 'o-1');
  const order = booking(buyer, matter, start, { day: start.slice(0, 10), genre: 'concert' });
  expect(await platform.collect([order])).toMatchObject([{ outcome: 'admitted' }]);
  await platform.anchor([{ matter, subject: buyer, anchor: 'transaction-completed', at: start }]);
  await lethe.counted(1);
  // What was refused is evidence for three years.
  const [refused] = await platform.collect([{ ...signIn(subject, start), purpose: 'no-such-purpose' }]);
  expect(refused).toMatchObject({ outcome: 'refused' });
  await lethe.doors.advance(lately);
  // A log whose half a year is over, and of which the person agreed to longer: it ends in a hundred days.
  const [longer] = await platform.collect([signIn(subject, lately)]);
  if (longer?.outcome !== 'admitted') throw new Error(JSON.stringify(longer));
  await lethe.counted(1);
  expect(
    await lethe.doors.ask('backend', http.AgreeExtension, {
      body: {
        scope: { kind: 'record', record: longer.record, subject },
        ground: 'special-agreement',
        evidence: [{ name: 'reference', reference: 'agreement-2027' }],
        until: daysFromNow(100).slice(0, 10),
      },
    }),
  ).toMatchObject({ outcome: 'agreed', parts: 1 });
  await lethe.doors.advance(now);
  await erase(platform, buyer, now);
  await lethe.doors.ask('operator', http.TakeBackup, { body: { keepDays: 60, waitMs: WAIT_MS } });
  await eventually('the backup is there', async () => (await lethe.stands()).backups.includes('available'));
  // And one that nothing keeps, which is due in half a year.
  expect(await platform.collect([signIn(subject, now)])).toMatchObject([{ outcome: 'admitted' }]);
  await platform.close();
  await lethe.counted(1);
  expect((await lethe.sweep()).stopped).toBeUndefined();
  const there = await lethe.stands();
  expect(there).toMatchObject({
    parts: [
      { of: 'orders', restricted: true },
      { of: 'security-logs', restricted: false },
      { of: 'security-logs', restricted: false },
    ],
    ...{ backups: ['available'], extensions: ['in-force'], evidence: 1 },
  });
  expect(there.kept.length).toBeGreaterThan(0);
  expect(there.files).toBeGreaterThan(0);

  await lethe.start(DAYS_AHEAD);
  expect(await lethe.sweep()).toMatchObject({ ordered: 0, outstanding: 0, stopped: 'days-skipped' });
  expect(await lethe.doors.ask('officer', http.Breaker)).toMatchObject({
    stopped: 'days-skipped',
    backlog: expect.arrayContaining([expect.objectContaining({ class: 'security-logs', parts: 1 })]) as unknown,
  });
  // Each service has come to what is over by that clock, and lets it be.
  await eventually('the vault has looked', () => Promise.resolve(lethe.waiting().has('collection')));
  await lethe.sweep();
  expect(await lethe.stands()).toEqual(there);

  await lethe.start(0);
  expect(await lethe.sweep()).toMatchObject({ ordered: 0 });
  expect((await lethe.sweep()).stopped).toBeUndefined();
  expect(await lethe.stands()).toEqual(there);

  // What stood was over by that clock: two persons who say that its day is right let all of it go.
  await lethe.start(DAYS_AHEAD);
  await lethe.sweep();
  const { pass } = await lethe.doors.ask('officer', http.ProposePass, { body: { reason: 'nothing-ran' } }, 'one');
  await lethe.doors.ask('officer', http.ConfirmPass, { params: { pass } }, 'another');
  await eventually('all of it has gone', async () => {
    await lethe.sweep();
    const { parts: left, kept, backups, files, extensions } = await lethe.stands();
    const state = [left.length, kept.length, files, ...backups, ...extensions];
    if (JSON.stringify(state) !== JSON.stringify([0, 0, 0, 'purged', 'ended'])) throw new Error(JSON.stringify(state));
    return true;
  });
  // Evidence goes when the process starts, and every hour.
  await lethe.start(DAYS_AHEAD);
  await eventually('the evidence has gone', async () => (await lethe.stands()).evidence === 0);
});

test('a clock that jumps before the first sweep has come by destroys nothing either, and goes on by itself when it is put right (I21)', async () => {
  const lethe = new Installation('never-swept');
  await lethe.start(0);
  await lethe.doors.open(daysFromNow(0));
  const platform = lethe.doors.client();
  const subject = await platform.subject('user-1');
  expect(await platform.collect([signIn(subject, daysFromNow(0))])).toMatchObject([{ outcome: 'admitted' }]);
  await platform.close();
  await lethe.counted(1);

  await lethe.start(DAYS_AHEAD);
  expect(await lethe.sweep()).toMatchObject({ ordered: 0, outstanding: 0, stopped: 'days-skipped' });
  expect(await lethe.doors.ask('officer', http.Breaker)).toMatchObject({
    stopped: 'days-skipped',
    backlog: [{ parts: 1 }],
  });

  await lethe.start(0);
  const after = await lethe.sweep();
  expect([after.stopped, after.ordered]).toEqual([undefined, 0]);
  expect(await parts(lethe.doors, subject)).toBe(1);
});
