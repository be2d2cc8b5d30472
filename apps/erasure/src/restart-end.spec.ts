import { events, http, type Envelope } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import { verifyTenantEnd } from '@lethe/ledger';
import { newId } from '@lethe/platform';
import { Reborn } from './reborn.contract.ts';

let reborn: Reborn;
let tenant: TenantId;
let count = 0;
beforeAll(async () => {
  reborn = await Reborn.open();
});
afterAll(() => reborn.stop());
beforeEach(async () => {
  tenant = await reborn.world.openTenant(`end-${String((count += 1))}`, { at: new Date('2026-03-02T02:00:00.000Z') });
  reborn.world.peers.answer(http.Backups, () => ({ backups: [] }));
});
afterEach(() => reborn.spare());

/** A killed instance is followed by another, to which the log brings the same event again. */
async function untilHeard(deliver: () => Promise<void>): Promise<void> {
  await deliver().catch((error: unknown) => {
    if (!(error instanceof Error && error.message === 'killed')) throw error;
  });
  await deliver();
}
/** The sweep of two instances, one after the other: whatever killed the first, the second goes on. */
async function swept(): Promise<void> {
  for (let instance = 0; instance < 2; instance += 1) {
    await reborn.live(async ({ ends }) => {
      await ends.sweep();
      await ends.stop();
    });
  }
}
const announced = async (): Promise<Envelope[]> =>
  (await reborn.world.announced()).filter((one) => one.tenant === tenant);
const entry = async (): Promise<number> => {
  const entries = await reborn.live(({ books }) => books.ledger.after(0, 1000));
  const ended = entries.filter((one) => one.kind === 'ended' && one.tenant === tenant);
  expect(ended).toHaveLength(1);
  return ended[0]?.entry ?? 0;
};

test.each([
  undefined,
  'erasure.end.written',
  'erasure.end.drafted',
  'erasure.end.logged',
  'erasure.end.final-drafted',
  'erasure.end.final-logged',
])(
  'a tenant whose end is stated by instances killed at %s: one entry, one order, one leaf a statement',
  async (point) => {
    const leaves = await reborn.live(({ books }) => Promise.resolve(books.log.size()));
    if (point !== undefined) reborn.killAt(point);
    const end = newId();
    const at = '2026-03-02T02:00:00.000Z';
    const reached = { end, orderedAt: at, stoppedAt: at, emptiedAt: at, disposals: [], at };
    await untilHeard(() => reborn.deliver(tenant, events.EndReachedV1, undefined, reached));
    const dead = { end, entry: await entry(), keys: 7, rescan: 0, effectiveAt: reborn.world.clock.now().toISOString() };
    await untilHeard(() => reborn.deliver(tenant, events.TenantShreddedV1, undefined, dead));
    await swept();
    reborn.world.clock.advance(60_000);
    const ended = reborn.world.clock.now().toISOString();
    const epoch = { epoch: count, before: ended, at: ended };
    await untilHeard(() => reborn.deliver(tenant, events.EpochEndedV1, undefined, epoch));
    await swept();

    expect(reborn.kills).toBe(point === undefined ? 0 : 1);
    const types = (await announced()).map(({ type, data }) => [type, (data as { final?: boolean }).final]);
    expect(types).toEqual([
      ['erasure.end-recorded.v1', undefined],
      ['erasure.end-stated.v1', false],
      ['erasure.end-stated.v1', true],
    ]);
    await reborn.live(async ({ books, ends }) => {
      expect(books.log.size()).toBe(leaves + 2);
      const { document } = await ends.statement(tenant);
      expect(verifyTenantEnd(document, books.keys.publicKeys())).toMatchObject({ ok: true, final: true });
    });
  },
);

test('while something is found after the keys are dead nothing is stated; told again that nothing is, it is', async () => {
  const at = '2026-03-02T02:00:00.000Z';
  const end = newId();
  const reached = { end, orderedAt: at, stoppedAt: at, emptiedAt: at, disposals: [], at };
  await reborn.deliver(tenant, events.EndReachedV1, undefined, reached);
  const dead = { end, entry: await entry(), keys: 7, effectiveAt: reborn.world.clock.now().toISOString() };
  const told = async (rescan: number, keys = dead.keys) => {
    await reborn.deliver(tenant, events.TenantShreddedV1, undefined, { ...dead, keys, rescan });
    await swept();
  };
  await told(1);
  const stated = () => reborn.live(({ ends }) => ends.statement(tenant));
  await expect(stated()).rejects.toMatchObject({ code: 'erasure/no-statement' });
  await told(0);
  expect((await stated()).document).toMatchObject({ end: { rescan: 0, keys: { destroyed: 7 } } });
});

test('a backup of the platform that is registered after the end was stated is waited for, and named (I23)', async () => {
  const { world } = reborn;
  const at = '2026-03-02T02:00:00.000Z';
  const end = newId();
  const reached = { end, orderedAt: at, stoppedAt: at, emptiedAt: at, disposals: [], at };
  await reborn.deliver(tenant, events.EndReachedV1, undefined, reached);
  const effectiveAt = world.clock.now().toISOString();
  await reborn.deliver(tenant, events.TenantShreddedV1, undefined, {
    ...{ end, entry: await entry(), keys: 7, rescan: 0, effectiveAt },
  });
  await swept();
  const backup = newId();
  const platform = { holder: 'archive', classes: ['orders'], from: at, until: at };
  const late = { backup, state: 'purging' as const, takenAt: at, purgeOn: '2026-05-30', rows: 0, bytes: 0, platform };
  world.peers.answer(http.Backups, () => ({ backups: [late] }));
  world.clock.advance(60_000);
  const ended = world.clock.now().toISOString();
  await reborn.deliver(tenant, events.EpochEndedV1, undefined, { epoch: 1000 + count, before: ended, at: ended });
  await swept();
  const stated = () => reborn.live(({ ends }) => ends.statement(tenant));
  expect((await stated()).document).not.toHaveProperty('final');
  await reborn.deliver(tenant, events.BackupGoneV1, undefined, { backup, at: ended });
  await swept();
  expect((await stated()).document).toMatchObject({ final: { statement: { backups: [{ backup }] } } });
});
