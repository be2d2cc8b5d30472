import { events } from '@lethe/contracts';
import { type SubjectRef, type TenantId } from '@lethe/kernel';
import { newId, type Caller } from '@lethe/platform';
import { person, startConsent } from './consent.contract.ts';
import { ConsentService } from './consent.service.ts';
import { GuardiansService } from './guardians.service.ts';

let rig: Awaited<ReturnType<typeof startConsent>>;
let consents: ConsentService;
let guardians: GuardiansService;
let tenant: TenantId;
beforeAll(async () => {
  rig = await startConsent();
  tenant = await rig.test.openTenant('damai-test', { at: new Date('2026-03-02T02:00:00.000Z') });
  consents = new ConsentService(rig.test.context);
  guardians = new GuardiansService(rig.test.context);
});
afterAll(() => rig.test.stop());

const give = (subject: SubjectRef, purpose = 'personalized-display') => ({
  subject,
  purpose,
  state: 'given' as const,
  level: 'opt-in' as const,
});
const withdraw = (subject: SubjectRef, purpose = 'personalized-display') => ({
  ...give(subject, purpose),
  state: 'withdrawn' as const,
});
const act = (...acts: readonly Parameters<ConsentService['act']>[1][number][]) =>
  consents.act(tenant, acts, 'backend', rig.test.clock.now());
const state = (subject: SubjectRef) =>
  guardians.state(tenant, { subject, child: true, guardianVerified: true }, rig.test.clock.now());
const legalNow = () => rig.test.context.clock.legalNow(tenant);
const HOUR = 3_600_000;

describe('history', () => {
  test('acts done at once keep versions without a gap, and each is announced once in the person’s slot', async () => {
    const subject = person();
    await Promise.all(
      Array.from({ length: 24 }, (_, n) => act({ ...give(subject), state: n % 2 === 0 ? 'given' : 'refused' })),
    );
    const told = (await rig.told(tenant, 'consent.consent-changed.v1')).filter((event) => event.subject === subject);
    expect(told.map(({ data }) => data['version']).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 24 }, (_, n) => n + 1),
    );
    expect(new Set(told.map(({ slot }) => slot)).size).toBe(1);
  });

  test('two people in both orders at once do not wait for each other in a circle', async () => {
    const [one, other] = [person(), person()];
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? act(give(one), give(other)) : act(give(other), give(one)))),
    );
    const {
      consents: [present],
    } = await consents.consentsOf(tenant, one, 'person');
    expect(present?.version).toBe(10);
  });

  test('what stood at a past instant can be asked, and is what was enforced then, whatever is stated about the past later', async () => {
    const subject = person();
    await act(give(subject));
    const [first] = (await consents.consentsOf(tenant, subject, 'person')).consents;
    const givenAt = Date.parse(first?.at ?? '');
    rig.test.clock.advance(HOUR);
    await act({ ...withdraw(subject), at: new Date(givenAt - 1_000).toISOString() });
    const at = async (instant: number) =>
      (await consents.consentsOf(tenant, subject, 'person', new Date(instant))).consents.map(({ state }) => state);
    expect(await at(givenAt - 1)).toEqual([]);
    expect(await at(givenAt)).toEqual(['given']);
    expect(await at(givenAt + HOUR / 2)).toEqual(['given']);
    expect(await at((await legalNow()).getTime())).toEqual(['withdrawn']);
  });

  test('a row that is written can never be altered', async () => {
    const subject = person();
    await act(give(subject));
    const alter = rig.test.database.database.within(tenant, (sql) =>
      sql.query(`update consent_history set state = 'refused' where subject = $1`, [subject]),
    );
    await expect(alter).rejects.toThrow();
    const asOwner = rig.test.database.admin.transaction((sql) =>
      sql.query(`update consent_history set state = 'refused' where subject = $1`, [subject]),
    );
    await expect(asOwner).rejects.toThrow();
  });

  test('a refused act is answered with code and clause, and leaves nothing behind', async () => {
    const subject = person();
    const [outcome] = await act({ ...give(subject, 'face-verification'), level: 'separate', bundled: true });
    expect(outcome).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'separate-consent-required', clause: 'DM-COL-10' },
    });
    expect((await consents.consentsOf(tenant, subject, 'person')).consents).toEqual([]);
  });

  test('each row has the day on which its evidence must be gone', async () => {
    const subject = person();
    await act(give(subject));
    const [row] = await rig.test.database.database.within(tenant, (sql) =>
      sql.query<{ dispose_on: string }>('select dispose_on from consent_history where subject = $1', [subject]),
    );
    expect(row?.dispose_on).toMatch(/^2029-03-/);
  });
});

