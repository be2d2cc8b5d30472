import { events, http } from '@lethe/contracts';
import type { MatterId, PartId, RecordId, SubjectRef } from '@lethe/kernel';
import { newId, type LedgerEntry } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { orderFields, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { personWithFace, START } from './faces.contract.ts';
import { Said, type Told } from './said.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

interface Copy {
  readonly backup: string;
  readonly sha256: string;
}
/** Collection's part of a backup of now. */
async function backedUp(tenant: Tenant): Promise<Copy> {
  const backup = newId();
  await tenant.hear(events.BackupOrderedV1, { slot: 0 }, { backup, at: START });
  const { sha256 } = await eventually(
    async () =>
      (await tenant.announced(events.CollectionBackupTakenV2)).find(({ data }) => data.backup === backup)?.data,
  );
  return { backup, sha256 };
}
async function restored(tenant: Tenant, copy: Copy, entries: readonly LedgerEntry[] = []) {
  const head = Math.max(0, ...entries.map(({ entry }) => entry));
  bench.peers.answer(http.LedgerEntries, ({ query }) => ({
    head,
    entries: entries.filter(({ entry }) => entry > Number(query?.after ?? 0)),
  }));
  const approvals = ['issuer#one', 'issuer#two'];
  const answer = await bench.service.restore.run(tenant.id, {
    ...copy,
    restore: newId(),
    approvals,
    service: 'collection',
  });
  if (answer.state !== 'restored') throw new Error(answer.state);
  return answer;
}
const lose = (tenant: Tenant, subject: SubjectRef) =>
  bench.data.admin.transaction((sql) =>
    sql.query('delete from part where tenant = $1 and subject = $2', [tenant.id, subject]),
  );

/** A completed order of this person, which the law keeps for years. */
async function orderOf(tenant: Tenant, subject: SubjectRef): Promise<MatterId> {
  const matter = await tenant.matter(subject, 'order', newId());
  const [answer] = await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields('N1') });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  await tenant.hear(
    events.MatterAnchoredV1,
    { subject },
    { matter, anchor: 'transaction-completed', at: START, version: 1 },
  );
  return matter;
}

describe('a restore while an erasure waits for a silent store', () => {
  const FLOOR = { compartment: 'statutory', class: 'orders', until: '2030-01-01', basis: 'e-commerce-law' };
  const SHRED = ['consent.face-verification', 'contract'];

  /** Somebody with an order and a face, backed up; then frozen. */
  async function frozen(name: string) {
    const tenant = await bench.tenant(name, START);
    const { subject } = await personWithFace(tenant, 'u-1');
    const matter = await orderOf(tenant, subject);
    const copy = await backedUp(tenant);
    const about = { erasure: newId(), at: START };
    await tenant.hear(events.SubjectFrozenV1, { subject }, about);
    const order = (restrict: (typeof FLOOR)[]) =>
      tenant.hear(events.ErasureOrderedV1, { subject }, { ...about, shred: SHRED, restrict });
    const shred = () => tenant.shred(subject, SHRED, { erasure: about.erasure });
    return { tenant, subject, matter, copy, order, shred };
  }
  const floorOf = async (tenant: Tenant, matter: MatterId): Promise<string> => {
    const [row] = await bench.data.admin.transaction((sql) =>
      sql.query<{ floor: string }>('select floor::text as floor from matter_date where tenant = $1 and matter = $2', [
        tenant.id,
        matter,
      ]),
    );
    return row!.floor;
  };

  test.each([
    ['after', true],
    ['before', false],
  ])(
    'what came back of what the law keeps, lost %s the order, outlives the erasure until its floor ends, and nothing else does (I15, I17)',
    async (when, ordered) => {
      const { tenant, subject, matter, copy, order, shred } = await frozen(`floor-${when}`);
      if (ordered) await order([FLOOR]);
      await lose(tenant, subject);
      if (!ordered) await order([]);
      expect(await restored(tenant, copy)).toMatchObject({ restored: 2 });
      const { opened } = await tenant.openFields('order', subject);
      expect(opened).toEqual([]);
      await shred();
      expect(await tenant.count('part', `subject = '${subject}'`)).toBe(1);
      expect(
        await tenant.count('part', `matter = '${matter}' and restricted and restricted_basis = 'e-commerce-law'`),
      ).toBe(1);
      const floor = await floorOf(tenant, matter);
      await tenant.moveTo(`${floor}T04:00:00.000Z`);
      bench.service.background.wake(tenant.id);
      await bench.service.background.quiet();
      expect(await tenant.count('part', `subject = '${subject}'`)).toBe(0);
    },
  );

  test('what a hold keeps outlives it, too (I15)', async () => {
    const { tenant, subject, copy, order, shred } = await frozen('held');
    const hold = newId();
    await tenant.hear(events.HoldPlacedV1, { subject }, { hold, scope: { kind: 'subject', subject }, at: START });
    await order([FLOOR]);
    await lose(tenant, subject);
    expect(await restored(tenant, copy)).toMatchObject({ restored: 2 });
    expect(await tenant.count('part', 'restricted')).toBe(2);
    await shred();
    expect(await tenant.count('part', 'restricted')).toBe(2);
  });
});

