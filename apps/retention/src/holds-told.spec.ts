import { events, http } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { Dates } from './dates.ts';
import { ESCALATE_AFTER_MS } from './domain/disposal.ts';
import { FindingsService } from './findings.service.ts';
import { asker, eachWithItsTenant, person, rig, tenant } from './retention.contract.ts';
import { eventually } from '@lethe/testing';

eachWithItsTenant();

/** A hold in force. */
async function held(): Promise<string> {
  const body = { scope: { kind: 'subject' as const, subject: person() }, reason: 'litigation', authority: 'court' };
  const answer = rig.ask(http.PlaceHold, asker(tenant).officer, { body: { ...body, reviewOn: '2026-09-01' } });
  const { data } = await eventually(async () =>
    (await rig.announced(events.HoldPlacedV1)).findLast((event) => event.tenant === tenant),
  );
  await rig.hear(events.HoldRecordedV1, { tenant, slot: 0 }, { hold: data.hold, outcome: 'recorded', parts: 1 });
  return (await answer).hold;
}
type State = 'placed' | 'released';
const tell = (hold: string, state: State, ...participants: string[]) =>
  rig.hear(events.HoldToldV1, { tenant, slot: 0 }, { hold, state, participants, at: rig.clock.now().toISOString() });
const ack = (hold: string, participant: string, state: State) =>
  rig.request(http.AckHold, asker(tenant).backend, { params: { hold }, body: { participant, state } });
const present = async () => (await rig.ask(http.Holds, asker(tenant).officer)).holds[0];
const acks = async () => (await rig.announced(events.HoldAckedV1)).filter((event) => event.tenant === tenant);

test('each store that was told of a hold answers once; what it was told of last is what counts', async () => {
  const hold = await held();
  expect(await present()).toMatchObject({ told: 0, acked: 0, waitingFor: [] });
  await tell(hold, 'placed', 'shop', 'crm');
  expect(await present()).toMatchObject({ told: 2, acked: 0, waitingFor: ['crm', 'shop'] });
  for (let times = 0; times < 2; times += 1)
    expect(await ack(hold, 'shop', 'placed')).toMatchObject({ status: 200, body: { accepted: true } });
  expect(await acks()).toHaveLength(1);
  await tell(hold, 'placed', 'shop', 'crm');
  expect(await present()).toMatchObject({ told: 2, acked: 1, waitingFor: ['crm'] });
  await tell(hold, 'released', 'shop', 'crm');
  expect(await present()).toMatchObject({ told: 2, acked: 0, waitingFor: ['crm', 'shop'] });
  // Its end is known: that a store keeps it is no answer any more, nor is it asked for again.
  expect(await ack(hold, 'crm', 'placed')).toMatchObject({ body: { accepted: false } });
  await tell(hold, 'placed', 'shop', 'crm');
  expect(await ack(hold, 'crm', 'released')).toMatchObject({ body: { accepted: true } });
  expect(await present()).toMatchObject({ told: 2, acked: 1, waitingFor: ['shop'] });
});

test('a store that stays silent is found by name after an hour, until it answers', async () => {
  const hold = await held();
  await tell(hold, 'placed', 'shop', 'crm');
  await ack(hold, 'crm', 'placed');
  const findings = new FindingsService(rig.context, new Dates(rig.context));
  const found = async (after: number) => {
    await findings.look(tenant, new Date(rig.clock.now().getTime() + after));
    const listed = await rig.ask(http.Findings, asker(tenant).officer);
    return listed.findings.filter(({ resolvedAt }) => resolvedAt === undefined);
  };
  expect(await found(ESCALATE_AFTER_MS - 60_000)).toEqual([]);
  expect(await found(ESCALATE_AFTER_MS + 60_000)).toMatchObject([{ kind: 'ack-overdue', about: `${hold} shop` }]);
  await ack(hold, 'shop', 'placed');
  expect(await found(ESCALATE_AFTER_MS + 60_000)).toEqual([]);
});

test('nobody answers for a hold that is not there, or of which they were not told', async () => {
  expect(await ack(newId(), 'shop', 'placed')).toMatchObject({ status: 404, body: { field: 'hold' } });
  const hold = await held();
  await tell(hold, 'placed', 'shop');
  expect(await ack(hold, 'crm', 'placed')).toMatchObject({
    status: 409,
    body: { code: 'retention/not-addressed', field: 'participant' },
  });
  const other = await rig.openTenant(`other-${tenant}`);
  const theirs = { params: { hold }, body: { participant: 'shop', state: 'placed' as const } };
  expect(await rig.request(http.AckHold, asker(other).backend, theirs)).toMatchObject({ status: 404 });
});
