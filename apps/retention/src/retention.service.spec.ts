import { events, http } from '@lethe/contracts';
import { slotOf } from '@lethe/kernel';
import { messagingTableNames } from '@lethe/messaging';
import { crashAt, FOUNDATION_DECLARATIONS, undeclared } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { BreakerService } from './breaker.service.ts';
import { Dates } from './dates.ts';
import { LongPoll } from './long-poll.ts';
import {
  admit,
  asker,
  carryOut,
  eachWithItsTenant,
  matterId,
  NOON,
  orders,
  person,
  rig,
  sweep,
  tenant,
  TODAY,
} from './retention.contract.ts';
import { RetentionService } from './retention.service.ts';
import { retentionDeclarations } from './store/declarations.ts';
import { FindingStore } from './store/finding.store.ts';
import { OrderStore } from './store/order.store.ts';

eachWithItsTenant();
afterEach(() => {
  crashAt.strike = undefined;
});

const forecast = async () => (await rig.ask(http.Forecast, asker(tenant).officer)).tallies;

describe('counting', () => {
  test('parts are counted by day or as waiting; an anchor moves them; what is removed leaves', async () => {
    const matter = matterId();
    const subject = person();
    await admit(rig, tenant, { disposal: '2026-04-01' });
    await admit(rig, tenant, { subject, matter });
    await admit(rig, tenant, { subject, matter });
    expect(await forecast()).toMatchObject([
      { day: '2026-04-01', parts: 1, state: 'dated' },
      { parts: 2, state: 'waiting' },
    ]);

    await rig.hear(
      events.MatterDatedV1,
      { tenant, subject },
      { matter, class: 'orders', to: '2026-04-01', method: 'delete', custody: 'lethe', parts: 2 },
    );
    expect(await forecast()).toMatchObject([{ day: '2026-04-01', parts: 3, state: 'dated' }]);

    await rig.hear(
      events.PartsRemovedV1,
      { tenant, subject },
      { tallies: [{ class: 'orders', disposal: '2026-04-01', parts: 2 }] },
    );
    expect(await forecast()).toMatchObject([{ day: '2026-04-01', parts: 1 }]);
    expect(await rig.ask(http.Forecast, asker(tenant).officer)).toMatchObject({ nextDay: '2026-04-01' });
  });

  test('the same message delivered twice counts once', async () => {
    const { subject } = await admit(rig, tenant, { disposal: '2026-04-01' });
    const { topic } = events.PartsAdmittedV1;
    const slot = slotOf(subject, rig.slots);
    const duplicates = async () =>
      (await rig.running.consumer.accounts()).find((one) => one.topic === topic && one.slot === slot)?.duplicate ?? 0;
    const before = await duplicates();
    const { number, incarnation, id, value } = rig.log.records(topic, slot).at(-1)!;
    await rig.log.append(topic, slot, [{ number, incarnation, id, value }]);
    await eventually(async () => (await duplicates()) > before);
    expect(await forecast()).toMatchObject([{ parts: 1 }]);
  });
});

