import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import { Auditor } from './auditor.ts';
import { misheard, quiet, unbalanced } from './books.ts';
import { Doors } from './doors.ts';
import { DueDays } from './due-days.ts';
import { freePort, killServers, LetheProcess } from './lethe-process.ts';
import { signIn } from './people.ts';

jest.setTimeout(900_000);

const START = '2026-03-02T04:00:00.000Z';
/** Six months and a day after the last submission. */
const ALL_DUE = '2026-09-03T04:00:00Z';
/** Days on which something came in: more than a sweep orders in one transaction, and a few. */
const [MANY, FEW] = [130, 12];
const DAY_MS = 86_400_000;

const folder = mkdtempSync(join(tmpdir(), 'lethe-killed-disposal-'));
const home = join(folder, 'home');
let lethe: LetheProcess | undefined;
let port: number;

beforeAll(async () => {
  port = await freePort();
});
afterAll(async () => {
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A life of the process; it ends at the crash point, where one is named. */
async function live(crashAt?: string): Promise<void> {
  lethe = LetheProcess.embedded(home, port, join(folder, 'lethe.log'));
  await lethe.start(crashAt);
}

test.each([
  ['retention, when part of what is due is ordered', 'retention.sweep.ordered', MANY],
  ['erasure, when orders are in the ledger and nobody has been told', 'erasure.disposal.written', MANY],
  ['collection, when a day key is dead and it has not said so', 'collection.disposal.key-dead', FEW],
  ['collection, when it has answered for one day of several', 'collection.disposal.effective', FEW],
])(
  '%s, is killed with its servers: started again, each day is ordered, recorded and answered for once, nothing is left, the counts are right',
  async (_, point, days) => {
    const tenant = point.replaceAll('.', '-');
    await live(point);
    const doors = new Doors(lethe!.url, tenant);
    await doors.open(START);
    const platform = doors.client({ participant: 'archive', classes: ['security-logs'] });
    const [subject, held] = [await platform.subject('user-1'), await platform.subject('user-2')];
    const at = (day: number) => new Date(Date.parse(START) - day * DAY_MS).toISOString();
    const due = new DueDays(doors, platform, held);
    await due.collect([
      ...Array.from({ length: days }, (__, day) => signIn(subject, at(day))),
      signIn(held, at(0)),
      signIn(held, at(days - 1)),
    ]);
    await due.holdAndListen();

    await doors.moveTo(ALL_DUE);
    const sweeping = due.order(20_000);
    expect(await lethe!.killed()).toBe(true);
    killServers(home);
    await sweeping;
    await lethe!.kill();
    await live();

    await due.untilCarriedOut();
    await platform.close();
    const { data } = Auditor.ofHome(home);
    await quiet(data);

    await due.expectOnce(data);
    const [recorded] = await data.rows<{ entries: number }>(
      'lethe_erasure',
      'select count(*)::int as entries from ledger_record where tenant = $1',
      [tenant],
    );
    // The hold is one of them.
    expect(recorded).toEqual({ entries: due.days.length + 1 });
    expect(await doors.ask('officer', http.Counts)).toMatchObject({ admitted: days + 2, deleted: days });
    const client = doors.client();
    expect((await client.copyOf(subject)).parts).toEqual([]);
    expect((await client.open({ purpose: 'security', subject: held })).opened).toHaveLength(2);
    await client.close();
    expect(await unbalanced(data)).toEqual([]);
    expect(await misheard(data)).toEqual([]);
    await lethe!.stop();
  },
);
