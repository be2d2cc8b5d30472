import { events } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { crashAt, newId } from '@lethe/platform';
import { nextEntry, startCollection, type Bench, type Tenant } from './collection.contract.ts';
import { START } from './faces.contract.ts';
import { openItem } from './opening.ts';
import { PartStore } from './store/part.store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startCollection();
}, 120_000);
afterEach(() => {
  crashAt.strike = undefined;
});
afterAll(() => bench?.stop());

interface Person {
  readonly subject: SubjectRef;
  readonly erasure: string;
  /** Record and part that the law keeps, under a version of the policy that came after them. */
  readonly kept: Stored;
  /** The same of what lies in the same compartment, and is kept by no law: it goes with no key of its compartment. */
  readonly beside: Stored;
}
interface Stored {
  readonly record: string;
  readonly part: string;
}

async function collected(tenant: Tenant, subject: SubjectRef, purpose: string): Promise<Stored> {
  const [answer] = await tenant.collect({ subject, purpose, fields: { 'ip-address': '192.0.2.7' } });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  return { record: answer.record, part: answer.parts[0]!.part };
}

/** Somebody whose erasure is ordered: of one compartment the law keeps a part, and another goes by itself. */
async function ordered(tenant: Tenant): Promise<Person> {
  const subject = await tenant.person('u-1');
  const [kept, beside] = [
    await collected(tenant, subject, 'security'),
    await collected(tenant, subject, 'display-and-logs'),
  ];
  const about = { erasure: newId(), at: START };
  const restrict = [
    { compartment: 'contract', class: 'security-logs', until: '2027-04-01', basis: 'cybersecurity-law' },
  ];
  await tenant.hear(events.SubjectFrozenV1, { subject }, about);
  await tenant.hear(events.ErasureOrderedV1, { subject }, { ...about, shred: ['consent.marketing'], restrict });
  return { subject, erasure: about.erasure, kept, beside };
}
const shredded = (tenant: Tenant, { subject, erasure }: Person) =>
  tenant.shred(subject, ['consent.marketing'], { erasure });

async function place(tenant: Tenant, { subject, beside }: Person, kind: 'subject' | 'record' = 'record') {
  const hold = newId();
  const scope = kind === 'subject' ? ({ kind, subject } as const) : ({ kind, subject, record: beside.record } as const);
  await tenant.hear(events.HoldPlacedV1, { subject }, { hold, scope, at: START });
  return (await tenant.announced(events.HoldRecordedV2)).find(({ data }) => data.hold === hold)!.data;
}
async function released(tenant: Tenant, { subject }: Person, hold: string): Promise<void> {
  await tenant.hear(events.HoldReleasedV1, { subject }, { hold, at: START });
  await bench.service.background.quiet();
}

/** Which of the person's two parts are stored and open. A restricted part is opened for nobody, so the keyring is asked. */
async function living(tenant: Tenant, { kept, beside }: Person): Promise<('kept' | 'beside')[]> {
  const parts = await bench.data.database.within(tenant.id, (sql) =>
    new PartStore(sql, tenant.id).byIds([kept.part, beside.part]),
  );
  const opened = await bench.keyring.sealer.open(
    tenant.id,
    parts.flatMap((part) => openItem(part) ?? []),
  );
  const opens = new Set(parts.flatMap(({ part }, at) => (opened[at]?.reason === undefined ? [part] : [])));
  return (['kept', 'beside'] as const).filter((which) => opens.has({ kept, beside }[which].part as never));
}

