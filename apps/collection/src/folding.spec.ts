import { events } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
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

test('what is submitted while a cohort is folded is admitted meanwhile; who withdraws waits for the cells', async () => {
  const tenant = await bench.tenant('beside', START);
  const submission = (subject: SubjectRef) => ({
    subject,
    purpose: 'personalized-display',
    fields: { 'observed-on': '2027-01-10', 'preferred-genre': 'opera', 'group-profile': 'family' },
  });
  const people: SubjectRef[] = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    const subject = await tenant.person(`u-${n}`);
    await tenant.consent(subject, 'personalized-display', 1, 'given', 'opt-in');
    people.push(subject);
  }
  await tenant.collect(...people.map(submission));
  const [{ day } = { day: '' }] = await bench.data.admin.transaction((sql) =>
    sql.query<{ day: string }>('select max(disposal)::text as day from part where tenant = $1', [tenant.id]),
  );
  // The day on which nothing of the cohort's comes in any more.
  await tenant.moveTo(`${day}T12:00:00+08:00`);
  let under: Promise<unknown>[] = [];
  await bench.data.admin.transaction(async (sql) => {
    await sql.query('select 1 from part where tenant = $1 for update', [tenant.id]);
    const disposing = tenant.dispose('personalization', day, 'anonymize');
    const waitsFor = (what: string) => async () =>
      (await sql.query(`select 1 from pg_locks where not granted and locktype = $1`, [what])).length > 0;
    await eventually(waitsFor('transactionid'));

    const [answer] = await tenant.collect(submission(people[0]!));
    expect(answer).toMatchObject({ outcome: 'admitted' });
    const withdrawing = tenant.consent(people[1]!, 'personalized-display', 2, 'withdrawn', 'opt-in');
    await eventually(waitsFor('advisory'));
    expect(await waitsFor('transactionid')()).toBe(true);
    under = [disposing, withdrawing];
  });
  await Promise.all(under);

  const { cells } = await bench.service.stock.cells(tenant.id);
  expect(cells.map(({ people: k, records }) => [k, records])).toEqual([[PEOPLE, PEOPLE]]);
});
