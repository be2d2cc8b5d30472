import { afterAll, expect, test } from '@jest/globals';
import { Lethe, type DisposalOrder, type HoldTold } from '@lethe/client';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { parkedRoute } from '@lethe/platform';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import { begun, ended, type Life } from './life.contract.ts';

afterAll(ended);

/** Browsed then, and due half a year later. */
const LAST_AUTUMN = '2025-10-01T02:00:00.000Z';
const LATER = '2026-04-10T02:00:00.000Z';

/** A store of the platform with copies of what people saw. It listens from here on, from wherever the stream begins for it. */
async function listening(life: Life) {
  const [orders, holds]: [DisposalOrder[], HoldTold[]] = [[], []];
  const platform = new Lethe({
    addresses: life.running!.url,
    token: () => life.instance.token('backend'),
    participant: 'archive',
    classes: ['logs'],
  });
  await platform.onDisposal((order) => {
    orders.push(order);
    return Promise.resolve({ found: 1, deleted: 1, rescan: 0 });
  });
  await platform.onHold((hold) => {
    holds.push(hold);
    return Promise.resolve();
  });
  return { orders, holds, close: () => platform.close() };
}

const holdOn = async ({ instance }: Life, subject: SubjectRef): Promise<string> => {
  const body = { scope: { kind: 'subject' as const, subject }, reason: 'litigation', authority: 'court' };
  return (await instance.ask('officer', http.PlaceHold, { body: { ...body, reviewOn: '2026-09-01' } })).hold;
};
const holds = async ({ instance }: Life) => (await instance.ask('officer', http.Holds)).holds;
const streamOf = async ({ instance }: Life) => {
  const { items } = await instance.ask('backend', http.Out, { query: { after: 0, waitMs: 0 } });
  return items.map(({ kind, data }) => `${kind} ${String(data['order'] ?? data['hold'])}`).sort();
};

test.each([
  ['and the log still has what retention said', []],
  ['and neither the log nor an outbox has what was said', ['collection', 'consent', 'retention']],
] as const)(
  'what a store had not read of disposals and holds when erasure lost its stream, %s, is told again and answered once',
  async (_, outboxes) => {
    const life = await begun();
    const { instance } = life;
    const [due, held, freed] = await Promise.all(
      ['due', 'held', 'freed'].map((name) => instance.platform().subject(name)),
    );
    for (const subject of [due!, held!, freed!])
      expect(
        await instance.platform().collect([
          {
            ...{ idempotencyKey: `last-autumn-${subject}`, subject, purpose: 'display-and-logs' },
            ...{ collectedAt: LAST_AUTUMN, channel: 'app' as const },
            fields: { 'viewed-content': '演唱会', 'ip-address': '10.24.31.7' },
          },
        ]),
      ).toMatchObject([{ outcome: 'admitted' }]);
    await (await listening(life)).close();
    const over = await holdOn(life, freed!);
    await eventually(async () => (await streamOf(life)).includes(`hold-placed ${over}`), WHOLE_LETHE);
    await life.stop();
    await life.keepOlder('erasure');

    await life.start();
    const kept = await holdOn(life, held!);
    await life.instance.ask('officer', http.ReleaseHold, { params: { hold: over } }, 'another');
    await life.instance.ask('operator', http.MoveClock, { body: { to: LATER } });
    await life.instance.ask('operator', http.Sweep, { body: { waitMs: 0 } });
    const told = await eventually(async () => {
      const items = await streamOf(life);
      return items.length === 4 ? items : undefined;
    }, WHOLE_LETHE);
    expect(told.slice(1)).toEqual([...[`hold-placed ${kept}`, `hold-placed ${over}`].sort(), `hold-released ${over}`]);
    expect(told[0]).toMatch(/^disposal-ordered /);
    await life.stop();
    await life.putBackOlder('erasure');
    if (outboxes.length > 0) await life.offline([`delete from event_log where topic ~ '^lethe[.]'`], 'lethe_log');
    for (const service of outboxes)
      await life.offline([`delete from outbox where topic ~ '^lethe[.]'`], `lethe_${service}`);

    await life.start();
    expect((await life.recover('erasure', 'one')).state).toBe('proposed');
    expect((await life.recover('erasure', 'two')).state).toBe('recovered');
    const store = await listening(life);
    await eventually(async () => {
      const { outstanding } = await life.instance.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
      return outstanding === 0 && (await holds(life)).every(({ waitingFor }) => waitingFor.length === 0);
    }, WHOLE_LETHE);
    // Once: what the older copy still had, and what was told again.
    expect(await streamOf(life)).toEqual(told);
    expect(store.orders.map(({ order }) => `disposal-ordered ${order}`)).toEqual([told[0]]);
    expect(store.holds.map(({ hold, state }) => `hold-${state} ${hold}`).sort()).toEqual(told.slice(1));
    // Whoever has answered, and begins again, hears the same and says the same.
    await store.close();
    const again = await listening(life);
    await eventually(() => again.orders.length === 1 && again.holds.length === 3, WHOLE_LETHE);
    await again.close();
    expect((await life.instance.ask('operator', http.Sweep, { body: { waitMs: 5_000 } })).outstanding).toBe(0);
    expect((await life.instance.ask('officer', http.Findings)).open).toEqual({});
    for (const service of ['consent', 'collection', 'retention', 'erasure'] as const)
      expect(await life.instance.ask('operator', parkedRoute(service))).toMatchObject({ parked: [], stopped: [] });
    await life.stop();
  },
  300_000,
);