describe('a sweep', () => {
  test('orders what is due today, signed, and nothing that is due tomorrow', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    await admit(rig, tenant, { disposal: '2026-03-03' });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1, outstanding: 1 });
    const [order] = await orders(rig, tenant);
    expect(order).toMatchObject({ class: 'orders', day: TODAY, method: 'delete', custody: ['lethe'], expected: 1 });
    expect(order?.signature).toMatch(/^eyJ/);
  });

  test('many at once order a day once', async () => {
    for (const day of ['2026-02-27', '2026-02-28', TODAY]) await admit(rig, tenant, { disposal: day });
    const swept = await Promise.all(Array.from({ length: 6 }, () => sweep(rig, tenant)));
    expect(swept.reduce((sum, { ordered }) => sum + ordered, 0)).toBe(3);
    expect((await orders(rig, tenant)).map(({ day }) => day).sort()).toEqual(['2026-02-27', '2026-02-28', TODAY]);
  });

  test('stopped half-way is finished by the next one, and nothing is ordered twice', async () => {
    const parts = Array.from({ length: 250 }, (_, n) => ({ class: `class-${String(n)}`, disposal: TODAY }));
    for (const part of parts.slice(0, 3)) await admit(rig, tenant, part);
    await rig.database.database.within(tenant, (sql) =>
      sql.query(
        `insert into day_tally (tenant, class, day, custody, method, parts) select $1, c, $3::date, 'lethe', 'delete', 1 from unnest($2::text[]) as c on conflict do nothing`,
        [tenant, parts.map((part) => part.class), TODAY],
      ),
    );
    crashAt.strike = (point) => {
      if (point !== 'retention.sweep.ordered') return;
      crashAt.strike = undefined;
      throw new Error('killed');
    };
    await expect(rig.inside(RetentionService).sweep(tenant, rig.clock.now())).rejects.toThrow('killed');
    const before = (await orders(rig, tenant)).length;
    expect(before).toBe(100);
    await sweep(rig, tenant);
    const all = await orders(rig, tenant);
    expect(all).toHaveLength(250);
    expect(new Set(all.map((order) => order.class)).size).toBe(250);
  });

  test('answers when all it ordered is effective', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    const swept = sweep(rig, tenant, 10_000);
    const order = await eventuallyOrdered();
    await carryOut(rig, tenant, order, { found: 1 });
    expect(await swept).toMatchObject({ ordered: 1, outstanding: 0 });
    expect(await forecast()).toMatchObject([{ day: TODAY, state: 'effective', parts: 1 }]);
    await rig.hear(
      events.DisposalSweptV1,
      { tenant, slot: 0 },
      { order: order.order, class: order.class, day: order.day, deleted: 1, at: NOON.toISOString() },
    );
    expect(await forecast()).toMatchObject([{ state: 'swept' }]);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, outstanding: 0 });
  });

  test('forgets the counts of days long disposed of, and never those of a day with an order in force', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    await admit(rig, tenant, { disposal: TODAY, class: 'face' });
    await sweep(rig, tenant);
    const done = (await orders(rig, tenant)).find((order) => order.class === 'face')!;
    await carryOut(rig, tenant, done, { found: 1 });
    await rig.moveClock(tenant, new Date('2026-05-02T04:00:00.000Z'));
    await sweep(rig, tenant);
    expect(await forecast()).toMatchObject([{ class: 'orders', state: 'ordered' }]);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, outstanding: 1 });
  });

  test('never orders what a floor keeps, on request or not', async () => {
    await admit(rig, tenant, { disposal: TODAY, floor: '2026-06-01' });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
    await rig.moveClock(tenant, new Date('2026-06-01T04:00:00.000Z'));
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  });

  test('is the tenant’s day, not the machine’s', async () => {
    await rig.moveClock(tenant, new Date('2026-03-02T15:59:59.000Z'));
    await admit(rig, tenant, { disposal: '2026-03-03' });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
    await rig.moveClock(tenant, new Date('2026-03-02T16:00:00.000Z'));
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  });

  test('an order nobody carries out for an hour is escalated, once', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    await sweep(rig, tenant);
    const overdue = () =>
      rig.lines.filter((line) => line.includes('retention/disposal-overdue') && line.includes(`"${tenant}"`)).length;
    const service = new RetentionService(
      rig.context,
      new LongPoll(),
      new BreakerService(rig.context, new Dates(rig.context)),
      new Dates(rig.context),
    );
    const inAnHour = new Date(rig.clock.now().getTime() + 3_600_000);
    await service.sweep(tenant, inAnHour);
    await service.sweep(tenant, inAnHour);
    expect(overdue()).toBe(1);
    expect(await service.dueAndOverdue(tenant, inAnHour)).toEqual({ due: 0, overdue: 1 });
  });
});

