import { events, http } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import type { Asker } from '@lethe/testing';
import {
  admit,
  asker,
  carryOut,
  eachWithItsTenant,
  NOON,
  orders,
  person,
  rig,
  sweep,
  tenant,
} from './retention.contract.ts';

const FAR = '2029-03-02';
eachWithItsTenant();

const propose = () => rig.ask(http.ProposeEnd, asker(tenant).officer, { body: { reason: 'the-service-stops' } });
const confirm = (end: string, by: Asker = asker(tenant).otherOfficer) =>
  rig.ask(http.ConfirmEnd, by, { params: { end }, body: { waitMs: 0 } });
const state = () => rig.ask(http.End, asker(tenant).auditor);
const stopped = (end: string) =>
  rig.hear(events.CollectingEndedV1, { tenant, slot: 0 }, { end, at: NOON.toISOString() });
const emptied = (end: string) => rig.hear(events.TenantEmptiedV1, { tenant, slot: 0 }, { end, at: NOON.toISOString() });
const reached = async () =>
  (await rig.announced(events.EndReachedV1)).filter((event) => event.tenant === tenant).map(({ data }) => data);
/** Two persons have ended the tenant and collection has stopped. */
async function ended(): Promise<string> {
  const { end } = await propose();
  await confirm(end);
  await stopped(end);
  return end;
}
const ordered = (count: number) =>
  eventually(async () => {
    const found = await orders(rig, tenant);
    return found.length === count && found;
  });

test('a tenant ends by two persons: one alone, the same twice, or a day too late orders nothing', async () => {
  const { end } = await propose();
  await expect(confirm(end, asker(tenant).officer)).rejects.toMatchObject({ kind: 'forbidden' });
  await expect(confirm(newId())).rejects.toMatchObject({ code: 'retention/no-such-end' });
  expect(await state()).toMatchObject({ end, state: 'proposed', proposedBy: expect.stringContaining('ana') as string });
  expect((await rig.announced(events.EndOrderedV1)).filter((event) => event.tenant === tenant)).toEqual([]);
  rig.clock.advance(24 * 60 * 60_000 + 1);
  await expect(confirm(end)).rejects.toMatchObject({ code: 'retention/proposal-too-old' });
});

test('the order is signed, and there is one however often it is confirmed', async () => {
  const { end } = await propose();
  const { end: other } = await propose();
  expect(await confirm(end)).toEqual({ end, state: 'ordered' });
  await expect(confirm(other)).rejects.toMatchObject({ code: 'retention/tenant-ended' });
  const told = (await rig.announced(events.EndOrderedV1)).filter((event) => event.tenant === tenant);
  expect(told).toMatchObject([{ data: { end }, signature: expect.any(String) as string }]);
});

test('before collection has stopped nothing goes early', async () => {
  await admit(rig, tenant, { disposal: FAR });
  const { end } = await propose();
  await confirm(end);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
});

test('what no floor keeps is ordered at once, whatever its day; what a floor keeps waits for it and no longer', async () => {
  await admit(rig, tenant, { disposal: FAR, class: 'registration' });
  await admit(rig, tenant, { disposal: FAR, class: 'orders', floor: '2027-03-02' });
  await ended();
  expect(await ordered(1)).toMatchObject([{ class: 'registration', day: FAR, expected: 1 }]);
  await sweep(rig, tenant);
  expect(await orders(rig, tenant)).toHaveLength(1);
  expect(await state()).toMatchObject({ state: 'stopped', left: { atOnce: 1, floored: 1 }, lastDay: '2027-03-02' });
  await rig.moveClock(tenant, new Date('2027-03-02T04:00:00.000Z'));
  await sweep(rig, tenant);
  expect(await orders(rig, tenant)).toMatchObject([{}, { class: 'orders', day: FAR }]);
});

