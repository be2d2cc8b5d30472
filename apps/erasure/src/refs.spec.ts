import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { events, http } from '@lethe/contracts';
import { type SubjectRef, type TenantId } from '@lethe/kernel';
import { verifyCertificate } from '@lethe/ledger';
import { crashAt, newId, newRef } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import type { z } from 'zod';
import { erasure } from './erasure.module.ts';
import { RefsService } from './refs.service.ts';

const START = new Date('2026-03-02T02:00:00.000Z');
/** The longest a backup of 大麦 may be kept, 90 days, is over on this day and not before. */
const OVER = new Date('2026-06-02T02:00:00.000Z');

let world: TestContext;
let tenant: TenantId;
let count = 0;
let kept: z.input<typeof http.holding>[] = [];
let copies: z.input<typeof http.backup>[] = [];

beforeAll(async () => {
  world = await testContext(erasure);
  world.peers.answer(http.Holdings, () => ({ known: kept.length > 0, generation: 1, holdings: kept }));
  world.peers.answer(http.Backups, () => ({ backups: copies }));
});
afterAll(() => world.stop());
beforeEach(async () => {
  [kept, copies] = [[], []];
  tenant = await world.openTenant(`refs-${String((count += 1))}`, { at: START });
});
afterEach(() => {
  crashAt.strike = undefined;
});

const backend = () => ({ tenant, role: 'backend' as const });
const holding = {
  ...{ compartment: 'statutory' as const, class: 'orders', custody: 'lethe' as const, method: 'anonymize' as const },
  ...{ parts: 2, waiting: false, held: 0, restricted: 2 },
};
const inLedger = async () =>
  (await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } })).entries;
const refsOnDisk = () => {
  const folder = join(world.context.config.ledgerFolder, 'ledger');
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('');
};
const look = () => world.inside(RefsService).look(tenant);
const epoch = async () => {
  const at = world.clock.now().toISOString();
  await world.hear(events.EpochEndedV1, { tenant, slot: 0 }, { epoch: (count += 1), before: at, at });
};

