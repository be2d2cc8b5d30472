import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { events } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { FolderPackShelf, KnownTenants } from '@lethe/platform';
import { goesOn } from '@lethe/policy';
import { startCollection, type Bench, type Tenant, orderFields } from './collection.contract.ts';

const POLICIES = fileURLToPath(new URL('../../../policies', import.meta.url));
const FIRST = readFileSync(join(POLICIES, 'damai/policy.yaml'), 'utf8');
const START = '2027-01-10T04:00:00.000Z';
const DONE = '2027-04-20T04:00:00.000Z';

let bench: Bench;
let sent = 0;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

/** A version of Damai's pack in which a class is another, in force from an instant; its name. */
async function activate(
  tenant: Tenant,
  name: string,
  change: (block: string) => string,
  effectiveFrom: string,
  deployer?: string,
): Promise<string> {
  sent += 1;
  const version = `2027-02-${String(sent).padStart(2, '0')}`;
  const policy = FIRST.replace("version: '2020-11-18'", `version: '${version}'`)
    .replace(/^notices:.*\n/m, '')
    .replace(new RegExp(`^  ${name}:\\n(?: {4}.*\\n)*`, 'm'), change)
    .concat("\nnotices: ['2020-11-18']\n");
  const { database } = bench.data;
  const known = new KnownTenants({ database, mode: 'development', now: () => new Date() });
  const { digest } = await database.transaction((sql) =>
    new FolderPackShelf(POLICIES, known, database).keep(sql, {
      policy,
      ...(deployer === undefined ? {} : { deployer }),
    }),
  );
  for (let slot = 0; slot < 4; slot += 1)
    await tenant.hear(events.PackActivatedV1, { slot }, { packVersion: version, packDigest: digest, effectiveFrom });
  return version;
}
const kept = (period: string) => (block: string) => block.replace(/ period: .*/, ` period: ${period}`);
const LATER = '2027-03-01T00:00:00.000Z';

/** When an order goes that was collected on START, and completed under another version. */
async function orderGoes(
  name: string,
  { before, after }: { before?: string; after: string },
): Promise<string | undefined> {
  const tenant = await bench.tenant(name, START);
  if (before !== undefined) await activate(tenant, 'orders', kept(before), '2027-01-01T00:00:00.000Z');
  const subject = await tenant.person('u-1');
  const matter = await tenant.matter(subject, 'order', 'o-1');
  const [answer] = await tenant.collect({
    subject,
    matter,
    purpose: 'order',
    fields: orderFields('E1'),
  });
  expect(answer).toMatchObject({ outcome: 'admitted' });
  await activate(tenant, 'orders', kept(after), LATER);
  await tenant.moveTo(DONE);
  await tenant.hear(
    events.MatterAnchoredV1,
    { subject },
    { matter, anchor: 'transaction-completed', at: DONE, version: 1 },
  );
  const dated = (await tenant.announced(events.MatterDatedV1)).find(({ data }) =>
    data.class.startsWith('orders'),
  )?.data;
  const law = await tenant.law();
  return dated && goesOn(law.classes.get(dated.class)!, dated.to);
}

test('a longer period is not for what came in under a shorter one, whatever version its anchor comes under', async () => {
  expect(await orderGoes('longer', { after: 'P9Y' })).toBe('2030-05-02');
});

test('a shorter one is', async () => {
  expect(await orderGoes('shorter', { before: 'P9Y', after: 'P4Y' })).toBe('2031-04-02');
});

test.each([
  // Six months end on Wednesday 20 October 2027, the first day of a rest that goes on over a weekend.
  ['published: the next working day is its last', '2027', '2027-10-26'],
  ['not published: it ends so many days later as the pack says', '2028', '2027-11-05'],
])('a floor that ends on a working day (Civil Code 203); which days are worked is %s', async (_, year, goes) => {
  const tenant = await bench.tenant(`working-day-${year}`, START);
  const deployer = `apiVersion: lethe.dev/v1
kind: DeployerValues
pack: damai
example: false
calendars:
  china:
    years:
      '${year}': { source: A notice, off: [${year}-10-20/${year}-10-22] }
`;
  const end = 'end: { holidays: china, atMost: 15 }\n      prevails: statute';
  const change = (block: string) =>
    kept('P1M')(block).replace('period: P3Y\n', `period: P6M\n      ${end}\n`).replace('cohort: month', 'cohort: day');
  const version = await activate(tenant, 'orders', change, '2027-01-01T00:00:00.000Z', deployer);
  const subject = await tenant.person('u-1');
  const matter = await tenant.matter(subject, 'order', 'o-1');
  await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields('E1') });
  await tenant.moveTo(DONE);
  const anchored = { matter, anchor: 'transaction-completed', at: DONE, version: 1 };
  await tenant.hear(events.MatterAnchoredV1, { subject }, anchored);
  const dated = (await tenant.announced(events.MatterDatedV1)).map(({ data }) => data);
  expect(dated.find((each) => each.class.startsWith('orders'))).toMatchObject({ class: `orders.${version}`, to: goes });
});

