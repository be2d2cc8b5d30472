import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { DisposalOrder } from '@lethe/client';
import { http } from '@lethe/contracts';
import { Auditor } from './auditor.ts';
import { misheard, quiet, unbalanced } from './books.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
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
  lethe = LetheProcess.embedded(home, port, join(folder, 'lethe.log'), crashAt);
  await lethe.start();
}

interface OrderRow {
  readonly order: string;
  readonly class: string;
  readonly day: string;
  readonly found: number;
  readonly held: number;
  readonly deleted: number;
  readonly done: boolean;
  readonly acks: readonly string[];
}

/** Events of a type a service has announced, by the order they are about. */
async function toldOf(data: Auditor, service: string, tenant: string, type: string): Promise<Map<string, number>> {
  const rows = await data.rows<{ order: string; times: number }>(
    `lethe_${service}`,
    `select value::jsonb->'data'->>'order' as order, count(*)::int as times from outbox
      where tenant = $1 and value::jsonb->>'type' = $2 group by 1`,
    [tenant, type],
  );
  return new Map(rows.map(({ order, times }) => [order, times]));
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
    const submissions = [
      ...Array.from({ length: days }, (__, day) => signIn(subject, at(day))),
      signIn(held, at(0)),
      signIn(held, at(days - 1)),
    ];
    const due = new Map<string, { parts: number; held: number }>();
    for (const [nth, answer] of (await platform.collect(submissions)).entries()) {
      if (answer.outcome !== 'admitted') throw new Error(`refused: ${answer.refusal.code}`);
      const day = answer.parts[0]?.disposal ?? '';
      const before = due.get(day) ?? { parts: 0, held: 0 };
      due.set(day, { parts: before.parts + 1, held: before.held + (nth >= days ? 1 : 0) });
    }
    const scope = { kind: 'subject' as const, subject: held };
    const reviewOn = '2027-01-01';
    await doors.ask('officer', http.PlaceHold, {
      body: { scope, reason: 'litigation', authority: 'court', reviewOn },
    });
    const handled = new Map<string, number>();
    await platform.onDisposal(({ order }: DisposalOrder) => {
      handled.set(order, (handled.get(order) ?? 0) + 1);
      return Promise.resolve({ found: 1, deleted: 1, rescan: 0 });
    });
    await eventually('all is counted', async () => {
      const { tallies } = await doors.ask('auditor', http.Forecast);
      return tallies.reduce((sum, { parts }) => sum + parts, 0) === submissions.length;
    });

    await doors.moveTo(ALL_DUE);
    const sweeping = doors.ask('operator', http.Sweep, { body: { waitMs: 20_000 } }).catch(() => undefined);
    expect(await lethe!.killed()).toBe(true);
    killServers(home);
    await sweeping;
    await lethe!.kill();
    await live();

    await eventually('every order is carried out', async () => {
      const { outstanding } = await doors.ask('operator', http.Sweep, { body: { waitMs: 10_000 } });
      const { tallies } = await doors.ask('auditor', http.Forecast);
      return outstanding === 0 && tallies.every(({ state }) => state === 'swept');
    });
    await platform.close();
    const { data } = Auditor.ofHome(home);
    await quiet(data);

    const orders = await data.rows<OrderRow>(
      'lethe_retention',
      `select order_id as order, class, day::text as day, found::int as found, held::int as held, deleted::int as deleted,
              closed_at is not null and swept_at is not null as done,
              array(select participant from disposal_participant p where p.tenant = o.tenant and p.order_id = o.order_id
                     and acked_at is not null) as acks
         from disposal_order o where tenant = $1 order by day`,
      [tenant],
    );
    // Ends of months fall together.
    expect(orders).toEqual(
      [...due].sort().map(([day, { parts, held: kept }]) => ({
        ...{ order: expect.any(String) as string, class: 'security-logs', day, found: parts, held: kept },
        ...{ deleted: parts - kept, done: true, acks: ['archive'] },
      })),
    );
    const once = new Map(orders.map(({ order }) => [order, 1]));
    expect(await toldOf(data, 'retention', tenant, 'retention.disposal-ordered.v2')).toEqual(once);
    expect(await toldOf(data, 'erasure', tenant, 'erasure.disposal-recorded.v1')).toEqual(once);
    expect(await toldOf(data, 'collection', tenant, 'collection.disposal-effective.v1')).toEqual(once);
    expect(await toldOf(data, 'collection', tenant, 'collection.disposal-swept.v1')).toEqual(once);
    expect(await toldOf(data, 'retention', tenant, 'retention.platform-disposal-acked.v2')).toEqual(once);
    expect([...handled.keys()].sort()).toEqual([...once.keys()].sort());
    const [recorded] = await data.rows<{ entries: number }>(
      'lethe_erasure',
      'select count(*)::int as entries from ledger_record where tenant = $1',
      [tenant],
    );
    // The hold is one of them.
    expect(recorded).toEqual({ entries: due.size + 1 });

    expect(await doors.ask('officer', http.Counts)).toMatchObject({ admitted: submissions.length, deleted: days });
    const left = await data.rows<{ parts: number }>(
      'lethe_retention',
      'select sum(parts)::int as parts from day_tally where tenant = $1',
      [tenant],
    );
    expect(left).toEqual([{ parts: 0 }]);
    const client = doors.client();
    expect((await client.copyOf(subject)).parts).toEqual([]);
    expect((await client.open({ purpose: 'security', subject: held })).opened).toHaveLength(2);
    await client.close();
    expect(await unbalanced(data)).toEqual([]);
    expect(await misheard(data)).toEqual([]);
    expect((await doors.ask('officer', http.Findings)).open).toEqual({});
    await lethe!.stop();
  },
);
