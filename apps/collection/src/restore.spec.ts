import { events, http } from '@lethe/contracts';
import type { MatterId, SubjectRef } from '@lethe/kernel';
import { newId, type LedgerEntry } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { orderFields, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { personWithFace, START } from './faces.contract.ts';

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
