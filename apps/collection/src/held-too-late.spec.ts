import { events } from '@lethe/contracts';
import { slotOf, type Day, type SubjectRef } from '@lethe/kernel';
import { crashAt, newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { orderFields, SLOTS, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { START } from './faces.contract.ts';
import { openItem } from './opening.ts';
import { lockSlots } from './store/locks.ts';
import { PartStore } from './store/part.store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterEach(() => {
  crashAt.strike = undefined;
});
afterAll(() => bench?.stop());

async function ordered(tenant: Tenant, name: string) {
  const subject = await tenant.person(name);
  const matter = await tenant.matter(subject, 'order', `o-${name}`);
  const [answer] = await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields(name) });
  expect(answer).toMatchObject({ outcome: 'admitted' });
  return { subject, matter };
}
/** Somebody erased of whom the law keeps an order, until this day. */
async function erased(tenant: Tenant, name: string): Promise<{ subject: SubjectRef; erasure: string; floor: Day }> {
  const { subject, matter } = await ordered(tenant, name);
  const at = '2027-01-05T04:00:00.000Z';
  await tenant.hear(events.MatterAnchoredV1, { subject }, { matter, anchor: 'transaction-completed', at, version: 1 });
  const dated = (await tenant.announced(events.MatterDatedV1)).find(({ data }) => data.matter === matter);
  const floor = dated!.data.floor!;
  const erasure = newId();
  const restrict = [{ compartment: 'statutory', class: 'orders', until: floor, basis: 'e-commerce-law' }];
  await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
  await tenant.hear(events.ErasureOrderedV1, { subject }, { erasure, shred: ['contract'], restrict, at: START });
  await tenant.shred(subject, ['contract'], { erasure });
  return { subject, erasure, floor };
}
/** The day comes, and the background does what there is to do. */
const comes = async (tenant: Tenant, day: Day): Promise<void> => {
  await tenant.moveTo(`${day}T04:00:00.000Z`);
  bench.service.background.wake(tenant.id);
  await bench.service.background.quiet();
};
async function place(tenant: Tenant, subject: SubjectRef) {
  const hold = newId();
  await tenant.hear(
    events.HoldPlacedV1,
    { subject },
    { hold, scope: { kind: 'subject', subject }, at: tenant.legalNow.toISOString() },
  );
  return (await tenant.announced(events.HoldRecordedV2)).find(({ data }) => data.hold === hold)!.data;
}
/** How many of the person's stored parts any key opens. A restricted part is opened for nobody, so the keyring is asked. */
async function living(tenant: Tenant, subject: SubjectRef): Promise<{ stored: number; opens: number }> {
  const parts = await bench.data.database.within(tenant.id, async (sql) => {
    const ids = await sql.query<{ part: string }>('select part from part where subject = $1', [subject]);
    return new PartStore(sql, tenant.id).byIds(ids.map(({ part }) => part));
  });
  const opened = await bench.keyring.sealer.open(
    tenant.id,
    parts.flatMap((part) => openItem(part) ?? []),
  );
  return { stored: parts.length, opens: opened.filter(({ reason }) => reason === undefined).length };
}

describe('what a floor alone kept of somebody erased, on the day it ends (I15)', () => {
  test('a hold that comes when its keys are dead, and before its rows are gone, is too late and names the erasure', async () => {
    const tenant = await bench.tenant('keys-dead', START);
    const { subject, erasure, floor } = await erased(tenant, 'u-1');
    crashAt.strike = (point) => {
      if (point === 'collection.restriction.keys-dead') throw new Error('killed');
    };
    await comes(tenant, floor);
    expect(await living(tenant, subject)).toEqual({ stored: 1, opens: 0 });
    expect(await place(tenant, subject)).toMatchObject({
      outcome: 'too-late',
      parts: 1,
      tooLate: [{ order: erasure, parts: 1 }],
    });
    crashAt.strike = undefined;
    await comes(tenant, floor);
    expect(await tenant.count('part')).toBe(0);
  });

  test('a hold that comes while that of others goes keeps what it is answered to keep', async () => {
    const tenant = await bench.tenant('one-by-one', START);
    const [one, other] = [await erased(tenant, 'u-1'), await erased(tenant, 'u-2')];
    const { keyring } = bench;
    const forget = keyring.forgetSubject.bind(keyring);
    const said: Awaited<ReturnType<typeof place>>[] = [];
    keyring.forgetSubject = async (...about) => {
      if (said.length === 0) {
        const subject = about[1] === one.subject ? other.subject : one.subject;
        said.push(await place(tenant, about[1]), await place(tenant, subject));
        expect(await living(tenant, subject)).toEqual({ stored: 1, opens: 1 });
      }
      return forget(...about);
    };
    try {
      await comes(tenant, one.floor);
    } finally {
      keyring.forgetSubject = forget;
    }
    expect(said.map(({ outcome }) => outcome)).toEqual(['too-late', 'recorded']);
    const both = [await living(tenant, one.subject), await living(tenant, other.subject)];
    expect(both.toSorted((a, b) => a.stored - b.stored)).toEqual([
      { stored: 0, opens: 0 },
      { stored: 1, opens: 1 },
    ]);
  });

  test('rows go under the lock of their slot: a hold that is being recorded comes first', async () => {
    const tenant = await bench.tenant('lock-of-rows', START);
    const { subject, floor } = await erased(tenant, 'u-1');
    await duringAHold(tenant, subject, floor);
    expect(await living(tenant, subject)).toEqual({ stored: 1, opens: 1 });
  });
});

/** The day comes while the person's slot is locked, as by a hold on them, which is recorded then. */
async function duringAHold(tenant: Tenant, subject: SubjectRef, day: Day): Promise<void> {
  await bench.data.admin.transaction(async (sql) => {
    await lockSlots(sql, tenant.id, [slotOf(subject, SLOTS)]);
    let done = false;
    const working = comes(tenant, day).then(() => (done = true));
    working.catch(() => undefined);
    await eventually(async () => {
      const waiting = await sql.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`);
      return done || waiting.length > 0;
    });
    await sql.query(
      `insert into hold (tenant, hold, kind, subject, state, parts, at) values ($1, $2, 'subject', $3, 'in-force', 1, now())`,
      [tenant.id, newId(), subject],
    );
  });
  await bench.service.background.quiet();
}

test('what a floor kept beyond its day goes under the lock of its slot: a hold that is being recorded comes first', async () => {
  const tenant = await bench.tenant('floor-kept', START);
  const { subject } = await ordered(tenant, 'u-1');
  await tenant.hear(events.EndOrderedV1, { slot: 0 }, { end: newId(), at: START });
  await bench.service.background.quiet();
  const { to, floor } = (await tenant.announced(events.MatterDatedV1))[0]!.data;
  await tenant.dispose('orders', to, 'delete');
  expect(await living(tenant, subject)).toEqual({ stored: 1, opens: 1 });
  await duringAHold(tenant, subject, floor!);
  expect(await living(tenant, subject)).toEqual({ stored: 1, opens: 1 });
});
