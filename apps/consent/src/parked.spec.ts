import { events } from '@lethe/contracts';
import { dayOf, type TenantId } from '@lethe/kernel';
import { confirmDiscardRoute, newId, parkedRoute, proposeDiscardRoute, retryParkedRoute } from '@lethe/platform';
import { eventually, testContext, type TestContext } from '@lethe/testing';
import { consent } from './consent.module.ts';

const DAY_MS = 86_400_000;
const [list, retry] = [parkedRoute('consent'), retryParkedRoute('consent')];
const [propose, confirm] = [proposeDiscardRoute('consent'), confirmDiscardRoute('consent')];

let rig: TestContext;
beforeAll(async () => {
  rig = await testContext(consent);
});
afterAll(() => rig.stop());

const operator = (tenant: TenantId, sub = 'one') => ({ tenant, role: 'operator' as const, sub });
const parked = async (tenant: TenantId) => rig.ask(list, operator(tenant));
/** Retention says how far anything goes by its date. */
const cleared = (tenant: TenantId) => {
  const now = rig.clock.now();
  const through = dayOf(new Date(now.getTime() + 30 * DAY_MS), 'Asia/Shanghai');
  return rig.hear(events.DisposalClearedV1, { tenant }, { through, at: now.toISOString() });
};
/** A mistake in the database, until it is mended. */
const mistaken = async (run: () => Promise<void>): Promise<void> => {
  const change = (text: string) => rig.database.admin.transaction((sql) => sql.query(text));
  await change('alter table disposal_cleared add constraint planted check (false) not valid');
  try {
    await run();
  } finally {
    await change('alter table disposal_cleared drop constraint planted');
  }
};
const placeOf = ({ topic, slot, incarnation, number }: Awaited<ReturnType<typeof parked>>['parked'][number]) => ({
  ...{ topic, slot, incarnation, number },
});

test('an operator tries a tenant’s parked messages again once it is mended, and frees its dates; nothing of another tenant is touched', async () => {
  const [mine, other] = [await rig.openTenant('retried'), await rig.openTenant('not-retried')];
  let heard: Promise<unknown> | undefined;
  await mistaken(async () => {
    heard = Promise.all([mine, mine, other].map(cleared));
    await eventually(async () => (await parked(mine)).count + (await parked(other)).count === 3);
    // It has been tried again by itself, and will not be any more.
    await eventually(async () => {
      const heads = [...(await parked(mine)).parked, ...(await parked(other)).parked];
      return heads.every(({ code, attempts }) => code === 'behind' || attempts > 1);
    });
    await rig.database.admin.transaction((sql) => sql.query('update parked set attempts = 5, retry_at = null'));
    const answer = await rig.ask(retry, operator(mine), { body: {} });
    expect(answer).toEqual({
      ...{ tried: 1, applied: 0, dropped: 0, refused: 0 },
      left: [
        { code: 'behind', count: 1 },
        { code: 'sql/23514', count: 1 },
      ],
    });
  });
  expect(await parked(mine)).toMatchObject({ count: 2, waits: 'unheard' });
  const [theirs] = (await parked(other)).parked;
  // Where another tenant's message stands leads to nothing.
  const nothing = { tried: 0, applied: 0, dropped: 0, refused: 0 };
  const asked = { body: { message: placeOf(theirs!) } };
  expect(await rig.ask(retry, operator(mine), asked)).toMatchObject({ ...nothing, left: [{ count: 1 }, { count: 1 }] });
  const done = { tried: 2, applied: 2, dropped: 0, refused: 0, left: [] };
  expect(await rig.ask(retry, operator(mine), { body: {} })).toEqual(done);
  expect(await rig.ask(retry, operator(mine), { body: {} })).toEqual({ ...nothing, left: [] });
  expect(await parked(mine)).toEqual({ parked: [], count: 0, stopped: [], discarded: [] });
  expect(await parked(other)).toMatchObject({ count: 1, waits: 'unheard' });
  expect(await rig.ask(retry, operator(other), asked)).toMatchObject({ tried: 1, applied: 1, left: [] });
  await heard;
});