async function until<Found>(read: () => Promise<Found | undefined>): Promise<Found> {
  for (const end = performance.now() + 50_000; performance.now() < end;) {
    const found = await read();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come');
}
const stateOf = (request: string, wanted: z.input<typeof http.requestState>) =>
  until(async () => {
    const told = await world.ask(http.RequestState, backend(), {
      params: { request },
      query: { until: wanted, waitMs: 5_000 },
    });
    return told.state === wanted ? told : undefined;
  });

/** Asked, frozen, ordered, shredded, swept, certified. */
async function forgotten(subject: SubjectRef) {
  const { request } = await world.ask(http.AskErasure, backend(), {
    body: {
      ...{ subject, kind: 'erasure', idempotencyKey: newId() },
      identity: { method: 'sms-code', verifiedAt: START.toISOString() },
    },
  });
  const told = async <Definition extends typeof events.SubjectFrozenV1 | typeof events.ShredOrderedV1>(
    definition: Definition,
  ) =>
    until(async () =>
      (await world.announced(definition)).find(({ data }) => (data as { erasure?: string }).erasure === request),
    );
  const { number } = await world.context.outbox.numberOf((await told(events.SubjectFrozenV1)).id, 50_000);
  const at = world.clock.now().toISOString();
  for (const stage of ['frozen', 'done'] as const) {
    for (const definition of [
      events.CollectionErasureAckedV1,
      events.ConsentErasureAckedV1,
      events.RetentionErasureAckedV1,
    ])
      await world.hear(
        definition,
        { tenant, subject },
        { ...{ erasure: request, stage, found: 0, deleted: 0, restricted: 0, rescan: 0, position: number, at } },
      );
    if (stage === 'frozen') await stateOf(request, 'ordered');
  }
  const { data } = await told(events.ShredOrderedV1);
  const about = { entry: data.entry, erasure: request };
  await world.hear(
    events.SubjectShreddedV1,
    { tenant, subject },
    { ...about, compartments: data.compartments, keys: 2, effectiveAt: at },
  );
  await world.hear(events.SubjectSweptV1, { tenant, subject }, { ...about, deleted: 0, rescan: 0, at });
  const { certificate } = await stateOf(request, 'certified');
  return { request, entry: data.entry, certificate: certificate! };
}
const person = (): SubjectRef => newRef() as SubjectRef;
const subjectOf = async (entry: number) => (await inLedger()).find((one) => one.entry === entry)?.subject;

test('an erased person’s ref leaves the ledger when no copy can bring them back, and everything still verifies', async () => {
  const subject = person();
  const { request, entry, certificate } = await forgotten(subject);
  await world.moveClock(tenant, OVER);
  // Certified is not final.
  await look();
  expect(await subjectOf(entry)).toBe(subject);
  await epoch();
  await stateOf(request, 'final');

  await world.moveClock(tenant, new Date('2026-06-03T02:00:00.000Z'));
  expect(await look()).toBeGreaterThan(0);
  expect(await inLedger()).toMatchObject([{ entry, kind: 'erased', erasure: request }]);
  expect(await subjectOf(entry)).toBeUndefined();
  expect(refsOnDisk()).not.toContain(subject);
  const { document } = await world.ask(http.CertificateOf, backend(), { params: { certificate } });
  expect(verifyCertificate(document, await world.ask(http.LedgerKeys, backend()))).toMatchObject({
    ...{ ok: true, findings: [], final: true },
  });
  // Nothing is left to look at.
  expect(await look()).toBe(0);
});

test('a day before the policy’s longest copy is over it stays, and while a backup from before is there, or anything is kept', async () => {
  const subject = person();
  const { request, entry } = await forgotten(subject);
  await epoch();
  await stateOf(request, 'final');
  await world.moveClock(tenant, new Date(OVER.getTime() - 86_400_000));
  expect(await look()).toBe(0);
  const backup = { backup: newId(), takenAt: START.toISOString(), purgeOn: '2027-01-01', rows: 1, bytes: 1 };
  let today = OVER.getTime();
  const nextLook = async (days = 1): Promise<string | undefined> => {
    await world.moveClock(tenant, new Date((today += days * 86_400_000)));
    expect(await look()).toBe(1);
    return subjectOf(entry);
  };
  copies = [{ ...backup, state: 'isolated' }];
  expect(await nextLook()).toBe(subject);
  const covers = { holder: 'archive', classes: [], from: START.toISOString(), until: OVER.toISOString() };
  copies = [{ ...backup, takenAt: OVER.toISOString(), state: 'purging', platform: covers }];
  expect(await nextLook()).toBe(subject);
  copies = [{ ...backup, state: 'purged' }];
  kept = [holding];
  expect(await nextLook()).toBe(subject);
  kept = [];
  expect(await nextLook(7)).toBeUndefined();
});

test('so does the ref of each class that a law alone kept of them', async () => {
  kept = [
    { ...holding, floor: '2026-05-01' },
    { ...holding, class: 'invoices', floor: '2026-05-02' },
  ];
  const subject = person();
  const { request } = await forgotten(subject);
  expect((await inLedger()).map(({ kind, class: of, day, subject: whose }) => [kind, of, day, whose])).toEqual([
    ['erased', undefined, undefined, subject],
    ['restricted', 'orders', '2026-05-01', subject],
    ['restricted', 'invoices', '2026-05-02', subject],
  ]);
  kept = [];
  await epoch();
  await stateOf(request, 'final');
  await world.moveClock(tenant, new Date('2026-06-03T02:00:00.000Z'));
  await look();
  expect(refsOnDisk()).not.toContain(subject);
});

test('whoever asks again for one whose ref is dropped is answered as before; and, once the request is disposed of, as for anybody', async () => {
  const subject = person();
  const first = await forgotten(subject);
  await epoch();
  await stateOf(first.request, 'final');
  await world.moveClock(tenant, OVER);
  await look();
  expect(refsOnDisk()).not.toContain(subject);
  const again = await world.ask(http.AskErasure, backend(), {
    body: {
      ...{ subject, kind: 'erasure', idempotencyKey: newId() },
      identity: { method: 'sms-code', verifiedAt: START.toISOString() },
    },
  });
  expect(again).toMatchObject({ request: first.request, state: 'final' });

  await world.moveClock(tenant, new Date('2036-03-02T02:00:00.000Z'));
  const isDisposedOf = () =>
    world.ask(http.RequestState, backend(), { params: { request: first.request }, query: {} }).then(
      () => undefined,
      () => true,
    );
  await until(isDisposedOf);
  const later = await forgotten(subject);
  expect(later.request).not.toBe(first.request);
  expect(await subjectOf(later.entry)).toBe(subject);
});

test('a withdrawn consent’s ref goes when its keys are dead, its stores have answered and no copy is left', async () => {
  const subject = person();
  await world.hear(
    events.ConsentChangedV1,
    { tenant, subject },
    {
      ...{ consent: newId(), version: 2, purpose: 'display', state: 'withdrawn', level: 'opt-in' },
      ...{ notice: '2020-11-18', at: START.toISOString() },
    },
  );
  const [{ entry } = { entry: 0 }] = await inLedger();
  await world.moveClock(tenant, OVER);
  // Nobody has said that the key is dead.
  expect(await look()).toBe(0);
  await world.moveClock(tenant, START);
  await world.hear(
    events.SubjectShreddedV1,
    { tenant, subject },
    { entry, compartments: ['consent.display'], keys: 1, effectiveAt: world.clock.now().toISOString() },
  );
  await world.moveClock(tenant, OVER);
  await look();
  expect(await subjectOf(entry)).toBe(subject);
  await epoch();
  await world.moveClock(tenant, new Date('2026-06-03T02:00:00.000Z'));
  kept = [{ ...holding, compartment: 'contract' }];
  await look();
  expect(await subjectOf(entry)).toBeUndefined();
});

test('a held person’s ref goes after the release, never before', async () => {
  const subject = person();
  const hold = newId();
  await world.hear(
    events.HoldPlacedV1,
    { tenant, subject },
    {
      ...{ hold, scope: { kind: 'subject', subject }, at: START.toISOString() },
    },
  );
  await world.hear(events.HoldRecordedV1, { tenant, subject }, { hold, outcome: 'recorded', parts: 0 });
  const [{ entry } = { entry: 0 }] = await inLedger();
  await epoch();
  await world.moveClock(tenant, OVER);
  expect(await look()).toBe(0);
  await world.moveClock(tenant, START);
  await world.hear(events.HoldLiftedV1, { tenant, subject }, { hold, parts: 0 });
  await epoch();
  await world.moveClock(tenant, OVER);
  await look();
  expect(await subjectOf(entry)).toBeUndefined();
});

test('a crash between the ledger and the database drops nothing twice', async () => {
  const subject = person();
  const { request, entry } = await forgotten(subject);
  await epoch();
  await stateOf(request, 'final');
  await world.moveClock(tenant, OVER);
  crashAt.strike = (point) => {
    if (point === 'erasure.refs.dropped') throw new Error('killed');
  };
  await expect(look()).rejects.toThrow('killed');
  crashAt.strike = undefined;
  expect(await subjectOf(entry)).toBeUndefined();
  const said = () => refsOnDisk().split(`"entries":[${String(entry)}]`).length - 1;
  expect(said()).toBe(1);
  expect(await look()).toBe(1);
  expect(said()).toBe(1);
  expect(await look()).toBe(0);
});
