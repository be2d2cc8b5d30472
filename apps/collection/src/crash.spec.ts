import { events } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { crashAt, newId } from '@lethe/platform';
import { orderFields, startCollection, type Bench } from './collection.contract.ts';
import { face, FACE_DAY, START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterEach(() => {
  crashAt.strike = undefined;
});
afterAll(() => bench?.stop());

/** The process ends at the point, the first time it is reached; `struck` says that it was. */
function crashOnce(point: string, error = new Error('killed')): { struck: boolean } {
  const crash = { struck: false };
  crashAt.strike = (name) => {
    if (name !== point || crash.struck) return;
    crash.struck = true;
    throw error;
  };
  return crash;
}

async function person(name: string) {
  const tenant = await bench.tenant(name, START);
  const subject = await tenant.person('u-1');
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  return { tenant, subject };
}

test.each(['collection.intake.sealed', 'collection.intake.written', 'collection.intake.committed'])(
  'a submission cut off at %s is admitted once when it is sent again',
  async (point) => {
    const { tenant, subject } = await person(point.replaceAll('.', '-'));
    const crash = crashOnce(point);
    const once = { subject, ...face(), idempotencyKey: 'sent-until-answered' };
    await expect(tenant.collect(once)).rejects.toThrow('killed');
    await bench.again();
    expect((await tenant.collect(once))[0]).toMatchObject({
      outcome: 'admitted',
      replayed: point === 'collection.intake.committed',
    });
    expect([crash.struck, await tenant.count('part'), (await tenant.announced(events.PartsAdmittedV1)).length]).toEqual(
      [true, 1, 1],
    );
  },
);

test.each(['kept', 'folded', 'key-dead', 'effective', 'chunk'])(
  'a disposal cut off at %s is finished by the next start, and told once',
  async (step) => {
    const { tenant, subject } = await person(`disposal-${step}`);
    await tenant.collect({ subject, ...face() });
    const hold = await tenant.person('held');
    await tenant.consent(hold, 'face-verification', 1, 'given', 'separate');
    await tenant.collect({ subject: hold, ...face() });
    await tenant.hear(
      events.HoldPlacedV1,
      { subject: hold },
      { hold: newId(), scope: { kind: 'subject', subject: hold }, at: START },
    );
    const crash = crashOnce(`collection.disposal.${step}`);
    await tenant.dispose('face', FACE_DAY, 'delete');
    await bench.again();
    await bench.service.background.quiet();
    expect(crash.struck).toBe(true);
    expect((await tenant.announced(events.DisposalEffectiveV1)).map(({ data }) => [data.found, data.held])).toEqual([
      [2, 1],
    ]);
    expect((await tenant.announced(events.DisposalSweptV1)).map(({ data }) => data.deleted)).toEqual([1]);
    expect((await tenant.openFields('face-verification', hold)).opened).toHaveLength(1);
    expect((await tenant.openFields('face-verification', subject)).opened).toHaveLength(0);
  },
);

test.each(['before-keys', 'keys-dead', 'effective', 'names-gone', 'chunk'])(
  'a shredding cut off at %s is finished by the next start, and told once',
  async (step) => {
    const { tenant, subject } = await person(`shred-${step}`);
    await tenant.collect({ subject, ...face() });
    const crash = crashOnce(`collection.shred.${step}`);
    await tenant.shred(subject, ['consent.face-verification'], { cause: 'withdrawn', consentVersion: 1 });
    await bench.again();
    await bench.service.background.quiet();
    expect(crash.struck).toBe(true);
    expect(await tenant.announced(events.SubjectShreddedV1)).toHaveLength(1);
    expect((await tenant.announced(events.SubjectSweptV1)).map(({ data }) => [data.deleted, data.rescan])).toEqual([
      [1, 0],
    ]);
    expect(await tenant.count('part')).toBe(0);
  },
);

test('of somebody erased no name of a matter stays in the keyring, though the process ends while they are being forgotten', async () => {
  const { tenant, subject } = await person('names-of-erased');
  await tenant.collect({ subject, ...face() });
  await tenant.matter(subject, 'account', 'a-1');
  const { keyring } = bench;
  let struck = false;
  Object.defineProperty(keyring, 'sweepSubject', {
    configurable: true,
    value: () => {
      struck = true;
      return Promise.reject(new Error('killed'));
    },
  });
  await tenant.shred(subject, ['consent.face-verification', 'contract'], { erasure: newId() });
  await bench.again();
  await bench.service.background.quiet();
  expect(struck).toBe(true);
  expect((await tenant.announced(events.SubjectSweptV1)).map(({ data }) => data.rescan)).toEqual([0]);
  const names = await bench.keys.admin.transaction((sql) =>
    sql.query('select kind from keyring.name where tenant = $1', [tenant.id]),
  );
  expect(names).toEqual([]);
});

test('a fold cut off before the key dies keeps its cells and is not folded twice', async () => {
  const tenant = await bench.tenant('fold-crash', START);
  for (let n = 0; n < 21; n += 1) {
    const subject = await tenant.person(`u-${n}`);
    await tenant.consent(subject, 'personalized-display', 1, 'given', 'opt-in');
    const matter = await tenant.matter(subject, 'order', 'o');
    await tenant.collect({
      subject,
      matter,
      purpose: 'order',
      fields: {
        'order-number': `N${n}`,
        'event-name': 'x',
        'event-day': '2027-02-01',
        'order-amount': 1,
        genre: 'concert',
      },
    });
    await tenant.hear(
      events.MatterAnchoredV1,
      { subject },
      { matter, anchor: 'transaction-completed', at: '2027-01-20T04:00:00.000Z', version: 1 },
    );
  }
  const crash = crashOnce('collection.disposal.folded');
  await tenant.dispose('orders', (await tenant.announced(events.MatterDatedV1))[0]!.data.to, 'anonymize');
  expect(await tenant.announced(events.DisposalEffectiveV1)).toHaveLength(0);
  await bench.again();
  await bench.service.background.quiet();
  expect(crash.struck).toBe(true);
  expect((await tenant.announced(events.DisposalEffectiveV1)).map(({ data }) => [data.anonymized, data.cells])).toEqual(
    [[21, 1]],
  );
  expect(await tenant.count('cell')).toBe(1);
});

/** An order that has come about: its day, and the day on which the law lets go of it. */
async function dated(name: string) {
  const tenant = await bench.tenant(name, START);
  const subject = await tenant.person('u-1');
  const matter = await tenant.matter(subject, 'order', 'o-1');
  const fields = orderFields('N1');
  await tenant.collect({ subject, matter, purpose: 'order', fields });
  const anchor = async (at: string) => {
    await tenant.hear(
      events.MatterAnchoredV1,
      { subject },
      { matter, anchor: 'transaction-completed', at, version: 1 },
    );
    return (await tenant.announced(events.MatterDatedV1)).map(({ data }) => data);
  };
  return { tenant, subject, anchor };
}

test('a matter cut off between its key and its row is dated by the same message, and told once', async () => {
  const { tenant, subject, anchor } = await dated('matter-crash');
  // As by a process that has gone: what it was told is not parked, and heard again.
  const crash = crashOnce('collection.matter.key-moved', new Fault('unavailable', 'tests/killed', 'killed'));
  const told = await anchor('2027-01-05T04:00:00.000Z');
  expect(crash.struck).toBe(true);
  expect(told).toHaveLength(1);
  expect(await tenant.openFields('order', subject)).toMatchObject({ opened: [{}], refused: [] });
  await tenant.dispose('orders', told[0]!.to, 'delete');
  expect(await tenant.count('part')).toBe(0);
});

test('the end of a floor cut off when the keys are dead is finished by the next start, and told once', async () => {
  const { tenant, subject, anchor } = await dated('floor-crash');
  const [{ floor } = {}] = await anchor('2027-01-05T04:00:00.000Z');
  const erasure = newId();
  const restrict = [{ compartment: 'statutory', class: 'orders', until: floor, basis: 'e-commerce-law' }];
  await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
  await tenant.hear(events.ErasureOrderedV1, { subject }, { erasure, shred: ['contract'], restrict, at: START });
  await tenant.shred(subject, ['contract'], { erasure });
  expect(await tenant.count('part')).toBe(1);
  const crash = crashOnce('collection.restriction.keys-dead');
  await tenant.moveTo(`${floor}T04:00:00.000Z`);
  bench.service.background.wake(tenant.id);
  await bench.service.background.quiet();
  await bench.again();
  await bench.service.background.quiet();
  expect(crash.struck).toBe(true);
  expect(await tenant.count('part')).toBe(0);
  expect((await tenant.announced(events.PartsRemovedV2)).map(({ data }) => data.tallies.length)).toEqual([1]);
  expect(await tenant.person('u-1')).not.toBe(subject);
});
