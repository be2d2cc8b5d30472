import { events, http } from '@lethe/contracts';
import type { Day } from '@lethe/kernel';
import { admit, asker, eachWithItsTenant, NOON, orders, rig, sweep, tenant, TODAY } from './retention.contract.ts';

const DAY_MS = 86_400_000;

eachWithItsTenant('machine');

/** Parts that a tally counts on a day, as if collection had told of them one by one. */
const dated = (day: Day, parts: number, className = 'orders') =>
  rig.database.database.within(tenant, (sql) =>
    sql.query(
      `insert into day_tally (tenant, class, day, custody, method, parts, slot) values ($1, $2, $3, 'lethe', 'delete', $4, 0)
       on conflict (tenant, class, day, custody, slot) do update set parts = day_tally.parts + excluded.parts`,
      [tenant, className, day, parts],
    ),
  );
const breaker = () => rig.ask(http.Breaker, asker(tenant).officer);
const reason = 'campaign-of-2023-ends';
const propose = () => rig.ask(http.ProposePass, asker(tenant).officer, { body: { reason } });
const confirm = (pass: string, who: 'officer' | 'otherOfficer' = 'otherOfficer') =>
  rig.ask(http.ConfirmPass, asker(tenant)[who], { params: { pass } });
const passDays = (days: number) => rig.clock.advance(days * DAY_MS);

describe('out of proportion', () => {
  test('more than a thousand parts that nobody expected are ordered only when a second person lets them pass', async () => {
    await dated(TODAY, 1_001);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
    expect(await breaker()).toMatchObject({
      stopped: 'out-of-proportion',
      parts: 1_001,
      allowance: 1_000,
      backlog: [{ day: TODAY, class: 'orders', method: 'delete', custody: ['lethe'], parts: 1_001 }],
    });

    expect(await rig.ask(http.NextSweep, asker(tenant).officer)).toMatchObject({
      stopped: 'out-of-proportion',
      orders: [],
    });
    const { pass, parts } = await propose();
    expect(parts).toBe(1_001);
    await expect(confirm(pass, 'officer')).rejects.toMatchObject({ code: 'platform/same-person' });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
    await confirm(pass);
    const swept = await sweep(rig, tenant);
    expect(swept).toMatchObject({ ordered: 1 });
    expect(swept.stopped).toBeUndefined();
    expect(await orders(rig, tenant)).toMatchObject([{ day: TODAY, expected: 1_001 }]);
  });

  test('sweeps of one day are counted together, whatever each of them orders', async () => {
    await dated(TODAY, 900);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
    await dated(TODAY, 101, 'addresses');
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
    passDays(1);
    expect((await sweep(rig, tenant)).stopped).toBeUndefined();
  });

  test('what was expected a day ago goes by itself, and what was not does not', async () => {
    await dated('2026-03-03', 4_000);
    await sweep(rig, tenant);
    passDays(1);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });

    await dated('2026-03-04', 9_000);
    passDays(1);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
  });

  test('a pass lets one backlog pass, not the next', async () => {
    await dated(TODAY, 2_000);
    await confirm((await propose()).pass);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
    await dated(TODAY, 2_000, 'addresses');
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
  });

  test('what falls due on days that nobody saw does not go under a pass (I21)', async () => {
    await dated(TODAY, 2_000);
    const first = await propose();
    await sweep(rig, tenant);
    await dated('2026-03-03', 500_000);
    passDays(0.9);
    await confirm(first.pass);
    expect((await rig.ask(http.NextSweep, asker(tenant).officer)).orders).toMatchObject([{ day: TODAY, parts: 2_000 }]);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1, stopped: 'out-of-proportion' });
    expect(await orders(rig, tenant)).toMatchObject([{ day: TODAY, expected: 2_000 }]);
    expect(await breaker()).toMatchObject({ stopped: 'out-of-proportion', parts: 500_000 });
  });

  test('what is due beside what was seen goes by itself when it is small, and what grew later on days that were seen does not', async () => {
    await dated(TODAY, 2_000);
    const first = await propose();
    await dated('2026-03-03', 900);
    passDays(0.9);
    await confirm(first.pass);
    expect((await sweep(rig, tenant)).stopped).toBeUndefined();
    expect(await orders(rig, tenant)).toMatchObject([{ day: TODAY }, { day: '2026-03-03' }]);

    await dated('2026-03-01', 1_500);
    await dated('2026-02-28', 600);
    const second = await propose();
    await dated('2026-02-27', 1_001);
    await confirm(second.pass);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
  });

  test('a pass is good for a day of the machine', async () => {
    await dated(TODAY, 2_000);
    await sweep(rig, tenant);
    await confirm((await propose()).pass);
    passDays(1);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'out-of-proportion' });
    await confirm((await propose()).pass);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  });

  test('a proposal is confirmed once, within a day, and not when nothing is stopped', async () => {
    await expect(propose()).rejects.toMatchObject({ code: 'retention/breaker-closed' });
    await dated(TODAY, 2_000);
    const { pass } = await propose();
    rig.clock.advance(DAY_MS + 1);
    await expect(confirm(pass)).rejects.toMatchObject({ code: 'retention/proposal-too-old' });
    const again = await propose();
    await confirm(again.pass);
    await expect(confirm(again.pass)).rejects.toMatchObject({ code: 'retention/already-confirmed' });
  });
});

