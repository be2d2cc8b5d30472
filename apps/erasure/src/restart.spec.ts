import { events, http, type Envelope, type EventDefinition } from '@lethe/contracts';
import { type SubjectRef, type TenantId } from '@lethe/kernel';
import { Ledger, SigningKeys, verifyCertificate } from '@lethe/ledger';
import { newId, newRef } from '@lethe/platform';
import { join } from 'node:path';
import { Reborn } from './reborn.contract.ts';

let reborn: Reborn;
let tenant: TenantId;
let count = 0;
beforeAll(async () => {
  reborn = await Reborn.open();
});
afterAll(() => reborn.stop());
beforeEach(async () => {
  const { world } = reborn;
  tenant = await world.openTenant(`restart-${String((count += 1))}`, { at: new Date('2026-03-02T02:00:00.000Z') });
  world.peers.answer(http.Holdings, () => ({
    known: true,
    generation: 1,
    holdings: [
      {
        compartment: 'contract' as const,
        class: 'account',
        custody: 'lethe' as const,
        method: 'delete' as const,
        parts: 3,
        waiting: false,
        held: 0,
        restricted: 0,
      },
    ],
  }));
  world.peers.answer(http.Backups, () => ({ backups: [] }));
});
afterEach(() => reborn.spare());

const deliver = <Definition extends EventDefinition>(
  definition: Definition,
  subject: SubjectRef | undefined,
  data: Envelope<Definition>['data'],
): Promise<void> => reborn.deliver(tenant, definition, subject, data);

/** Lets new instances look until nothing changes any more: a retry waits for its moment, so the clock goes on. */
async function settle(request: string): Promise<string> {
  let seen = '';
  for (let still = 0; still < 3;) {
    reborn.world.clock.advance(60_000);
    await reborn.live(({ runner }) => runner.advance(tenant, request));
    const now = await standing(request);
    still = now === seen ? still + 1 : 0;
    seen = now;
  }
  return seen;
}
const standing = async (request: string): Promise<string> =>
  reborn.context.database.within(
    tenant,
    async (sql) =>
      (await sql.query<{ progress: string }>('select progress from request where request = $1', [request]))[0]
        ?.progress ?? '',
  );
const announced = async (request: string): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { type, data } of await reborn.world.announced()) {
    if ((data as { erasure?: string }).erasure === request) counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
};

const ACKS = [events.CollectionErasureAckedV1, events.ConsentErasureAckedV1, events.RetentionErasureAckedV1] as const;
async function acks(request: string, subject: SubjectRef, stage: 'frozen' | 'done'): Promise<void> {
  const freeze = (await reborn.world.announced(events.SubjectFrozenV1)).find(({ data }) => data.erasure === request);
  const { number } = await reborn.context.outbox.numberOf(freeze?.id ?? '', 50_000);
  for (const definition of ACKS) {
    await deliver(definition, subject, {
      erasure: request,
      stage,
      found: 3,
      deleted: 3,
      restricted: 0,
      rescan: 0,
      position: number,
      at: reborn.world.clock.now().toISOString(),
    });
  }
}
async function asked(subject: SubjectRef): Promise<string> {
  const caller = { tenant, role: 'backend' as const, sub: 'test#backend' };
  const body = {
    subject,
    kind: 'erasure' as const,
    ground: 'no-longer-used',
    identity: { method: 'sms-code', verifiedAt: '2026-03-02T02:00:00.000Z' },
    idempotencyKey: newId(),
  };
  return reborn.live(async ({ service, runner }) => {
    const { request } = await service.ask(caller, body);
    await runner.stop();
    return request;
  });
}
async function theWholeWay(subject: SubjectRef, request: string): Promise<void> {
  expect(await settle(request)).toBe('scoped');
  await acks(request, subject, 'frozen');
  expect(await settle(request)).toBe('ordered');
  await acks(request, subject, 'done');
  expect(await settle(request)).toBe('shredding');
  const shred = (await reborn.world.announced(events.ShredOrderedV1)).find(({ data }) => data.erasure === request);
  const told = { entry: shred?.data.entry ?? 0, erasure: request };
  const at = reborn.world.clock.now().toISOString();
  await deliver(events.SubjectShreddedV1, subject, { ...told, compartments: ['contract'], keys: 1, effectiveAt: at });
  expect(await standing(request)).toBe('effective');
  reborn.world.peers.answer(http.Holdings, () => ({ known: true, generation: 1, holdings: [] }));
  await deliver(events.SubjectSweptV1, subject, { ...told, deleted: 3, rescan: 0, at });
  expect(await settle(request)).toBe('certified');
  const after = reborn.world.clock.now().toISOString();
  await deliver(events.EpochEndedV1, undefined, { epoch: count, before: after, at: after });
  expect(await settle(request)).toBe('final');
}
const ONCE = {
  'erasure.subject-frozen.v1': 1,
  'erasure.erasure-ordered.v1': 1,
  'erasure.shred-ordered.v1': 1,
  'erasure.erasure-certified.v1': 1,
  'erasure.erasure-final.v1': 1,
};
async function expectOneOfEach(request: string): Promise<void> {
  expect(await announced(request)).toEqual(ONCE);
  await reborn.live(async ({ books }) => {
    const entries = (await books.ledger.after(0, 1000)).filter((entry) => entry.erasure === request);
    expect(entries.map(({ kind }) => kind)).toEqual(['erased']);
    const row = await reborn.context.database.within(
      tenant,
      async (sql) =>
        (await sql.query<{ document: string }>('select document from certificate where request = $1', [request]))[0],
    );
    expect(verifyCertificate(row?.document, books.keys.publicKeys())).toMatchObject({ ok: true, final: true });
  });
}

