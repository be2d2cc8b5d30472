import { afterAll, describe, expect, test } from '@jest/globals';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { parkedRoute, recoveryCrash, type RecoveryPoint } from '@lethe/platform';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import { at, begun, copy, ended, NAMES } from './life.contract.ts';

const POINTS: readonly RecoveryPoint[] = ['replayed', 'said', 'settled', 'begun'];

afterAll(async () => {
  recoveryCrash.strike = undefined;
  await ended();
});

describe('a database that was put back is recovered', () => {
  // Ages by chance, and the same whenever the test runs.
  test.each([
    { back: 1, rounds: 3 },
    { back: 2, rounds: 3 },
  ])(
    'the whole data directory, $back rounds old',
    async ({ back, rounds }) => {
      const life = await begun();
      for (let round = 1; round <= rounds; round += 1) {
        await life.round(round);
        if (round !== rounds - back) continue;
        await life.stop();
        copy(life, 'older');
        await life.start();
      }
      const before = await life.readable();
      await life.stop();
      renameSync(life.data, join(life.home, 'newer'));
      renameSync(join(life.home, 'older'), life.data);
      await life.start();
      expect((await life.ready()).status).toBe('not-ready');
      await expect(
        life.instance.platform().open({ subject: life.people[0]!, purpose: 'display-and-logs' }),
      ).rejects.toMatchObject({
        code: 'platform/rolled-back',
      });

      for (const service of NAMES) {
        expect((await life.recover(service, 'one')).state).toBe('proposed');
        expect((await life.recover(service, 'one')).state).toBe('proposed');
        expect((await life.recover(service, 'two')).state).toBe('recovered');
      }
      expect((await life.ready()).status).toBe('ready');

      const readable = await life.readable();
      const age = rounds - back;
      for (const { part, subject, round } of life.acknowledged) {
        // Nobody who was forgotten is readable, whenever that was; whatever else was acknowledged by then is.
        if (life.erased.has(subject)) expect(readable.has(part)).toBe(false);
        else if (round <= age) expect(readable.has(part)).toBe(before.has(part));
      }
      // The log was put back, too: what was told meanwhile is listed as the numbers that are missing.
      const { report, list } = await life.lost('collection');
      expect(report?.lost).toBe(list.length);
      expect(list.some(({ topic, first, last }) => topic === 'lethe.collection' && last! >= first!)).toBe(true);
      // A withdrawal outlives its own service.
      for (const subject of life.withdrawn.keys()) {
        const [may] = await life.instance
          .platform()
          .mayUse([{ subject, purpose: 'personalized-display', kind: 'collect' }]);
        expect(may?.may).toBe(false);
      }
      await life.round(rounds + 1);
      expect([...(await life.readable())].length).toBeGreaterThan(readable.size);
      await life.stop();
      // And it is no alarm the next time.
      await life.start();
      expect((await life.ready()).status).toBe('ready');
      await life.stop();
    },
    180_000,
  );

  test('it goes on when whoever asked does not wait, and whoever asks again waits for the same one', async () => {
    const life = await begun();
    await life.round(1);
    await life.stop();
    await life.keepOlder('collection');
    await life.start();
    await life.round(2);
    await life.stop();
    await life.putBackOlder('collection');
    await life.start();
    expect((await life.recover('collection', 'one')).state).toBe('proposed');
    expect(await life.recover('collection', 'two', 0)).toEqual({ state: 'running' });
    expect(await life.lost('collection')).toEqual({ list: [] });
    // Not a third person's decision, and not a second recovery.
    const { state, report } = await life.recover('collection', 'three');
    expect(state).toBe('recovered');
    expect((await life.lost('collection')).report).toEqual(report);
    expect((await life.recover('collection', 'one')).state).toBe('serving');
    await life.round(3);
    await life.stop();
  }, 240_000);

  test('collection alone, though it is killed after every step', async () => {
    const life = await begun();
    await life.round(1);
    await life.stop();
    await life.keepOlder('collection');
    await life.start();
    await life.round(2);
    const before = await life.readable();
    await life.stop();
    await life.putBackOlder('collection');
    await life.start();
    expect((await life.ready()).services).toMatchObject({ collection: { ready: false }, consent: { ready: true } });
    for (const point of POINTS) {
      recoveryCrash.strike = (reached) => {
        if (reached === point) throw new Error('killed');
      };
      await life.recover('collection', 'one');
      await expect(life.recover('collection', 'two')).rejects.toThrow();
      recoveryCrash.strike = undefined;
      // A process that died there finds it as closed as before; after the last step, begun.
      await life.stop();
      await life.start();
      expect((await life.ready()).services['collection']).toMatchObject({ ready: point === 'begun' });
    }

    const readable = await life.readable();
    const { list } = await life.lost('collection');
    const lost = new Set(list.flatMap(({ part }) => (part === undefined ? [] : [part])));
    for (const { part, subject } of life.acknowledged) {
      if (life.erased.has(subject)) expect(readable.has(part)).toBe(false);
      else if (before.has(part)) expect([part, readable.has(part) || lost.has(part)]).toEqual([part, true]);
    }
    expect(lost.size).toBeGreaterThan(0);
    for (const part of lost) expect(readable.has(part)).toBe(false);
    for (const subject of life.withdrawn.keys()) {
      const [may] = await life.instance
        .platform()
        .mayUse([{ subject, purpose: 'personalized-display', kind: 'collect' }]);
      expect(may?.may).toBe(false);
    }
    // It goes on: admitted, heard by others, forgotten, certified.
    await life.round(3);
    await life.stop();
  }, 240_000);

  test('collection alone, when neither log nor outbox keeps what others told it since: each of them states it anew', async () => {
    const life = await begun();
    await life.round(1);
    const platform = life.instance.platform();
    const buyer = await platform.subject('buyer');
    const matter = await platform.matter(buyer, 'order', 'o-1');
    const [admitted] = await platform.collect([
      {
        ...{ idempotencyKey: 'recovery-order-1', subject: buyer, purpose: 'order', matter, collectedAt: at },
        fields: { 'order-number': 'N1', 'event-name': '茶馆', 'event-day': '2026-05-01', 'order-amount': 100 },
      },
    ]);
    expect(admitted?.outcome).toBe('admitted');
    await life.stop();
    await life.keepOlder('collection');
    await life.start();

    // What retention and erasure tell it from here on, it will not know.
    const [held, agrees, goes] = life.people;
    const { hold } = await life.instance.ask('officer', http.PlaceHold, {
      body: {
        ...{ scope: { kind: 'subject', subject: held! }, reason: 'litigation', authority: 'court' },
        reviewOn: '2026-09-01',
      },
    });
    await life.instance
      .platform()
      .anchor([{ matter, subject: buyer, anchor: 'transaction-completed', at: '2026-03-01T02:00:00.000Z' }]);
    await life.withdraw(agrees!, 1);
    await life.forget(goes!, 1);
    const holdings = (subject: SubjectRef) =>
      life.instance.ask('officer', http.Holdings, { params: { subject } }).then((answer) => answer.holdings);
    const dated = await holdings(buyer);
    expect(dated).toMatchObject([{ waiting: false }]);
    // A day comes on which everything they browsed is due: what the hold names stays.
    await life.instance.ask('operator', http.MoveClock, { body: { to: '2027-03-10T02:00:00.000Z' } });
    const browsed = async (subject: SubjectRef) =>
      (await holdings(subject)).filter(({ compartment }) => compartment === 'contract');
    const [, , , other] = life.people;
    expect(await browsed(other!)).not.toEqual([]);
    await eventually(async () => {
      await life.instance.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
      return (await browsed(other!)).length === 0;
    }, WHOLE_LETHE);
    const kept = await browsed(held!);
    expect(kept.length).toBeGreaterThan(0);
    await life.stop();

    await life.putBackOlder('collection');
    // More than seven days pass.
    const others = `topic ~ '^lethe[.](consent|retention|erasure)'`;
    await life.offline([`delete from event_log where ${others}`], 'lethe_log');
    for (const service of ['consent', 'retention', 'erasure'])
      await life.offline([`delete from outbox where ${others}`], `lethe_${service}`);
    await life.start();
    await life.recover('collection', 'one');
    expect((await life.recover('collection', 'two')).state).toBe('recovered');

    await eventually(async () => (await holdings(held!)).every((one) => one.held === one.parts), WHOLE_LETHE);
    await eventually(async () => (await holdings(buyer)).every(({ waiting }) => !waiting), WHOLE_LETHE);
    expect(await holdings(buyer)).toEqual(dated);
    await eventually(
      async () => (await life.instance.ask('operator', parkedRoute('collection'))).stopped.length === 0,
      WHOLE_LETHE,
    );
    expect(await browsed(held!)).toEqual(kept);
    expect(await browsed(other!)).toEqual([]);
    // And what it says is heard again: the hold can be let go.
    await life.instance.ask('officer', http.ReleaseHold, { params: { hold } }, 'second');
    await eventually(async () => (await holdings(held!)).every((one) => one.held === 0), WHOLE_LETHE);
    await eventually(async () => (await browsed(held!)).length === 0, WHOLE_LETHE);
    await eventually(async () => {
      const shreds = await life.instance.ask('officer', http.Holdings, { params: { subject: goes! } });
      return shreds.holdings.every(({ compartment }) => compartment === 'evidence');
    }, WHOLE_LETHE);
    await life.stop();
  }, 240_000);
});
