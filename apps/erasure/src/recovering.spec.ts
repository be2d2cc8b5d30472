import { events, http, type EventDefinition } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import type { z } from 'zod';
import { ask, backend, eachWithItsTenant, freezeOf, person, START, tenant, world } from './erasure.contract.ts';

eachWithItsTenant();

const at = START.toISOString();
const recovers = () => world.running.opened.recovers!;
const within = <Result>(work: Parameters<typeof world.context.database.within<Result>>[1]) =>
  world.context.database.within(tenant, work);
const ledger = async () =>
  (await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } })).entries;
const out = async (after = 0) => (await world.ask(http.Out, backend(), { query: { after } })).items;

/** What others have told of since the test began. */
const heard: { definition: EventDefinition; about: { subject?: string; slot?: number }; data: unknown }[] = [];
beforeEach(() => (heard.length = 0));
async function hear<Definition extends EventDefinition>(
  definition: Definition,
  about: { subject?: string; slot?: number },
  data: z.input<Definition['data']>,
): Promise<void> {
  heard.push({ definition, about, data });
  await world.hear(definition, { tenant, ...about }, data);
}
const hearAgain = async (): Promise<void> => {
  for (const { definition, about, data } of heard) await world.hear(definition, { tenant, ...about }, data);
};
/** The database is an empty one, and is recovered from the ledger and its own words. */
async function lost(): Promise<void> {
  await world.database.admin.transaction(async (sql) => {
    for (const table of ['ledger_record', 'hold_seen', 'out_item', 'out_head', 'participant', 'withdrawal'])
      await sql.query(`delete from ${table} where tenant = $1`, [tenant]);
  });
  const entries = await ledger();
  const own = (await world.announced()).filter((event) => event.tenant === tenant && event.type.startsWith('erasure.'));
  await within((sql) => recovers().replay(sql, tenant, entries));
  await within((sql) => recovers().said(sql, tenant, own));
  await within(async (sql) => recovers().settle?.(sql, tenant));
}

const consent = { purpose: 'display', state: 'withdrawn', level: 'opt-in', notice: '2020-11-18', at } as const;
async function live(): Promise<{ readonly hold: string; readonly subject: string }> {
  const subject = person();
  const [hold, released] = [newId(), newId()];
  await hear(events.ConsentChangedV1, { subject }, { ...consent, consent: newId(), version: 2 });
  const order = { order: newId(), class: 'orders', day: '2026-03-02', method: 'delete' as const, at };
  await hear(
    events.DisposalOrderedV2,
    { slot: 0 },
    { ...order, custody: ['platform'], participants: ['shop'], expected: 1 },
  );
  for (const one of [hold, released]) {
    await hear(events.HoldPlacedV1, { subject }, { hold: one, scope: { kind: 'subject', subject }, at });
    await hear(events.HoldRecordedV1, { slot: 0 }, { hold: one, outcome: 'recorded', parts: 1 });
  }
  await hear(events.HoldLiftedV1, { slot: 0 }, { hold: released, parts: 1 });
  return { hold, subject };
}

test('what the ledger has is written no second time, and ordered no second time, when it is heard again', async () => {
  await live();
  const before = await ledger();
  expect(before.map(({ kind }) => kind)).toEqual(['withdrawn', 'disposed', 'held', 'held', 'released']);
  const orders = async () =>
    (await world.announced()).filter(
      ({ tenant: of, type }) =>
        of === tenant && (type === events.DisposalRecordedV1.type || type === events.ShredOrderedV1.type),
    ).length;
  const ordered = await orders();
  await lost();
  await hearAgain();
  expect(await ledger()).toEqual(before);
  expect(await orders()).toBe(ordered);
});

test('a hold that still stands is let go of once, though its two halves are heard again', async () => {
  const { hold } = await live();
  await lost();
  await hearAgain();
  await world.hear(events.HoldLiftedV1, { tenant, slot: 0 }, { hold, parts: 1 });
  expect((await ledger()).filter((entry) => entry.kind === 'released' && entry.hold === hold)).toHaveLength(1);
  expect((await out()).filter(({ kind, data }) => kind === 'hold-released' && data['hold'] === hold)).toHaveLength(1);
});

test('the platform’s stores that take part are known again, those that left as such', async () => {
  for (const [participant, classes] of [
    ['shop', ['orders']],
    ['archive', []],
  ] as const)
    await world.ask(http.RegisterParticipant, backend(), { body: { participant, classes: [...classes] } });
  const officer = { tenant, role: 'officer' as const };
  await world.ask(http.LeaveParticipant, officer, {
    params: { participant: 'archive' },
    body: { because: 'destroyed' },
  });
  const list = async () =>
    (await world.ask(http.Participants, officer)).participants.map(
      ({ participant, classes, registryVersion, left }) => ({
        ...{ participant, classes, registryVersion },
        because: left?.because,
      }),
    );
  const before = await list();
  await lost();
  expect(await list()).toEqual(before);
  await world.ask(http.RegisterParticipant, backend(), { body: { participant: 'late' } });
  expect((await list()).find(({ participant }) => participant === 'late')).toMatchObject({ registryVersion: 4 });
});

test('a platform that follows its stream from where it was misses nothing of what is told after', async () => {
  await live();
  const last = (await out()).at(-1)!.number;
  expect(last).toBeGreaterThan(1);
  await lost();
  const subject = person();
  const hold = newId();
  await world.hear(events.HoldPlacedV1, { tenant, subject }, { hold, scope: { kind: 'subject', subject }, at });
  await world.hear(events.HoldRecordedV1, { tenant, slot: 0 }, { hold, outcome: 'recorded', parts: 1 });
  expect(await out(last)).toMatchObject([{ kind: 'hold-placed', data: { hold } }]);
});

test('a request is listed: whoever asked asks again', async () => {
  const { request } = await ask(person());
  const frozen = await freezeOf(request);
  expect(await within((sql) => recovers().said(sql, tenant, [frozen]))).toEqual([{ event: frozen.id }]);
});