test('the two persons let it pass: the breaker stops nothing they saw, and goes on counting what comes later', async () => {
  for (let many = 0; many < 12; many += 1)
    await rig.hear(events.PartsAdmittedV1, { tenant, slot: 0 }, { parts: parts(100, FAR) });
  await ended();
  expect(await ordered(1)).toMatchObject([{ expected: 1_200 }]);
  expect(await rig.ask(http.Breaker, asker(tenant).officer)).toMatchObject({ parts: 0, backlog: [] });
});

test('a machine clock that jumped stops the early disposals of an ended tenant too', async () => {
  await admit(rig, tenant, { disposal: FAR, class: 'orders', floor: '2027-01-02' });
  await sweep(rig, tenant);
  await ended();
  rig.clock.advance(400 * 24 * 60 * 60_000);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'days-skipped' });
});

test('it is reached when collection is empty, every order carried out by everyone and nothing held; then backups go', async () => {
  await admit(rig, tenant, { disposal: FAR });
  const { hold } = await placedHold();
  const end = await ended();
  const [order] = await ordered(1);
  await emptied(end);
  expect(await reached()).toEqual([]);
  await carryOut(rig, tenant, order!, { found: 1 });
  await sweep(rig, tenant);
  expect(await reached()).toEqual([]);
  await rig.ask(http.ReleaseHold, asker(tenant).otherOfficer, { params: { hold } });
  await rig.hear(events.HoldLiftedV1, { tenant, slot: 0 }, { hold, parts: 0 });
  await sweep(rig, tenant);
  expect(await reached()).toMatchObject([
    { end, disposals: [{ class: 'orders', method: 'delete', orders: 1, found: 1, platform: 0 }] },
  ]);
  await sweep(rig, tenant);
  expect(await reached()).toHaveLength(1);
  expect(await state()).toMatchObject({ state: 'reached', outstanding: 0, holds: 0 });
  await rig.hear(
    events.TenantShreddedV1,
    { tenant, slot: 0 },
    { end, entry: 1, keys: 3, effectiveAt: NOON.toISOString(), rescan: 0 },
  );
  expect(await state()).toMatchObject({ state: 'shredded' });
  await rig.hear(
    events.EndStatedV1,
    { tenant, slot: 0 },
    { end, sha256: 'a'.repeat(64), final: true, at: NOON.toISOString() },
  );
  expect(await state()).toMatchObject({ state: 'final' });
  await expect(rig.ask(http.TakeBackup, asker(tenant).operator, { body: { waitMs: 0 } })).rejects.toMatchObject({
    code: 'retention/tenant-ended',
  });
});

test('a platform that is silent about an order keeps the end from being reached', async () => {
  await admit(rig, tenant, { disposal: FAR, custody: 'platform' });
  const end = await ended();
  const [order] = await ordered(1);
  await emptied(end);
  await sweep(rig, tenant);
  expect(await reached()).toEqual([]);
  const ack = { found: 1, deleted: 1, rescan: 0 };
  await rig.ask(http.AckDisposal, asker(tenant).backend, { params: { order: order!.order }, body: ack });
  await sweep(rig, tenant);
  expect(await reached()).toMatchObject([{ end, disposals: [{ platform: 1 }] }]);
});

const parts = (count: number, disposal: string) =>
  Array.from({ length: count }, () => ({
    part: newId(),
    record: newId(),
    subject: person(),
    purpose: 'order',
    compartment: 'contract' as const,
    class: 'registration',
    custody: 'lethe' as const,
    method: 'delete' as const,
    disposal,
  }));

async function placedHold() {
  const placing = rig.ask(http.PlaceHold, asker(tenant).officer, {
    body: { scope: { kind: 'subject', subject: person() }, reason: 'litigation', authority: 'court', reviewOn: FAR },
  });
  const placed = await eventually(async () =>
    (await rig.announced(events.HoldPlacedV1)).find((event) => event.tenant === tenant),
  );
  await rig.hear(events.HoldRecordedV1, { tenant, slot: 0 }, { hold: placed.data.hold, outcome: 'recorded', parts: 0 });
  return placing;
}
