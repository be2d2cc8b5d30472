import { http } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { collection } from './index.ts';

let test_: TestContext;
beforeAll(async () => {
  test_ = await testContext(collection, { keyring: true });
}, 120_000);
afterAll(() => test_?.stop());

const AT = new Date('2027-05-10T04:00:00.000Z');

/** A cell as an earlier fold has left it. */
const cell = (tenant: string, cohort: string, people: number, measures: object = {}) =>
  test_.database.admin.transaction((sql) =>
    sql.query(
      `insert into cell (tenant, class, cohort, cell, dimensions, people, records, measures, "order", at)
       values ($1, 'orders', $2, 1, '{"genre":"opera"}', $3, $3 + 5, $5, $4, now())`,
      [tenant, cohort, people, newId(), measures],
    ),
  );
const evidence = (tenant: string) =>
  test_.database.admin.transaction((sql) =>
    sql.query(`select fields, refused from opening where tenant = $1 and kind = 'release' order by at`, [tenant]),
  );

test('an anonymized result leaves with its risk, or is refused with a clause when too few people stand behind a cell; each leaves an entry', async () => {
  const tenant = await test_.openTenant('releases', { at: AT });
  const officer = { tenant, role: 'officer' as const };
  await cell(tenant, '2027-03-01', 12);
  await cell(tenant, '2027-04-01', 20, { price: { sum: '9600.00', records: 25 } });
  await cell(tenant, '2027-05-01', 45, { price: { withheld: true } });

  const all = await test_.ask(http.ReleaseCells, officer, { body: { class: 'orders' } });
  expect(all).toMatchObject({
    refusal: { code: 'release-too-risky', clause: expect.stringMatching(/^DM-/) as string },
    risk: { classes: 3, maximumProsecutorRisk: 1 / 12 },
    threshold: 0.05,
    cells: [],
  });
  const later = await test_.ask(http.ReleaseCells, officer, { body: { class: 'orders', from: '2027-04-01' } });
  expect(later.refusal).toBeUndefined();
  expect(later.cells.map(({ people, measures }) => [people, measures])).toEqual([
    [20, { price: { sum: '9600.00', records: 25 } }],
    [45, { price: { withheld: true } }],
  ]);
  const withheld = await test_.ask(http.ReleaseCells, officer, { body: { class: 'orders', from: '2027-05-01' } });
  expect(withheld.cells).toMatchObject([{ people: 45, measures: { price: { withheld: true } } }]);
  expect(later.risk).toMatchObject({ records: 65, classes: 2, averageProsecutorRisk: 2 / 65, uniqueness: 0 });
  expect(await evidence(tenant)).toEqual([
    { fields: ['genre', 'price'], refused: 1 },
    { fields: ['genre', 'price'], refused: 0 },
    { fields: ['genre'], refused: 0 },
  ]);
});

test('results are asked for by those who answer for them, of a class that the policy anonymizes', async () => {
  const tenant = await test_.openTenant('release-doors', { at: AT });
  const asking = (role: 'officer' | 'auditor' | 'operator', body: { class: string }) =>
    test_.request(http.ReleaseCells, { tenant, role }, { body });
  expect((await asking('auditor', { class: 'orders' })).status).toBe(403);
  const { status, body } = await asking('officer', { class: 'logs' });
  expect([status, body]).toMatchObject([422, { code: 'collection/not-anonymized', field: 'class' }]);
  expect((await test_.request(http.Cells, { tenant, role: 'backend' })).status).toBe(403);
});