describe('what the platform holds itself', () => {
  const ackOf = (order: string, body: { found: number; deleted: number; rescan: number }, by = tenant) =>
    rig.ask(http.AckDisposal, asker(by).backend, { params: { order }, body });

  test('is in force until the platform’s statement adds up, and is announced once', async () => {
    await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
    await sweep(rig, tenant);
    const { order } = (await orders(rig, tenant))[0]!;
    expect(await ackOf(order, { found: 4, deleted: 3, rescan: 1 })).toEqual({ accepted: false });
    expect(await sweep(rig, tenant)).toMatchObject({ outstanding: 1 });
    expect(await ackOf(order, { found: 4, deleted: 4, rescan: 0 })).toEqual({ accepted: true });
    expect(await ackOf(order, { found: 4, deleted: 4, rescan: 0 })).toEqual({ accepted: true });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, outstanding: 0 });
    expect(
      (await rig.announced(events.PlatformDisposalAckedV2)).filter((event) => event.tenant === tenant),
    ).toHaveLength(1);
  });

  test('is in force until each store that holds such parts has made its own statement; who is silent is escalated by name', async () => {
    const register = (participant: string, classes: string[]) =>
      rig.hear(
        events.ParticipantRegisteredV1,
        { tenant, slot: 0 },
        { participant, classes, registryVersion: 1, at: NOON.toISOString() },
      );
    await register('shop', ['orders']);
    await register('archive', []);
    await register('crm', ['invoices']);
    await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
    await sweep(rig, tenant);
    const { order, participants } = (await orders(rig, tenant))[0]!;
    expect(participants).toEqual(['archive', 'shop']);
    // Whoever registers later takes part in later orders.
    await register('late', ['orders']);
    const state = (participant: string | undefined, found: number) =>
      rig.ask(http.AckDisposal, asker(tenant).backend, {
        params: { order },
        body: { ...(participant === undefined ? {} : { participant }), found, deleted: found, rescan: 0 },
      });
    await expect(state(undefined, 1)).rejects.toMatchObject({ code: 'retention/which-participant' });
    for (const other of ['crm', 'late'])
      await expect(state(other, 1)).rejects.toMatchObject({ code: 'retention/not-addressed' });
    expect(await state('shop', 2)).toEqual({ accepted: true });
    expect(await state('shop', 2)).toEqual({ accepted: true });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, outstanding: 1 });
    const counted = () =>
      rig.database.database.within(tenant, (sql) =>
        sql.query<{ parts: number }>('select sum(parts)::int as parts from day_tally where tenant = $1', [tenant]),
      );
    expect(await counted()).toEqual([{ parts: 1 }]);
    const inAnHour = new Date(rig.clock.now().getTime() + 3_600_000);
    const late = await rig.database.database.within(tenant, async (sql) => {
      await new OrderStore(sql, tenant).escalate(inAnHour, inAnHour);
      await new OrderStore(sql, tenant).escalate(inAnHour, new Date(inAnHour.getTime() + 1));
      return {
        missing: (await new FindingStore(sql, tenant).unanswered(inAnHour)).map(({ missing }) => missing),
        escalated: await sql.query(
          'select participant from disposal_participant where tenant = $1 and escalated_at = $2',
          [tenant, inAnHour],
        ),
      };
    });
    expect(late).toEqual({ missing: [['archive']], escalated: [{ participant: 'archive' }] });
    expect(await state('archive', 3)).toEqual({ accepted: true });
    expect(await counted()).toEqual([{ parts: 0 }]);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, outstanding: 0 });
    const acked = (await rig.announced(events.PlatformDisposalAckedV2)).filter((event) => event.tenant === tenant);
    expect(acked.map(({ data }) => [data.participant, data.found])).toEqual([
      ['shop', 2],
      ['archive', 3],
    ]);
  });

  test('what Lethe holds and a store has a copy of is not done until the store has said so', async () => {
    await rig.hear(
      events.ParticipantRegisteredV1,
      { tenant, slot: 0 },
      { participant: 'search', classes: ['orders'], registryVersion: 1, at: NOON.toISOString() },
    );
    await admit(rig, tenant, { disposal: TODAY });
    await sweep(rig, tenant);
    const order = (await orders(rig, tenant))[0]!;
    expect(order).toMatchObject({ custody: ['lethe'], participants: ['search'] });
    await carryOut(rig, tenant, order, { found: 1 });
    expect(await sweep(rig, tenant)).toMatchObject({ outstanding: 1 });
    expect(await ackOf(order.order, { found: 1, deleted: 1, rescan: 0 })).toEqual({ accepted: true });
    expect(await sweep(rig, tenant)).toMatchObject({ outstanding: 0 });
  });

  test('nobody acks what is not addressed to the platform, or is another tenant’s', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    await sweep(rig, tenant);
    const { order } = (await orders(rig, tenant))[0]!;
    await expect(ackOf(order, { found: 0, deleted: 0, rescan: 0 })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'retention/not-addressed',
    });
    const other = await rig.openTenant(`other-${tenant}`);
    await expect(ackOf(order, { found: 0, deleted: 0, rescan: 0 }, other)).rejects.toMatchObject({ kind: 'missing' });
  });
});

test('tenants cannot see each other’s counts, orders or backups', async () => {
  await admit(rig, tenant, { disposal: TODAY });
  await sweep(rig, tenant);
  const other = await rig.openTenant(`foreign-${tenant}`, { at: NOON });
  expect((await rig.ask(http.Forecast, asker(other).officer)).tallies).toEqual([]);
  expect(await sweep(rig, other)).toMatchObject({ ordered: 0, outstanding: 0 });
  for (const table of ['day_tally', 'disposal_order', 'disposal_participant', 'hold', 'matter', 'backup']) {
    expect(await rig.database.database.within(other, (sql) => sql.query(`select 1 as one from ${table}`))).toEqual([]);
  }
});

test('every column that stands in the database is declared', async () => {
  const open = await rig.database.admin.transaction((sql) =>
    undeclared(sql, [...FOUNDATION_DECLARATIONS, ...retentionDeclarations]),
  );
  expect(open.filter((name) => !(messagingTableNames as readonly string[]).includes(name.split('.')[0] ?? ''))).toEqual(
    [],
  );
});

const eventuallyOrdered = () => eventually(async () => (await orders(rig, tenant))[0]);
