import { events } from '@lethe/contracts';
import { slotOf } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { nextEntry, startCollection, type Bench, type Tenant, orderFields } from './collection.contract.ts';
import { FACE_DAY, personWithFace, START } from './faces.contract.ts';
import { lockSlots } from './store/locks.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const FACE = 'face-verification';

let names = 0;
const tenantOf = () => bench.tenant(`holds-${String((names += 1))}`, START);

type Scope = Parameters<typeof place>[1];
async function place(
  tenant: Tenant,
  scope:
    | { kind: 'subject'; subject: string }
    | { kind: 'record'; record: string; subject: string }
    | { kind: 'matter'; matter: string }
    | { kind: 'tenant' },
) {
  const hold = newId();
  const about = 'subject' in scope ? { subject: scope.subject } : { slot: 0 };
  await tenant.hear(events.HoldPlacedV1, about, { hold, scope, at: START });
  const said = (await tenant.announced(events.HoldRecordedV2)).find(({ data }) => data.hold === hold)!.data;
  return said;
}
async function release(tenant: Tenant, hold: string, scope: Scope) {
  await tenant.hear(events.HoldReleasedV1, 'subject' in scope ? { subject: scope.subject } : { slot: 0 }, {
    hold,
    at: START,
  });
  await bench.service.background.quiet();
}
const opens = async (
  tenant: Tenant,
  { subject, part }: { subject: Awaited<ReturnType<Tenant['person']>>; part: string },
) => (await tenant.openFields(FACE, subject, [part])).opened.length === 1;

describe('a hold keeps what it names beyond its day, and nothing else', () => {
  test('one record of a person', async () => {
    const tenant = await tenantOf();
    const held = await personWithFace(tenant, 'u-1');
    const [again] = await tenant.collect({
      subject: held.subject,
      purpose: FACE,
      declarations: ['face-function'],
      fields: { 'face-image': 'another-face' },
    });
    if (again?.outcome !== 'admitted') throw new Error(JSON.stringify(again));
    const placed = await place(tenant, { kind: 'record', record: held.record, subject: held.subject });
    expect(placed).toMatchObject({ outcome: 'recorded', parts: 1 });
    await tenant.dispose('face', FACE_DAY, 'delete');
    expect(await opens(tenant, held)).toBe(true);
    expect(await opens(tenant, { subject: held.subject, part: again.parts[0]!.part })).toBe(false);
  });

  test('everything of a tenant', async () => {
    const tenant = await tenantOf();
    const people = [await personWithFace(tenant, 'u-1'), await personWithFace(tenant, 'u-2')];
    expect(await place(tenant, { kind: 'tenant' })).toMatchObject({ outcome: 'recorded', parts: 2 });
    await tenant.dispose('face', FACE_DAY, 'delete');
    for (const one of people) expect(await opens(tenant, one)).toBe(true);
  });

  test('a matter, whose parts of another matter go', async () => {
    const tenant = await tenantOf();
    const subject = await tenant.person('u-1');
    const order = async (n: string) => {
      const matter = await tenant.matter(subject, 'order', n);
      await tenant.consent(subject, 'order', 1);
      const [answer] = await tenant.collect({
        subject,
        matter,
        purpose: 'order',
        fields: orderFields(n),
      });
      if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
      await tenant.hear(
        events.MatterAnchoredV1,
        { subject },
        { matter, anchor: 'transaction-completed', at: START, version: 1 },
      );
      return { matter, parts: answer.parts };
    };
    const [held, other] = [await order('o-1'), await order('o-2')];
    const placed = await place(tenant, { kind: 'matter', matter: held.matter });
    expect(placed).toMatchObject({ outcome: 'recorded', parts: held.parts.length });
    const [dated] = (await tenant.announced(events.MatterDatedV1)).filter(({ data }) => data.class === 'orders');
    await tenant.dispose('orders', dated!.data.to, 'anonymize');
    expect(await tenant.count('part', `class = 'orders' and matter = '${held.matter}'`)).toBeGreaterThan(0);
    expect(await tenant.count('part', `class = 'orders' and matter = '${other.matter}'`)).toBe(0);
  });
});

