import { events, http } from '@lethe/contracts';
import type { RecordId, SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import {
  admit,
  asker,
  carryOut,
  eachWithItsTenant,
  matterId,
  NOON,
  orders,
  person,
  rig,
  sweep,
  tenant,
  TODAY,
} from './retention.contract.ts';
import { ESCALATE_AFTER_MS } from './domain/disposal.ts';
import type { HoldScope } from './domain/hold.ts';

eachWithItsTenant();

const place = (scope: HoldScope) =>
  rig.ask(http.PlaceHold, asker(tenant).officer, {
    body: { scope, reason: 'litigation', authority: 'court', reviewOn: '2026-09-01' },
  });
const placed = () =>
  eventually(async () => (await rig.announced(events.HoldPlacedV1)).findLast((event) => event.tenant === tenant));
const said = (
  hold: string,
  outcome: 'recorded' | 'too-late',
  over: { tooLate?: { order?: string; entry?: number; parts: number }[]; parts?: number; subject?: string } = {},
) =>
  rig.hear(
    events.HoldRecordedV2,
    { tenant, slot: 0 },
    { hold, outcome, parts: over.parts ?? 1, tooLate: over.tooLate ?? [] },
  );

/** What was due was ordered before the hold was said, or not at all. */
async function orderedFirstOrNot(swept: { readonly ordered: number }): Promise<void> {
  const all = (await rig.announced()).filter((event) => event.tenant === tenant).map(({ type }) => type);
  const [order, hold] = [all.indexOf(events.DisposalOrderedV2.type), all.indexOf(events.HoldPlacedV1.type)];
  expect(swept.ordered).toBe(order === -1 ? 0 : 1);
  if (order !== -1) expect(order).toBeLessThan(hold);
}

describe('a hold', () => {
  test('is answered only when collection has recorded it', async () => {
    const subject = person();
    let answered = false;
    const answer = place({ kind: 'subject', subject }).then((one) => {
      answered = true;
      return one;
    });
    const { data, subject: about } = await placed();
    expect(about).toBe(subject);
    expect((await rig.ask(http.Holds, asker(tenant).officer)).holds).toMatchObject([{ state: 'placing' }]);
    expect(answered).toBe(false);
    await said(data.hold, 'recorded', { parts: 3 });
    expect(await answer).toEqual({ hold: data.hold, parts: 3, state: 'in-force', tooLate: [] });
    expect((await rig.ask(http.Holds, asker(tenant).officer)).holds).toMatchObject([
      { state: 'in-force', reason: 'litigation' },
    ]);
  });

  test('that lost against an order is answered 409 too-late, naming the order', async () => {
    const subject = person();
    await admit(rig, tenant, { subject, disposal: TODAY });
    await sweep(rig, tenant);
    const { order } = (await orders(rig, tenant))[0]!;
    const answer = rig.request(http.PlaceHold, asker(tenant).officer, {
      body: { scope: { kind: 'subject', subject }, reason: 'litigation', authority: 'court', reviewOn: '2026-09-01' },
    });
    await said((await placed()).data.hold, 'too-late', { tooLate: [{ order, parts: 1 }] });
    const { status, body } = await answer;
    expect({ status, body }).toMatchObject({
      status: 409,
      body: { code: 'retention/too-late', detail: expect.stringContaining(order) },
    });
  });

  test('that lost to a withdrawal names its entry in the ledger', async () => {
    const subject = person();
    const answer = rig.request(http.PlaceHold, asker(tenant).officer, {
      body: { scope: { kind: 'subject', subject }, reason: 'litigation', authority: 'court', reviewOn: '2026-09-01' },
    });
    await said((await placed()).data.hold, 'too-late', { tooLate: [{ entry: 4711, parts: 1 }] });
    expect(await answer).toMatchObject({
      status: 409,
      body: { code: 'retention/too-late', detail: expect.stringContaining('ledger entry 4711') },
    });
  });

  test('on everything is in force for what can be kept, and says what goes all the same', async () => {
    const tooLate = [
      { order: newId(), parts: 2 },
      { entry: 12, parts: 1 },
    ];
    const answer = place({ kind: 'tenant' });
    const { hold } = (await placed()).data;
    await said(hold, 'recorded', { parts: 5, tooLate });
    expect(await answer).toEqual({ hold, parts: 5, state: 'in-force', tooLate });
    expect((await rig.ask(http.Holds, asker(tenant).officer)).holds).toMatchObject([{ state: 'in-force', tooLate }]);
  });

  test('of which a collection of before speaks is understood', async () => {
    const order = newId();
    const answer = rig.request(http.PlaceHold, asker(tenant).officer, {
      body: { scope: { kind: 'tenant' }, reason: 'litigation', authority: 'court', reviewOn: '2026-09-01' },
    });
    const { hold } = (await placed()).data;
    await rig.hear(events.HoldRecordedV1, { tenant, slot: 0 }, { hold, outcome: 'too-late', order, parts: 2 });
    expect(await answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining(order) } });
    const { holds } = await rig.ask(http.Holds, asker(tenant).officer);
    expect(holds).toMatchObject([{ state: 'too-late', tooLate: [{ order, parts: 2 }] }]);
  });

  test('that came first leaves what it holds out of the disposal, and the order still closes', async () => {
    const subject = person();
    await admit(rig, tenant, { subject, disposal: TODAY });
    await admit(rig, tenant, { disposal: TODAY });
    const answer = place({ kind: 'subject', subject });
    await said((await placed()).data.hold, 'recorded');
    await answer;
    await sweep(rig, tenant);
    await carryOut(rig, tenant, (await orders(rig, tenant))[0]!, { found: 2, held: 1 });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, outstanding: 0 });
  });

  test('on a matter stands in every slot, and is in force once any has recorded it', async () => {
    const answer = place({ kind: 'matter', matter: matterId() });
    const { data } = await placed();
    expect((await rig.announced(events.HoldPlacedV1)).filter((event) => event.data.hold === data.hold)).toHaveLength(
      rig.slots,
    );
    await said(data.hold, 'recorded', { parts: 2 });
    expect(await answer).toMatchObject({ parts: 2 });
  });

  test('is released by another person than the one who placed it, once', async () => {
    const answer = place({ kind: 'subject', subject: person() });
    await said((await placed()).data.hold, 'recorded');
    const { hold } = await answer;
    const release = (who: 'officer' | 'otherOfficer') =>
      rig.ask(http.ReleaseHold, asker(tenant)[who], { params: { hold } });
    await expect(release('officer')).rejects.toMatchObject({ kind: 'forbidden', code: 'platform/same-person' });
    expect((await rig.ask(http.Holds, asker(tenant).officer)).holds).toMatchObject([{ state: 'in-force' }]);
    const first = await release('otherOfficer');
    expect(await release('otherOfficer')).toEqual(first);
    expect((await rig.announced(events.HoldReleasedV1)).filter((event) => event.data.hold === hold)).toHaveLength(1);
  });

  test('that is released while it is being placed says so to whoever places it, and nothing is held', async () => {
    const answer = place({ kind: 'subject', subject: person() });
    const { hold } = (await placed()).data;
    await rig.ask(http.ReleaseHold, asker(tenant).otherOfficer, { params: { hold } });
    expect(await answer).toEqual({ hold, parts: 0, state: 'released', tooLate: [] });
    await said(hold, 'recorded');
    expect((await rig.ask(http.Holds, asker(tenant).officer)).holds).toMatchObject([{ state: 'released' }]);
  });

  test('whose review date passes is a finding until it is reviewed or released', async () => {
    const answer = place({ kind: 'subject', subject: person() });
    await said((await placed()).data.hold, 'recorded');
    const { hold } = await answer;
    const found = async () => {
      await sweep(rig, tenant);
      const { findings } = await rig.ask(http.Findings, asker(tenant).officer);
      return findings.filter(({ kind, resolvedAt }) => kind === 'hold-past-review' && resolvedAt === undefined);
    };
    const review = (reviewOn: string) =>
      rig.request(http.ReviewHold, asker(tenant).otherOfficer, { params: { hold }, body: { reviewOn } });
    await rig.moveClock(tenant, new Date('2026-09-01T04:00:00.000Z'));
    expect(await found()).toEqual([]);
    await rig.moveClock(tenant, new Date('2026-09-02T04:00:00.000Z'));
    expect(await found()).toMatchObject([{ about: hold, since: '2026-09-01', parts: 1 }]);
    expect(await review('2026-09-01')).toMatchObject({ status: 422, body: { field: 'reviewOn' } });
    expect(await review('2027-03-01')).toMatchObject({ status: 200 });
    expect(await found()).toEqual([]);
    await rig.moveClock(tenant, new Date('2027-03-02T04:00:00.000Z'));
    expect(await found()).toHaveLength(1);
    await rig.ask(http.ReleaseHold, asker(tenant).otherOfficer, { params: { hold } });
    expect(await found()).toEqual([]);
    expect(await review('2028-03-01')).toMatchObject({ status: 409 });
  });

  test('of another tenant is not there', async () => {
    const answer = place({ kind: 'subject', subject: person() });
    await said((await placed()).data.hold, 'recorded');
    const { hold } = await answer;
    const other = await rig.openTenant(`other-${tenant}`);
    await expect(rig.ask(http.ReleaseHold, asker(other).otherOfficer, { params: { hold } })).rejects.toMatchObject({
      kind: 'missing',
    });
    expect((await rig.ask(http.Holds, asker(other).officer)).holds).toEqual([]);
  });
});

