import { events, http } from '@lethe/contracts';
import type { Day, SubjectRef } from '@lethe/kernel';
import { newId, type LedgerEntry } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { nextEntry, orderFields, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { personWithFace, START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

async function backedUp(tenant: Tenant) {
  const backup = newId();
  await tenant.hear(events.BackupOrderedV1, { slot: 0 }, { backup, at: START });
  const { sha256 } = await eventually(
    async () =>
      (await tenant.announced(events.CollectionBackupTakenV2)).find(({ data }) => data.backup === backup)?.data,
  );
  return { backup, sha256 };
}
async function restored(tenant: Tenant, copy: { backup: string; sha256: string }, entries: readonly LedgerEntry[]) {
  bench.peers.answer(http.LedgerEntries, ({ query }) => ({
    head: Math.max(0, ...entries.map(({ entry }) => entry)),
    entries: entries.filter(({ entry }) => entry > Number(query?.after ?? 0)),
  }));
  const answer = await bench.service.restore.run(tenant.id, {
    ...copy,
    restore: newId(),
    approvals: ['issuer#one', 'issuer#two'],
    service: 'collection',
  });
  if (answer.state !== 'restored') throw new Error(answer.state);
  return answer;
}
async function orderOf(tenant: Tenant, subject: SubjectRef, completed?: string) {
  const matter = await tenant.matter(subject, 'order', newId());
  const [answer] = await tenant.collect({ subject, matter, purpose: 'order', fields: orderFields('N1') });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  if (completed !== undefined)
    await tenant.hear(
      events.MatterAnchoredV1,
      { subject },
      { matter, anchor: 'transaction-completed', at: completed, version: 1 },
    );
  return { matter, part: answer.parts[0]!.part };
}
async function logOf(tenant: Tenant, subject: SubjectRef) {
  const [answer] = await tenant.collect({
    subject,
    purpose: 'display-and-logs',
    fields: { 'ip-address': '192.0.2.7' },
  });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  return { part: answer.parts[0]!.part };
}
const lose = (tenant: Tenant, ...parts: readonly { readonly part: string }[]) =>
  bench.data.admin.transaction((sql) =>
    sql.query('delete from part where tenant = $1 and part = any($2::uuid[])', [
      tenant.id,
      parts.map(({ part }) => part),
    ]),
  );
const stored = async (tenant: Tenant): Promise<string[]> =>
  (
    await bench.data.admin.transaction((sql) =>
      sql.query<{ part: string }>('select part from part where tenant = $1 order by part', [tenant.id]),
    )
  ).map(({ part }) => part);

/** The erasure from freeze to the last row, as it was ordered of what was there; and what the ledger has of it. */
async function erased(
  tenant: Tenant,
  subject: SubjectRef,
  shred: string[],
  restrict: { compartment: string; class: string; until?: Day; basis: string }[],
): Promise<LedgerEntry[]> {
  const about = { erasure: newId(), at: START };
  await tenant.hear(events.SubjectFrozenV1, { subject }, about);
  await tenant.hear(events.ErasureOrderedV1, { subject }, { ...about, shred, restrict });
  const entry = await tenant.shred(subject, shred, { erasure: about.erasure });
  const at = new Date().toISOString();
  return [
    { entry, tenant: tenant.id, kind: 'erased', subject, erasure: about.erasure, compartments: shred, at },
    ...restrict.map((one): LedgerEntry => ({
      entry: nextEntry(),
      tenant: tenant.id,
      kind: 'restricted',
      subject,
      erasure: about.erasure,
      compartments: [one.compartment],
      class: one.class,
      ...(one.until === undefined ? {} : { day: one.until }),
      at,
    })),
  ];
}
const ALL = ['consent.face-verification', 'contract'];

describe('what was lost before its person was erased, and lies in a backup', () => {
  test('does not come back: with its keys, or beside what the law keeps, by the ledger; the report counts it', async () => {
    const tenant = await bench.tenant('does-not', START);
    const { subject, part } = await personWithFace(tenant, 'u-1');
    const kept = await orderOf(tenant, subject, START);
    const log = await logOf(tenant, subject);
    const copy = await backedUp(tenant);
    await lose(tenant, { part }, log);
    // Under floors that reach into the log's compartment its key lives on.
    const entries = await erased(
      tenant,
      subject,
      ['consent.face-verification'],
      [
        { compartment: 'statutory', class: 'orders', until: '2030-01-11', basis: 'e-commerce-law' },
        { compartment: 'contract', class: 'security-logs', until: '2030-01-11', basis: 'cybersecurity-law' },
      ],
    );
    expect(await stored(tenant)).toEqual([kept.part]);
    const report = await restored(tenant, copy, entries);
    expect(report).toMatchObject({ restored: 0, dropped: 2, unrecoverable: 0 });
    expect(await stored(tenant)).toEqual([kept.part]);
  });

  test('is not there either where nothing of the person had stayed', async () => {
    const tenant = await bench.tenant('nothing-stayed', START);
    const { subject, part } = await personWithFace(tenant, 'u-1');
    const order = await orderOf(tenant, subject, START);
    const copy = await backedUp(tenant);
    await lose(tenant, { part }, order);
    const report = await restored(tenant, copy, await erased(tenant, subject, ALL, []));
    expect(report).toMatchObject({ restored: 0, dropped: 2, unrecoverable: 0 });
    expect(await stored(tenant)).toEqual([]);
  });

  test.each([
    ['dated', START],
    ['waiting', undefined],
  ])(
    'does not come back beside others of its class that the law keeps (%s), however fresh its keys are in memory',
    async (name, completed) => {
      const tenant = await bench.tenant(`same-class-${name}`, START);
      const subject = await tenant.person('u-1');
      const kept = await orderOf(tenant, subject, START);
      const lost = await orderOf(tenant, subject, completed);
      const copy = await backedUp(tenant);
      await lose(tenant, lost);
      const restrict = [{ compartment: 'statutory', class: 'orders', until: '2030-01-11', basis: 'e-commerce-law' }];
      // What the platform calls that order goes with the erasure, and its key: nothing is left of it.
      const entries = await erased(tenant, subject, ALL, restrict);
      expect(await restored(tenant, copy, entries)).toMatchObject({ restored: 0, dropped: 1, unrecoverable: 0 });
      expect(await stored(tenant)).toEqual([kept.part]);
    },
  );
});
