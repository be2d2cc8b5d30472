import { events } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { orderFields, startCollection, type Bench } from './collection.contract.ts';
import { START } from './faces.contract.ts';
import { openItem } from './opening.ts';
import { PartStore } from './store/part.store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

test('of a row that a floor alone kept and that was deleted by hand, a copy opens no longer than its own day, as of any other (I14)', async () => {
  const tenant = await bench.tenant('by-hand', START);
  const subject = await tenant.person('u-1');
  const matter = await tenant.matter(subject, 'order', 'o-1');
  const [answer] = await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields('o-1') });
  expect(answer).toMatchObject({ outcome: 'admitted' });
  const at = '2027-01-05T04:00:00.000Z';
  await tenant.hear(events.MatterAnchoredV1, { subject }, { matter, anchor: 'transaction-completed', at, version: 1 });
  const dated = (await tenant.announced(events.MatterDatedV1)).find(({ data }) => data.matter === matter)!.data;
  const erasure = newId();
  const restrict = [{ compartment: 'statutory', class: dated.class, until: dated.floor!, basis: 'e-commerce-law' }];
  await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
  await tenant.hear(events.ErasureOrderedV1, { subject }, { erasure, shred: ['contract'], restrict, at: START });
  await tenant.shred(subject, ['contract'], { erasure });

  // As whoever has the database copies a row, and as its administrator deletes it.
  const copy = await bench.data.database.within(tenant.id, async (sql) => {
    const ids = await sql.query<{ part: string }>('select part from part where subject = $1', [subject]);
    return (await new PartStore(sql, tenant.id).byIds(ids.map(({ part }) => part))).flatMap(
      (part) => openItem(part) ?? [],
    );
  });
  await bench.data.admin.transaction((sql) => sql.query('delete from part where subject = $1', [subject]));
  const opens = async () =>
    (await bench.keyring.sealer.open(tenant.id, copy)).filter(({ reason }) => reason === undefined).length;
  const comes = async (day: string) => {
    await tenant.moveTo(`${day}T04:00:00.000Z`);
    bench.service.background.wake(tenant.id);
    await bench.service.background.quiet();
  };
  expect(await opens()).toBe(1);
  await comes(dated.to);
  await tenant.dispose(dated.class, dated.to, dated.method);
  expect(await opens()).toBe(0);
});
