import { events, http } from '@lethe/contracts';
import { Fault, type SubjectRef, type TenantId } from '@lethe/kernel';
import { newId, newRef } from '@lethe/platform';
import { eventually, testContext, type TestContext } from '@lethe/testing';
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

test('late ones are read page by page, each once', async () => {
  await register('wallet');
  for (let n = 0; n < 3; n += 1) await withdraw('payment');
  const late = async (after?: number) =>
    (
      await world.ask(http.Withdrawals, backend(), {
        query: { which: 'late', limit: 2, ...(after === undefined ? {} : { after }) },
      })
    ).withdrawals.map(({ entry, waitingFor }) => ({ entry, waitingFor }));
  expect(await late()).toEqual([]);
  await world.moveClock(tenant, new Date('2026-09-01T02:00:00.000Z'));
  const first = await late();
  const all = [...first, ...(await late(first.at(-1)?.entry))];
  expect(all.map(({ entry }) => entry)).toEqual((await listed()).map(({ entry }) => entry));
  expect(all.map(({ waitingFor }) => waitingFor)).toEqual([['wallet'], ['wallet'], ['wallet']]);
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

describe('heard again when the platform’s stream was lost with the database', () => {
  /** What consent says of everybody's payments; undefined: it does not answer. */
  let standing: { readonly state: 'given' | 'refused' | 'withdrawn'; readonly version: number } | undefined;
  let asked = 0;
  beforeEach(() => {
    asked = 0;
    world.peers.answer(http.ConsentsOf, () => {
      asked += 1;
      if (standing === undefined) throw new Fault('unavailable', 'platform/rolled-back', 'not yet');
      const about = { purpose: 'payment', consent: newId(), level: 'explicit', notice: '2022-04-20' } as const;
      return { consents: [{ ...about, ...standing, at: START.toISOString() }], guardian: 'not-needed' as const };
    });
  });
  const lost = () =>
    world.database.admin.transaction(async (sql) => {
      for (const table of ['out_item', 'withdrawal'])
        await sql.query(`delete from ${table} where tenant = $1`, [tenant]);
    });
  const unsaid = () =>
    world.database.admin.transaction((sql) =>
      sql.query('select entry from withdrawal_unsaid where tenant = $1', [tenant]),
    );
  const settled = () => eventually(async () => (await unsaid()).length === 0);

  test('what still stands is told again, once, under its entry, and is waited for', async () => {
    standing = { state: 'withdrawn', version: 2 };
    await register('wallet');
    const subject = await withdraw('payment');
    const [before] = await told();
    await lost();
    await withdraw('payment', subject);
    await settled();
    const again = await eventually(async () => (await told())[0]);
    expect(again).toMatchObject({ kind: 'withdrawal-ordered', subject, data: before?.data });
    await withdraw('payment', subject);
    expect(await unsaid()).toEqual([]);
    expect(await told()).toHaveLength(1);
    expect(asked).toBe(1);
    expect(await ack(Number(again.data['entry']), 'wallet')).toEqual({ accepted: true });
    expect(await listed()).toMatchObject([{ state: 'done' }]);
  });

  test.each([
    ['agreed anew', { state: 'given' as const, version: 3 }],
    ['agreed anew and withdrew that, too', { state: 'withdrawn' as const, version: 4 }],
  ])('whoever %s is not told of by what was before', async (_, now) => {
    standing = now;
    await register('wallet');
    const subject = await withdraw('payment');
    await lost();
    await withdraw('payment', subject);
    await settled();
    expect(asked).toBe(1);
    expect(await told()).toEqual([]);
    expect(await listed()).toEqual([]);
  });

  test('while consent does not answer nothing is told, and nothing is forgotten', async () => {
    standing = undefined;
    await register('wallet');
    const subject = await withdraw('payment');
    await lost();
    await withdraw('payment', subject);
    await eventually(() => asked > 0);
    expect(await told()).toEqual([]);
    expect(await unsaid()).toHaveLength(1);
    standing = { state: 'withdrawn', version: 2 };
    world.clock.advance(5_000);
    await settled();
    expect(await eventually(async () => (await told())[0])).toMatchObject({ subject });
  });

  test('a statement of everyone brings no order back that was answered, nor one whose evidence is over', async () => {
    standing = { state: 'withdrawn', version: 2 };
    await register('wallet');
    const subject = await withdraw('payment');
    await world.moveClock(tenant, new Date('2030-03-02T02:00:00.000Z'));
    await lost();
    await withdraw('payment', subject);
    expect(await unsaid()).toEqual([]);
    expect(asked).toBe(0);
  });
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
