import { events } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { startCollection, type Bench, orderFields } from './collection.contract.ts';
import { face, FACE_DAY, personWithFace, START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

const order = (n: number) => ({
  purpose: 'order',
  fields: orderFields(`N${n}`),
});

describe('disposal', () => {
  test('when its day is due a part dies at once, its row goes, and the day takes nothing more in (I14)', async () => {
    const tenant = await bench.tenant('disposes', START);
    const { subject, part } = await personWithFace(tenant, 'u-1');
    const ordered = await tenant.dispose('face', FACE_DAY, 'delete');
    expect((await tenant.announced(events.DisposalEffectiveV1))[0]?.data).toMatchObject({
      order: ordered,
      found: 1,
      held: 0,
      restricted: 0,
    });
    expect((await tenant.announced(events.DisposalSweptV1))[0]?.data).toMatchObject({ order: ordered, deleted: 1 });
    expect(await tenant.openFields('face-verification', subject, [part])).toMatchObject({ opened: [] });
    expect((await tenant.collect({ subject, ...face() }))[0]).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'already-due' },
    });
    expect(await tenant.count('part')).toBe(0);
  });

  test('an order told again, in another slot, or by another service has no further effect', async () => {
    const tenant = await bench.tenant('replays', START);
    await personWithFace(tenant, 'u-1');
    const ordered = await tenant.dispose('face', FACE_DAY, 'delete');
    await tenant.hear(
      events.DisposalRecordedV1,
      { slot: 2 },
      { entry: 1, order: ordered, class: 'face', day: FACE_DAY, method: 'delete', at: START },
    );
    await tenant.hear(
      events.DisposalRecordedV1,
      { slot: 1, signedBy: 'retention', refused: true },
      { entry: 99, order: newId(), class: 'orders', day: FACE_DAY, method: 'delete', at: START },
    );
    await bench.service.background.quiet();
    expect(await tenant.count('disposal')).toBe(1);
    expect(await tenant.announced(events.DisposalEffectiveV1)).toHaveLength(1);
  });

  test('a cohort folds into cells of k people or more; of anything smaller not a trace is stored', async () => {
    const tenant = await bench.tenant('folds', START);
    const buy = async (n: number, genre: string) => {
      const subject = await tenant.person(`u-${n}`);
      const matter = await tenant.matter(subject, 'order', `o-${n}`);
      await tenant.collect({
        subject,
        matter,
        ...order(n),
        fields: { ...order(n).fields, genre, 'event-day': genre === 'opera' ? '2027-09-01' : '2027-02-01' },
      });
      await tenant.hear(
        events.MatterAnchoredV1,
        { subject },
        { matter, anchor: 'transaction-completed', at: '2027-01-20T04:00:00.000Z', version: 1 },
      );
    };
    for (let n = 0; n < 22; n += 1) await buy(n, 'concert');
    for (let n = 22; n < 25; n += 1) await buy(n, 'opera');
    const day = (await tenant.announced(events.MatterDatedV1))[0]!.data.to;
    await tenant.dispose('orders', day, 'anonymize');
    const { cells } = await bench.service.stock.cells(tenant.id);
    expect(cells).toEqual([expect.objectContaining({ class: 'orders', people: 22, records: 22 })]);
    expect(JSON.stringify(cells)).not.toContain('opera');
    expect((await tenant.announced(events.DisposalEffectiveV1))[0]?.data).toMatchObject({
      found: 25,
      anonymized: 22,
      forgotten: 3,
      cells: 1,
    });
    expect(await tenant.count('part')).toBe(0);
    expect(await bench.service.stock.counts(tenant.id)).toMatchObject({ anonymized: 22, deleted: 3 });
  });
});

