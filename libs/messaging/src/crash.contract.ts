import { describe, expect, test } from '@jest/globals';
import { eventually } from '@lethe/testing';
import { personIn, recordOf, SLOTS, TOPIC, type Bench } from './bench.contract.ts';
import type { ConsumerPoint } from './consumer-options.ts';
import type { RelayPoint } from './relay.ts';
import { APPENDED } from './relay-sql.ts';

/** Kills at each named point; whoever comes after ends where an undisturbed run ends. */
export function crashContract(bench: () => Bench): void {
  const dying = <Point>(at: Point, times: number) => {
    const state = { left: times };
    const hook = (point: Point): Promise<void> => {
      if (point !== at || state.left === 0) return Promise.resolve();
      state.left -= 1;
      return Promise.reject(new Error('killed'));
    };
    return Object.assign(hook, { dead: () => state.left === 0 });
  };

  describe('a crash', () => {
    test.each<RelayPoint>(['numbered', 'appended'])(
      'of the relay (%s): the next one tells the same events under the same numbers',
      async (point) => {
        const at = dying(point, 1);
        const first = bench().relay({ at });
        const person = personIn(0);
        const ids: string[] = [];
        for (let version = 1; version <= 3; version += 1) ids.push(await bench().consent(person, version));
        await eventually(at.dead, { what: 'the kill' });
        await first.stop();
        for (let version = 4; version <= 5; version += 1) ids.push(await bench().consent(person, version));
        bench().relay();
        const consumer = await bench().consumer();
        const effects = await bench().effected(5);
        expect(effects.map(({ number, event, version }) => [number, event, version])).toEqual(
          ids.map((id, index) => [index + 1, id, index + 1]),
        );
        await eventually(() => bench().closed(consumer), { what: 'closed' });
        expect(bench().alarms).toEqual([]);
      },
    );

    test('takes back at most that the log has an event: it is written down without waiting for the disk, and nothing else is', async () => {
      const person = personIn(0);
      const first = bench().relay();
      for (let version = 1; version <= 3; version += 1) await bench().consent(person, version);
      const consumer = await bench().consumer();
      await bench().effected(3);
      await eventually(async () => (await bench().outbox.heads()).slots.some(({ number }) => number === 3), {
        what: 'the log has them',
      });
      await first.stop();
      const settings = await bench().test.admin.transaction(async (sql) => {
        await sql.query(APPENDED, [[TOPIC], [0], [await bench().outbox.incarnation(sql)], [1]]);
        return sql.query<{ is: string }>(`select current_setting('synchronous_commit') as is`);
      });
      expect(settings).toEqual([{ is: 'off' }]);
      // The server forgets what it had not written: the same events under the same numbers, known to whoever has them.
      await bench().admin('update slot_head set appended = 1 where topic = $1 and slot = 0', [TOPIC]);
      bench().relay();
      await bench().consent(person, 4);
      const effects = await bench().effected(4);
      expect(effects.map(({ number, version }) => [number, version])).toEqual([
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
      ]);
      await eventually(
        async () => (await consumer.accounts()).some(({ slot, duplicate }) => slot === 0 && duplicate === 2),
        { what: 'two that were told again' },
      );
      expect(await bench().closed(consumer)).toBe(true);
      expect(bench().alarms).toEqual([]);
    });

    test.each<ConsumerPoint>(['effect', 'committed'])(
      'of the consumer (%s): every effect is there once, with its position',
      async (point) => {
        const at = dying(point, 1);
        const subject = personIn(0);
        const first = await bench().consumer({ at });
        await bench().log.append(
          TOPIC,
          0,
          [1, 2, 3].map((number) => recordOf(number, { subject })),
        );
        const expected = point === 'effect' ? 0 : 3;
        await eventually(at.dead, { what: 'the kill' });
        await first.stop();
        expect((await bench().effects()).length).toBe(expected);
        expect(await first.position(TOPIC, 0)).toBe(expected);
        const second = await bench().consumer();
        await bench().log.append(TOPIC, 0, [recordOf(4, { subject })]);
        const effects = await bench().effected(4);
        expect(effects.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
        expect(await bench().closed(second)).toBe(true);
      },
    );

    test('of anything, again and again, under load: each event once, in order, and the accounts close', async () => {
      const people = Array.from({ length: 9 }, (_, index) => personIn(index % SLOTS));
      const rounds = 6;
      for (let round = 0; round < rounds; round += 1) {
        const relays = [bench().relay({ at: dying(round % 2 ? 'appended' : 'numbered', 1) }), bench().relay()];
        const consumer = await bench().consumer({ at: dying<ConsumerPoint>(round % 2 ? 'effect' : 'committed', 1) });
        await Promise.all(
          people.map(async (person) => {
            for (let version = round * 5 + 1; version <= round * 5 + 5; version += 1)
              await bench().consent(person, version);
          }),
        );
        await Promise.all([consumer.stop(), ...relays.map((relay) => relay.stop())]);
      }
      bench().relay();
      const consumer = await bench().consumer();
      const effects = await bench().effected(people.length * rounds * 5);
      for (const person of people) {
        expect(effects.filter(({ subject }) => subject === person).map(({ version }) => version)).toEqual(
          Array.from({ length: rounds * 5 }, (_, index) => index + 1),
        );
      }
      await eventually(() => bench().closed(consumer), { what: 'closed' });
      const accounts = await consumer.accounts();
      const produced = await bench().admin<{ slot: number; number: number }>(
        'select slot, number from slot_head order by slot',
      );
      expect(accounts.map(({ slot, produced: all, duplicate }) => ({ slot, number: all - duplicate }))).toEqual(
        produced,
      );
      expect(bench().alarms).toEqual([]);
    });
  });
}