describe('released', () => {
  test('before its day, a part stays until its day and goes with it', async () => {
    const tenant = await tenantOf();
    const held = await personWithFace(tenant, 'u-1');
    const scope = { kind: 'subject', subject: held.subject } as const;
    const { hold } = await place(tenant, scope);
    await release(tenant, hold, scope);
    expect(await opens(tenant, held)).toBe(true);
    await tenant.dispose('face', FACE_DAY, 'delete');
    expect(await opens(tenant, held)).toBe(false);
    expect(await tenant.count('part')).toBe(0);
  });

  test('after its day, a part goes at once', async () => {
    const tenant = await tenantOf();
    const held = await personWithFace(tenant, 'u-1');
    const scope = { kind: 'subject', subject: held.subject } as const;
    const { hold } = await place(tenant, scope);
    await tenant.dispose('face', FACE_DAY, 'delete');
    await release(tenant, hold, scope);
    expect(await opens(tenant, held)).toBe(false);
    expect(await tenant.count('part')).toBe(0);
    const [said] = await tenant.announced(events.PartsRemovedV2);
    expect(said?.data).toEqual({ because: 'kept-no-longer', tallies: [], parts: 1 });
  });

  test('a part that a later hold names too still opens: each hold has keys of its own', async () => {
    const tenant = await tenantOf();
    const held = await personWithFace(tenant, 'u-1');
    const scope = { kind: 'subject', subject: held.subject } as const;
    const first = await place(tenant, scope);
    await tenant.dispose('face', FACE_DAY, 'delete');
    const second = await place(tenant, { kind: 'record', record: held.record, subject: held.subject });
    expect(second).toMatchObject({ outcome: 'recorded', parts: 1 });
    await release(tenant, first.hold, scope);
    expect(await opens(tenant, held)).toBe(true);
    await release(tenant, second.hold, scope);
    expect(await opens(tenant, held)).toBe(false);
    expect(await tenant.count('part')).toBe(0);
  });
});

test('a hold that comes when what kept a part has ended, and before its row is gone, is too late', async () => {
  const tenant = await tenantOf();
  const held = await personWithFace(tenant, 'u-1');
  const scope = { kind: 'subject', subject: held.subject } as const;
  const first = await place(tenant, scope);
  await tenant.dispose('face', FACE_DAY, 'delete');
  // As a release leaves it until the background has come: the keys are dead, the row is there.
  await bench.keyring.releaseKept(tenant.id, first.hold);
  expect(await place(tenant, scope)).toMatchObject({ outcome: 'too-late', parts: 1 });
  expect(await opens(tenant, held)).toBe(false);
});

test('one on everything is in force for the rest then, and says so; the row goes at once', async () => {
  const tenant = await tenantOf();
  const [ended, kept] = [await personWithFace(tenant, 'u-1'), await personWithFace(tenant, 'u-2')];
  const [first, second] = [ended, kept].map(({ subject }) => ({ kind: 'subject', subject }) as const);
  const [lifted, stands] = [await place(tenant, first!), await place(tenant, second!)];
  await tenant.dispose('face', FACE_DAY, 'delete');
  // While an officer has stopped disposal, what a hold kept lies there when it has been released, with no key.
  await tenant.hear(events.DisposalClearedV1, { slot: 0 }, { stop: { stop: newId(), at: START }, at: START });
  await release(tenant, lifted.hold, first!);
  expect(await tenant.count('part')).toBe(2);
  const scope = { kind: 'tenant' } as const;
  const said = await place(tenant, scope);
  expect(said).toMatchObject({ outcome: 'recorded', parts: 1, tooLate: [{ parts: 1 }] });
  expect(await tenant.count('part')).toBe(1);
  await release(tenant, stands.hold, second!);
  expect([await opens(tenant, ended), await opens(tenant, kept)]).toEqual([false, true]);
  await tenant.hear(events.DisposalClearedV1, { slot: 0 }, { at: START });
  await release(tenant, said.hold, scope);
  expect(await tenant.count('part')).toBe(0);
});

