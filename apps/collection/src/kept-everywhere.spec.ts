import { events } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { nextEntry, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

async function collected(tenant: Tenant, subject: SubjectRef, purpose: string): Promise<string> {
  const [answer] = await tenant.collect({ subject, purpose, fields: { 'ip-address': '192.0.2.7' } });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  return answer.parts[0]!.part;
}
const rows = async (tenant: Tenant): Promise<{ part: string; restricted: boolean }[]> =>
  bench.data.admin.transaction((sql) => sql.query('select part, restricted from part where tenant = $1', [tenant.id]));

test('where the law keeps something in every compartment no key dies, and the rest goes: rows, name, and all that is new', async () => {
  const tenant = await bench.tenant('no-key-dies', START);
  const subject = await tenant.person('u-1');
  const kept = await collected(tenant, subject, 'security');
  await collected(tenant, subject, 'display-and-logs');
  const about = { erasure: newId(), at: START };
  const restrict = [{ compartment: 'contract', class: 'security-logs', until: '2027-04-01', basis: 'cybersecurity' }];
  await tenant.hear(events.SubjectFrozenV1, { subject }, about);
  await tenant.hear(events.ErasureOrderedV1, { subject }, { ...about, shred: [], restrict });
  const acks = await tenant.announced(events.CollectionErasureAckedV1);
  expect(acks.at(-1)?.data).toMatchObject({ stage: 'done', found: 2, deleted: 1, restricted: 1, rescan: 0 });
  expect(await rows(tenant)).toHaveLength(2);

  const entry = nextEntry();
  const order = { ...about, entry };
  await tenant.hear(events.ErasureRecordedV1, { subject, signedBy: 'consent', refused: true }, order);
  expect(await rows(tenant)).toHaveLength(2);
  await tenant.hear(events.ErasureRecordedV1, { subject }, order);
  await bench.service.background.quiet();
  expect(await rows(tenant)).toEqual([{ part: kept, restricted: true }]);
  expect((await tenant.announced(events.SubjectShreddedV1)).map(({ data }) => data)).toMatchObject([
    { entry, erasure: about.erasure, compartments: [], keys: 0 },
  ]);
  expect((await tenant.announced(events.SubjectSweptV1)).map(({ data }) => data)).toMatchObject([
    { entry, erasure: about.erasure, deleted: 1, rescan: 0 },
  ]);
  // Whoever returns is somebody else, and nothing comes in under the ref of before.
  expect(await tenant.person('u-1')).not.toBe(subject);
  const [again] = await tenant.collect({ subject, purpose: 'security', fields: { 'ip-address': '192.0.2.7' } });
  expect(again?.outcome).toBe('refused');

  // Given anew it destroys nothing more, and is answered the same.
  await tenant.hear(events.ErasureRecordedV1, { subject }, order);
  expect(await tenant.announced(events.SubjectSweptV1)).toHaveLength(2);
  expect(await rows(tenant)).toHaveLength(1);
});