test('a request goes on from rows and files alone, whatever instance carries it', async () => {
  const subject = newRef() as SubjectRef;
  const request = await asked(subject);
  await theWholeWay(subject, request);
  await expectOneOfEach(request);
});

test.each([
  'erasure.freeze.announced',
  'erasure.freeze.acked',
  'erasure.order.given',
  'erasure.ledger.written',
  'erasure.shred.ordered',
  'erasure.certificate.drafted',
  'erasure.certificate.logged',
  'erasure.final.drafted',
  'erasure.final.logged',
])('killed at %s it ends the same, with one ledger entry, one leaf a statement, one certificate', async (point) => {
  reborn.killAt(point);
  const leaves = await reborn.live(async ({ books }) => books.log.size());
  const subject = newRef() as SubjectRef;
  const request = await asked(subject);
  await theWholeWay(subject, request);
  expect(reborn.kills).toBe(1);
  await expectOneOfEach(request);
  expect(await reborn.live(async ({ books }) => books.log.size())).toBe(leaves + 2);
});

test.each(['erasure.withdrawal.written', 'erasure.disposal.written'])(
  'killed at %s the event comes again and finds its entry',
  async (point) => {
    reborn.killAt(point);
    const subject = newRef() as SubjectRef;
    const order = newId();
    const again = async (): Promise<void> =>
      point.includes('withdrawal')
        ? deliver(events.ConsentChangedV1, subject, {
            consent: order,
            version: 1,
            purpose: 'display',
            state: 'withdrawn',
            level: 'opt-in',
            notice: '1',
            at: '2026-03-02T02:00:00.000Z',
          })
        : deliver(events.DisposalOrderedV1, undefined, {
            order,
            class: 'orders',
            day: '2026-03-02',
            method: 'delete',
            custody: ['lethe'],
            expected: 1,
            at: '2026-03-02T02:00:00.000Z',
          });
    const before = await reborn.live(async ({ books }) => books.ledger.head());
    await expect(again()).rejects.toThrow('killed');
    await again();
    await again();
    expect(await reborn.live(async ({ books }) => books.ledger.head())).toBe(before + 1);
    const types = (await reborn.world.announced()).filter((one) => one.tenant === tenant).map(({ type }) => type);
    expect(types).toHaveLength(1);
  },
);

test('a lie stays a lie across a restart', async () => {
  const subject = newRef() as SubjectRef;
  const request = await asked(subject);
  await settle(request);
  await acks(request, subject, 'frozen');
  await settle(request);
  await acks(request, subject, 'done');
  expect(await settle(request)).toBe('shredding');
  const shred = (await reborn.world.announced(events.ShredOrderedV1)).find(({ data }) => data.erasure === request);
  const at = reborn.world.clock.now().toISOString();
  await deliver(events.SubjectShreddedV1, subject, {
    entry: (shred?.data.entry ?? 0) + 7,
    erasure: request,
    compartments: ['contract'],
    keys: 1,
    effectiveAt: at,
  });
  expect(await settle(request)).toBe('shredding');
  await deliver(events.SubjectShreddedV1, subject, {
    entry: shred?.data.entry ?? 0,
    erasure: request,
    compartments: ['contract'],
    keys: 1,
    effectiveAt: at,
  });
  await deliver(events.SubjectSweptV1, subject, {
    entry: shred?.data.entry ?? 0,
    erasure: request,
    deleted: 3,
    rescan: 1,
    at,
  });
  expect(await settle(request)).toBe('effective');
});

test('two instances cannot write at once', async () => {
  await reborn.live(async () => {
    await expect(
      Ledger.open(join(reborn.context.config.ledgerFolder, 'ledger'), SigningKeys.generate().entriesKey()),
    ).rejects.toMatchObject({
      code: 'ledger/second-writer',
    });
  });
});
