import { events, http } from '@lethe/contracts';
import {
  acked,
  ask,
  destroyed,
  documentOf,
  eachWithItsTenant,
  hold,
  holding,
  person,
  shredOf,
  stateOf,
  tenant,
  world,
} from './erasure.contract.ts';

eachWithItsTenant();

const order = holding({ compartment: 'statutory', class: 'orders', parts: 2, floor: '2029-03-03' });

interface Told {
  readonly certificate: {
    readonly scope: readonly object[];
    readonly residuals: readonly { readonly place: string; readonly until?: string }[];
  };
}
/** Through an erasure that was ordered while this was held, and whose stores answered when that was. */
async function erased(ordered: Parameters<typeof hold>[0], answered: Parameters<typeof hold>[0]) {
  const subject = person();
  hold(ordered);
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  // While a store was waited for, a restore brought back what had been lost.
  hold(answered);
  await acked(request, subject, 'done');
  const shred = await shredOf(request);
  const { entries } = await world.ask(http.LedgerEntries, { tenant, role: 'service' }, { query: { after: 0 } });
  await destroyed(request, subject);
  const { certificate } = await stateOf(request, 'certified');
  return {
    shred: shred.data.compartments,
    ledger: entries.filter(({ erasure }) => erasure === request),
    told: ((await documentOf(certificate!)) as unknown as Told).certificate,
  };
}

describe('what a restore brings back of somebody whose erasure is ordered and waits', () => {
  test('stands in the ledger and on the certificate, what the law keeps of it and what goes', async () => {
    const face = holding({ compartment: 'consent.face-verification', class: 'face', parts: 1 });
    const { ledger, told } = await erased([holding()], [holding(), order, face]);
    expect(ledger).toMatchObject([
      { kind: 'erased' },
      { kind: 'restricted', compartments: ['statutory'], class: 'orders', day: '2029-03-03' },
    ]);
    expect(told.scope).toEqual([
      { compartment: 'contract', class: 'account', outcome: 'shredded', parts: 3 },
      {
        compartment: 'statutory',
        class: 'orders',
        outcome: 'restricted',
        parts: 2,
        until: '2029-03-03',
        basis: 'e-commerce-law',
      },
      { compartment: 'consent.face-verification', class: 'face', outcome: 'shredded', parts: 1 },
    ]);
    expect(told.residuals.find(({ place }) => place === 'class.orders')?.until).toBe('2029-03-03');
  });

  test('keeps the key of its compartment where the law keeps it, and no other', async () => {
    const { shred, told } = await erased([holding()], [holding(), { ...order, compartment: 'contract' }]);
    expect(shred).not.toContain('contract');
    expect(shred).toContain('consent.face-verification');
    expect(told.scope).toMatchObject([
      { class: 'account', outcome: 'deleted' },
      { class: 'orders', outcome: 'restricted' },
    ]);
  });

  test('is kept until the latest day on which anything of its class is; what has gone by its day meanwhile stands as gone', async () => {
    const { told } = await erased(
      [holding(), { ...order, parts: 1, floor: '2028-01-01' }],
      [holding({ parts: 1 }), order],
    );
    expect(told.scope).toMatchObject([
      { class: 'account', outcome: 'shredded', parts: 3 },
      { class: 'orders', outcome: 'restricted', parts: 2, until: '2029-03-03' },
    ]);
  });

  test('an order that nothing came after is carried out as it was given', async () => {
    const held = [holding(), order];
    const { shred, ledger } = await erased(held, held);
    const [given] = (await world.announced(events.ErasureOrderedV1)).filter((event) => event.tenant === tenant);
    expect(shred).toEqual(given!.data.shred);
    expect(ledger).toHaveLength(2);
  });
});
