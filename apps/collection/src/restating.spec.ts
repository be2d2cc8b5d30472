import { events } from '@lethe/contracts';
import { slotOf, type SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { SLOTS, startCollection, type Bench, type Tenant } from './collection.contract.ts';

const START = '2027-01-05T04:00:00.000Z';
const ANCHORED = { anchor: 'transaction-completed', at: START, version: 1 };

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
});
afterAll(() => bench.stop());

const face = (subject: SubjectRef) => ({
  subject,
  purpose: 'face-verification',
  declarations: ['face-function'],
  fields: { 'face-image': 'data' },
});
const order = (number: number) => ({
  purpose: 'order',
  fields: {
    'order-number': `O-${String(number)}`,
    'event-name': '茶馆',
    'event-day': '2027-04-01',
    'order-amount': 480,
  },
});
const slotOfPerson = (subject: SubjectRef): number => slotOf(subject, SLOTS);

async function someone(tenant: Tenant, name: string): Promise<SubjectRef> {
  const subject = await tenant.person(name);
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  return subject;
}
/** The tallies of the newest statement of each slot, as far as this tenant goes. */
async function stated(tenant: Tenant, slot: number) {
  await bench.service.restate(slot);
  const all = await tenant.announced(events.TalliesStatedV1);
  const last = all.at(-1)!.data.statement;
  return all.filter(({ data }) => data.statement === last).flatMap(({ data }) => data.tallies);
}

test('every part of the slot is stated once: by its day, or by the matter it waits for; what goes is not in it', async () => {
  const tenant = await bench.tenant('stated-tallies', START);
  const subject = await someone(tenant, 'u-1');
  const matter = await tenant.matter(subject, 'order', 'o-1');
  await tenant.collect(face(subject), face(subject), { subject, matter, ...order(1) });
  const slot = slotOfPerson(subject);
  const [waiting, dated] = (await stated(tenant, slot)).toSorted((one) => (one.disposal === undefined ? -1 : 1));
  expect(waiting).toMatchObject({ class: 'orders', matter, subject, custody: 'lethe', parts: 1 });
  expect(waiting?.limit).toBeDefined();
  expect(dated).toMatchObject({ class: 'face', custody: 'lethe', method: 'delete', parts: 2 });
  expect(dated?.matter).toBeUndefined();
  await tenant.hear(events.MatterAnchoredV1, { subject }, { matter, ...ANCHORED });
  const moved = (await stated(tenant, slot)).find((each) => each.class === 'orders');
  expect(moved?.disposal).toBeDefined();
  expect(moved?.floor).toBeDefined();
  await tenant.dispose('face', dated!.disposal!, 'delete');
  expect((await stated(tenant, slot)).map((each) => each.class)).toEqual(['orders']);
});

test('a tenant of whom nothing is there is stated too, so that what was counted of it is forgotten', async () => {
  const tenant = await bench.tenant('stated-empty', START);
  await bench.service.restate(1);
  const [event] = await tenant.announced(events.TalliesStatedV1);
  expect(event?.data).toMatchObject({ piece: 0, tallies: [] });
});

test('a matter is dated in the slot of each part: those whom a person named are counted where they are', async () => {
  const tenant = await bench.tenant('stated-others', START);
  const buyer = await tenant.person('buyer');
  let guest = await tenant.person('guest-0');
  for (let n = 1; slotOfPerson(guest) === slotOfPerson(buyer); n += 1)
    guest = await tenant.person(`guest-${String(n)}`);
  const matter = await tenant.matter(buyer, 'order', 'o-1');
  const recipient = { 'recipient-name': '韩梅梅', 'recipient-phone': '13800000001', 'recipient-address': '北京' };
  const [answer] = await tenant.collect({
    subject: buyer,
    matter,
    purpose: 'ticket-delivery',
    fields: recipient,
    others: [{ subject: guest, declaration: 'other-person-authorized', fields: recipient }],
  });
  expect(answer).toMatchObject({ outcome: 'admitted' });
  await tenant.hear(events.MatterAnchoredV1, { subject: buyer }, { matter, ...ANCHORED });
  const rows = await bench.data.admin.transaction((sql) =>
    sql.query<{ slot: number; parts: number }>(
      `select slot, (value::jsonb->'data'->>'parts')::int as parts from outbox
        where tenant = $1 and value like '%"collection.matter-dated.v1"%' order by slot`,
      [tenant.id],
    ),
  );
  expect(rows).toEqual(
    [slotOfPerson(buyer), slotOfPerson(guest)].sort((one, other) => one - other).map((slot) => ({ slot, parts: 1 })),
  );
});