describe('a clock that jumped', () => {
  test('400 days ahead destroys nothing, and nothing either on the days after (I21)', async () => {
    await admit(rig, tenant, { disposal: '2026-04-01' });
    await sweep(rig, tenant);
    for (const days of [400, 1]) {
      passDays(days);
      expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'days-skipped' });
    }
    expect(await orders(rig, tenant)).toEqual([]);
  });

  test('400 days ahead before any sweep has come by destroys nothing either: days are skipped since the first parts were counted (I21)', async () => {
    await admit(rig, tenant, { disposal: '2026-04-01' });
    passDays(400);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'days-skipped' });
    expect(await orders(rig, tenant)).toEqual([]);
  });

  test('400 days ahead before the first parts are counted destroys nothing either: they were told by the clock of before (I21)', async () => {
    passDays(400);
    await admit(rig, tenant, { disposal: '2026-04-01' }, NOON);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'days-skipped' });
    expect(await orders(rig, tenant)).toEqual([]);
    passDays(-400);
    expect((await sweep(rig, tenant)).stopped).toBeUndefined();
  });

  test('put right again it goes on by itself', async () => {
    await admit(rig, tenant, { disposal: '2026-03-03' });
    await sweep(rig, tenant);
    passDays(400);
    await sweep(rig, tenant);
    passDays(-399);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
    expect((await breaker()).stoppedAt).toBeUndefined();
  });

  test('a service that was down for three days waits for two persons, then goes on day by day', async () => {
    await admit(rig, tenant, { disposal: '2026-03-04' });
    await sweep(rig, tenant);
    passDays(3);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'days-skipped' });
    await confirm((await propose()).pass);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
    passDays(1);
    expect((await sweep(rig, tenant)).stopped).toBeUndefined();
  });

  test('a pass of a backlog says nothing of a clock that jumps after it (I21)', async () => {
    await sweep(rig, tenant);
    await dated(TODAY, 2_000);
    await dated('2027-01-01', 19_000);
    const { pass } = await propose();
    await confirm(pass);
    passDays(400);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'days-skipped' });
    const stale = await propose();
    passDays(-400);
    await expect(confirm(stale.pass)).rejects.toMatchObject({ code: 'retention/proposal-too-old' });
    // Put right, the pass is the one both gave.
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
    expect(await orders(rig, tenant)).toMatchObject([{ day: TODAY, expected: 2_000 }]);
  });

  test('who passes skipped days has said that the day is right, and nothing of another one', async () => {
    await sweep(rig, tenant);
    await dated(TODAY, 2_000);
    passDays(3);
    await confirm((await propose()).pass);
    passDays(4);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'days-skipped' });
    passDays(-4);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
    passDays(1);
    expect((await sweep(rig, tenant)).stopped).toBeUndefined();
  });

  test('a legal clock that was moved on purpose is no jump, and each of its days brings an allowance', async () => {
    await admit(rig, tenant, { disposal: '2026-04-01' });
    await sweep(rig, tenant);
    await dated('2026-04-01', 9_000);
    await rig.moveClock(tenant, new Date('2026-04-01T04:00:00.000Z'));
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  });
});