describe('holds', () => {
  test('a held part survives its day and opens, its neighbors go; released, it is gone (I15, I16)', async () => {
    const tenant = await bench.tenant('holds', START);
    const held = await personWithFace(tenant, 'u-1');
    const other = await personWithFace(tenant, 'u-2');
    const hold = newId();
    await tenant.hear(
      events.HoldPlacedV1,
      { subject: held.subject },
      { hold, scope: { kind: 'subject', subject: held.subject }, at: START },
    );
    expect((await tenant.announced(events.HoldRecordedV2))[0]?.data).toMatchObject({
      hold,
      outcome: 'recorded',
      parts: 1,
    });
    await tenant.dispose('face', FACE_DAY, 'delete');
    expect((await tenant.announced(events.DisposalEffectiveV1))[0]?.data).toMatchObject({ found: 2, held: 1 });
    expect((await tenant.openFields('face-verification', held.subject)).opened).toHaveLength(1);
    expect((await tenant.openFields('face-verification', other.subject, [other.part])).opened).toHaveLength(0);
    await tenant.hear(events.HoldReleasedV1, { subject: held.subject }, { hold, at: START });
    await bench.service.background.quiet();
    expect((await tenant.announced(events.HoldLiftedV1))[0]?.data).toMatchObject({ hold, parts: 1 });
    expect((await tenant.openFields('face-verification', held.subject, [held.part])).opened).toHaveLength(0);
    expect(await tenant.count('part')).toBe(0);
  });

  test('a hold that comes after the day began to close is too late, and names the order', async () => {
    const tenant = await bench.tenant('too-late', START);
    const { subject } = await personWithFace(tenant, 'u-1');
    const ordered = newId();
    await bench.data.admin.transaction((sql) =>
      sql.query(
        `insert into disposal (tenant, class, day, "order", entry, method, state, recorded_at) values ($1, 'face', $2::date, $3, 1, 'delete', 'closing', now())`,
        [tenant.id, FACE_DAY, ordered],
      ),
    );
    await tenant.hear(events.HoldPlacedV1, { slot: 0 }, { hold: newId(), scope: { kind: 'tenant' }, at: START });
    expect((await tenant.announced(events.HoldRecordedV2))[0]?.data).toMatchObject({
      outcome: 'too-late',
      tooLate: [{ order: ordered, parts: 1 }],
    });
    expect((await tenant.openFields('face-verification', subject)).opened).toHaveLength(0);
  });
});

describe('erasure', () => {
  test('a person goes everywhere, what a floor keeps stays restricted, and nobody else is touched (I17, I25, I29)', async () => {
    const tenant = await bench.tenant('erases', START);
    const { subject, part } = await personWithFace(tenant, 'u-1');
    const other = await personWithFace(tenant, 'u-2');
    const matter = await tenant.matter(subject, 'order', 'o-1');
    await tenant.collect({ subject, matter, ...order(1) });
    const erasure = newId();
    await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
    expect(await tenant.openFields('face-verification', subject, [part])).toMatchObject({
      opened: [],
      refused: [{ refusal: { code: 'subject-frozen' } }],
    });
    expect((await bench.service.stock.holdings(tenant.id, subject)).holdings).toHaveLength(2);
    await tenant.hear(
      events.ErasureOrderedV1,
      { subject },
      {
        erasure,
        shred: ['consent.face-verification'],
        restrict: [{ compartment: 'statutory', class: 'orders', basis: 'e-commerce-law' }],
        at: START,
      },
    );
    const acks = (await tenant.announced(events.CollectionErasureAckedV1)).map(({ data }) => data);
    expect(acks).toMatchObject([
      { stage: 'frozen', found: 2 },
      { stage: 'done', found: 2, deleted: 1, restricted: 1, rescan: 0 },
    ]);
    expect(acks[1]!.position).toBe(acks[0]!.position);
    const entry = await tenant.shred(subject, ['consent.face-verification'], { erasure });
    expect((await tenant.announced(events.SubjectShreddedV1))[0]?.data).toMatchObject({ entry, erasure });
    expect((await tenant.announced(events.SubjectSweptV1))[0]?.data).toMatchObject({
      entry,
      erasure,
      deleted: 1,
      rescan: 0,
    });
    expect(await tenant.count('part', `subject = '${subject}' and restricted`)).toBe(1);
    expect(await tenant.openFields('order', subject)).toMatchObject({ opened: [] });
    expect((await tenant.openFields('face-verification', other.subject)).opened).toHaveLength(1);
    expect(await bench.service.stock.counts(tenant.id)).toMatchObject({ erased: 1, restricted: 1 });
    expect(await tenant.person('u-1')).not.toBe(subject);
  });

  test('nothing older than the erasure creates or changes anything of that ref, however late it arrives (I26)', async () => {
    const tenant = await bench.tenant('fenced', START);
    const { subject } = await personWithFace(tenant, 'u-1');
    const erasure = newId();
    await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
    await tenant.hear(
      events.ErasureOrderedV1,
      { subject },
      { erasure, shred: ['consent.face-verification'], restrict: [], at: START },
    );
    await tenant.shred(subject, ['consent.face-verification'], { erasure });
    await tenant.consent(subject, 'face-verification', 9, 'given', 'separate');
    await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure: newId(), at: START });
    expect((await tenant.collect({ subject, ...face() }))[0]).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'subject-erased' },
    });
    expect([
      await tenant.count('part'),
      await tenant.count('consent_state'),
      await tenant.count('submission', `subject = '${subject}' and answer->>'outcome' = 'admitted'`),
    ]).toEqual([0, 0, 0]);
    expect(await tenant.person('u-1')).not.toBe(subject);
  });

  test('what only a floor kept goes with its keys on the day the floor ends, and the name is forgotten (I17)', async () => {
    const tenant = await bench.tenant('floor-ends', START);
    const { subject } = await personWithFace(tenant, 'u-1');
    const matter = await tenant.matter(subject, 'order', 'o-1');
    await tenant.collect({ subject, matter, ...order(1) });
    await tenant.hear(
      events.MatterAnchoredV1,
      { subject },
      { matter, anchor: 'transaction-completed', at: '2027-01-05T04:00:00.000Z', version: 1 },
    );
    const { floor, to } = (await tenant.announced(events.MatterDatedV1))[0]!.data;
    expect(floor! < to).toBe(true);
    const erasure = newId();
    await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
    await tenant.hear(
      events.ErasureOrderedV1,
      { subject },
      {
        erasure,
        shred: ['consent.face-verification'],
        restrict: [{ compartment: 'statutory', class: 'orders', until: floor, basis: 'e-commerce-law' }],
        at: START,
      },
    );
    await tenant.shred(subject, ['consent.face-verification'], { erasure });
    expect(await tenant.count('part')).toBe(1);
    await tenant.moveTo(`${floor}T04:00:00.000Z`);
    bench.service.background.wake(tenant.id);
    await bench.service.background.quiet();
    expect(await tenant.count('part')).toBe(0);
    expect((await tenant.announced(events.PartsRemovedV2)).at(-1)?.data.tallies).toEqual([
      { class: 'orders', disposal: to, matter, custody: 'lethe', parts: 1 },
    ]);
    expect(await tenant.person('u-1')).not.toBe(subject);
  });

  test('an order that nobody signed for, or that was changed, destroys nothing', async () => {
    const tenant = await bench.tenant('forged', START);
    const { subject } = await personWithFace(tenant, 'u-1');
    await tenant.hear(
      events.ShredOrderedV1,
      { subject, signedBy: 'consent', refused: true },
      { entry: 7, cause: 'erased', compartments: ['consent.face-verification'], at: START },
    );
    await bench.service.background.quiet();
    expect((await tenant.openFields('face-verification', subject)).opened).toHaveLength(1);
    expect(await tenant.count('shred')).toBe(0);
  });

  test('a hold outlives the erasure of its person', async () => {
    const tenant = await bench.tenant('held-erasure', START);
    const { subject } = await personWithFace(tenant, 'u-1');
    const [hold, erasure] = [newId(), newId()];
    await tenant.hear(events.HoldPlacedV1, { subject }, { hold, scope: { kind: 'subject', subject }, at: START });
    await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
    await tenant.hear(
      events.ErasureOrderedV1,
      { subject },
      { erasure, shred: ['consent.face-verification'], restrict: [], at: START },
    );
    await tenant.shred(subject, ['consent.face-verification'], { erasure });
    expect((await tenant.announced(events.SubjectSweptV1))[0]?.data).toMatchObject({ deleted: 0, rescan: 0 });
    expect(await tenant.count('part', 'restricted and kept')).toBe(1);
    await tenant.hear(events.HoldReleasedV1, { subject }, { hold, at: START });
    await bench.service.background.quiet();
    expect(await tenant.count('part')).toBe(0);
  });
});

