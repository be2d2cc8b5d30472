import { events, http } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import { eventually } from '@lethe/testing';
import { Dates } from './dates.ts';
import { ESCALATE_AFTER_MS } from './domain/disposal.ts';
import { FindingsService } from './findings.service.ts';
import {
  admit,
  asker,
  carryOut,
  eachWithItsTenant,
  orders,
  person,
  rig,
  sweep,
  tenant,
  TODAY,
} from './retention.contract.ts';

eachWithItsTenant();

const at = () => rig.clock.now().toISOString();
const register = (participant: string, classes: string[], of: TenantId = tenant) =>
  rig.hear(
    events.ParticipantRegisteredV1,
    { tenant: of, slot: 0 },
    { participant, classes, registryVersion: 1, at: at() },
  );
const left = (participant: string, closed: boolean) =>
  rig.hear(
    events.ParticipantLeftV1,
    { tenant, slot: 0 },
    { participant, because: 'destroyed', closed, registryVersion: 3, at: at() },
  );
const ack = (order: string, participant: string, of: TenantId = tenant, rescan = 0) =>
  rig.ask(http.AckDisposal, asker(of).backend, {
    params: { order },
    body: { participant, found: 1, deleted: 1, rescan },
  });
/** What a look an hour later finds. */
async function found(): Promise<(string | undefined)[]> {
  const findings = new FindingsService(rig.context, new Dates(rig.context));
  await findings.look(tenant, new Date(rig.clock.now().getTime() + ESCALATE_AFTER_MS + 60_000));
  const { findings: all } = await rig.ask(http.Findings, asker(tenant).officer);
  return all.filter(({ resolvedAt }) => resolvedAt === undefined).map(({ kind, about }) => `${kind} ${about ?? ''}`);
}
const counted = async () => {
  const [row] = await rig.database.database.within(tenant, (sql) =>
    sql.query<{ parts: number }>('select coalesce(sum(parts), 0)::int as parts from day_tally where tenant = $1', [
      tenant,
    ]),
  );
  return row?.parts;
};

test('a store that has left is addressed in no later order, and what it has not answered stays a finding', async () => {
  await register('archive', ['orders']);
  await register('shop', ['orders']);
  await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
  await sweep(rig, tenant);
  const [first] = await orders(rig, tenant);
  expect(first).toMatchObject({ participants: ['archive', 'shop'] });
  await left('archive', false);
  await ack(first!.order, 'shop');
  expect(await found()).toEqual([`ack-overdue ${first!.order} archive`]);
  expect(await sweep(rig, tenant)).toMatchObject({ outstanding: 1 });
  await admit(rig, tenant, { disposal: TODAY, class: 'orders.2026-01-01', custody: 'platform' });
  await sweep(rig, tenant);
  expect((await orders(rig, tenant))[1]).toMatchObject({ participants: ['shop'] });
});

test('closed, an order goes on without its word and without anybody else’s being given for it', async () => {
  await register('archive', ['orders']);
  await register('shop', ['orders']);
  await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
  await sweep(rig, tenant);
  const { order } = (await orders(rig, tenant))[0]!;
  await left('archive', false);
  await left('archive', true);
  expect(await found()).toEqual([`ack-overdue ${order} shop`]);
  expect(await sweep(rig, tenant)).toMatchObject({ outstanding: 1 });
  expect(await counted()).toBe(1);
  await ack(order, 'shop');
  expect(await counted()).toBe(0);
  expect(await found()).toEqual([]);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, outstanding: 0 });
  const acked = (await rig.announced(events.PlatformDisposalAckedV2)).filter((event) => event.tenant === tenant);
  expect(acked.map(({ data }) => data.participant)).toEqual(['shop']);
});