describe('the kill switch', () => {
  test('one person stops all disposal, another lets it go on', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    await rig.ask(http.StopDisposal, asker(tenant).officer, { body: { reason: 'wrong-policy' } });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'stopped-by-officer' });
    expect(await breaker()).toMatchObject({
      stop: { reason: 'wrong-policy', stoppedBy: expect.stringContaining('ana') },
      backlog: [{ parts: 1 }],
    });
    await expect(rig.ask(http.ResumeDisposal, asker(tenant).officer)).rejects.toMatchObject({
      code: 'platform/same-person',
    });
    await rig.ask(http.ResumeDisposal, asker(tenant).otherOfficer);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  });

  test('a stop of many days is no jump of the clock', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    await rig.ask(http.StopDisposal, asker(tenant).officer, { body: { reason: 'wrong-policy' } });
    for (const _day of [1, 2, 3, 4]) {
      passDays(1);
      await sweep(rig, tenant);
    }
    await rig.ask(http.ResumeDisposal, asker(tenant).otherOfficer);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  });

  test('a tenant’s stop is its own', async () => {
    await rig.ask(http.StopDisposal, asker(tenant).officer, { body: { reason: 'wrong-policy' } });
    const other = await rig.openTenant(`other-${tenant}`);
    await admit(rig, other, { disposal: TODAY });
    expect(await sweep(rig, other)).toMatchObject({ ordered: 1 });
  });
});

describe('how far anything goes by its date is told', () => {
  const cleared = async () =>
    (await rig.announced(events.DisposalClearedV1))
      .filter((event) => event.tenant === tenant)
      .map(({ data: { through, stop } }) => ({ through, stopped: stop !== undefined }));

  test('once a day, two days past the one that was swept, and not of a day that a clock jumped to', async () => {
    await sweep(rig, tenant);
    await sweep(rig, tenant);
    expect(await cleared()).toEqual([{ through: '2026-03-04', stopped: false }]);
    passDays(1);
    await sweep(rig, tenant);
    passDays(400);
    await sweep(rig, tenant);
    passDays(-399);
    await sweep(rig, tenant);
    expect((await cleared()).map(({ through }) => through)).toEqual(['2026-03-04', '2026-03-05', '2026-03-06']);
  });

  test('as soon as the first parts are counted', async () => {
    await admit(rig, tenant, { disposal: '2026-04-01' });
    await admit(rig, tenant, { disposal: '2026-04-02' });
    expect(await cleared()).toEqual([{ through: '2026-03-04', stopped: false }]);
  });

  test('when two persons have said that the day is right', async () => {
    await sweep(rig, tenant);
    passDays(5);
    await sweep(rig, tenant);
    expect((await cleared()).at(-1)).toMatchObject({ through: '2026-03-04' });
    await confirm((await propose()).pass);
    expect((await cleared()).at(-1)).toMatchObject({ through: '2026-03-09' });
  });

  test('when an officer stops disposal, and when another lets it go on', async () => {
    await rig.ask(http.StopDisposal, asker(tenant).officer, { body: { reason: 'wrong-policy' } });
    await sweep(rig, tenant);
    await rig.ask(http.ResumeDisposal, asker(tenant).otherOfficer);
    expect(await cleared()).toEqual([
      { through: undefined, stopped: true },
      { through: '2026-03-04', stopped: true },
      { through: '2026-03-04', stopped: false },
    ]);
  });
});

test('many replicas at once order no more than one would', async () => {
  await dated(TODAY, 600);
  await dated(TODAY, 600, 'addresses');
  const swept = await Promise.all(Array.from({ length: 6 }, () => sweep(rig, tenant)));
  expect(swept.map(({ ordered, stopped }) => [ordered, stopped])).toEqual(
    Array.from({ length: 6 }, () => [0, 'out-of-proportion']),
  );
});
