import { events } from '@lethe/contracts';
import { dayOf, type MatterId, type SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { orderFields, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const noon = (day: string): string => `${day}T04:00:00.000Z`;
const settle = async (tenant: Tenant): Promise<void> => {
  bench.service.background.wake(tenant.id);
  await bench.service.background.quiet();
};

interface Kept {
  readonly matter: MatterId;
  readonly floor: string;
  readonly day: string;
}
/** An order of this person; completed at this moment, or not yet. */
async function ordered(tenant: Tenant, subject: SubjectRef, number: string, at?: string): Promise<MatterId> {
  const matter = await tenant.matter(subject, 'order', number);
  const [answer] = await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields(number) });
  expect(answer).toMatchObject({ outcome: 'admitted' });
  if (at !== undefined) await completed(tenant, subject, matter, at);
  return matter;
}
const completed = (tenant: Tenant, subject: SubjectRef, matter: MatterId, at: string) =>
  tenant.hear(events.MatterAnchoredV1, { subject }, { matter, anchor: 'transaction-completed', at, version: 1 });
async function datesOf(tenant: Tenant, matter: MatterId): Promise<Kept> {
  const [dates] = await bench.data.admin.transaction((sql) =>
    sql.query<Kept>(
      `select matter, floor::text as floor, day::text as day from matter_date where tenant = $1 and matter = $2 and class = 'orders'`,
      [tenant.id, matter],
    ),
  );
  return dates!;
}
/** What the law keeps is restricted until the last floor of the class, as erasure says it. */
async function erase(tenant: Tenant, subject: SubjectRef, until: string): Promise<void> {
  const about = { erasure: newId(), at: START };
  const restrict = [{ compartment: 'statutory', class: 'orders', until, basis: 'e-commerce-law' }];
  await tenant.hear(events.SubjectFrozenV1, { subject }, about);
  await tenant.hear(events.ErasureOrderedV1, { subject }, { ...about, shred: ['contract'], restrict });
  await tenant.shred(subject, ['contract'], { erasure: about.erasure });
}
const stored = (tenant: Tenant, matter: MatterId) => tenant.count('part', `matter = '${matter}'`);

describe('of an erased person each part is kept until its own floor ends (I14, I16)', () => {
  async function two(name: string) {
    const tenant = await bench.tenant(name, START);
    const subject = await tenant.person('u-1');
    const [early, late] = [
      await ordered(tenant, subject, 'o-1', '2026-11-05T04:00:00.000Z'),
      await ordered(tenant, subject, 'o-2', '2027-01-09T04:00:00.000Z'),
    ];
    const [one, other] = [await datesOf(tenant, early), await datesOf(tenant, late)];
    expect([one.floor < other.floor, one.day < other.day]).toEqual([true, true]);
    return { tenant, subject, one, other };
  }

  test('the earlier goes when its floor has ended, though another of its class is kept for longer', async () => {
    const { tenant, subject, one, other } = await two('earlier-goes');
    await erase(tenant, subject, other.floor);
    expect([await stored(tenant, one.matter), await stored(tenant, other.matter)]).toEqual([1, 1]);
    await tenant.moveTo(noon(one.floor));
    await settle(tenant);
    expect([await stored(tenant, one.matter), await stored(tenant, other.matter)]).toEqual([0, 1]);
    await tenant.moveTo(noon(other.floor));
    await settle(tenant);
    expect(await tenant.count('part')).toBe(0);
  });

  test('what is due when its person is erased goes with its day, and is not kept by a later one', async () => {
    const { tenant, subject, one, other } = await two('due-goes');
    await tenant.moveTo(noon(one.day));
    await erase(tenant, subject, '2037-01-01');
    await tenant.dispose('orders', one.day, 'delete');
    expect([await stored(tenant, one.matter), await stored(tenant, other.matter)]).toEqual([
      0,
      other.floor > one.day ? 1 : 0,
    ]);
  });

  test('one whose event has not come waits for it, and is not gone with the floor of another', async () => {
    const tenant = await bench.tenant('waits', START);
    const subject = await tenant.person('u-1');
    const early = await ordered(tenant, subject, 'o-1', '2027-01-05T04:00:00.000Z');
    const waits = await ordered(tenant, subject, 'o-2');
    const one = await datesOf(tenant, early);
    await erase(tenant, subject, one.floor);
    await tenant.moveTo(noon(one.floor));
    await settle(tenant);
    expect([await stored(tenant, early), await stored(tenant, waits)]).toEqual([0, 1]);
    await completed(tenant, subject, waits, noon(one.floor));
    const other = await datesOf(tenant, waits);
    await tenant.moveTo(noon(other.floor));
    await settle(tenant);
    expect(await tenant.count('part')).toBe(0);
  });
});

describe('a floor ends by the word of the breaker, not by a clock alone (I21)', () => {
  const DAYS = 86_400_000;
  const machineDay = (days: number) =>
    dayOf(new Date(bench.running.context.clock.machineNow().getTime() + days * DAYS), 'Asia/Shanghai');
  const cleared = (tenant: Tenant, through: string, stop?: string) => {
    const at = bench.running.context.clock.machineNow().toISOString();
    return tenant.hear(
      events.DisposalClearedV1,
      { slot: 0 },
      { through, at, ...(stop === undefined ? {} : { stop: { stop, at } }) },
    );
  };
  const lines = (tenant: Tenant, code: string) =>
    bench.lines.filter((line) => line.includes(`"${tenant.id}"`) && line.includes(code)).length;
  async function kept(name: string) {
    const tenant = await bench.tenant(name, START);
    const subject = await tenant.person('u-1');
    const matter = await ordered(tenant, subject, 'o-1', '2026-11-05T04:00:00.000Z');
    const { floor } = await datesOf(tenant, matter);
    await erase(tenant, subject, floor);
    return { tenant, floor, left: () => stored(tenant, matter) };
  }

  test('a clock that jumps 400 days ahead ends none, and put right each ends on its day', async () => {
    const { tenant, floor, left } = await kept('clock-ahead');
    await tenant.moveTo(new Date(Date.parse(noon(floor)) - 100 * DAYS).toISOString());
    await cleared(tenant, machineDay(2));
    bench.advance(400 * DAYS);
    for (let round = 0; round < 3; round += 1) await settle(tenant);
    await bench.service.background.prune(tenant.id);
    expect(await left()).toBe(1);
    expect(lines(tenant, 'platform/days-skipped')).toBe(1);

    bench.advance(-400 * DAYS);
    await settle(tenant);
    expect(await left()).toBe(1);
    // Legal time that consent moves skips no day of the machine's.
    await tenant.moveTo(noon(floor));
    await settle(tenant);
    expect(await left()).toBe(0);
  });

  test('none ends while an officer has stopped disposal, and each that is over does when it goes on', async () => {
    const { tenant, floor, left } = await kept('stopped');
    await cleared(tenant, machineDay(2), newId());
    await tenant.moveTo(noon(floor));
    await settle(tenant);
    expect(await left()).toBe(1);
    expect(lines(tenant, 'platform/stopped-by-officer')).toBe(1);
    await cleared(tenant, machineDay(2));
    // Nobody wakes it: the round comes to it.
    await bench.service.background.wakeAll();
    await bench.service.background.quiet();
    expect(await left()).toBe(0);
  });
});
