import { events, http } from '@lethe/contracts';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import { messagingTableNames } from '@lethe/messaging';
import { FOUNDATION_DECLARATIONS, newId, undeclared } from '@lethe/platform';
import { eventually, testContext, type TestContext } from '@lethe/testing';
import { collection } from './index.ts';

let test_: TestContext;
beforeAll(async () => {
  test_ = await testContext(collection, { keyring: true });
}, 120_000);
afterAll(() => test_?.stop());

const AT = new Date('2027-01-10T04:00:00.000Z');
const face = (subject: SubjectRef, value = 'a-face') => ({
  idempotencyKey: newId(),
  subject,
  purpose: 'face-verification',
  declarations: ['face-function'],
  fields: { 'face-image': value },
});

async function tenantWith(name: string, ...users: string[]) {
  const tenant = await test_.openTenant(name, { at: AT });
  await test_.hearEverywhere(events.HeartbeatV1, 'lethe', { beat: 1 });
  const backend = { tenant, role: 'backend' as const };
  const people: SubjectRef[] = [];
  for (const userId of users) {
    const { subject } = await test_.ask(http.SubjectOf, backend, { body: { userId } });
    await consent(tenant, subject, 1, 'given');
    people.push(subject);
  }
  return { tenant, backend, people };
}
const consent = (tenant: TenantId, subject: SubjectRef, version: number, state: 'given' | 'withdrawn') =>
  test_.hear(
    events.ConsentChangedV1,
    { tenant, subject },
    {
      consent: newId(),
      version,
      purpose: 'face-verification',
      state,
      level: 'separate',
      notice: '2020-11-18',
      at: AT.toISOString(),
    },
  );

