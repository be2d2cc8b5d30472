import { events, http, type EventInput } from '@lethe/contracts';
import { slotOf, type SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import {
  admit,
  asker,
  carryOut,
  eachWithItsTenant,
  matterId,
  orders,
  person,
  rig,
  sweep,
  tenant,
  TODAY,
} from './retention.contract.ts';

const LATER = '2026-04-01';

eachWithItsTenant();

type Tally = EventInput<typeof events.TalliesStatedV1>['tallies'][number];

const personIn = (slot: number): SubjectRef => {
  for (;;) {
    const one = person();
    if (slotOf(one, rig.slots) === slot) return one;
  }
};
const tally = (over: Partial<Tally> = {}): Tally => ({
  class: 'orders',
  disposal: LATER,
  custody: 'lethe',
  method: 'delete',
  parts: 1,
  ...over,
});
/** Collection states a slot, in pieces. */
async function state(slot: number, ...pieces: readonly (readonly Tally[])[]): Promise<void> {
  const statement = newId();
  for (const [piece, tallies] of pieces.entries())
    await rig.hear(events.TalliesStatedV1, { tenant, slot }, { statement, piece, tallies: [...tallies] });
}
const forecast = async () => (await rig.ask(http.Forecast, asker(tenant).officer)).tallies;

test('what is stated of a slot takes the place of what was counted of it, and of no other', async () => {
  await admit(rig, tenant, { subject: personIn(1), disposal: LATER });
  await admit(rig, tenant, { subject: personIn(1), disposal: '2026-05-01' });
  await admit(rig, tenant, { subject: personIn(2), disposal: LATER });
  await state(1, [tally({ parts: 3 })], [tally({ class: 'face', parts: 2 })]);
  expect(await forecast()).toMatchObject([
    { class: 'face', day: LATER, parts: 2 },
    { class: 'orders', day: LATER, parts: 4 },
  ]);
  await state(1, []);
  expect(await forecast()).toMatchObject([{ class: 'orders', day: LATER, parts: 1 }]);
});

test('stating it twice counts it once', async () => {
  await state(1, [tally({ parts: 3 })]);
  await state(1, [tally({ parts: 3 })]);
  expect(await forecast()).toMatchObject([{ parts: 3 }]);
});

test('who comes late and was only told what stands orders each day on its date', async () => {
  await state(0, [tally({ disposal: TODAY, parts: 2 })]);
  await state(3, [tally({ disposal: TODAY, parts: 1 }), tally()]);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  expect(await orders(rig, tenant)).toMatchObject([{ class: 'orders', day: TODAY, expected: 3 }]);
});

test('a floor that is stated holds a day back as one that was heard', async () => {
  await state(0, [tally({ disposal: TODAY, floor: LATER })]);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
});

test('what waits is known again, and an anchor dates it', async () => {
  const matter = matterId();
  const subject = personIn(2);
  const { disposal: _, ...waiting } = tally({ matter, subject, parts: 2 });
  await state(2, [waiting]);
  expect(await forecast()).toMatchObject([{ state: 'waiting', parts: 2 }]);
  await rig.hear(
    events.MatterDatedV1,
    { tenant, subject },
    { matter, class: 'orders', to: LATER, method: 'delete', custody: 'lethe', parts: 2 },
  );
  expect(await forecast()).toMatchObject([{ day: LATER, state: 'dated', parts: 2 }]);
});

test('a day that was disposed of is not counted anew, whatever an old statement says of it', async () => {
  await admit(rig, tenant, { subject: personIn(1), disposal: TODAY });
  await sweep(rig, tenant);
  const [order] = await orders(rig, tenant);
  await carryOut(rig, tenant, order!, { found: 1 });
  await state(1, [tally({ disposal: TODAY, parts: 1 })]);
  rig.clock.advance(11 * 60_000);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
});

test('a day that the platform holds parts of too is settled by the word of each', async () => {
  await admit(rig, tenant, { subject: personIn(1), disposal: TODAY });
  await admit(rig, tenant, { subject: personIn(2), disposal: TODAY });
  await admit(rig, tenant, { subject: personIn(2), disposal: TODAY, custody: 'platform' });
  await sweep(rig, tenant);
  const [order] = await orders(rig, tenant);
  expect(order).toMatchObject({ custody: ['lethe', 'platform'], expected: 3 });
  // Collection finds the references to what the platform holds as well.
  await carryOut(rig, tenant, order!, { found: 3 });
  await rig.ask(http.AckDisposal, asker(tenant).backend, {
    params: { order: order!.order },
    body: { found: 1, deleted: 1, rescan: 0 },
  });
  const left = await rig.database.database.within(tenant, (sql) =>
    sql.query<{ custody: string; parts: number }>(
      'select custody, sum(parts)::int as parts from day_tally where tenant = $1 group by custody order by custody',
      [tenant],
    ),
  );
  expect(left).toEqual([
    { custody: 'lethe', parts: 0 },
    { custody: 'platform', parts: 0 },
  ]);
});
