import { events, http, type Envelope, type EventDefinition } from '@lethe/contracts';
import { slotOf, type SubjectRef } from '@lethe/kernel';
import { newId, restateRoute } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import {
  admit,
  asker,
  carryOut,
  eachWithItsTenant,
  matterId,
  orders,
  person,
  rig,
  sweep,
  tenant,
  TODAY,
} from './retention.contract.ts';

eachWithItsTenant();

const AT = '2026-03-01T02:00:00.000Z';
const told = async <Definition extends EventDefinition>(definition: Definition) =>
  (await rig.announced(definition)).filter((event) => event.tenant === tenant);
/** What is said of a kind while every slot of a topic is stated anew. */
async function stated<Definition extends EventDefinition>(definition: Definition): Promise<Envelope<Definition>[]> {
  const before = (await told(definition)).length;
  for (let slot = 0; slot < rig.slots; slot += 1)
    await rig.ask(restateRoute('retention'), { tenant, role: 'service' }, { body: { topic: definition.topic, slot } });
  return (await told(definition)).slice(before);
}
/** A hold in force. */
async function held(subject: SubjectRef): Promise<string> {
  const answer = rig.ask(http.PlaceHold, asker(tenant).officer, {
    body: { scope: { kind: 'subject', subject }, reason: 'litigation', authority: 'court', reviewOn: '2026-09-01' },
  });
  const { data } = await eventually(async () =>
    (await told(events.HoldPlacedV1)).find((event) => event.subject === subject),
  );
  await rig.hear(events.HoldRecordedV1, { tenant, subject }, { hold: data.hold, outcome: 'recorded', parts: 1 });
  return (await answer).hold;
}
const release = (hold: string) => rig.ask(http.ReleaseHold, asker(tenant).otherOfficer, { params: { hold } });

test('holds that stand are stated as they were placed, one that was released until somebody has lifted it, and no other', async () => {
  const [one, other] = [person(), person()];
  const [stands, ends] = [await held(one), await held(other)];
  await release(ends);
  expect(await stated(events.HoldPlacedV1)).toMatchObject([
    { subject: one, data: { hold: stands, scope: { kind: 'subject', subject: one } } },
  ]);
  expect(await stated(events.HoldReleasedV1)).toMatchObject([{ subject: other, data: { hold: ends } }]);
  await rig.hear(events.HoldLiftedV1, { tenant, subject: other }, { hold: ends, parts: 1 });
  expect(await stated(events.HoldReleasedV1)).toEqual([]);
});

test('how far anything goes by its date is stated as it was told, with the stop that stands', async () => {
  await sweep(rig, tenant);
  await rig.ask(http.StopDisposal, asker(tenant).officer, { body: { reason: 'wrong-policy' } });
  const last = (await told(events.DisposalClearedV1)).at(-1);
  expect(last?.data.stop).toBeDefined();
  const { through, stop } = last!.data;
  expect(await stated(events.DisposalClearedV1)).toMatchObject([{ data: { through, stop } }]);
});

test('how the order of an erasure was answered is said again with the counts of then, and nothing of one that was not given', async () => {
  const [goes, waits] = [person(), person()];
  const matters = [matterId(), matterId()];
  const anchor = { anchor: 'transaction-completed', at: AT };
  await rig.ask(http.StateAnchor, asker(tenant).backend, {
    body: { anchors: matters.map((matter) => ({ matter, subject: goes, ...anchor })) },
  });
  const [erasure, other] = [newId(), newId()];
  await rig.hear(events.SubjectFrozenV1, { tenant, subject: goes }, { erasure, at: AT });
  await rig.hear(events.SubjectFrozenV1, { tenant, subject: waits }, { erasure: other, at: AT });
  const order = () =>
    rig.hear(
      events.ErasureOrderedV1,
      { tenant, subject: goes },
      { erasure, shred: ['contract'], restrict: [], at: AT },
    );
  await order();
  const done = { erasure, stage: 'done', found: 2, deleted: 2, restricted: 0, rescan: 0 };
  const answers = await stated(events.RetentionErasureAckedV1);
  expect(answers.map(({ subject, data }) => ({ subject, ...data }))).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ subject: goes, ...done }),
      expect.objectContaining({ subject: waits, erasure: other, stage: 'frozen' }),
    ]),
  );
  expect(answers).toHaveLength(2);
  // Given anew, the order finds nothing any more: the answer is the one that was given.
  await order();
  expect((await told(events.RetentionErasureAckedV1)).at(-1)?.data).toMatchObject(done);
});

test('what collection says of a hold once more changes nothing', async () => {
  const subject = person();
  const hold = await held(subject);
  await rig.hear(events.HoldRecordedV1, { tenant, subject }, { hold, outcome: 'recorded', parts: 1 });
  expect((await rig.ask(http.Holds, asker(tenant).officer)).holds).toMatchObject([{ hold, state: 'in-force' }]);
  const rows = await rig.database.database.within(tenant, (sql) =>
    sql.query('select parts::int as parts from hold where tenant = $1', [tenant]),
  );
  expect(rows).toEqual([{ parts: 1 }]);
});

