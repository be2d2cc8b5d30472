import { events, http } from '@lethe/contracts';
import { addPeriod, type Day } from '@lethe/kernel';
import { eventually } from '@lethe/testing';
import fc from 'fast-check';
import {
  admit,
  another,
  asker,
  carryOut,
  eachWithItsTenant,
  keepLogs,
  matterId,
  NOON,
  orders,
  person,
  rig,
  sweep,
  tenant,
  TODAY,
} from './retention.contract.ts';
import { RetentionSweep } from './retention.sweep.ts';

eachWithItsTenant();

/** How far days lie from the first, and sweeps from each other. */
const SPAN = 5;
const RUNS = 25;
const CLASSES = {
  orders: 'delete',
  face: 'anonymize',
  'security-logs': 'delete',
  'orders.2026-01-01': 'delete',
} as const;
type Class = keyof typeof CLASSES;

const dayAt = (offset: number): Day => addPeriod(TODAY, `P${String(offset)}D`);
const classes = fc.constantFrom(...(Object.keys(CLASSES) as Class[]));
const offset = fc.integer({ min: 0, max: SPAN });
const custody = fc.constantFrom('lethe' as const, 'platform' as const);

/** What collection tells of, in any order. */
const told = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('admitted' as const),
      of: classes,
      custody,
      due: offset,
      floor: fc.option(offset, { nil: undefined }),
      parts: fc.integer({ min: 1, max: 3 }),
    }),
  },
  // A matter whose anchor comes, and whose period is made longer by agreement, once or not at all.
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('matter' as const),
      of: classes,
      custody,
      anchored: fc.option(offset, { nil: undefined }),
      agreed: fc.option(offset, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('removed' as const), of: classes, custody, due: offset }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('person-held' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('shortened' as const),
      to: fc.constantFrom('P3M', 'P5M', 'P6M'),
      /** At least so long, and up to a working day; no shorter than the period, or it would have nothing to win over. */
      floor: fc.constantFrom(undefined, 'P6M', 'P7M'),
    }),
  },
);
type Told = typeof told extends fc.Arbitrary<infer Value> ? Value : never;

const day = fc.record({
  /** Days after the sweep before. */
  after: fc.integer({ min: 0, max: 3 }),
  told: fc.array(told, { maxLength: 6 }),
  /** Nothing may be ordered, by an officer or a hold on everything, when it is looked for the first time. */
  stopped: fc.constantFrom(undefined, undefined, undefined, 'stopped-by-officer' as const, 'held' as const),
  /** Which of the orders are carried out. */
  carriedOut: fc.constantFrom('all' as const, 'half' as const, 'none' as const),
});
const life = fc.record({ days: fc.array(day, { minLength: 2, maxLength: 4 }), ends: fc.boolean() });

/** Security logs are dated six months on: shorter periods bring them into the span. */
const dueOf = (of: Class, due: number): Day => (of === 'security-logs' ? addPeriod(dayAt(due), 'P1M') : dayAt(due));

async function tell(one: Told): Promise<void> {
  if (one.kind === 'person-held') {
    await place({ kind: 'subject', subject: person() });
    return;
  }
  if (one.kind === 'shortened') return keepLogs(one.to, one.floor);
  const { of, custody: custodyOf } = one;
  const about = { class: of, custody: custodyOf, method: CLASSES[of] };
  if (one.kind === 'admitted') {
    const disposal = dueOf(of, one.due);
    const floor = one.floor === undefined ? {} : { floor: dayAt(one.floor) };
    for (let n = 0; n < one.parts; n += 1) await admit(rig, tenant, { ...about, disposal, ...floor });
    return;
  }
  if (one.kind === 'removed') {
    await rig.hear(
      events.PartsRemovedV2,
      { tenant, slot: 0 },
      { because: 'erased', tallies: [{ ...about, disposal: dueOf(of, one.due), parts: 1 }], parts: 1 },
    );
    return;
  }
  const matter = matterId();
  const { subject } = await admit(rig, tenant, { ...about, matter });
  if (one.anchored === undefined) return;
  const dated = { matter, class: of, method: CLASSES[of], custody: custodyOf, parts: 1 };
  const to = dueOf(of, one.anchored);
  await rig.hear(events.MatterDatedV1, { tenant, subject }, { ...dated, to });
  if (one.agreed === undefined || one.agreed <= one.anchored) return;
  await rig.hear(events.MatterDatedV1, { tenant, subject }, { ...dated, from: to, to: dueOf(of, one.agreed) });
}

async function place(scope: { kind: 'tenant' } | { kind: 'subject'; subject: ReturnType<typeof person> }) {
  const body = { scope, reason: 'inquiry', authority: 'court', reviewOn: '2027-01-01' };
  const before = (await rig.announced(events.HoldPlacedV1)).length;
  const answer = rig.ask(http.PlaceHold, asker(tenant).officer, { body });
  const { data } = await eventually(async () => (await rig.announced(events.HoldPlacedV1)).slice(before)[0]);
  await rig.hear(events.HoldRecordedV1, { tenant, slot: 0 }, { hold: data.hold, outcome: 'recorded', parts: 1 });
  return (await answer).hold;
}