test('a consent is answered when collection knows it, and answered all the same while collection is silent', async () => {
  rig.applied.add('collection');
  rig.asked.length = 0;
  expect(await act(give(person()))).toMatchObject([{ outcome: 'recorded', applied: true }]);
  expect(rig.asked).toEqual(['collection']);
  rig.applied.delete('collection');
  expect(await act(give(person()))).toMatchObject([{ outcome: 'recorded', applied: false }]);
  expect(await state(person())).toMatchObject({ guardian: 'verified', applied: false });
  rig.applied.add('collection');
  expect(await state(person())).toMatchObject({ guardian: 'verified', applied: true });
});

describe('whether an act has been applied can be asked afterwards', () => {
  const asked = (caller: Partial<Caller>, consent: string) =>
    consents.applied({ tenant, role: 'backend', ...caller } as Caller, consent, 0);
  const consentIn = (outcomes: Awaited<ReturnType<typeof act>>): string => {
    const [outcome] = outcomes;
    return outcome !== undefined && 'consent' in outcome ? outcome.consent : '';
  };

  test('a yes by collection, a withdrawal by every service that acts on it', async () => {
    const subject = person();
    rig.applied.delete('collection');
    const given = consentIn(await act(give(subject)));
    expect(await asked({}, given)).toBe(false);
    rig.applied.add('collection').delete('retention');
    expect(await asked({}, given)).toBe(true);
    const withdrawn = consentIn(await act(withdraw(subject)));
    expect(await asked({}, withdrawn)).toBe(false);
    rig.applied.add('retention');
    expect(await asked({}, withdrawn)).toBe(true);
  });

  test('by nobody about what is not theirs', async () => {
    const subject = person();
    const given = consentIn(await act(give(subject)));
    const nothing = { kind: 'missing', code: 'consent/no-such-consent' };
    expect(await asked({ role: 'subject', subject }, given)).toBe(true);
    await expect(asked({ role: 'subject', subject: person() }, given)).rejects.toMatchObject(nothing);
    await expect(asked({ tenant: await rig.test.openTenant('another') }, given)).rejects.toMatchObject(nothing);
    await expect(asked({}, newId())).rejects.toMatchObject(nothing);
  });
});

describe('withdrawal', () => {
  beforeEach(() => {
    rig.applied.add('collection').add('retention');
  });

  test('is effective once every service that acts on the purpose has applied it', async () => {
    const subject = person();
    await act(give(subject));
    rig.asked.length = 0;
    expect(await act(withdraw(subject))).toMatchObject([
      { outcome: 'effective', version: 2, at: expect.stringMatching(/^2026-03-02T/) },
    ]);
    expect(rig.asked.sort()).toEqual(['collection', 'retention']);
  });

  test('is accepted with the end of the lease while one of them is silent', async () => {
    const subject = person();
    await act(give(subject));
    rig.applied.delete('retention');
    expect(await act(withdraw(subject))).toMatchObject([
      { outcome: 'accepted', version: 2, effectiveBy: expect.any(String) },
    ]);
  });

  test('said twice stands once, and the second answer asks again', async () => {
    const subject = person();
    await act(give(subject));
    rig.applied.delete('collection');
    expect(await act(withdraw(subject))).toMatchObject([{ outcome: 'accepted', version: 2 }]);
    rig.applied.add('collection');
    expect(await act(withdraw(subject))).toMatchObject([{ outcome: 'effective', version: 2 }]);
  });

  test('is possible without a consent, and a consent given later has the next version', async () => {
    const subject = person();
    expect(await act(withdraw(subject))).toMatchObject([{ outcome: 'effective', version: 1 }]);
    expect(await act(give(subject))).toMatchObject([{ outcome: 'recorded', version: 2 }]);
  });
});

