import { events, http, type CertificateBody } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import { verifyCertificate } from '@lethe/ledger';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import {
  acked,
  ask,
  backups,
  count,
  destroyed,
  documentOf,
  eachWithItsTenant,
  hold,
  holding,
  keys,
  person,
  shredOf,
  START,
  stateOf,
  tenant,
  throughToCertified,
  world,
} from './erasure.contract.ts';
import { ErasureSweep } from './erasure.sweep.ts';
import type { SagaRunner } from './saga.runner.ts';
import { CertificateStore } from './store/certificate.store.ts';
import { ErasureStore } from './store/erasure.store.ts';

/** Whoever reads `final` on a certificate believes that no copy is left: said in whatever order, it is never said too early. */
eachWithItsTenant();

type Copy = Parameters<typeof backups>[0][number];
const copy = (more: Partial<Copy> = {}): Copy => ({
  ...{ backup: newId(), state: 'isolated', takenAt: START.toISOString(), purgeOn: '2026-07-01', rows: 0, bytes: 0 },
  ...more,
});
const heldBy = (classes: string[], from = START) => ({
  platform: { holder: 'archive', classes, from: from.toISOString(), until: from.toISOString() },
});

let epochs = 0;
const epochEnded = (of: TenantId, before: Date) =>
  world.hear(
    events.EpochEndedV1,
    { tenant: of, slot: 0 },
    { epoch: 10_000 * count + (epochs += 1), before: before.toISOString(), at: world.clock.now().toISOString() },
  );
const gone = (backup: string, of = tenant) =>
  world.hear(events.BackupGoneV1, { tenant: of, slot: 0 }, { backup, at: world.clock.now().toISOString() });
/** What the saga makes of what it has heard: when it has done whatever it would do. */
async function settled(request: string) {
  await (Reflect.get(world.inside(ErasureSweep), 'runner') as SagaRunner).advance(tenant, request);
  return stateOf(request);
}

type Dependency = 'epoch' | 'own' | 'theirs';
const ORDERS: Dependency[][] = [
  ['epoch', 'own', 'theirs'],
  ['epoch', 'theirs', 'own'],
  ['own', 'epoch', 'theirs'],
  ['own', 'theirs', 'epoch'],
  ['theirs', 'epoch', 'own'],
  ['theirs', 'own', 'epoch'],
];

/** After which of these, said in this order, each with what is only like it before, the certificate was final. */
async function finalAfter(order: readonly Dependency[]): Promise<{
  after: Dependency | 'nothing' | 'never';
  waited: string[][];
  document: Record<string, unknown>;
}> {
  const [own, theirs] = [copy(), copy(heldBy(['account']))];
  hold([holding()]);
  backups([own, theirs]);
  const started = new Date(world.clock.now().getTime() - 1);
  const { request, certificate } = await throughToCertified(person());
  const elsewhere = await world.openTenant(`${tenant}-elsewhere`, { at: START });
  const said: Record<Dependency, () => Promise<unknown>> = {
    epoch: () => epochEnded(tenant, world.clock.now()),
    own: () => gone(own.backup),
    theirs: () => gone(theirs.backup),
  };
  const waited: string[][] = [];
  for (const one of ['nothing', ...order] as const) {
    // An epoch that began before the keys were dead and ended after, one of another tenant, other backups, and these of others.
    await epochEnded(tenant, started);
    await epochEnded(elsewhere, world.clock.now());
    await gone(newId());
    for (const { backup } of [own, theirs]) await gone(backup, elsewhere);
    if (one !== 'nothing') for (let twice = 0; twice < 2; twice += 1) await said[one]();
    const { state, waitingFor } = await settled(request);
    waited.push(waitingFor);
    if (state === 'final') return { after: one, waited, document: await documentOf(certificate) };
  }
  return { after: 'never', waited, document: {} };
}

test.each(ORDERS)(
  'final is said after the last of %s, %s and %s, and nothing that is only like it counts (I23)',
  async (...order) => {
    const { after, waited, document } = await finalAfter(order);
    expect(after).toBe(order.at(-1));
    expect(waited.map(({ length }) => length)).toEqual([3, 2, 1, 0]);
    expect(verifyCertificate(document, await keys())).toMatchObject({ ok: true, findings: [], final: true });
  },
);

describe('planted', () => {
  const planted: (() => void)[] = [];
  afterEach(() => {
    for (const undo of planted.splice(0)) undo();
  });
  const plant = <Store extends object>(
    store: Store,
    method: keyof Store & string,
    bug: (store: Store, own: () => Promise<unknown>) => Promise<unknown>,
  ) => {
    const own = Reflect.get(store, method) as (...given: unknown[]) => Promise<unknown>;
    planted.push(() => Reflect.set(store, method, own));
    Reflect.set(store, method, function (this: Store, ...given: unknown[]) {
      return bug(this, () => own.apply(this, given));
    });
  };

  test('an epoch that counts though a copy under it has a key that died later is seen', async () => {
    plant(ErasureStore.prototype, 'epochAfter', async (store) => {
      const sql = Reflect.get(store, 'sql') as { query(text: string): Promise<unknown[]> };
      return (await sql.query('select epoch, before, ended_at from epoch_ended order by epoch limit 1'))[0];
    });
    expect((await finalAfter(['own', 'theirs', 'epoch'])).after).toBe('theirs');
  });
  test('a backup that is taken for gone is seen', async () => {
    plant(CertificateStore.prototype, 'backups', async (_, own) =>
      ((await own()) as object[]).map((one) => ({ ...one, gone_at: START })),
    );
    expect((await finalAfter(['own', 'epoch', 'theirs'])).after).toBe('epoch');
  });
});