describe('door HTTP', () => {
  test('a backend collects, asks and opens; nobody else may', async () => {
    const { tenant, backend, people } = await tenantWith('doors', 'u-1');
    const subject = people[0]!;
    const { answers } = await test_.ask(http.Collect, backend, { body: { submissions: [face(subject)] } });
    expect(answers).toMatchObject([{ outcome: 'admitted', replayed: false }]);
    const { answers: verdicts } = await test_.ask(http.MayUse, backend, {
      body: { questions: [{ subject, purpose: 'face-verification' }] },
    });
    expect(verdicts).toMatchObject([{ may: true, basis: 'consent', notice: '2020-11-18' }]);
    const { opened } = await test_.ask(http.Open, backend, { body: { subject, purpose: 'face-verification' } });
    expect(opened).toMatchObject([{ fields: { 'face-image': 'a-face' } }]);
    for (const role of ['subject', 'operator', 'officer', 'auditor'] as const) {
      const { status } = await test_.request(
        http.Open,
        { tenant, role, ...(role === 'subject' ? { subject } : {}) },
        { body: { subject, purpose: 'face-verification' } },
      );
      expect([role, status]).toEqual([role, 403]);
    }
    expect(
      (await test_.request(http.Open, undefined, { body: { subject, purpose: 'face-verification' } })).status,
    ).toBe(401);
  });

  test('a person may have a copy of their own data only, and each copy leaves an entry', async () => {
    const { tenant, backend, people } = await tenantWith('copies', 'u-1', 'u-2');
    const [one, other] = people as [SubjectRef, SubjectRef];
    await test_.ask(http.Collect, backend, { body: { submissions: [face(one, 'mine')] } });
    const { parts, withheld } = await test_.ask(
      http.Access,
      { tenant, role: 'subject', subject: one },
      { body: { subject: one } },
    );
    expect([parts.map((part) => part.fields), withheld]).toEqual([[{ 'face-image': 'mine' }], []]);
    expect(
      (await test_.request(http.Access, { tenant, role: 'subject', subject: other }, { body: { subject: one } }))
        .status,
    ).toBe(403);
  });

  test('a person may have five copies a day, also through the platform; the sixth is refused with a clause, and tomorrow there is another', async () => {
    const { tenant, backend, people } = await tenantWith('copies-a-day', 'u-1', 'u-2');
    const [one, other] = people as [SubjectRef, SubjectRef];
    await test_.ask(http.Collect, backend, { body: { submissions: [face(one, 'mine')] } });
    const copy = (subject: SubjectRef, role: 'subject' | 'backend' = 'backend') =>
      test_.ask(http.Access, { tenant, role, ...(role === 'subject' ? { subject } : {}) }, { body: { subject } });
    const six = await Promise.all(Array.from({ length: 6 }, (_, n) => copy(one, n % 2 === 0 ? 'subject' : 'backend')));
    expect(six.filter(({ refusal }) => refusal === undefined)).toHaveLength(5);
    expect(six.filter(({ parts }) => parts.length === 1)).toHaveLength(5);
    const again = await copy(one);
    expect(again).toMatchObject({ parts: [], withheld: [], refusal: { code: 'asked-too-often' } });
    expect(again.refusal?.clause).toMatch(/^DM-/);
    expect((await copy(other)).refusal).toBeUndefined();
    const tomorrow = new Date(Date.parse(`${again.again!}T02:00:00.000Z`));
    await test_.moveClock(tenant, tomorrow);
    expect((await copy(one)).parts).toHaveLength(1);
  });

  test('what is wrong is named by its field; no value comes back, and none is logged (I49)', async () => {
    const { backend, people } = await tenantWith('bad-input', 'u-1');
    const subject = people[0]!;
    const marker = 'MARKER-bad-input';
    const wrong = [
      { ...face(subject), fields: { 'face-image': { deep: marker } } },
      { ...face(subject), subject: marker },
      { ...face(subject), region: marker },
    ];
    for (const submission of wrong) {
      const { status, body } = await test_.request(http.Collect, backend, {
        body: { submissions: [submission as never] },
      });
      expect(status).toBe(422);
      expect(JSON.stringify(body)).not.toContain(marker);
      expect(body).toMatchObject({ field: expect.stringContaining('submissions.0') });
    }
    const undeclaredField = { ...face(subject), fields: { 'face-image': 'x', 'shoe-size': marker } };
    const { answers } = await test_.ask(http.Collect, backend, { body: { submissions: [undeclaredField] } });
    expect(answers).toMatchObject([
      { outcome: 'refused', refusal: { code: 'undeclared-field', field: 'fields.shoe-size' } },
    ]);
    expect(JSON.stringify(answers) + test_.lines.join()).not.toContain(marker);
  });

  test('a question that does not fit is named by its place among the others, and none of them is answered (ADR 0048)', async () => {
    const { backend, people } = await tenantWith('bad-question', 'u-1');
    const good = { subject: people[0]!, purpose: 'face-verification' };
    const marker = 'MARKER-bad-question';
    for (const [question, field] of [
      [{ kind: marker }, 'questions.1.kind'],
      [{ ...good, kind: 'tracker' }, 'questions.1.tracker'],
      [{ ...good, fields: marker }, 'questions.1.fields'],
      [{ ...good, purpse: 'order' }, 'questions.1.purpse'],
    ] as const) {
      const body = { questions: [good, question as never, good] };
      const answer = await test_.request(http.MayUse, backend, { body });
      expect([answer.status, answer.body]).toEqual([
        422,
        expect.objectContaining({ code: 'platform/body-does-not-fit', field }),
      ]);
      expect(JSON.stringify(answer.body)).not.toContain(marker);
    }
    expect((await test_.ask(http.MayUse, backend, { body: { questions: [good, good] } })).answers).toHaveLength(2);
  });

  test('one tenant sees, counts and changes nothing of another (I44)', async () => {
    const { backend, people } = await tenantWith('mine', 'u-1');
    const { backend: foreign } = await tenantWith('theirs', 'u-1');
    const subject = people[0]!;
    const { answers } = await test_.ask(http.Collect, backend, { body: { submissions: [face(subject)] } });
    const part = (answers[0] as { parts: { part: string }[] }).parts[0]!.part;
    const { opened, refused } = await test_.ask(http.Open, foreign, {
      body: { parts: [part], purpose: 'face-verification' },
    });
    expect([opened, refused[0]?.refusal.code]).toEqual([[], 'not-collected']);
    expect(await test_.ask(http.Counts, { ...foreign, role: 'auditor' })).toMatchObject({ admitted: 0, parts: 0 });
  });
});