describe('a hold and a disposal at once', () => {
  async function both() {
    const tenant = await tenantOf();
    const one = await personWithFace(tenant, 'u-1');
    const [hold, order] = [newId(), newId()];
    const disposing = () =>
      tenant.hear(
        events.DisposalRecordedV1,
        { slot: 0 },
        { entry: nextEntry(), order, class: 'face', day: FACE_DAY, method: 'delete', at: START },
      );
    const scope = { kind: 'subject', subject: one.subject } as const;
    const holding = () => tenant.hear(events.HoldPlacedV1, { subject: one.subject }, { hold, scope, at: START });
    /** Recorded, and the part opens; or too late, naming the order, and it does not. */
    const outcome = async () => {
      await bench.service.background.quiet();
      const said = (await tenant.announced(events.HoldRecordedV2)).find(({ data }) => data.hold === hold)!.data;
      expect(await opens(tenant, one)).toBe(said.outcome === 'recorded');
      expect(said.tooLate).toEqual(said.outcome === 'recorded' ? [] : [{ order, parts: 1 }]);
      return said.outcome;
    };
    return { tenant, one, disposing, holding, outcome };
  }

  test('whoever has the lock of the slot first is first', async () => {
    for (const expected of ['recorded', 'too-late']) {
      const { tenant, one, disposing, holding, outcome } = await both();
      let heard: Promise<unknown> = Promise.resolve();
      await bench.data.admin.transaction(async (sql) => {
        await lockSlots(sql, tenant.id, [slotOf(one.subject, bench.running.context.config.slots)]);
        for (const [before, hears] of (expected === 'recorded'
          ? [holding, disposing]
          : [disposing, holding]
        ).entries()) {
          heard = Promise.all([heard, hears()]);
          heard.catch(() => undefined);
          await eventually(async () => {
            const waiting = await sql.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`);
            return waiting.length > before;
          });
        }
      });
      await heard;
      expect(await outcome()).toBe(expected);
    }
  });

  test('as they come', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { disposing, holding, outcome } = await both();
      await Promise.all(round % 2 === 0 ? [disposing(), holding()] : [holding(), disposing()]);
      await outcome();
    }
  });
});

test('a hold on a record waits for what is being done to anybody with a part in it, and says what became of it', async () => {
  const tenant = await tenantOf();
  const { slots } = bench.running.context.config;
  const buyer = await tenant.person('buyer');
  let guest = await tenant.person('guest-0');
  for (let n = 1; slotOf(guest, slots) === slotOf(buyer, slots); n += 1) guest = await tenant.person(`guest-${n}`);
  await tenant.consent(buyer, 'order', 1);
  const [answer] = await tenant.collect({
    subject: buyer,
    matter: await tenant.matter(buyer, 'order', 'o-1'),
    purpose: 'order',
    fields: orderFields('o-1'),
    others: [
      {
        subject: guest,
        declaration: 'other-person-authorized',
        fields: { 'legal-name': '王五', 'id-number': '110101199003070038' },
      },
    ],
  });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  let placed: ReturnType<typeof place> | undefined;
  let answered = false;
  await bench.data.admin.transaction(async (sql) => {
    // As an erasure of the guest does, until it commits.
    await lockSlots(sql, tenant.id, [slotOf(guest, slots)]);
    placed = place(tenant, { kind: 'record', record: answer.record, subject: buyer });
    void placed.then(() => (answered = true));
    await eventually(async () => {
      const waiting = await sql.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`);
      return answered || waiting.length > 0;
    });
    expect(answered).toBe(false);
  });
  expect(await placed).toMatchObject({ outcome: 'recorded', parts: 2 });
});