describe('a hold that collection has not answered', () => {
  test.each([
    ['a person', (subject: SubjectRef): HoldScope => ({ kind: 'subject', subject })],
    ['a record', (subject: SubjectRef, record: RecordId): HoldScope => ({ kind: 'record', subject, record })],
    ['a matter', (): HoldScope => ({ kind: 'matter', matter: matterId() })],
  ])('on %s: nothing is ordered before it has (I15)', async (_, scopeOf) => {
    const { subject, record } = await admit(rig, tenant, { disposal: TODAY });
    const answer = place(scopeOf(subject, record));
    const { hold } = (await placed()).data;
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'placing' });
    expect(await rig.ask(http.NextSweep, asker(tenant).officer)).toMatchObject({ stopped: 'placing', held: false });
    expect(await rig.ask(http.Breaker, asker(tenant).officer)).toMatchObject({ stopped: 'placing' });
    await said(hold, 'recorded');
    await answer;
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  });

  test('and that is given up keeps nothing from being ordered', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    const answer = place({ kind: 'subject', subject: person() });
    const { hold } = (await placed()).data;
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0, stopped: 'placing' });
    await rig.ask(http.ReleaseHold, asker(tenant).otherOfficer, { params: { hold } });
    expect(await answer).toMatchObject({ state: 'released' });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  });

  test('within an hour is a finding, until it has; what is late meanwhile is one, too', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    const answer = place({ kind: 'subject', subject: person() });
    const { hold } = (await placed()).data;
    const found = async () => {
      await sweep(rig, tenant);
      const { findings } = await rig.ask(http.Findings, asker(tenant).officer);
      return findings.flatMap(({ kind, about, resolvedAt }) => (resolvedAt === undefined ? [[kind, about]] : []));
    };
    await rig.moveClock(tenant, new Date(NOON.getTime() + ESCALATE_AFTER_MS - 60_000));
    expect(await found()).toEqual([]);
    await rig.moveClock(tenant, new Date(NOON.getTime() + 24 * ESCALATE_AFTER_MS));
    expect(await found()).toEqual([
      ['ack-overdue', `${hold} lethe`],
      ['disposal-overdue', TODAY],
    ]);
    await said(hold, 'recorded');
    await answer;
    expect(await found()).toEqual([]);
  });

  test('and a sweep at once: the day is ordered before the hold or not at all', async () => {
    const { subject } = await admit(rig, tenant, { disposal: TODAY });
    const answer = place({ kind: 'subject', subject });
    const swept = await sweep(rig, tenant);
    await said((await placed()).data.hold, 'recorded');
    await answer;
    await orderedFirstOrNot(swept);
  });
});

