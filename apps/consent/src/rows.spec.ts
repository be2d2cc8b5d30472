import { events } from '@lethe/contracts';
import { dayOf, type TenantId } from '@lethe/kernel';
import { newId, newRef, parkedRoute, rowsRoute, undisposed } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { consent } from './consent.module.ts';

const NOON = new Date('2030-03-02T04:00:00.000Z');

let rig: TestContext;
beforeAll(async () => {
  rig = await testContext(consent);
});
afterAll(() => rig.stop());

test('every table that leads to people says how its rows go, and can keep its word', async () => {
  expect(await rig.database.admin.transaction((sql) => undisposed(sql, consent.declarations))).toEqual([]);
});

const history = (tenant: string) =>
  rig.database.admin.transaction((sql) =>
    sql.query<{ subject: string; version: number }>(
      'select subject, version from consent_history where tenant = $1 order by subject, version',
      [tenant],
    ),
  );

test('an act is evidence for its period after it was followed; the last one stands as long as its person does', async () => {
  const tenant = await rig.openTenant('rows', { at: NOON });
  const people = { stands: newRef(), erasedLongAgo: newRef(), erasedLately: newRef() };
  await rig.database.admin.transaction(async (sql) => {
    await sql.query(
      `insert into person (tenant, subject, restricted_at) values ($1, $2, null), ($1, $3, '2027-03-01'), ($1, $4, '2027-03-03')`,
      [tenant, people.stands, people.erasedLongAgo, people.erasedLately],
    );
    for (const subject of Object.values(people)) {
      await sql.query(
        `insert into consent_history (tenant, subject, purpose, version, consent, state, level, notice, stated_by, event, at, recorded_at, dispose_on)
         select $1, $2, 'marketing', v, gen_random_uuid(), case v when 2 then 'withdrawn' else 'given' end, 'opt-in', '1', 'backend', gen_random_uuid(), d, d, (d + interval '3 years 1 day')::date
           from (values (1, '2022-01-01'::timestamptz), (2, '2026-06-01'::timestamptz), (3, '2026-08-01'::timestamptz)) as acts (v, d)`,
        [tenant, subject],
      );
    }
  });
  await rig.running.rows.tick();
  // What was followed in 2026 is past its evidence in 2030; who was erased on 3 March 2027 keeps the last act one day more.
  expect(await history(tenant)).toEqual(
    [
      { subject: people.stands, version: 3 },
      { subject: people.erasedLately, version: 3 },
    ].sort((one, other) => (one.subject < other.subject ? -1 : 1)),
  );
  await rig.running.rows.tick();
  const left = await rig.database.admin.transaction((sql) =>
    sql.query<{ subject: string }>('select subject from person where tenant = $1', [tenant]),
  );
  expect(left.map(({ subject }) => subject).sort()).toEqual([people.stands, people.erasedLately].sort());
});

test('what was withdrawn lately still shows what had been agreed to', async () => {
  const tenant = await rig.openTenant('rows-lately', { at: NOON });
  const subject = newRef();
  await rig.database.admin.transaction(async (sql) => {
    await sql.query('insert into person (tenant, subject) values ($1, $2)', [tenant, subject]);
    await sql.query(
      `insert into consent_history (tenant, subject, purpose, version, consent, state, level, notice, stated_by, event, at, recorded_at, dispose_on) values
         ($1, $2, 'marketing', 1, gen_random_uuid(), 'given', 'opt-in', '1', 'backend', gen_random_uuid(), '2022-01-01', '2022-01-01', '2025-01-02'),
         ($1, $2, 'marketing', 2, gen_random_uuid(), 'withdrawn', 'opt-in', '1', 'backend', gen_random_uuid(), '2029-01-01', '2029-01-01', '2032-01-02')`,
      [tenant, subject],
    );
  });
  await rig.running.rows.tick();
  expect((await history(tenant)).map(({ version }) => version)).toEqual([1, 2]);
});

describe('evidence goes by the word of the breaker, not by a clock alone (I21)', () => {
  const DAY_MS = 86_400_000;
  const cleared = (tenant: TenantId, days: number, stop?: { stop: string; at: string }) => {
    const now = rig.clock.now();
    const through = dayOf(new Date(now.getTime() + days * DAY_MS), 'Asia/Shanghai');
    return rig.hear(
      events.DisposalClearedV1,
      { tenant },
      { through, at: now.toISOString(), ...(stop === undefined ? {} : { stop }) },
    );
  };
  /** Its last act is over in two hundred days. */
  async function withEvidence(name: string): Promise<TenantId> {
    const tenant = await rig.openTenant(name, { at: NOON });
    const subject = newRef();
    await rig.database.admin.transaction(async (sql) => {
      await sql.query(`insert into person (tenant, subject, restricted_at) values ($1, $2, '2027-09-18')`, [
        tenant,
        subject,
      ]);
      await sql.query(
        `insert into consent_history (tenant, subject, purpose, version, consent, state, level, notice, stated_by, event, at, recorded_at, dispose_on)
         values ($1, $2, 'marketing', 1, gen_random_uuid(), 'withdrawn', 'opt-in', '1', 'backend', gen_random_uuid(), '2027-09-18', '2027-09-18', '2030-09-18')`,
        [tenant, subject],
      );
    });
    return tenant;
  }
  const waits = async (tenant: TenantId) => (await rig.ask(parkedRoute('consent'), { tenant, role: 'officer' })).waits;

  test('a clock 400 days ahead takes nothing, by its hour and when asked, and says so', async () => {
    const tenant = await withEvidence('ahead');
    await cleared(tenant, 2);
    rig.clock.advance(400 * DAY_MS);
    await rig.running.rows.tick();
    expect(await rig.ask(rowsRoute('consent'), { tenant, role: 'operator' }, { body: {} })).toEqual({ disposed: 0 });
    expect(await history(tenant)).toHaveLength(1);
    expect(await waits(tenant)).toBe('days-skipped');

    rig.clock.advance(-400 * DAY_MS);
    await rig.running.rows.tick();
    expect(await history(tenant)).toHaveLength(1);
    expect(await waits(tenant)).toBeUndefined();
    await rig.moveClock(tenant, new Date('2031-03-02T04:00:00.000Z'));
    await rig.running.rows.tick();
    expect(await history(tenant)).toHaveLength(0);
  });

  test('a stop keeps it, and it goes when another person lets disposal go on', async () => {
    const tenant = await withEvidence('kept');
    await cleared(tenant, 2, { stop: newId(), at: rig.clock.now().toISOString() });
    await rig.moveClock(tenant, new Date('2031-03-02T04:00:00.000Z'));
    await rig.running.rows.tick();
    expect(await history(tenant)).toHaveLength(1);
    expect(await waits(tenant)).toBe('stopped-by-officer');
    await cleared(tenant, 2);
    await rig.running.rows.tick();
    expect(await history(tenant)).toHaveLength(0);
  });

  test('what retention has told and is parked here, a stop perhaps, keeps it until it is given up', async () => {
    const tenant = await withEvidence('unheard');
    await cleared(tenant, 2);
    const { giveUp } = await rig.park(events.DisposalClearedV1, tenant);
    await rig.moveClock(tenant, new Date('2031-03-02T04:00:00.000Z'));
    await rig.running.rows.tick();
    expect(await history(tenant)).toHaveLength(1);
    expect(await waits(tenant)).toBe('unheard');
    await giveUp();
    await rig.running.rows.tick();
    expect(await history(tenant)).toHaveLength(0);
    expect(await waits(tenant)).toBeUndefined();
  });
});