async function stop(by: 'stopped-by-officer' | 'held'): Promise<() => Promise<unknown>> {
  const { officer, otherOfficer } = asker(tenant);
  if (by === 'held') {
    const hold = await place({ kind: 'tenant' });
    return () => rig.ask(http.ReleaseHold, otherOfficer, { params: { hold } });
  }
  await rig.ask(http.StopDisposal, officer, { body: { reason: 'looked-into' } });
  return () => rig.ask(http.ResumeDisposal, otherOfficer);
}

async function end(): Promise<void> {
  const { officer, otherOfficer } = asker(tenant);
  const { end: id } = await rig.ask(http.ProposeEnd, officer, { body: { reason: 'the-service-stops' } });
  await rig.ask(http.ConfirmEnd, otherOfficer, { params: { end: id }, body: { waitMs: 0 } });
  const at = (await rig.context.clock.legalNow(tenant)).toISOString();
  await rig.hear(events.CollectingEndedV1, { tenant, slot: 0 }, { end: id, at });
  await rig.inside(RetentionSweep).idle();
}

interface Line {
  readonly class: string;
  readonly day: Day;
  readonly method: string;
  readonly parts: number;
}
/** One line a class, day and method, whoever holds the parts; days on which no part goes are left out. */
function lines(rows: readonly Line[]): string[] {
  const sums = new Map<string, number>();
  for (const { class: of, day: on, method, parts } of rows)
    sums.set(`${on} ${of} ${method}`, (sums.get(`${on} ${of} ${method}`) ?? 0) + parts);
  return [...sums].flatMap(([line, parts]) => (parts > 0 ? [`${line} ${String(parts)}`] : [])).sort();
}

const forecast = async (until: Day): Promise<string[]> => {
  const { tallies } = await rig.ask(http.Forecast, asker(tenant).auditor);
  return lines(
    tallies.flatMap(({ state, day: on, dated, ...rest }) =>
      (state === 'dated' || state === 'late') && on !== undefined && on <= until ? [{ ...rest, day: dated ?? on }] : [],
    ),
  );
};
const next = () => rig.ask(http.NextSweep, asker(tenant).auditor);

/** Everything that is foretold of the sweep of a day, and what it does. */
async function lookAt(today: Day, foretold: readonly string[]): Promise<Awaited<ReturnType<typeof orders>>> {
  const dryRun = await next();
  const before = await orders(rig, tenant);
  const swept = await sweep(rig, tenant);
  const given = (await orders(rig, tenant)).slice(before.length);
  expect(swept.ordered).toBe(given.length);
  expect(dryRun.stopped).toBe(swept.stopped);
  const ordered = given.map(({ class: of, day: on, method, custody: by, expected }) => [of, on, method, by, expected]);
  expect(
    dryRun.orders.map(({ class: of, day: on, method, custody: by, parts }) => [of, on, method, by, parts]),
  ).toEqual(ordered);
  if (swept.stopped === undefined)
    expect(lines(given.map(({ expected, ...order }) => ({ ...order, parts: expected })))).toEqual(foretold);
  else expect(given).toEqual([]);
  expect(swept.stopped === undefined ? await forecast(today) : []).toEqual([]);
  return given;
}

async function carry(given: Awaited<ReturnType<typeof orders>>, which: 'all' | 'half' | 'none'): Promise<void> {
  for (const [nth, order] of given.entries()) {
    if (which === 'none' || (which === 'half' && nth % 2 === 1)) continue;
    if (order.custody.includes('lethe')) await carryOut(rig, tenant, order, { found: order.expected });
    if (order.custody.includes('platform'))
      await rig.ask(http.AckDisposal, asker(tenant).backend, {
        params: { order: order.order },
        body: { found: order.expected, deleted: order.expected, rescan: 0 },
      });
  }
}

test('what the forecast says of a day, and a dry run on it, is what its sweep orders: classes, days, methods and counts', async () => {
  let ordered = 0;
  await fc.assert(
    fc.asyncProperty(life, async ({ days, ends }) => {
      await another();
      let at = 0;
      for (const [nth, { after, told: heard, stopped, carriedOut }] of days.entries()) {
        for (const one of heard) await tell(one);
        // A tenant that has ended is swept as soon as may be: nothing is ordered until it has been foretold.
        const ended = ends && nth === days.length - 1 ? await stop('stopped-by-officer') : undefined;
        if (ended !== undefined) await end();
        at += after;
        const today = dayAt(at);
        const foretold = await forecast(today);
        await rig.moveClock(tenant, new Date(NOON.getTime() + at * 86_400_000));
        // Parts that came late to a day wait for ten minutes.
        rig.clock.advance(11 * 60_000);
        expect(await forecast(today)).toEqual(foretold);
        const goOn = ended ?? (stopped === undefined ? undefined : await stop(stopped));
        const given = await lookAt(today, foretold);
        await goOn?.();
        const more = goOn === undefined ? [] : await lookAt(today, foretold);
        await carry([...given, ...more], carriedOut);
        ordered += given.length + more.length;
      }
    }),
    { numRuns: RUNS },
  );
  expect(ordered).toBeGreaterThan(RUNS);
}, 600_000);