test('what somebody may still wait to hear is said again: a freeze, dead keys, a finished day', async () => {
  const tenant = await bench.tenant('stated-facts', START);
  const [frozen, gone] = [await someone(tenant, 'frozen'), await someone(tenant, 'gone')];
  await tenant.collect(face(frozen), face(gone));
  const [asked, erasure] = [newId(), newId()];
  await tenant.hear(events.SubjectFrozenV1, { subject: frozen }, { erasure: asked, at: START });
  await tenant.hear(events.SubjectFrozenV1, { subject: gone }, { erasure, at: START });
  await tenant.hear(
    events.ErasureOrderedV1,
    { subject: gone },
    { erasure, shred: ['consent.face-verification'], restrict: [], at: START },
  );
  await tenant.shred(gone, ['consent.face-verification'], { erasure });
  const counts = async () => ({
    frozen: (await tenant.announced(events.CollectionErasureAckedV1)).filter(({ data }) => data.erasure === asked)
      .length,
    shredded: (await tenant.announced(events.SubjectShreddedV1)).filter(({ data }) => data.erasure === erasure).length,
    swept: (await tenant.announced(events.SubjectSweptV1)).filter(({ data }) => data.erasure === erasure).length,
  });
  const before = await counts();
  for (const slot of new Set([slotOfPerson(frozen), slotOfPerson(gone)])) await bench.service.restate(slot);
  const after = await counts();
  expect(after).toEqual({ frozen: before.frozen + 1, shredded: before.shredded + 1, swept: before.swept + 1 });
});

test('how the order of an erasure was answered is said again with the counts of then, also when the rows have gone', async () => {
  const tenant = await bench.tenant('stated-answers', START);
  const [goes, silent] = [await someone(tenant, 'goes'), await someone(tenant, 'silent')];
  await tenant.collect(face(goes), face(silent));
  const erasure = newId();
  for (const [subject, of] of [
    [goes, erasure],
    [silent, newId()],
  ] as const)
    await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure: of, at: START });
  const answers = async () =>
    (await tenant.announced(events.CollectionErasureAckedV1)).filter(({ data }) => data.stage === 'done');
  await bench.service.restate(slotOfPerson(goes));
  await bench.service.restate(slotOfPerson(silent));
  expect(await answers()).toEqual([]);
  const shred = ['consent.face-verification'];
  await tenant.hear(events.ErasureOrderedV1, { subject: goes }, { erasure, shred, restrict: [], at: START });
  const again = async () => {
    const before = (await answers()).length;
    await bench.service.restate(slotOfPerson(goes));
    return (await answers()).slice(before).map(({ subject, data: { at: _, ...data } }) => ({ subject, ...data }));
  };
  const [first] = await answers();
  const { at: _, ...data } = first!.data;
  expect(data).toMatchObject({ erasure, found: 1, deleted: 1, restricted: 0, rescan: 0 });
  expect(await again()).toEqual([{ subject: goes, ...data }]);
  const entry = await tenant.shred(goes, shred, { erasure });
  await bench.service.background.quiet();
  expect(await again()).toEqual([{ subject: goes, ...data }]);
  // And whoever gives the order that destroys anew hears what became of it.
  const swept = async () =>
    (await tenant.announced(events.SubjectSweptV1)).filter((event) => event.data.erasure === erasure).length;
  const before = await swept();
  await tenant.hear(
    events.ShredOrderedV1,
    { subject: goes },
    { entry, erasure, cause: 'erased', compartments: shred, at: START },
  );
  expect(await swept()).toBe(before + 1);
});

test('a child without a guardian is told of where something is held, when that is heard and when the slot is stated', async () => {
  const tenant = await bench.tenant('found-children', START);
  const people = await Promise.all(['held', 'verified', 'grown'].map((name) => someone(tenant, name)));
  await tenant.collect(...people.map(face));
  const nobody = await tenant.person('nothing-held');
  const [held, verified, grown] = people as [SubjectRef, SubjectRef, SubjectRef];
  const says = (subject: SubjectRef, guardian: 'missing' | 'verified' | 'not-needed', version = 1) =>
    tenant.hear(events.GuardianshipChangedV1, { subject }, { version, guardian, at: START });
  await says(held, 'missing');
  await says(verified, 'verified');
  await says(grown, 'not-needed');
  await says(nobody, 'missing');
  const told = async () =>
    (await tenant.announced(events.ChildFoundV1)).map(({ subject, data }) => ({ subject, ...data }));
  expect(await told()).toEqual([{ subject: held, version: 1, parts: 1 }]);
  await bench.service.restate(slotOfPerson(held));
  expect(await told()).toHaveLength(2);
  await says(held, 'verified', 2);
  await bench.service.restate(slotOfPerson(held));
  expect(await told()).toHaveLength(2);
});