test('of each matter the present anchors are stated, in its person’s slot, under the versions they had', async () => {
  const subject = person();
  const matter = matterId();
  const state = (at: string) =>
    rig.ask(http.StateAnchor, asker(tenant).backend, {
      body: { anchors: [{ matter, subject, anchor: 'transaction-completed', at }] },
    });
  await state(AT);
  await state('2026-03-01T03:00:00.000Z');
  expect(await stated(events.MatterAnchoredV1)).toMatchObject([
    { subject, data: { matter, anchor: 'transaction-completed', version: 2, at: '2026-03-01T03:00:00.000Z' } },
  ]);
});

test('who is frozen here is said again, then how the order was answered, until the erasure is final', async () => {
  const subject = person();
  const erasure = '0190a1b2-0000-7000-8000-000000000001';
  await rig.hear(events.SubjectFrozenV1, { tenant, subject }, { erasure, at: AT });
  expect(await stated(events.RetentionErasureAckedV1)).toMatchObject([
    { subject, data: { erasure, stage: 'frozen', rescan: 0 } },
  ]);
  await rig.hear(events.ErasureOrderedV1, { tenant, subject }, { erasure, shred: ['contract'], restrict: [], at: AT });
  expect(await stated(events.RetentionErasureAckedV1)).toMatchObject([{ subject, data: { erasure, stage: 'done' } }]);
  await rig.hear(events.ErasureFinalV1, { tenant, subject }, { erasure, certificate: newId(), at: AT });
  expect(await stated(events.RetentionErasureAckedV1)).toEqual([]);
});

test('an order of disposal is given again under its name and with a signature, until it is carried out', async () => {
  await admit(rig, tenant, { disposal: TODAY });
  await sweep(rig, tenant);
  const [order] = await orders(rig, tenant);
  const { signature, at: _, ...named } = order!;
  expect(signature).toBeDefined();
  expect(await stated(events.DisposalOrderedV2)).toMatchObject([
    { data: named, signature: expect.any(String) as string },
  ]);
  await carryOut(rig, tenant, order!, { found: 1 });
  expect(await stated(events.DisposalOrderedV2)).toEqual([]);
});

test('a slot of orders with nothing outstanding is stated by what was said before', async () => {
  const { through } = await rig.ask(
    restateRoute('retention'),
    { tenant, role: 'service' },
    { body: { topic: events.DisposalOrderedV2.topic, slot: 3 } },
  );
  expect(through).toBe(0);
});

test('a backup that is being taken is ordered again, one that is isolated or gone is said to be', async () => {
  const { backup } = await rig.ask(http.TakeBackup, asker(tenant).operator, { body: { waitMs: 0 } });
  expect(await stated(events.BackupOrderedV1)).toMatchObject([{ data: { backup } }]);
  await rig.database.admin.transaction((sql) =>
    sql.query(
      `update backup set state = 'isolated', isolated_because = 'erasure', isolated_at = $2 where tenant = $1`,
      [tenant, AT],
    ),
  );
  expect(await stated(events.BackupOrderedV1)).toEqual([]);
  expect(await stated(events.BackupIsolatedV1)).toMatchObject([{ data: { backup, because: 'erasure' } }]);
  await rig.database.admin.transaction((sql) =>
    sql.query(`update backup set state = 'purging', files_gone_at = now() where tenant = $1`, [tenant]),
  );
  expect(await stated(events.BackupPurgedV1)).toMatchObject([
    { data: { backup }, signature: expect.any(String) as string },
  ]);
  await rig.database.admin.transaction((sql) =>
    sql.query(`update backup set state = 'purged', purged_at = $2 where tenant = $1`, [tenant, AT]),
  );
  expect(await stated(events.BackupGoneV1)).toMatchObject([{ data: { backup, at: AT } }]);
});

test('the end of a tenant is ordered again until collecting has stopped', async () => {
  const { end } = await rig.ask(http.ProposeEnd, asker(tenant).officer, { body: { reason: 'the-service-stops' } });
  await rig.ask(http.ConfirmEnd, asker(tenant).otherOfficer, { params: { end }, body: { waitMs: 0 } });
  expect(await stated(events.EndOrderedV1)).toMatchObject([{ data: { end }, signature: expect.any(String) as string }]);
  await rig.hear(events.CollectingEndedV1, { tenant, slot: 0 }, { end, at: AT });
  expect(await stated(events.EndOrderedV1)).toEqual([]);
});

test('a person of another slot is not stated', async () => {
  const subject = person();
  const hold = await held(subject);
  const slot = (slotOf(subject, rig.slots) + 1) % rig.slots;
  const before = (await told(events.HoldPlacedV1)).length;
  await rig.ask(
    restateRoute('retention'),
    { tenant, role: 'service' },
    { body: { topic: events.HoldPlacedV1.topic, slot } },
  );
  expect((await told(events.HoldPlacedV1)).slice(before)).toEqual([]);
  await release(hold);
});
