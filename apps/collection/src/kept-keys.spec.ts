import { events } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { extensionHold } from './extensions.ts';
import { FACE_DAY, personWithFace, START } from './faces.contract.ts';
import { openItem } from './opening.ts';
import { PartStore } from './store/part.store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterAll(() => bench?.stop());

type Person = Awaited<ReturnType<typeof personWithFace>>;

async function held(name: string) {
  const tenant = await bench.tenant(name, START);
  const person = await personWithFace(tenant, 'u-1');
  return { tenant, person, hold: await place(tenant, person) };
}
async function place(tenant: Tenant, { subject }: Person): Promise<string> {
  const hold = newId();
  await tenant.hear(events.HoldPlacedV1, { subject }, { hold, scope: { kind: 'subject', subject }, at: START });
  return hold;
}
const released = (tenant: Tenant, { subject }: Person, hold: string) =>
  tenant.hear(events.HoldReleasedV1, { subject }, { hold, at: START });
async function agreed(tenant: Tenant, { subject, record }: Person): Promise<string> {
  const extension = newId();
  const scope = { kind: 'record', record, subject } as const;
  await tenant.hear(events.ExtensionAgreedV1, { subject }, { extension, scope, goes: '2030-01-01', at: START });
  return extension;
}
const withdrawn = (tenant: Tenant, { subject }: Person, extension: string) =>
  tenant.hear(events.ExtensionWithdrawnV1, { subject }, { extension, at: START });

/** Under which names keys of the tenant's parts are kept. */
async function keptFor(tenant: Tenant): Promise<string[]> {
  const rows = await bench.keys.admin.transaction((sql) =>
    sql.query<{ hold: string }>('select hold from keyring.kept_key where tenant = $1 order by hold', [tenant.id]),
  );
  return rows.map(({ hold }) => hold);
}
/** Sets keys of the person's parts aside under a name, as whoever has read that it is in force does. */
async function keep(tenant: Tenant, { part }: Person, name: string): Promise<void> {
  const parts = await bench.data.database.within(tenant.id, (sql) => new PartStore(sql, tenant.id).byIds([part]));
  const { kept } = await bench.keyring.keep(
    tenant.id,
    name,
    parts.flatMap((each) => openItem(each) ?? []),
  );
  expect(kept).toBe(1);
}

/** While keys are set aside for the first time, the end of what they are kept for is told; whether it came in between. */
async function endedMeanwhile(does: () => Promise<unknown>, ends: () => Promise<unknown>): Promise<boolean> {
  const { keyring } = bench;
  const original = keyring.keep.bind(keyring);
  let told: Promise<unknown> | undefined;
  let heard = false;
  let between = false;
  keyring.keep = async (...about) => {
    if (told === undefined) {
      told = ends().then(() => (heard = true));
      told.catch(() => undefined);
      await eventually(async () => {
        const waiting = await bench.data.admin.transaction((sql) =>
          sql.query('select 1 from pg_locks where not granted'),
        );
        return heard || waiting.length > 0;
      });
    }
    const kept = await original(...about);
    between ||= heard;
    return kept;
  };
  try {
    await does();
  } finally {
    keyring.keep = original;
  }
  await told;
  await bench.service.background.quiet();
  return between;
}

describe('no kept key outlives what it is kept for (I16)', () => {
  test('a hold that is released while a day sets keys aside for it ends when they are there, and takes them along', async () => {
    const { tenant, person, hold } = await held('day-release');
    const between = await endedMeanwhile(
      () => tenant.dispose('face', FACE_DAY, 'delete'),
      () => released(tenant, person, hold),
    );
    expect([between, await keptFor(tenant), await tenant.count('part')]).toEqual([false, [], 0]);
  });

  test('so does one that is released while a withdrawal sets keys aside for it', async () => {
    const { tenant, person, hold } = await held('shred-release');
    const between = await endedMeanwhile(
      () => tenant.shred(person.subject, ['consent.face-verification'], { cause: 'withdrawn', consentVersion: 1 }),
      () => released(tenant, person, hold),
    );
    expect([between, await keptFor(tenant), await tenant.count('part')]).toEqual([false, [], 0]);
  });

  test('and a longer period that is withdrawn while a day sets keys aside for it', async () => {
    const tenant = await bench.tenant('day-extension', START);
    const person = await personWithFace(tenant, 'u-1');
    const extension = await agreed(tenant, person);
    const between = await endedMeanwhile(
      () => tenant.dispose('face', FACE_DAY, 'delete'),
      () => withdrawn(tenant, person, extension),
    );
    expect([between, await keptFor(tenant), await tenant.count('part')]).toEqual([false, [], 0]);
  });

  test('what was kept for one that had ended, by a process that is gone, goes with the next round; the rest stays', async () => {
    const { tenant, person, hold } = await held('left-over');
    const lifted = await place(tenant, person);
    await released(tenant, person, lifted);
    const [agreedStill, over] = [await agreed(tenant, person), await agreed(tenant, person)];
    await withdrawn(tenant, person, over);
    const present = [hold, extensionHold(agreedStill), 'floor.face.2028-01-11', newId()];
    for (const name of [...present, lifted, extensionHold(over)]) await keep(tenant, person, name);
    await bench.again();
    bench.service.background.wake(tenant.id);
    await bench.service.background.quiet();
    expect(await keptFor(tenant)).toEqual(present.toSorted());
  });
});