test('a backup of the platform that is registered after the certificate is waited for where it reaches back to what went (I23)', async () => {
  hold([holding()]);
  const { request, certificate } = await throughToCertified(person());
  const late = copy(heldBy(['account']));
  const after = new Date(START.getTime() + 86_400_000);
  backups([
    late,
    copy(heldBy(['orders'])),
    copy(heldBy([], after)),
    copy({ ...heldBy([]), state: 'purged' }),
    // One of Lethe's own that is taken now has nothing of somebody who went before.
    copy({ takenAt: after.toISOString(), state: 'available' }),
  ]);
  await epochEnded(tenant, world.clock.now());
  expect(await settled(request)).toMatchObject({ state: 'certified', waitingFor: [`backup:${late.backup}`] });
  await gone(late.backup);
  expect((await settled(request)).state).toBe('final');
  const document = await documentOf(certificate);
  expect(verifyCertificate(document, await keys())).toMatchObject({ ok: true, findings: [], final: true });
  expect(JSON.stringify(document)).toContain(late.backup);
});

test('while retention does not say which backups there are, nothing becomes final', async () => {
  hold([holding()]);
  const { request } = await throughToCertified(person());
  world.peers.answer(http.Backups, () => {
    throw new Error('retention is away');
  });
  await epochEnded(tenant, world.clock.now());
  expect((await settled(request)).state).toBe('certified');
  backups([]);
  expect((await settled(request)).state).toBe('final');
});

test('a hold that came after the order and before the keys died is on the certificate: what its kept keys open is not said to be gone (I22)', async () => {
  hold([holding()]);
  const subject = person();
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  hold([holding({ parts: 1, held: 1, restricted: 1 })]);
  await acked(request, subject, 'done');
  await destroyed(request, subject);
  const { certificate } = await stateOf(request, 'certified');
  const { scope, residuals } = (await documentOf(certificate!))['certificate'] as CertificateBody;
  expect(scope).toEqual([
    { compartment: 'contract', class: 'account', outcome: 'restricted', parts: 1, basis: 'hold' },
    { compartment: 'contract', class: 'account', outcome: 'shredded', parts: 2 },
  ]);
  expect(residuals).toContainEqual({ place: 'class.account', because: 'hold' });
});

test('what a hold kept that was released since is gone on the certificate, and not before it is', async () => {
  const subject = person();
  hold([holding({ parts: 2, held: 1 }), holding({ compartment: 'statutory', class: 'orders', floor: '2029-03-03' })]);
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  await acked(request, subject, 'done');
  // Released; its row waits for the background.
  const kept = holding({ compartment: 'statutory', class: 'orders', floor: '2029-03-03' });
  const { data } = await shredOf(request);
  const at = world.clock.now().toISOString();
  hold([holding({ parts: 1, restricted: 1 }), kept]);
  const about = { entry: data.entry, erasure: request };
  await world.hear(
    events.SubjectShreddedV1,
    { tenant, subject },
    { ...about, compartments: data.compartments, keys: 2, effectiveAt: at },
  );
  await world.hear(events.SubjectSweptV1, { tenant, subject }, { ...about, deleted: 1, rescan: 0, at });
  await eventually(async () => ((await stateOf(request)).state === 'swept' ? true : undefined));
  expect((await settled(request)).state).toBe('swept');
  hold([kept]);
  const { certificate } = await stateOf(request, 'certified');
  const { scope, residuals } = (await documentOf(certificate!))['certificate'] as CertificateBody;
  expect(scope).toMatchObject([
    { class: 'account', outcome: 'shredded', parts: 2 },
    { class: 'orders', outcome: 'restricted', parts: 3, until: '2029-03-03' },
  ]);
  expect(residuals).not.toContainEqual({ place: 'class.account', because: 'hold' });
});

test('kept keys of a hold that ended before the certificate may lie in a copy of the key epoch of then: the next one makes it final', async () => {
  hold([holding()]);
  const subject = person();
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  await acked(request, subject, 'done');
  await destroyed(request, subject);
  const dead = world.clock.now();
  await stateOf(request, 'certified');
  await epochEnded(tenant, dead);
  expect(await settled(request)).toMatchObject({ state: 'certified', waitingFor: ['key-epoch'] });
  await epochEnded(tenant, world.clock.now());
  expect((await settled(request)).state).toBe('final');
});
