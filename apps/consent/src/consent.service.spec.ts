import { events, makeEvent } from '@lethe/contracts';
import { tenantId, type SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { DAMAI, person, startConsent } from './consent.contract.ts';
import { consentRoutes } from './consent.consumer.ts';
import { ConsentService } from './consent.service.ts';

let rig: Awaited<ReturnType<typeof startConsent>>;
let consents: ConsentService;
beforeAll(async () => {
  rig = await startConsent();
  consents = new ConsentService(rig.context);
});
afterAll(() => rig.stop());

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
  consents.act(DAMAI, acts, 'backend', rig.clock.machine);
const later = (milliseconds: number) => {
  rig.clock.machine = new Date(rig.clock.machine.getTime() + milliseconds);
};

describe('history', () => {
  test('acts done at once keep versions without a gap, and each is announced once in the person’s slot', async () => {
    const subject = person();
    await Promise.all(
      Array.from({ length: 24 }, (_, n) => act({ ...give(subject), state: n % 2 === 0 ? 'given' : 'refused' })),
    );
    const told = (await rig.announced('consent.consent-changed.v1')).filter((event) => event.subject === subject);
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
    } = await consents.consentsOf(DAMAI, one, 'person');
    expect(present?.version).toBe(10);
  });

  test('what stood at a past instant can be asked, and is what was enforced then, whatever is stated about the past later', async () => {
    const subject = person();
    await act(give(subject));
    const whenGiven = rig.clock.machine;
    later(3_600_000);
    await act({ ...withdraw(subject), at: new Date(whenGiven.getTime() - 1_000).toISOString() });
    const at = async (instant: Date) =>
      (await consents.consentsOf(DAMAI, subject, 'person', instant)).consents.map(({ state }) => state);
    expect(await at(new Date(whenGiven.getTime() - 1))).toEqual([]);
    expect(await at(whenGiven)).toEqual(['given']);
    expect(await at(new Date(rig.clock.machine.getTime() - 1))).toEqual(['given']);
    expect(await at(rig.clock.machine)).toEqual(['withdrawn']);
  });

  test('a row that is written can never be altered', async () => {
    const subject = person();
    await act(give(subject));
    const alter = rig.database.within(DAMAI, (sql) =>
      sql.query(`update consent_history set state = 'refused' where subject = $1`, [subject]),
    );
    await expect(alter).rejects.toThrow();
    const asOwner = rig.admin.transaction((sql) =>
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
    expect((await consents.consentsOf(DAMAI, subject, 'person')).consents).toEqual([]);
  });

  test('each row has the day on which its evidence must be gone', async () => {
    const subject = person();
    await act(give(subject));
    const [row] = await rig.database.within(DAMAI, (sql) =>
      sql.query<{ dispose_on: string }>('select dispose_on from consent_history where subject = $1', [subject]),
    );
    expect(row?.dispose_on).toMatch(/^2029-03-/);
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
      { outcome: 'effective', version: 2, at: rig.clock.machine.toISOString() },
    ]);
    expect(rig.asked.sort()).toEqual(['collection', 'retention']);
  });

  test('is accepted with the end of the lease while one of them is silent', async () => {
    const subject = person();
    await act(give(subject));
    rig.applied.delete('retention');
    const effectiveBy = new Date(rig.clock.machine.getTime() + 30_000).toISOString();
    expect(await act(withdraw(subject))).toMatchObject([{ outcome: 'accepted', version: 2, effectiveBy }]);
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

describe('guardians', () => {
  const state = (subject: SubjectRef, child: boolean, guardianVerified: boolean, until?: Date) =>
    consents.stateGuardian(DAMAI, { subject, child, guardianVerified, until }, rig.clock.machine);

  test('a child’s consent is the guardian’s, until the birthday ends it by itself', async () => {
    const subject = person();
    expect(await state(subject, true, false)).toEqual({ guardian: 'missing', version: 1 });
    expect(await act(give(subject))).toMatchObject([
      { outcome: 'refused', refusal: { code: 'guardian-consent-required' } },
    ]);
    const birthday = new Date(rig.clock.machine.getTime() + 86_400_000);
    expect(await state(subject, true, true, birthday)).toEqual({ guardian: 'verified', version: 2 });
    expect(await act({ ...give(subject), level: 'guardian' })).toMatchObject([{ outcome: 'recorded', version: 1 }]);
    later(86_400_000);
    expect((await consents.consentsOf(DAMAI, subject, 'person')).guardian).toBe('not-needed');
    expect(await act(give(subject))).toMatchObject([{ outcome: 'recorded', version: 2 }]);
  });
});

describe('an erasure', () => {
  const deliver = async (event: { type: string; tenant: string }, number: number) => {
    const route = consentRoutes(rig.context).find(({ definition }) => definition.type === event.type)!;
    const place = { topic: route.definition.topic, slot: 0, incarnation: 'i', numbers: [number] };
    await rig.database.within(DAMAI, (sql) => route.apply(sql, [event as never], place));
  };

  test('freezes, then restricts the evidence; both acks are counted and name the freeze', async () => {
    const subject = person();
    const erasure = newId();
    await act(give(subject), withdraw(subject));
    const origin = () => ({ id: newId(), time: rig.clock.machine, tenant: DAMAI, subject });
    const at = rig.clock.machine.toISOString();
    await deliver(makeEvent(events.SubjectFrozenV1, origin(), { erasure, at }), 7);
    expect(await act(give(subject))).toMatchObject([{ outcome: 'refused', refusal: { code: 'subject-frozen' } }]);
    await deliver(
      makeEvent(events.ErasureOrderedV1, origin(), {
        erasure,
        shred: ['consent.personalized-display'],
        restrict: [],
        at,
      }),
      3,
    );

    const acks = (await rig.announced('consent.erasure-acked.v1'))
      .filter((event) => event.subject === subject)
      .map(({ data }) => data);
    expect(acks).toMatchObject([
      { stage: 'frozen', found: 2, deleted: 0, restricted: 0, rescan: 0, position: 7 },
      { stage: 'done', found: 2, deleted: 0, restricted: 2, rescan: 0, position: 7 },
    ]);
    expect(await consents.consentsOf(DAMAI, subject, 'person')).toEqual({ consents: [], guardian: 'not-needed' });
    expect((await consents.consentsOf(DAMAI, subject, 'officer')).consents).toHaveLength(1);
    expect(await act(withdraw(subject))).toMatchObject([{ outcome: 'refused', refusal: { code: 'subject-erased' } }]);
  });
});

test('tenants cannot see each other', async () => {
  const subject = person();
  await act(give(subject));
  const other = tenantId('epiao');
  expect((await consents.consentsOf(other, subject, 'officer')).consents).toEqual([]);
  const seen = await rig.database.within(other, (sql) =>
    sql.query('select 1 as one from consent_history union all select 1 from person'),
  );
  expect(seen).toEqual([]);
  const nobody = await rig.database
    .transaction((sql) => sql.query('select 1 as one from consent_history'))
    .catch(() => []);
  expect(nobody).toEqual([]);
});