test('who stands by a yes is counted by purpose and notice; who took it back, never said it, or is erased is not', async () => {
  const other = await rig.test.openTenant('counted', { at: new Date('2026-03-02T02:00:00.000Z') });
  const people = Array.from({ length: 4 }, person);
  const say = (acts: readonly Parameters<ConsentService['act']>[1][number][]) =>
    consents.act(other, acts, 'backend', rig.test.clock.now());
  await say(people.map((subject) => give(subject)));
  await say([withdraw(people[0]!), give(people[1]!), { ...give(person()), state: 'refused' }]);
  const counted = [{ purpose: 'personalized-display', notice: '2020-11-18', people: 3 }];
  expect((await consents.counts(other)).counts).toEqual(counted);
  await rig.test.database.database.within(other, (sql) =>
    sql.query('update person set restricted_at = now() where tenant = $1 and subject = $2', [other, people[2]]),
  );
  expect((await consents.counts(other)).counts).toEqual([{ ...counted[0], people: 2 }]);
  expect((await consents.counts(await rig.test.openTenant('uncounted'))).counts).toEqual([]);
});

test('one call may give, withdraw and withdraw again: each act sees the one before', async () => {
  rig.applied.add('collection').add('retention');
  const subject = person();
  expect(await act(give(subject), withdraw(subject), withdraw(subject), give(subject))).toMatchObject([
    { outcome: 'recorded', version: 1 },
    { outcome: 'effective', version: 2 },
    { outcome: 'effective', version: 2 },
    { outcome: 'recorded', version: 3 },
  ]);
});

describe('guardians', () => {
  const state = (subject: SubjectRef, child: boolean, guardianVerified: boolean, until?: Date) =>
    guardians.state(tenant, { subject, child, guardianVerified, until }, rig.test.clock.now());

  test('a child’s consent is the guardian’s, until the birthday ends it by itself', async () => {
    const subject = person();
    expect(await state(subject, true, false)).toEqual({ guardian: 'missing', version: 1, applied: true });
    expect(await act(give(subject))).toMatchObject([
      { outcome: 'refused', refusal: { code: 'guardian-consent-required' } },
    ]);
    const birthday = new Date((await legalNow()).getTime() + 24 * HOUR);
    expect(await state(subject, true, true, birthday)).toEqual({ guardian: 'verified', version: 2, applied: true });
    expect(await act({ ...give(subject), level: 'guardian' })).toMatchObject([{ outcome: 'recorded', version: 1 }]);
    rig.test.clock.advance(24 * HOUR);
    expect((await consents.consentsOf(tenant, subject, 'person')).guardian).toBe('not-needed');
    expect(await act(give(subject))).toMatchObject([{ outcome: 'recorded', version: 2 }]);
  });
});

describe('an erasure', () => {
  test('freezes, then restricts the evidence; both acks are counted and name the freeze', async () => {
    const subject = person();
    const erasure = newId();
    await act(give(subject), withdraw(subject));
    const at = (await legalNow()).toISOString();
    await rig.test.hear(events.SubjectFrozenV1, { tenant, subject }, { erasure, at });
    expect(await act(give(subject))).toMatchObject([{ outcome: 'refused', refusal: { code: 'subject-frozen' } }]);
    const shred = ['consent.personalized-display'];
    await rig.test.hear(events.ErasureOrderedV1, { tenant, subject }, { erasure, shred, restrict: [], at });

    const acks = (await rig.told(tenant, 'consent.erasure-acked.v1'))
      .filter((event) => event.subject === subject)
      .map(({ data }) => data);
    expect(acks).toMatchObject([
      { stage: 'frozen', found: 2, deleted: 0, restricted: 0, rescan: 0, position: expect.any(Number) },
      { stage: 'done', found: 2, deleted: 0, restricted: 2, rescan: 0, position: expect.any(Number) },
    ]);
    expect(acks[0]?.['position']).toBeGreaterThan(0);
    expect(acks[1]?.['position']).toBe(acks[0]?.['position']);
    expect(await consents.consentsOf(tenant, subject, 'person')).toEqual({ consents: [], guardian: 'not-needed' });
    expect((await consents.consentsOf(tenant, subject, 'officer')).consents).toHaveLength(1);
    expect(await act(withdraw(subject))).toMatchObject([
      { outcome: 'refused', refusal: { code: 'subject-erased', clause: expect.any(String), text: expect.any(String) } },
    ]);
  });
});

test('tenants cannot see each other', async () => {
  const subject = person();
  await act(give(subject));
  const other = await rig.test.openTenant('epiao-test');
  expect((await consents.consentsOf(other, subject, 'officer')).consents).toEqual([]);
  const seen = await rig.test.database.database.within(other, (sql) =>
    sql.query('select 1 as one from consent_history union all select 1 from person'),
  );
  expect(seen).toEqual([]);
  const nobody = await rig.test.database.database
    .transaction((sql) => sql.query('select 1 as one from consent_history'))
    .catch(() => []);
  expect(nobody).toEqual([]);
});
