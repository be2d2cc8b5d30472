import { events } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { startCollection, type Bench, type Tenant, orderFields } from './collection.contract.ts';
import { FACE_DAY, personWithFace, START } from './faces.contract.ts';
import { DisposalStore } from './store/disposal.store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const noon = (day: string): string => `${day}T04:00:00.000Z`;
const counts = async (tenant: Tenant) => {
  const { deleted, erased, anonymized, parts } = await bench.service.stock.counts(tenant.id);
  return { deleted, erased, anonymized, parts };
};

const faceOf = async (tenant: Tenant, userId: string) => (await personWithFace(tenant, userId)).subject;

describe('what goes for a withdrawal counts as erased, what goes on its day as deleted, whoever comes to its row first', () => {
  const withdraw = (tenant: Tenant, subject: Awaited<ReturnType<typeof faceOf>>) =>
    tenant.consent(subject, 'face-verification', 2, 'withdrawn', 'separate');
  const shred = (tenant: Tenant, subject: Awaited<ReturnType<typeof faceOf>>, entry?: number) =>
    tenant.shred(subject, ['consent.face-verification'], {
      cause: 'withdrawn',
      consentVersion: 2,
      ...(entry === undefined ? {} : { entry }),
    });

  test('withdrawn before the day, and the order of the day comes first', async () => {
    const tenant = await bench.tenant('day-first', START);
    const [withdrawn] = [await faceOf(tenant, 'u-1'), await faceOf(tenant, 'u-2')];
    await withdraw(tenant, withdrawn);
    await tenant.moveTo(noon(FACE_DAY));
    await tenant.dispose('face', FACE_DAY, 'delete');
    await shred(tenant, withdrawn);
    expect(await counts(tenant)).toEqual({ deleted: 1, erased: 1, anonymized: 0, parts: 0 });
  });

  test('withdrawn before the day, and the withdrawal comes first', async () => {
    const tenant = await bench.tenant('withdrawal-first', START);
    const [withdrawn] = [await faceOf(tenant, 'u-1'), await faceOf(tenant, 'u-2')];
    await withdraw(tenant, withdrawn);
    await shred(tenant, withdrawn);
    await tenant.moveTo(noon(FACE_DAY));
    await tenant.dispose('face', FACE_DAY, 'delete');
    expect(await counts(tenant)).toEqual({ deleted: 1, erased: 1, anonymized: 0, parts: 0 });
  });

  test.each(['2028-01-10', FACE_DAY])('withdrawn on %s, while the rows of the day still lie there', async (day) => {
    const tenant = await bench.tenant(`rows-lie-${day}`, START);
    const subject = await faceOf(tenant, 'u-1');
    await tenant.moveTo(noon(day));
    await withdraw(tenant, subject);
    await tenant.moveTo(noon(FACE_DAY));
    await bench.data.database.within(tenant.id, (sql) =>
      new DisposalStore(sql, tenant.id).close(
        { order: newId(), entry: 900_001, class: 'face', day: FACE_DAY, method: 'delete' },
        FACE_DAY,
        new Date(),
      ),
    );
    // Both keys die, then the rows of withdrawals go before those of days.
    await shred(tenant, subject, 900_002);
    const onItsDay = day === FACE_DAY ? 1 : 0;
    expect(await counts(tenant)).toEqual({ deleted: onItsDay, erased: 1 - onItsDay, anonymized: 0, parts: 0 });
  });
});

test.each(['the end of the floor', 'the day of the cohort'])(
  'what a floor alone kept of somebody erased counts as erased, also where %s comes to it first',
  async (first) => {
    const tenant = await bench.tenant(`floor-${String(first.length)}`, START);
    const subject = await tenant.person('u-1');
    const matter = await tenant.matter(subject, 'order', 'o-1');
    await tenant.collect({
      subject,
      matter,
      purpose: 'order',
      fields: orderFields('N1'),
    });
    await tenant.hear(
      events.MatterAnchoredV1,
      { subject },
      { matter, anchor: 'transaction-completed', at: START, version: 1 },
    );
    const [dated] = await bench.data.admin.transaction((sql) =>
      sql.query<{ day: string; floor: string }>(
        `select day::text as day, floor::text as floor from matter_date where tenant = $1 and matter = $2 and class = 'orders'`,
        [tenant.id, matter],
      ),
    );
    expect(dated!.floor < dated!.day).toBe(true);
    const erasure = newId();
    await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
    const restrict = [{ compartment: 'statutory', class: 'orders', basis: 'e-commerce-law', until: dated!.floor }];
    await tenant.hear(events.ErasureOrderedV1, { subject }, { erasure, shred: ['contract'], restrict, at: START });
    await tenant.shred(subject, ['contract'], { erasure });
    expect(await counts(tenant)).toEqual({ deleted: 0, erased: 0, anonymized: 0, parts: 1 });
    if (first === 'the end of the floor') {
      await tenant.moveTo(noon(dated!.floor));
      bench.service.background.wake(tenant.id);
      await bench.service.background.quiet();
    }
    await tenant.moveTo(noon(dated!.day));
    await tenant.dispose('orders', dated!.day, 'anonymize');
    expect(await counts(tenant)).toEqual({ deleted: 0, erased: 1, anonymized: 0, parts: 0 });
  },
);
