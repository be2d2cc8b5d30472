import { randomBytes } from 'node:crypto';
import { testContext, type TestContext } from '@lethe/testing';
import { collection } from '../collection.module.ts';
import { IntakeStore } from './intake.store.ts';

let rig: TestContext;
beforeAll(async () => {
  rig = await testContext(collection, { keyring: true });
});
afterAll(() => rig.stop());

interface Node {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}
const read = (node: Node): number =>
  (node['Relation Name'] === 'submission'
    ? (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
    : 0) + (node.Plans ?? []).reduce((sum, each) => sum + read(each), 0);

test('a key that was used before is looked up, not searched for, also while statistics know little of the tenant', async () => {
  const tenant = await rig.openTenant('lookup');
  const some = (count: number) =>
    rig.database.admin.transaction((sql) =>
      sql.query(
        `insert into submission (tenant, key_hmac, body_hmac, submission, subject, slot, answer, at)
         select $1, sha256(gen_random_uuid()::text::bytea), '\\x00', gen_random_uuid(), 's', 0, '{"outcome":"admitted"}', now()
           from generate_series(1, $2::int) returning key_hmac`,
        [tenant, count],
      ),
    );
  await some(10);
  await rig.database.admin.transaction((sql) => sql.query('analyze submission'));
  const known = (await some(9_000)) as { key_hmac: Buffer }[];
  const asked = [
    ...Array.from({ length: 225 }, () => randomBytes(32)),
    ...known.slice(0, 25).map((row) => row.key_hmac),
  ];
  const plans: Node[] = [];
  const found = await rig.database.database.within(tenant, async (sql) => {
    const explained = {
      query: async (text: string, values: readonly unknown[]) => {
        const [row] = await sql.query<Record<string, [{ Plan: Node }]>>(
          `explain (analyze, format json) ${text}`,
          values,
        );
        plans.push(row!['QUERY PLAN']![0].Plan);
        return [];
      },
    };
    await new IntakeStore(explained, tenant).remembered(asked);
    return new IntakeStore(sql, tenant).remembered(asked);
  });
  expect(found.size).toBe(25);
  expect(plans.map(read)).toEqual([25]);
});