describe('a hold on the whole tenant', () => {
  test('stops the sweep from the moment it is being placed; released, the sweep goes on', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    const answer = place({ kind: 'tenant' });
    const { data } = await placed();
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
    await said(data.hold, 'recorded');
    await answer;
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
    await rig.ask(http.ReleaseHold, asker(tenant).otherOfficer, { params: { hold: data.hold } });
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 1 });
  });

  test('and a sweep at once: the day is ordered before the hold or not at all', async () => {
    await admit(rig, tenant, { disposal: TODAY });
    const [swept] = await Promise.all([
      sweep(rig, tenant),
      (async () => {
        const answer = place({ kind: 'tenant' });
        await said((await placed()).data.hold, 'recorded');
        await answer;
      })(),
    ]);
    await orderedFirstOrNot(swept);
    expect(await sweep(rig, tenant)).toMatchObject({ ordered: 0 });
  });
});

test('only an officer may hold', async () => {
  const body = { scope: { kind: 'tenant' as const }, reason: 'litigation', authority: 'court', reviewOn: '2026-09-01' };
  for (const who of ['operator', 'backend'] as const) {
    expect(await rig.request(http.PlaceHold, asker(tenant)[who], { body })).toMatchObject({ status: 403 });
  }
  expect(await rig.request(http.ReleaseHold, asker(tenant).operator, { params: { hold: newId() } })).toMatchObject({
    status: 403,
  });
});