describe('backups', () => {
  test('the key of a backup is made once, isolated, and dies with the files', async () => {
    const tenant = await bench.tenant('backs-up', START);
    const backup = newId();
    for (let slot = 0; slot < 2; slot += 1) await tenant.hear(events.BackupOrderedV1, { slot }, { backup, at: START });
    const made = await tenant.announced(events.BackupKeyMadeV1);
    expect(new Set(made.map((event) => event.data.publicKey)).size).toBe(1);
    await tenant.hear(events.BackupIsolatedV1, { slot: 0 }, { backup, because: 'erasure', at: START });
    expect(await tenant.announced(events.BackupKeyIsolatedV1)).toHaveLength(1);
    await tenant.hear(events.BackupPurgedV1, { slot: 0 }, { backup, at: START });
    expect(await tenant.announced(events.BackupKeyDestroyedV1)).toHaveLength(1);
  });

  test('a purge that is heard before its backup ends it: its key is never made', async () => {
    const tenant = await bench.tenant('purged-first', START);
    const backup = newId();
    await tenant.hear(events.BackupPurgedV1, { slot: 0 }, { backup, at: START });
    expect(await tenant.announced(events.BackupKeyDestroyedV1)).toHaveLength(1);
    await tenant.hear(events.BackupOrderedV1, { slot: 0 }, { backup, at: START });
    expect(await tenant.announced(events.BackupKeyMadeV1)).toHaveLength(0);
  });
});
