import { events } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { startCollection, type Bench } from './collection.contract.ts';
import { START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const PEOPLE = 25;
const EACH = 44;

test('of a cohort of many pages nobody frozen, nobody who withdrew, and nothing altered is in a cell; every row goes', async () => {
  const tenant = await bench.tenant('pages', START);
  const people: SubjectRef[] = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    const subject = await tenant.person(`u-${n}`);
    await tenant.consent(subject, 'personalized-display', 1, 'given', 'opt-in');
    people.push(subject);
    await tenant.collect(
      ...Array.from({ length: EACH }, () => ({
        subject,
        purpose: 'personalized-display',
        fields: { 'observed-on': '2027-01-10', 'preferred-genre': 'opera', 'group-profile': 'family' },
      })),
    );
  }
  const rows = await bench.data.admin.transaction((sql) =>
    sql.query<{ part: string; day: string; sealed: Buffer }>(
      'select part, disposal::text as day, sealed from part where tenant = $1 and subject = $2 limit 1',
      [tenant.id, people[0]],
    ),
  );
  const { part, day, sealed } = rows[0]!;
  sealed[sealed.length - 1]! ^= 1;
  await bench.data.admin.transaction((sql) => sql.query('update part set sealed = $2 where part = $1', [part, sealed]));
  await tenant.hear(events.SubjectFrozenV1, { subject: people[1]! }, { erasure: newId(), at: START });
  await tenant.consent(people[2]!, 'personalized-display', 2, 'withdrawn', 'opt-in');

  await tenant.dispose('personalization', day, 'anonymize');

  const folded = (PEOPLE - 2) * EACH - 1;
  const { cells } = await bench.service.stock.cells(tenant.id);
  expect(cells.map(({ people: k, records }) => [k, records])).toEqual([[PEOPLE - 2, folded]]);
  expect((await tenant.announced(events.DisposalEffectiveV1))[0]?.data).toMatchObject({
    found: PEOPLE * EACH,
    anonymized: folded,
    forgotten: 0,
  });
  expect(await tenant.count('part')).toBe(0);
  expect(await bench.service.stock.counts(tenant.id)).toMatchObject({
    anonymized: folded,
    deleted: EACH + 1,
    erased: EACH,
  });
  expect(bench.lines.filter((line) => line.includes('collection/altered'))).toHaveLength(1);
});