test('one person proposes to give a message up, another does; both stay on record, and the dates of the tenant go on', async () => {
  const tenant = await rig.openTenant('given-up');
  const stranger = await rig.openTenant('stranger');
  await rig.park(events.DisposalClearedV1, tenant);
  const [message] = (await parked(tenant)).parked;
  const body = { ...placeOf(message!), reason: 'bug-412' };
  const missing = { kind: 'missing' };
  await expect(rig.ask(propose, operator(stranger), { body })).rejects.toMatchObject(missing);
  const { discard } = await rig.ask(propose, operator(tenant), { body });
  const [{ discard: shown } = {}] = (await parked(tenant)).parked;
  expect(shown).toMatchObject({ discard, reason: 'bug-412' });
  const asked = { params: { discard } };
  await expect(rig.ask(confirm, operator(tenant), asked)).rejects.toMatchObject({
    ...{ kind: 'forbidden', code: 'platform/same-person' },
  });
  await expect(rig.ask(confirm, operator(stranger, 'two'), asked)).rejects.toMatchObject(missing);
  expect(await parked(tenant)).toMatchObject({ count: 1, waits: 'unheard' });

  const given = await rig.ask(confirm, operator(tenant, 'two'), asked);
  expect(given).toMatchObject({ ...body, type: events.DisposalClearedV1.type, left: [] });
  expect(given.by.map((who) => who.split('#').at(-1))).toEqual(['one', 'two']);
  const { left: _, ...record } = given;
  expect(await parked(tenant)).toEqual({ parked: [], count: 0, stopped: [], discarded: [record] });
  expect((await parked(stranger)).discarded).toEqual([]);
  const lines = rig.lines.filter((line) => line.includes('platform/discarded'));
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ tenant, number: message!.number }]);
  await expect(rig.ask(confirm, operator(tenant, 'two'), asked)).rejects.toMatchObject(missing);
});

test('a proposal is good for a day, and one made anew counts from then', async () => {
  const tenant = await rig.openTenant('too-old');
  const { giveUp } = await rig.park(events.DisposalClearedV1, tenant);
  const body = { ...placeOf((await parked(tenant)).parked[0]!), reason: 'bug-412' };
  const { discard } = await rig.ask(propose, operator(tenant), { body });
  rig.clock.advance(DAY_MS + 1);
  expect((await parked(tenant)).parked).toMatchObject([{ number: body.number }]);
  expect((await parked(tenant)).parked[0]!.discard).toBeUndefined();
  const late = rig.ask(confirm, operator(tenant, 'two'), { params: { discard } });
  await expect(late).rejects.toMatchObject({ kind: 'conflict', code: 'platform/proposal-too-old' });
  expect((await parked(tenant)).count).toBe(1);
  await rig.ask(propose, operator(tenant), { body });
  expect((await parked(tenant)).parked[0]!.discard).toBeDefined();
  await giveUp();
});

test('an auditor looks, an officer gives up and retries nothing, and words that are no code are no reason', async () => {
  const tenant = await rig.openTenant('roles');
  const { giveUp } = await rig.park(events.DisposalClearedV1, tenant);
  const body = { ...placeOf((await parked(tenant)).parked[0]!), reason: 'bug-412' };
  const status = async (role: 'auditor' | 'officer' | 'backend') => [
    (await rig.request(list, { tenant, role })).status,
    (await rig.request(retry, { tenant, role }, { body: {} })).status,
    (await rig.request(propose, { tenant, role }, { body })).status,
    (await rig.request(confirm, { tenant, role }, { params: { discard: newId() } })).status,
  ];
  expect(await status('auditor')).toEqual([200, 403, 403, 403]);
  expect(await status('officer')).toEqual([200, 403, 201, 404]);
  expect(await status('backend')).toEqual([403, 403, 403, 403]);
  const wordy = { body: { ...body, reason: 'because of Mr Li' } };
  expect((await rig.request(propose, operator(tenant), wordy)).status).toBe(422);
  await giveUp();
});