describe('a day that a later version shortens', () => {
  const log = (subject: SubjectRef, over: { collectedAt?: string } = {}) => ({
    subject,
    purpose: 'security',
    fields: { 'ip-address': '203.0.113.7', 'risk-rating': 'low' },
    ...over,
  });
  const partOf = (answer: Awaited<ReturnType<Tenant['collect']>>[number] | undefined) => {
    if (answer?.outcome !== 'admitted') throw new Error('not admitted');
    return answer.parts[0]!;
  };
  const opened = async (tenant: Tenant, subject: SubjectRef) =>
    (await tenant.openFields('security', subject)).opened.map(({ part }) => part);

  test('loses its key alone: what was dated for the same day under the new period stays', async () => {
    const tenant = await bench.tenant('shorter-key', START);
    const subject = await tenant.person('u-1');
    const before = partOf((await tenant.collect(log(subject)))[0]);
    expect(before).toMatchObject({ class: 'security-logs', disposal: '2027-07-11' });
    const version = await activate(tenant, 'security-logs', kept('P1M'), LATER);
    await tenant.moveTo('2027-06-10T04:00:00.000Z');
    const after = partOf((await tenant.collect(log(subject)))[0]);
    expect(after).toMatchObject({ class: `security-logs.${version}`, disposal: '2027-07-11' });
    expect(await opened(tenant, subject)).toHaveLength(2);

    await tenant.dispose('security-logs', '2027-07-11', 'delete');
    expect(await opened(tenant, subject)).toEqual([after.part]);
    expect(await tenant.count('part')).toBe(1);
  });

  test('takes in nothing that came late and would have gone by now', async () => {
    const tenant = await bench.tenant('shorter-late', START);
    const subject = await tenant.person('u-1');
    await activate(tenant, 'security-logs', kept('P1M'), LATER);
    await tenant.moveTo('2027-03-20T04:00:00.000Z');
    const [gone, stays] = await tenant.collect(
      log(subject, { collectedAt: '2027-02-18T04:00:00.000Z' }),
      log(subject, { collectedAt: '2027-02-27T04:00:00.000Z' }),
    );
    expect(gone).toMatchObject({ outcome: 'refused', refusal: { code: 'already-due' } });
    expect(partOf(stays)).toMatchObject({ class: 'security-logs', disposal: '2027-08-28' });
  });

  test('keeps back what a floor or a restriction keeps beyond the day on which it really goes', async () => {
    const tenant = await bench.tenant('shorter-floor', START);
    const subject = await tenant.person('u-1');
    const part = partOf((await tenant.collect(log(subject)))[0]);
    await bench.data.admin.transaction((sql) =>
      sql.query("update part set floor = '2027-06-01' where tenant = $1", [tenant.id]),
    );
    await activate(tenant, 'security-logs', kept('P1M'), LATER);
    await tenant.moveTo('2027-05-01T04:00:00.000Z');
    await tenant.dispose('security-logs', '2027-07-11', 'delete');
    expect(await opened(tenant, subject)).toEqual([part.part]);
    await tenant.moveTo('2027-06-01T04:00:00.000Z');
    bench.service.background.wake(tenant.id);
    await bench.service.background.quiet();
    expect(await tenant.count('part')).toBe(0);
  });

  test('tells the person when it goes now', async () => {
    const tenant = await bench.tenant('shorter-told', START);
    const subject = await tenant.person('u-1');
    await tenant.collect(log(subject));
    await activate(tenant, 'security-logs', kept('P3M'), LATER);
    await tenant.moveTo('2027-03-02T04:00:00.000Z');
    const at = await bench.service.moment(tenant.id);
    const { parts } = await bench.service.opening.access(tenant.id, 'test#backend', subject, at);
    expect(parts).toMatchObject([{ disposal: '2027-04-11' }]);
  });
});

test('where a later version counts from an anchor that had come before it began, what waits is dated by it', async () => {
  const tenant = await bench.tenant('other-anchor', START);
  const subject = await tenant.person('u-1');
  const matter = await tenant.matter(subject, 'order', 'o-1');
  await tenant.collect({
    subject,
    matter,
    purpose: 'order',
    fields: orderFields('E1'),
  });
  await activate(
    tenant,
    'orders',
    (block) => kept('P4Y')(block).replace('anchor: transaction-completed', 'anchor: collection'),
    LATER,
  );
  const asked = { class: 'orders', anchors: ['transaction-completed', 'collection'] };
  const days = async () => (await bench.service.stock.matterDays(tenant.id, asked)).days;
  const anchors = { collection: '2027-01-10' };
  expect(await days()).toEqual([{ anchors, parts: 1 }]);
  await tenant.moveTo(DONE);
  bench.service.background.wake(tenant.id);
  await bench.service.background.quiet();
  const dated = (await tenant.announced(events.MatterDatedV1)).map(({ data }) => [data.class, data.to]);
  expect(dated).toEqual([['orders', '2031-01-02']]);
  expect(await days()).toEqual([{ day: '2031-01-02', anchors, parts: 1 }]);

  // Nineteen in the evening of the day before in UTC: days are the tenant's.
  const anchored = { matter, anchor: 'transaction-completed', at: '2027-04-19T19:00:00.000Z', version: 1 };
  await tenant.hear(events.MatterAnchoredV1, { subject }, anchored);
  await tenant.hear(events.MatterAnchoredV1, { subject }, { ...anchored, anchor: 'account-closed' });
  const came = { ...anchors, 'transaction-completed': '2027-04-20' };
  expect(await days()).toEqual([{ day: expect.any(String) as string, anchors: came, parts: 1 }]);
  const [{ day = '' } = {}] = await days();
  await bench.data.admin.transaction((sql) =>
    sql.query(
      `insert into disposal (tenant, class, day, "order", entry, method, state, recorded_at)
       values ($1, 'orders', $2, gen_random_uuid(), 1, 'anonymize', 'ordered', now())`,
      [tenant.id, day],
    ),
  );
  expect(await days()).toEqual([]);
});
