import { events } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { newId, type LedgerEntry } from '@lethe/platform';
import { nextEntry, orderFields, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { FACE_DAY, personWithFace, START } from './faces.contract.ts';
import { QuarantineStore } from './store/quarantine.store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const TODAY = '2028-02-01';
let names = 0;
const tenantOf = () => bench.tenant(`replay-${String((names += 1))}`, START);

const hold = (tenant: Tenant, subject: SubjectRef) =>
  tenant.hear(events.HoldPlacedV1, { subject }, { hold: newId(), scope: { kind: 'subject', subject }, at: START });

/** Somebody of whom the platform holds something: a face part as Lethe has it, without what is sealed. */
async function heldElsewhere(tenant: Tenant, userId: string, more = '') {
  const { subject, part } = await personWithFace(tenant, userId);
  await bench.data.admin.transaction((sql) =>
    sql.query(`update part set custody = 'platform', sealed = null${more} where part = $1`, [part]),
  );
  return subject;
}

/** A backup as it was taken: what there is now, in quarantine; then the live parts are lost. */
async function replayed(tenant: Tenant, between: () => Promise<LedgerEntry[]>) {
  const schema = `q_${newId().replaceAll('-', '')}`;
  await bench.data.admin.transaction(async (sql) => {
    await sql.query(`create schema ${schema}`);
    for (const table of ['part', 'matter_date'])
      await sql.query(`create table ${schema}.${table} as select * from ${table} where tenant = '${tenant.id}'`);
    await sql.query(`grant usage on schema ${schema} to lethe_service`);
    await sql.query(`grant all on all tables in schema ${schema} to lethe_service`);
  });
  const entries = await between();
  await bench.data.database.within(tenant.id, async (sql) => {
    await new QuarantineStore(sql, schema).replay(entries, TODAY);
  });
  const rows = await bench.data.admin.transaction((sql) =>
    sql.query<{ subject: SubjectRef; class: string }>(`select subject, class from ${schema}.part`),
  );
  await bench.data.admin.transaction((sql) => sql.query(`drop schema ${schema} cascade`));
  return { people: new Set(rows.map(({ subject }) => subject)), classes: new Set(rows.map((row) => row.class)) };
}
const entry = (tenant: Tenant, more: Partial<LedgerEntry> & Pick<LedgerEntry, 'kind'>): LedgerEntry => ({
  entry: nextEntry(),
  tenant: tenant.id,
  at: new Date().toISOString(),
  ...more,
});

describe('what the platform holds has no key that answers for it, and still', () => {
  test('stays beyond its day while a hold, a floor, a restriction or a longer period keeps it, and goes otherwise', async () => {
    const tenant = await tenantOf();
    const held = await heldElsewhere(tenant, 'held');
    const floored = await heldElsewhere(tenant, 'floored', `, floor = '2029-01-01'`);
    const over = await heldElsewhere(tenant, 'over', `, floor = '2028-01-20'`);
    const restricted = await heldElsewhere(
      tenant,
      'restricted',
      `, restricted = true, restricted_until = '2028-06-01'`,
    );
    const free = await heldElsewhere(tenant, 'free');
    await hold(tenant, held);
    const left = await replayed(tenant, async () => {
      const disposal = entry(tenant, { kind: 'disposed', class: 'face', day: FACE_DAY });
      await tenant.dispose('face', FACE_DAY, 'delete', { entry: disposal.entry });
      // The floor of one ends between the day and the restore.
      expect(await tenant.count('part')).toBe(4);
      return [disposal];
    });
    expect(left.people).toEqual(new Set([held, floored, restricted]));
    for (const gone of [over, free]) expect(left.people.has(gone)).toBe(false);
  });

  test('goes with its day where the hold came after it', async () => {
    const tenant = await tenantOf();
    const subject = await heldElsewhere(tenant, 'late');
    const left = await replayed(tenant, async () => {
      const disposal = entry(tenant, { kind: 'disposed', class: 'face', day: FACE_DAY });
      await tenant.dispose('face', FACE_DAY, 'delete', { entry: disposal.entry });
      await hold(tenant, subject);
      return [disposal];
    });
    expect(left.people.size).toBe(0);
  });

  test('stays for a hold when its consent is withdrawn or its person erased', async () => {
    const tenant = await tenantOf();
    const people = new Map<string, SubjectRef>();
    for (const name of ['withdrew-held', 'withdrew', 'erased-held', 'erased'])
      people.set(name, await heldElsewhere(tenant, name));
    const [withdrewHeld, withdrew, erasedHeld, erased] = [...people.values()] as [
      SubjectRef,
      SubjectRef,
      SubjectRef,
      SubjectRef,
    ];
    await hold(tenant, withdrewHeld);
    await hold(tenant, erasedHeld);
    const compartments = ['consent.face-verification'];
    const left = await replayed(tenant, async () => {
      const entries: LedgerEntry[] = [];
      for (const subject of [withdrewHeld, withdrew])
        entries.push(entry(tenant, { kind: 'withdrawn', subject, compartments }));
      for (const subject of [erasedHeld, erased])
        entries.push(entry(tenant, { kind: 'erased', subject, compartments }));
      for (const { entry: number, kind, subject } of entries)
        await tenant.shred(subject as SubjectRef, compartments, {
          entry: number,
          cause: kind === 'erased' ? 'erased' : 'withdrawn',
          ...(kind === 'erased' ? { erasure: newId() } : {}),
        });
      expect(await tenant.count('part')).toBe(2);
      return entries;
    });
    expect(left.people).toEqual(new Set([withdrewHeld, erasedHeld]));
  });
});

test('of a compartment in which one class stays, the others do not come back', async () => {
  const tenant = await tenantOf();
  const subject = await tenant.person('u-1');
  const matter = await tenant.matter(subject, 'order', 'o-1');
  await tenant.consent(subject, 'order', 1);
  const [answer] = await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields('1') });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  const other = await heldElsewhere(tenant, 'u-2');
  await bench.data.admin.transaction((sql) =>
    sql.query(`update part set compartment = 'statutory', subject = $1 where subject = any($2)`, [
      subject,
      [subject, other],
    ]),
  );
  const about = { subject, erasure: newId() };
  const left = await replayed(tenant, () =>
    Promise.resolve([
      entry(tenant, { kind: 'erased', ...about, compartments: ['contract'] }),
      entry(tenant, { kind: 'restricted', ...about, compartments: ['statutory'], class: 'orders', day: '2030-01-01' }),
    ]),
  );
  expect(left.classes).toEqual(new Set(['orders']));
});