describe('a hold on what an erasure takes beside something that the law keeps (I15)', () => {
  test('recorded after the order and before the keys die, it keeps every part it counts, until its release', async () => {
    const tenant = await bench.tenant('after-order', START);
    const person = await ordered(tenant);
    const said = await place(tenant, person, 'subject');
    expect(said).toMatchObject({ outcome: 'recorded', parts: 2 });
    await shredded(tenant, person);
    expect(await living(tenant, person)).toEqual(['kept', 'beside']);
    await released(tenant, person, said.hold);
    expect(await living(tenant, person)).toEqual(['kept']);
    expect(await tenant.count('part')).toBe(1);
  });

  test.each([
    ['before-keys', 'collection.shred.before-keys'],
    ['keys-dead', 'collection.shred.effective'],
    ['names-gone', 'collection.shred.names-gone'],
  ])('placed while it is carried out (%s), it is too late and names the erasure', async (name, crash) => {
    const tenant = await bench.tenant(name, START);
    const person = await ordered(tenant);
    crashAt.strike = (point) => {
      if (point === crash) throw new Error('killed');
    };
    await shredded(tenant, person);
    expect(await place(tenant, person)).toMatchObject({
      outcome: 'too-late',
      tooLate: [{ order: person.erasure, parts: 1 }],
    });
    crashAt.strike = undefined;
    bench.service.background.wake(tenant.id);
    await bench.service.background.quiet();
    expect(await living(tenant, person)).toEqual(['kept']);
  });

  test('it keeps its part also where what the law kept has gone on its day meanwhile, and nothing else stays', async () => {
    const tenant = await bench.tenant('nothing-else', START);
    const person = await ordered(tenant);
    const said = await place(tenant, person);
    expect(said).toMatchObject({ outcome: 'recorded', parts: 1 });
    await bench.data.admin.transaction((sql) => sql.query('delete from part where part = $1', [person.kept.part]));
    await shredded(tenant, person);
    expect(await living(tenant, person)).toEqual(['beside']);
    await released(tenant, person, said.hold);
    expect(await tenant.count('part')).toBe(0);
  });
});

describe('a second hold, while an erasure is carried out on what a first one keeps', () => {
  async function carriedOut(name: string) {
    const tenant = await bench.tenant(name, START);
    const subject = await tenant.person('u-1');
    const kept = await collected(tenant, subject, 'security');
    const about = { erasure: newId(), at: START };
    const person = { subject, erasure: about.erasure, kept, beside: kept };
    const first = await place(tenant, person);
    expect(first.outcome).toBe('recorded');
    await tenant.hear(events.SubjectFrozenV1, { subject }, about);
    const restrict = [{ compartment: 'contract', class: 'security-logs', basis: 'hold' }];
    await tenant.hear(events.ErasureOrderedV1, { subject }, { ...about, shred: ['contract'], restrict });
    return { tenant, person, first };
  }
  /** Its keys are about to die: what is done then, and then they do. */
  async function beforeItsKeysDie<Result>(
    tenant: Tenant,
    person: Person,
    does: () => Promise<Result>,
  ): Promise<Result> {
    const { keyring } = bench;
    const destroy = keyring.destroySubjectKeys.bind(keyring);
    let result: Promise<Result> | undefined;
    keyring.destroySubjectKeys = async (...about) => {
      await (result ??= does());
      return destroy(...about);
    };
    try {
      await tenant.shred(person.subject, ['contract'], { erasure: person.erasure, entry: nextEntry() });
    } finally {
      keyring.destroySubjectKeys = destroy;
    }
    return result!;
  }

  test('stands by itself when the first is released', async () => {
    const { tenant, person, first } = await carriedOut('second-stands');
    const second = await beforeItsKeysDie(tenant, person, () => place(tenant, person));
    expect(second).toMatchObject({ outcome: 'recorded', parts: 1 });
    await released(tenant, person, first.hold);
    expect(await living(tenant, person)).toContain('kept');
    await released(tenant, person, second.hold);
    expect(await tenant.count('part')).toBe(0);
  });
});

test('what a hold kept that is released is not held by a later one, once it is being carried out what took the rest', async () => {
  const tenant = await bench.tenant('lifted', START);
  const subject = await tenant.person('u-1');
  const kept = await collected(tenant, subject, 'security');
  const about = { erasure: newId(), at: START };
  const person = { subject, erasure: about.erasure, kept, beside: kept };
  const first = await place(tenant, person);
  await tenant.hear(events.SubjectFrozenV1, { subject }, about);
  const restrict = [{ compartment: 'contract', class: 'security-logs', basis: 'hold' }];
  await tenant.hear(events.ErasureOrderedV1, { subject }, { ...about, shred: ['contract'], restrict });
  await released(tenant, person, first.hold);
  crashAt.strike = (point) => {
    if (point === 'collection.shred.keys-dead') throw new Error('killed');
  };
  await tenant.shred(subject, ['contract'], { erasure: about.erasure });
  expect(await living(tenant, person)).toEqual([]);
  expect(await place(tenant, person)).toMatchObject({
    outcome: 'too-late',
    tooLate: [{ order: about.erasure, parts: 1 }],
  });
});
