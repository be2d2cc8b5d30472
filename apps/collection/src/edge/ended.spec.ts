import { events } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { nextEntry, startCollection, type Bench, type Tenant } from '../collection.contract.ts';
import { EdgeBench, face, makeKey, START } from './edge.contract.ts';

let bench: Bench;
let edge: EdgeBench;
beforeAll(async () => {
  bench = await startCollection();
  edge = new EdgeBench(bench);
}, 120_000);
afterAll(async () => {
  await edge?.stop();
  await bench?.stop();
});

async function ends(tenant: Tenant, dead: boolean): Promise<void> {
  const end = newId();
  await tenant.hear(events.EndOrderedV1, { slot: 0 }, { end, at: tenant.legalNow.toISOString() });
  await bench.service.background.quiet();
  if (!dead) return;
  const about = { entry: nextEntry(), end, at: tenant.legalNow.toISOString() };
  await tenant.hear(events.EndRecordedV1, { slot: 0 }, about);
  await bench.service.background.quiet();
  expect(await tenant.announced(events.TenantShreddedV1)).toHaveLength(1);
}
const refused = async ({ id }: Tenant): Promise<number> => {
  const rows = await bench.data.admin.transaction((sql) =>
    sql.query<{ n: number }>(
      `select coalesce(sum(n), 0)::int as n from counted where tenant = $1 and what = 'refused' and code = 'tenant-closed'`,
      [id],
    ),
  );
  return rows[0]!.n;
};

test.each([
  ['while a floor keeps what it has', false],
  ['when its keys are dead', true],
])(
  'what comes through the topic of a tenant that has ended is refused by verdict and counted, and nothing of it is stored: %s',
  async (name, dead) => {
    const tenant = await bench.tenant(`edge-ended-${dead ? 'dead' : 'stopped'}`, START);
    const subject = await tenant.person('u-1');
    await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
    const before = edge.platform(tenant);
    const fresh = edge.platform(tenant, { key: makeKey('fresh') });
    if (!dead) expect(await before.collect([face(subject)])).toMatchObject([{ outcome: 'admitted' }]);
    const parts = await tenant.count('part');
    await ends(tenant, dead);
    // One that had a session, and one that opens its first.
    for (const platform of [before, fresh])
      expect([name, await platform.collect([face(subject)])]).toMatchObject([
        name,
        [{ outcome: 'refused', refusal: { code: 'tenant-closed' } }],
      ]);
    expect(await tenant.count('part')).toBe(dead ? 0 : parts);
    expect(await refused(tenant)).toBe(2);
  },
);
