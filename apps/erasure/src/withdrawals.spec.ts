import { events, http } from '@lethe/contracts';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import { newId, newRef } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { erasure } from './erasure.module.ts';
import { OutStream } from './out-stream.ts';
import { WithdrawalsService } from './withdrawals.service.ts';

const START = new Date('2026-03-02T02:00:00.000Z');
let world: TestContext;
let tenant: TenantId;
let count = 0;

beforeAll(async () => {
  world = await testContext(erasure);
});
afterAll(() => world.stop());
beforeEach(async () => {
  // Its payments are held by whoever carries them out.
  tenant = await world.openTenant(`tenant-${String((count += 1))}`, { pack: 'xiaopiaopiao', at: START });
});

const backend = () => ({ tenant, role: 'backend' as const });
const withdraw = async (purpose: string, subject = newRef() as SubjectRef, version = 2): Promise<SubjectRef> => {
  await world.hear(
    events.ConsentChangedV1,
    { tenant, subject },
    {
      consent: newId(),
      version,
      purpose,
      state: 'withdrawn',
      level: 'explicit',
      notice: '2022-04-20',
      at: START.toISOString(),
    },
  );
  return subject;
};
const register = (participant: string) =>
  world.ask(http.RegisterParticipant, backend(), { body: { participant, classes: [] } });
const told = async () => (await world.ask(http.Out, backend(), { query: {} })).items;
const listed = async () => (await world.ask(http.Withdrawals, backend(), { query: {} })).withdrawals;
const ack = (entry: number, participant: string, over: { deleted?: number; rescan?: number } = {}) =>
  world.ask(http.AckWithdrawal, backend(), {
    params: { entry },
    body: { participant, found: 2, deleted: 2, rescan: 0, ...over },
  });

test('the platform’s stores are asked once, by the ledger’s entry, also over Kafka', async () => {
  await register('wallet');
  const subject = await withdraw('payment');
  await withdraw('payment', subject);
  const items = await told();
  expect(items).toMatchObject([
    { kind: 'withdrawal-ordered', subject, data: { purpose: 'payment', participants: ['wallet'] } },
  ]);
  const { entries } = await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } });
  expect(entries.map(({ entry }) => entry)).toEqual([items[0]?.data['entry']]);
  const announced = (await world.announced(events.PlatformToldV3)).filter((one) => one.subject === subject);
  expect(announced).toMatchObject([{ data: { kind: 'withdrawal-ordered', entry: items[0]?.data['entry'] } }]);
});

test('what Lethe keeps itself goes by its key, and nobody is asked', async () => {
  await withdraw('account');
  expect(await told()).toEqual([]);
  expect(await listed()).toEqual([]);
});

test('only the counted word of everyone asked ends it, and a lie does not count', async () => {
  await register('wallet');
  await register('ledger-of-payments');
  await withdraw('payment');
  const entry = Number((await told())[0]?.data['entry']);
  expect(await ack(entry, 'wallet', { rescan: 1 })).toEqual({ accepted: false });
  expect(await ack(entry, 'wallet', { deleted: 1 })).toEqual({ accepted: false });
  expect(await listed()).toMatchObject([{ state: 'ordered', waitingFor: ['ledger-of-payments', 'wallet'] }]);
  expect(await ack(entry, 'wallet')).toEqual({ accepted: true });
  expect(await ack(entry, 'wallet')).toEqual({ accepted: true });
  expect(await listed()).toMatchObject([
    { state: 'ordered', waitingFor: ['ledger-of-payments'], participants: [{ participant: 'wallet', deleted: 2 }] },
  ]);
  expect(await ack(entry, 'ledger-of-payments')).toEqual({ accepted: true });
  expect(await listed()).toMatchObject([{ state: 'done', waitingFor: [] }]);
});

test('who was not asked cannot answer, nor for a withdrawal that is not there, nor for another tenant’s', async () => {
  await withdraw('payment');
  const entry = Number((await told())[0]?.data['entry']);
  const status = async (who: { tenant: TenantId }, of: number, participant: string) =>
    (
      await world.request(
        http.AckWithdrawal,
        { ...who, role: 'backend' },
        { params: { entry: of }, body: { participant, found: 0, deleted: 0, rescan: 0 } },
      )
    ).status;
  expect(await status({ tenant }, entry, 'stranger')).toBe(404);
  expect(await status({ tenant }, entry + 1_000, 'platform')).toBe(404);
  const other = await world.openTenant('another-tenant', { pack: 'xiaopiaopiao', at: START });
  expect(await status({ tenant: other }, entry, 'platform')).toBe(404);
  expect(await status({ tenant }, entry, 'platform')).toBe(200);
});

test('silence beyond the deadline is said, once, and its evidence goes on its date', async () => {
  const service = new WithdrawalsService(world.context, new OutStream(world.context));
  await withdraw('payment');
  const said = () => world.lines.filter((line) => line.includes('erasure/withdrawal-unanswered')).length;
  const before = said();
  await service.look(tenant);
  expect(said()).toBe(before);
  await world.moveClock(tenant, new Date('2026-06-02T02:00:00.000Z'));
  await service.look(tenant);
  await service.look(tenant);
  expect(said()).toBe(before + 1);
  expect(await listed()).toMatchObject([{ state: 'late', waitingFor: ['platform'] }]);
  await world.moveClock(tenant, new Date('2036-06-02T02:00:00.000Z'));
  await service.look(tenant);
  expect(await listed()).toEqual([]);
});

test('who stops in the middle of a round looks after nobody else', async () => {
  await world.openTenant(`tenant-${String((count += 1))}`, { pack: 'xiaopiaopiao', at: START });
  const looked: TenantId[] = [];
  let stopped: Promise<void> | undefined;
  const { clock } = world.context;
  const service: WithdrawalsService = new WithdrawalsService(
    {
      ...world.context,
      clock: {
        machineNow: () => clock.machineNow(),
        zone: (of) => clock.zone(of),
        legalNow: (of) => {
          looked.push(of);
          stopped ??= service.stop();
          return clock.legalNow(of);
        },
      },
    },
    new OutStream(world.context),
  );
  await service.sweep();
  await stopped;
  expect(looked).toHaveLength(1);
});
