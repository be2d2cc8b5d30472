import { events } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { crashAt, newId } from '@lethe/platform';
import { startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { FACE_DAY, personWithFace, START } from './faces.contract.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterEach(() => {
  crashAt.strike = undefined;
});
afterAll(() => bench?.stop());

const FACE = 'face-verification';
type Scope = Parameters<typeof events.HoldPlacedV1.data.parse>[0];

async function place(tenant: Tenant, about: { subject: SubjectRef } | { slot: number }, scope: Scope) {
  const hold = newId();
  await tenant.hear(events.HoldPlacedV1, about, { hold, scope: scope as never, at: START });
  return (await tenant.announced(events.HoldRecordedV2)).find(({ data }) => data.hold === hold)!.data;
}
/** Somebody whose withdrawal is being carried out: its keys are about to die. The ledger's entry of it. */
async function withdrawing(tenant: Tenant, subject: SubjectRef): Promise<number> {
  crashAt.strike = (point) => {
    if (point === 'collection.shred.before-keys') throw new Error('killed');
  };
  return tenant.shred(subject, [`consent.${FACE}`], { cause: 'withdrawn', consentVersion: 1 });
}
const carriedOut = async (tenant: Tenant): Promise<void> => {
  crashAt.strike = undefined;
  bench.service.background.wake(tenant.id);
  await bench.service.background.quiet();
};

test('a hold on somebody that lost to a withdrawal names its entry in the ledger', async () => {
  const tenant = await bench.tenant('withdrawn', START);
  const { subject } = await personWithFace(tenant, 'u-1');
  const entry = await withdrawing(tenant, subject);
  const said = await place(tenant, { subject }, { kind: 'subject', subject });
  expect(said).toEqual({ hold: said.hold, outcome: 'too-late', parts: 1, tooLate: [{ entry, parts: 1 }] });
  await carriedOut(tenant);
  expect(await tenant.count('part')).toBe(0);
});

describe('a hold on everything, of which something is going already', () => {
  /** Three people: one withdraws, of one the day is closing, and of one nothing goes. */
  async function threeOf(name: string) {
    const tenant = await bench.tenant(name, START);
    const [stays, withdraws] = [await personWithFace(tenant, 'u-1'), await personWithFace(tenant, 'u-2')];
    const entry = await withdrawing(tenant, withdraws.subject);
    return { tenant, stays, withdraws, entry };
  }

  test('is in force for the rest, says what it came too late for, and keeps what it counts beyond its day', async () => {
    const { tenant, stays, withdraws, entry } = await threeOf('everything');
    const said = await place(tenant, { slot: 0 }, { kind: 'tenant' });
    expect(said).toMatchObject({ outcome: 'recorded', parts: 1, tooLate: [{ entry, parts: 1 }] });
    await carriedOut(tenant);
    await tenant.dispose('face', FACE_DAY, 'delete');
    const opens = async ({ subject, part }: typeof stays) =>
      (await tenant.openFields(FACE, subject, [part])).opened.length;
    expect(await opens(stays)).toBe(1);
    await tenant.hear(events.HoldReleasedV1, { slot: 0 }, { hold: said.hold, at: START });
    await bench.service.background.quiet();
    expect([await opens(stays), await opens(withdraws), await tenant.count('part')]).toEqual([0, 0, 0]);
  });

  test('is too late where nothing is left, and says the same to whoever asks again', async () => {
    const tenant = await bench.tenant('all-of-it', START);
    const { subject } = await personWithFace(tenant, 'u-1');
    const entry = await withdrawing(tenant, subject);
    const said = await place(tenant, { slot: 0 }, { kind: 'tenant' });
    expect(said).toMatchObject({ outcome: 'too-late', parts: 1, tooLate: [{ entry, parts: 1 }] });
    await bench.service.restate(0);
    expect((await tenant.announced(events.HoldRecordedV2)).map(({ data }) => data)).toEqual([said, said]);
  });
});