test('every column of the service is declared', async () => {
  const missing = await test_.database.admin.transaction((sql) =>
    undeclared(sql, [...FOUNDATION_DECLARATIONS, ...collection.declarations]),
  );
  expect(missing.filter((column) => !messagingTableNames.includes(column.split('.')[0] as never))).toEqual([]);
});

test('a restore brings back what was lost, and nothing of what was erased, withdrawn or disposed of since (I37)', async () => {
  const { tenant, backend, people } = await tenantWith('restores', 'lost', 'erased', 'withdrew');
  const [lost, erased, withdrew] = people as [SubjectRef, SubjectRef, SubjectRef];
  await test_.ask(http.Collect, backend, { body: { submissions: people.map((subject) => face(subject)) } });
  const backup = newId();
  await test_.hear(events.BackupOrderedV1, { tenant, slot: 0 }, { backup, at: AT.toISOString() });
  const [made] = (await test_.announced(events.BackupKeyMadeV1)).filter(({ data }) => data.backup === backup);
  await test_.hear(events.BackupKeyMadeV1, { tenant, slot: 0 }, made!.data);
  const { sha256, classes } = await eventually(
    async () =>
      (await test_.announced(events.CollectionBackupTakenV2)).find(({ data }) => data.backup === backup)?.data,
  );
  const kept = await test_.database.admin.transaction((sql) =>
    sql.query<{ class: string }>('select distinct class from part where tenant = $1 order by 1', [tenant]),
  );
  expect(kept).not.toEqual([]);
  expect(classes).toEqual(kept.map((row) => row.class));

  const shred = (subject: SubjectRef, entry: number, more: object) =>
    test_.hear(
      events.ShredOrderedV1,
      { tenant, subject },
      { entry, cause: 'erased', compartments: ['consent.face-verification'], at: AT.toISOString(), ...more },
    );
  await shred(erased, 11, { erasure: newId() });
  await consent(tenant, withdrew, 2, 'withdrawn');
  await shred(withdrew, 12, { cause: 'withdrawn', consentVersion: 2 });
  await eventually(
    async () => (await test_.announced(events.SubjectSweptV1)).filter((event) => event.tenant === tenant).length === 2,
  );
  await test_.database.admin.transaction((sql) => sql.query('delete from part where tenant = $1', [tenant]));

  const at = AT.toISOString();
  const compartments = ['consent.face-verification'];
  const entries = [
    { entry: 11, tenant, kind: 'erased' as const, subject: erased, compartments, at },
    { entry: 12, tenant, kind: 'withdrawn' as const, subject: withdrew, compartments, at },
  ];
  test_.peers.answer(http.LedgerEntries, ({ query }) => ({
    head: 12,
    entries: entries.filter(({ entry }) => entry > Number(query?.after ?? 0)),
  }));
  const service = { tenant, role: 'service' as const };
  const approvals = ['issuer#one', 'issuer#two'];
  const body = { restore: newId(), backup, approvals, service: 'collection' as const, sha256 };
  const done = await Promise.all([1, 2].map(() => test_.ask(http.RestoreBackup, service, { body })));
  expect(done[0]).toMatchObject({ state: 'restored', restored: 1, replayed: 2, dropped: 2, unrecoverable: 0 });
  // Told again to whoever has lost the answer; another restore of the same finds all of it there.
  expect(done[1]).toEqual(done[0]);
  expect(await test_.ask(http.RestoreBackup, service, { body })).toEqual(done[0]);
  expect(await test_.ask(http.RestoreBackup, service, { body: { ...body, restore: newId() } })).toMatchObject({
    restored: 0,
  });
  const { opened } = await test_.ask(http.Open, backend, { body: { subject: lost, purpose: 'face-verification' } });
  expect(opened).toMatchObject([{ fields: { 'face-image': 'a-face' } }]);
  await expect(
    test_.ask(http.RestoreBackup, service, {
      body: { ...body, restore: newId(), approvals: ['issuer#one', 'issuer#one'] },
    }),
  ).rejects.toMatchObject({ kind: 'forbidden' });
});
