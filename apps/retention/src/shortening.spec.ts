import { http } from '@lethe/contracts';
import { admit, asker, eachWithItsTenant, keepLogs, orders, rig, sweep, tenant } from './retention.contract.ts';

/** What came in on 1 December 2025 under six months. */
const DATED = '2026-06-02';

eachWithItsTenant('machine');

const logs = (parts = 1, over: Parameters<typeof admit>[2] = {}) =>
  Promise.all(
    Array.from({ length: parts }, () => admit(rig, tenant, { class: 'security-logs', disposal: DATED, ...over })),
  );
const forecast = async () => (await rig.ask(http.Forecast, asker(tenant).auditor)).tallies;
const next = () => rig.ask(http.NextSweep, asker(tenant).auditor);

test('what a version shortens below today goes with the next sweep, by the day it was dated for', async () => {
  await logs(2);
  await admit(rig, tenant, { class: 'orders', disposal: DATED });
  expect((await next()).orders).toEqual([]);
  await keepLogs('P3M');
  expect((await next()).orders).toMatchObject([{ class: 'security-logs', day: DATED, goes: '2026-03-02', parts: 2 }]);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  expect(await orders(rig, tenant)).toMatchObject([{ class: 'security-logs', day: DATED, expected: 2 }]);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
});

test('what is shortened to a day to come goes on that day and is foretold for it', async () => {
  await logs();
  await keepLogs('P4M');
  expect(await forecast()).toMatchObject([{ class: 'security-logs', day: '2026-04-02', dated: DATED, parts: 1 }]);
  expect((await rig.ask(http.Forecast, asker(tenant).auditor)).nextDay).toBe('2026-04-02');
  // Swept all the while, so that its days are no jump of the clock.
  for (let days = 0; days < 30; days += 2) {
    rig.clock.advance(2 * 86_400_000);
    await sweep(rig, tenant);
  }
  expect((await next()).orders).toEqual([]);
  rig.clock.advance(86_400_000);
  expect((await next()).orders).toMatchObject([{ day: DATED, goes: '2026-04-02' }]);
});

test('a longer period changes nothing', async () => {
  await logs();
  await keepLogs('P2Y');
  expect(await forecast()).toMatchObject([{ day: DATED, parts: 1 }]);
  expect((await forecast())[0]?.dated).toBeUndefined();
});

test('nothing goes before its floor, whatever a version says', async () => {
  await logs(1, { floor: '2026-03-03' });
  await keepLogs('P1M');
  expect((await next()).orders).toEqual([]);
  rig.clock.advance(86_400_000);
  expect((await next()).orders).toMatchObject([{ day: DATED }]);
});

test('a version that makes go more than was expected waits for a second person', async () => {
  await rig.database.database.within(tenant, (sql) =>
    sql.query(
      `insert into day_tally (tenant, class, day, custody, method, parts, slot) values ($1, 'security-logs', $2, 'lethe', 'delete', 1001, 0)`,
      [tenant, DATED],
    ),
  );
  await keepLogs('P1M');
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
  const { officer, otherOfficer } = asker(tenant);
  expect(await rig.ask(http.Breaker, officer)).toMatchObject({
    parts: 1_001,
    backlog: [{ day: DATED, goes: '2026-01-02', parts: 1_001 }],
  });
  const { pass } = await rig.ask(http.ProposePass, officer, { body: { reason: 'shorter-period' } });
  await rig.ask(http.ConfirmPass, otherOfficer, { params: { pass } });
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
});

test('what a version moves to a day to come waits for a second person on that day, too, however long it was foretold (I21)', async () => {
  await rig.database.database.within(tenant, (sql) =>
    sql.query(
      `insert into day_tally (tenant, class, day, custody, method, parts, slot) values ($1, 'security-logs', '2026-06-06', 'lethe', 'delete', 1500, 0)`,
      [tenant],
    ),
  );
  await keepLogs('P3M');
  for (const _day of [2, 3, 4, 5]) {
    expect((await sweep(rig, tenant)).stopped).toBeUndefined();
    rig.clock.advance(86_400_000);
  }
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
  expect(await rig.ask(http.Breaker, asker(tenant).officer)).toMatchObject({
    forecast: 0,
    backlog: [{ day: '2026-06-06', goes: '2026-03-06', parts: 1_500 }],
  });
});

test('what should have gone and was not ordered is found by the day it went on', async () => {
  await logs();
  await keepLogs('P2M');
  const { officer, otherOfficer } = asker(tenant);
  await rig.ask(http.StopDisposal, officer, { body: { reason: 'looked-into' } });
  await sweep(rig, tenant);
  const found = (await rig.ask(http.Findings, officer)).findings;
  expect(found).toMatchObject([{ kind: 'disposal-overdue', class: 'security-logs', about: '2026-02-02' }]);
  await rig.ask(http.ResumeDisposal, otherOfficer);
});