test('the order that waited for it alone is carried out when it is closed, told twice or not; collection is waited for all the same', async () => {
  await register('archive', ['orders', 'face']);
  await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
  await admit(rig, tenant, { disposal: TODAY, class: 'face' });
  await sweep(rig, tenant);
  const [face, theirs] = await orders(rig, tenant);
  expect([face, theirs]).toMatchObject([{ class: 'face', participants: ['archive'] }, { class: 'orders' }]);
  await left('archive', false);
  for (let times = 0; times < 2; times += 1) await left('archive', true);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, outstanding: 1 });
  expect(await counted()).toBe(1);
  await carryOut(rig, tenant, face!, { found: 1 });
  expect(await sweep(rig, tenant)).toMatchObject({ outstanding: 0 });
  expect(await counted()).toBe(0);
  rig.clock.advance(11 * 60_000);
  expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, outstanding: 0 });
});

test('a store that speaks after it was closed is heard, and nothing is counted out twice', async () => {
  await register('archive', ['orders']);
  await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
  await sweep(rig, tenant);
  const { order } = (await orders(rig, tenant))[0]!;
  await left('archive', false);
  await left('archive', true);
  await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
  expect(await ack(order, 'archive', tenant, 1)).toEqual({ accepted: false });
  for (let times = 0; times < 2; times += 1) expect(await ack(order, 'archive')).toEqual({ accepted: true });
  const acked = (await rig.announced(events.PlatformDisposalAckedV2)).filter((event) => event.tenant === tenant);
  expect(acked.map(({ data }) => data.participant)).toEqual(['archive']);
  expect(await counted()).toBe(1);
});

test('what only it had is asked of the platform itself from then on', async () => {
  await register('archive', ['orders']);
  await left('archive', false);
  await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
  await sweep(rig, tenant);
  expect(await orders(rig, tenant)).toMatchObject([{ participants: ['platform'] }]);
});

test('a hold is waited for no longer by its answer, and does not count as answered', async () => {
  const subject = person();
  const body = { scope: { kind: 'subject' as const, subject }, reason: 'litigation', authority: 'court' };
  const placing = rig.ask(http.PlaceHold, asker(tenant).officer, { body: { ...body, reviewOn: '2026-09-01' } });
  const { data } = await eventually(async () =>
    (await rig.announced(events.HoldPlacedV1)).findLast((event) => event.tenant === tenant),
  );
  const { hold } = data;
  await rig.hear(events.HoldRecordedV1, { tenant, slot: 0 }, { hold, outcome: 'recorded', parts: 1 });
  await placing;
  const told = { hold, state: 'placed' as const, participants: ['archive', 'shop'], at: at() };
  await rig.hear(events.HoldToldV1, { tenant, slot: 0 }, told);
  const present = async () => (await rig.ask(http.Holds, asker(tenant).officer)).holds[0];
  await left('archive', false);
  expect(await found()).toEqual([`ack-overdue ${hold} archive`, `ack-overdue ${hold} shop`]);
  await left('archive', true);
  expect(await present()).toMatchObject({ told: 2, acked: 0, waitingFor: ['shop'] });
  expect(await found()).toEqual([`ack-overdue ${hold} shop`]);
  // Told again by whoever states it, it stays closed.
  await rig.hear(events.HoldToldV1, { tenant, slot: 0 }, told);
  expect(await present()).toMatchObject({ waitingFor: ['shop'] });
  const late = { params: { hold }, body: { participant: 'archive', state: 'placed' as const } };
  expect(await rig.ask(http.AckHold, asker(tenant).backend, late)).toEqual({ accepted: true });
  expect(await present()).toMatchObject({ told: 2, acked: 1, waitingFor: ['shop'] });
});

test('a store of the same name of another tenant is waited for as before', async () => {
  const other = await rig.openTenant(`other-${tenant}`, { at: new Date('2026-03-02T04:00:00.000Z') });
  await register('archive', ['orders'], other);
  await admit(rig, other, { disposal: TODAY, custody: 'platform' });
  await sweep(rig, other);
  await left('archive', false);
  await left('archive', true);
  expect(await sweep(rig, other)).toMatchObject({ outstanding: 1 });
  const { order } = (await orders(rig, other))[0]!;
  expect(await ack(order, 'archive', other)).toEqual({ accepted: true });
});