interface Counted {
  readonly class?: string;
  readonly custody?: string;
  readonly disposal?: string;
  readonly matter?: string;
  readonly parts?: number | readonly Counted[];
}
interface Told extends Counted {
  readonly from?: string;
  readonly to?: string;
  readonly tallies?: readonly Counted[];
}

/** What a listener that missed nothing has counted by now, by slot, class, day or matter, and custody. */
async function heard(tenant: Tenant): Promise<Record<string, number>> {
  const rows = await bench.data.admin.transaction((sql) =>
    sql.query<{ slot: number; value: string }>('select slot, value from outbox where tenant = $1 order by id', [
      tenant.id,
    ]),
  );
  const sums = new Map<string, number>();
  for (const { slot, value } of rows) {
    const { type, data } = JSON.parse(value) as { type: string; data: Told };
    const add = (each: Counted, where: string | undefined, parts: number): void => {
      const key = [slot, each.class, where, each.custody ?? 'lethe'].join(' ');
      sums.set(key, (sums.get(key) ?? 0) + parts);
    };
    if (type === events.PartsAdmittedV1.type)
      for (const part of data.parts as Counted[]) add(part, part.disposal ?? part.matter, 1);
    if (type === events.MatterDatedV1.type) {
      add(data, data.from ?? data.matter, -Number(data.parts));
      add(data, data.to, Number(data.parts));
    }
    if (type === events.PartsRemovedV2.type)
      for (const one of data.tallies ?? []) add(one, one.disposal ?? one.matter, -Number(one.parts));
  }
  return Object.fromEntries([...sums].filter(([, parts]) => parts !== 0));
}
async function statedInAll(tenant: Tenant): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (let slot = 0; slot < SLOTS; slot += 1)
    for (const each of await stated(tenant, slot)) {
      const key = [slot, each.class, each.disposal ?? each.matter, each.custody].join(' ');
      sums[key] = (sums[key] ?? 0) + each.parts;
    }
  return sums;
}

test('what is stated is what somebody who missed nothing has counted: after admissions, anchors that come and move, withdrawals and erasures', async () => {
  const tenant = await bench.tenant('stated-is-heard', START);
  const people = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => someone(tenant, name)));
  const recipient = { 'recipient-name': '韩梅梅', 'recipient-phone': '13800000001', 'recipient-address': '北京' };
  const same = async (): Promise<number> => {
    const sums = await statedInAll(tenant);
    expect(sums).toEqual(await heard(tenant));
    return Object.values(sums).reduce((sum, parts) => sum + parts, 0);
  };
  for (const [index, subject] of people.entries()) {
    const matter = await tenant.matter(subject, 'order', `o-${String(index)}`);
    const guest = people[(index + 1) % people.length]!;
    await tenant.collect(
      face(subject),
      { subject, matter, ...order(index) },
      {
        subject,
        matter,
        purpose: 'ticket-delivery',
        fields: recipient,
        others: [{ subject: guest, declaration: 'other-person-authorized', fields: recipient }],
      },
      {
        subject,
        matter,
        purpose: 'invoice',
        declarations: ['invoice-requested'],
        fields: {},
        held: ['invoice-person-name'],
      },
    );
    if (index % 2 === 0) await tenant.hear(events.MatterAnchoredV1, { subject }, { matter, ...ANCHORED });
    if (index === 2)
      await tenant.hear(
        events.MatterAnchoredV1,
        { subject },
        { matter, anchor: ANCHORED.anchor, at: '2027-03-05T04:00:00.000Z', version: 2 },
      );
  }
  const all = await same();
  expect(all).toBe(6 * 5);
  await tenant.shred(people[0]!, ['consent.face-verification'], { cause: 'withdrawn', consentVersion: 1 });
  const erasure = newId();
  const [gone] = people.slice(3);
  await tenant.hear(events.SubjectFrozenV1, { subject: gone! }, { erasure, at: START });
  const shred = ['consent.face-verification', 'contract', 'statutory'];
  await tenant.hear(events.ErasureOrderedV1, { subject: gone! }, { erasure, shred, restrict: [], at: START });
  await tenant.shred(gone!, shred, { erasure });
  await bench.service.background.quiet();
  expect(await same()).toBeLessThan(all);
});