describe('the list of what a restore cannot bring back', () => {
  /** The relay has told all there is. */
  const told = () =>
    eventually(async () => {
      const [row] = await bench.data.admin.transaction((sql) =>
        sql.query<{ untold: boolean }>(
          'select exists (select 1 from outbox where number is null) or exists (select 1 from slot_head where appended < number) as untold',
        ),
      );
      return row?.untold === false;
    });

  test('has what was admitted after the backup and is gone, and nothing that is in it or was destroyed since, page by page (I37)', async () => {
    const tenant = await bench.tenant('after-the-backup', START);
    const inIt = await personWithFace(tenant, 'in-it');
    const copy = await backedUp(tenant);
    const [one, other] = [await personWithFace(tenant, 'one'), await personWithFace(tenant, 'other')];
    const withdrew = await personWithFace(tenant, 'withdrew');
    await tenant.consent(withdrew.subject, 'face-verification', 2, 'withdrawn', 'separate');
    const compartments = ['consent.face-verification'];
    const entry = await tenant.shred(withdrew.subject, compartments, { cause: 'withdrawn', consentVersion: 2 });
    // Agreed anew: the keys of what came before live on beside those of what comes after.
    const anew = await personWithFace(tenant, 'anew');
    await tenant.consent(anew.subject, 'face-verification', 2, 'withdrawn', 'separate');
    await tenant.shred(anew.subject, compartments, { cause: 'withdrawn', consentVersion: 2 });
    await tenant.consent(anew.subject, 'face-verification', 3, 'given', 'separate');
    await told();
    for (const { subject } of [inIt, one, other]) await lose(tenant, subject);
    const report = await restored(tenant, copy, [
      {
        entry,
        tenant: tenant.id,
        kind: 'withdrawn',
        subject: withdrew.subject,
        compartments,
        at: new Date().toISOString(),
      },
    ]);
    const lost = [one.part, other.part].sort();
    expect(report).toMatchObject({ restored: 1, unrecoverable: lost.length });
    expect(report.lost?.map(({ part }) => part).sort()).toEqual(lost);
    const page = (after: number) => bench.running.recovery(tenant.id, after, report.incarnation);
    expect((await page(0)).list.map(({ part }) => part).sort()).toEqual(lost);
    expect((await page(1)).list).toHaveLength(1);
    // Nothing has gone since.
    expect(await restored(tenant, copy)).toMatchObject({ restored: 0 });
  });

  test('of what the platform holds it has what neither its person, its consent nor its day has taken, as the ledger has it', async () => {
    const tenant = await bench.tenant('held-elsewhere', START);
    const subject = await tenant.person('u-1');
    const part = (purpose: string, over: Partial<Told> = {}): Told => ({
      ...{
        part: newId() as PartId,
        record: newId() as RecordId,
        subject,
        purpose,
        compartment: `consent.${purpose}`,
        class: purpose,
      },
      ...{ custody: 'platform', disposal: '2027-05-01', method: 'delete', at: '2026-02-01T00:00:00.000Z' },
      ...over,
    });
    const [stays, withdrawn, anew, due] = [
      part('stays'),
      part('withdrawn'),
      part('withdrawn', { at: '2026-02-03T00:00:00.000Z' }),
      part('due', { disposal: '2026-02-02' }),
    ];
    const entries: LedgerEntry[] = [
      {
        entry: 1,
        tenant: tenant.id,
        kind: 'withdrawn',
        subject,
        compartments: ['consent.withdrawn'],
        at: '2026-02-02T00:00:00.000Z',
      },
      {
        entry: 2,
        tenant: tenant.id,
        kind: 'disposed',
        class: 'due',
        day: '2026-02-02',
        at: '2026-02-02T00:00:00.000Z',
      },
    ];
    const room = { context: bench.running.context, keyring: bench.keyring };
    const lost = await bench.data.database.within(tenant.id, (sql) =>
      new Said(room).lost(sql, tenant.id, [stays, withdrawn, anew, due], entries),
    );
    expect(lost.map((one) => one.part)).toEqual([stays.part, anew.part]);
  });
});
