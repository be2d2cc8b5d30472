import { events } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { orderFields, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { FACE_DAY, personWithFace, START } from './faces.contract.ts';
import { tryKeys } from './restore.ts';
import { QuarantineStore } from './store/quarantine.store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

/** A recovery hears what was admitted, and finds these rows gone: the parts it lists as lost. */
async function lostOf(tenant: Tenant): Promise<Set<string>> {
  await bench.data.admin.transaction((sql) => sql.query('delete from part where tenant = $1', [tenant.id]));
  const said = await tenant.announced(events.PartsAdmittedV1);
  const unmade = await bench.data.database.within(tenant.id, (sql) =>
    bench.service.recovering.said(sql, tenant.id, said),
  );
  return new Set(unmade.flatMap(({ lost = [] }) => lost.flatMap(({ part }) => part ?? [])));
}

/** An order that is to go on a day, as one matter of a person. */
async function orderOf(tenant: Tenant, subject: SubjectRef) {
  const matter = await tenant.matter(subject, 'order', newId());
  const [answer] = await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields('N1') });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  const { part } = answer.parts[0]!;
  const complete = async () => {
    await tenant.hear(
      events.MatterAnchoredV1,
      { subject },
      { matter, anchor: 'transaction-completed', at: START, version: 1 },
    );
    const [row] = await bench.data.admin.transaction((sql) =>
      sql.query<{ day: string }>('select day::text as day from matter_date where tenant = $1 and matter = $2', [
        tenant.id,
        matter,
      ]),
    );
    return row!.day;
  };
  return { part, complete };
}

describe('the list of what is lost', () => {
  test('has what could be opened, and nothing that was destroyed meanwhile (I37)', async () => {
    const tenant = await bench.tenant('exactly', START);
    const living = await personWithFace(tenant, 'living');
    const order = await orderOf(tenant, living.subject);
    const withdrew = await personWithFace(tenant, 'withdrew');
    await tenant.consent(withdrew.subject, 'face-verification', 2, 'withdrawn', 'separate');
    await tenant.shred(withdrew.subject, ['consent.face-verification'], { cause: 'withdrawn', consentVersion: 2 });
    const erased = await personWithFace(tenant, 'erased');
    // The law keeps it, though its person is erased.
    const kept = await orderOf(tenant, erased.subject);
    const about = { erasure: newId(), at: START };
    const shred = ['consent.face-verification'];
    const restrict = [{ compartment: 'statutory', class: 'orders', until: '2031-01-01', basis: 'e-commerce-law' }];
    await tenant.hear(events.SubjectFrozenV1, { subject: erased.subject }, about);
    await tenant.hear(events.ErasureOrderedV1, { subject: erased.subject }, { ...about, shred, restrict });
    await tenant.shred(erased.subject, shred, { erasure: about.erasure });
    expect(await tenant.count('subject_state', `subject = '${erased.subject}' and erased_entry is not null`)).toBe(1);
    expect(await lostOf(tenant)).toEqual(new Set([living.part, order.part, kept.part]));
  });

  test('has what a hold has kept beyond its day, and nothing else of that day', async () => {
    const tenant = await bench.tenant('beyond', START);
    const held = await personWithFace(tenant, 'held');
    await personWithFace(tenant, 'free');
    await tenant.hear(
      events.HoldPlacedV1,
      { subject: held.subject },
      { hold: newId(), scope: { kind: 'subject', subject: held.subject }, at: START },
    );
    await tenant.dispose('face', FACE_DAY, 'delete');
    expect(await lostOf(tenant)).toEqual(new Set([held.part]));
  });

  test('has nothing of a matter that was disposed of, in a recovery and in a restore', async () => {
    const tenant = await bench.tenant('of-a-matter', START);
    const subject = await tenant.person('u-1');
    const gone = await orderOf(tenant, subject);
    const waiting = await orderOf(tenant, subject);
    const schema = `q_${newId().replaceAll('-', '')}`;
    await bench.data.admin.transaction(async (sql) => {
      await sql.query(`create schema ${schema}`);
      await sql.query(`create table ${schema}.part as select * from part where tenant = '${tenant.id}'`);
      await sql.query(`grant usage on schema ${schema} to lethe_service`);
      await sql.query(`grant all on all tables in schema ${schema} to lethe_service`);
    });
    await tenant.dispose('orders', await gone.complete(), 'delete');
    const { lost, dropped } = await bench.data.database.within(tenant.id, (sql) =>
      tryKeys(bench.running.context.keyring!, new QuarantineStore(sql, schema), tenant.id),
    );
    expect([lost, dropped]).toEqual([[], 1]);
    expect(await lostOf(tenant)).toEqual(new Set([waiting.part]));
  });
});
