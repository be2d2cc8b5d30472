import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { events } from '@lethe/contracts';
import { FolderPackShelf, KnownTenants, newId } from '@lethe/platform';
import { startCollection, type Bench, type Tenant, orderFields } from './collection.contract.ts';

const POLICIES = fileURLToPath(new URL('../../../policies', import.meta.url));
const START = '2027-01-10T04:00:00.000Z';
const SEAT_DAY = '2027-07-11';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

/** A tenant whose orders have a part that counts from its collection: the seat, kept half a year. */
async function tenantOf(name: string): Promise<Tenant> {
  const tenant = await bench.tenant(name, START);
  const policy = readFileSync(join(POLICIES, 'damai/policy.yaml'), 'utf8')
    .replace("version: '2020-11-18'", "version: '2027-01-01'")
    .replace(/^notices:.*\n/m, '')
    .replace(/^ {2}order:\n(?: {4}.*\n)*/m, (block) => block.replace(' seat:', ' seat: { class: security-logs }'))
    .concat("\nnotices: ['2020-11-18']\n");
  const { database } = bench.data;
  const known = new KnownTenants({ database, mode: 'development', now: () => new Date() });
  const { digest } = await database.transaction((sql) =>
    new FolderPackShelf(POLICIES, known, database).keep(sql, { policy }),
  );
  for (let slot = 0; slot < bench.running.context.config.slots; slot += 1)
    await tenant.hear(
      events.PackActivatedV1,
      { slot },
      { packVersion: '2027-01-01', packDigest: digest, effectiveFrom: '2027-01-01T00:00:00.000Z' },
    );
  return tenant;
}

async function order(tenant: Tenant, user: string) {
  const subject = await tenant.person(user);
  const matter = await tenant.matter(subject, 'order', `order of ${user}`);
  const fields = { ...orderFields(user), seat: 'row 7' };
  const [answer] = await tenant.collect({ subject, matter, purpose: 'order', fields });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  const seat = answer.parts.find((part) => part.class === 'security-logs')!;
  return { subject, matter, parts: answer.parts, seat: seat.part };
}
type Order = Awaited<ReturnType<typeof order>>;
async function hold(tenant: Tenant, { matter }: Order) {
  const id = newId();
  await tenant.hear(
    events.HoldPlacedV1,
    { slot: 0 },
    { hold: id, scope: { kind: 'matter', matter: matter }, at: START },
  );
  return (await tenant.announced(events.HoldRecordedV2)).find(({ data }) => data.hold === id)!.data;
}
const opens = async (tenant: Tenant, { subject, seat }: Order) =>
  (await tenant.openFields('order', subject, [seat])).opened.length === 1;

test('a hold on a matter keeps the whole of its records, whatever each part counts from', async () => {
  const tenant = await tenantOf('whole');
  const [held, other] = [await order(tenant, 'u-1'), await order(tenant, 'u-2')];
  expect(held.parts.map((part) => part.class).sort()).toEqual(['orders', 'security-logs']);
  const placed = await hold(tenant, held);
  expect(placed).toMatchObject({ outcome: 'recorded', parts: 2 });
  await tenant.moveTo(`${SEAT_DAY}T04:00:00.000Z`);
  await tenant.dispose('security-logs', SEAT_DAY, 'delete');
  expect(await opens(tenant, held)).toBe(true);
  expect(await tenant.count('part', `part = '${other.seat}'`)).toBe(0);
  await tenant.hear(events.HoldReleasedV1, { slot: 0 }, { hold: placed.hold, at: START });
  await bench.service.background.quiet();
  expect(await opens(tenant, held)).toBe(false);
  expect(await tenant.count('part', `part = '${held.seat}'`)).toBe(0);
});

test('also from an erasure', async () => {
  const tenant = await tenantOf('erased');
  const held = await order(tenant, 'u-1');
  await hold(tenant, held);
  const { subject } = held;
  const erasure = newId();
  await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
  await tenant.hear(events.ErasureOrderedV1, { subject }, { erasure, shred: ['contract'], restrict: [], at: START });
  await tenant.shred(subject, ['contract'], { erasure });
  expect(await tenant.count('part', `part = '${held.seat}' and restricted and kept`)).toBe(1);
});
