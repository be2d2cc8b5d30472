import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Fault } from '@lethe/kernel';
import { eventually } from '@lethe/testing';
import { personIn, recordOf, TENANT, TOPIC, type Bench } from './bench.contract.ts';
import type { LogRecord } from './index.ts';
import { LossyLog } from './lossy-log.contract.ts';

/** Redelivery, gaps, incarnations: how what arrives fits what was heard before. */
export function historyContract(bench: () => Bench): void {
  const versions = async () => (await bench().effects()).map(({ version }) => version);
  const nothingMissed = { missed: () => Promise.resolve({ incarnation: 'one', records: [] }) };

  describe('history', () => {
    test('what is delivered again has its effect once, and is counted', async () => {
      const consumer = await bench().consumer();
      const subject = personIn(0);
      const records = [1, 2, 3, 4].map((number) => recordOf(number, { subject }));
      await bench().log.append(TOPIC, 0, records.slice(0, 3));
      await bench().log.append(TOPIC, 0, records.slice(1, 3));
      await bench().log.append(TOPIC, 0, records);
      await eventually(async () => (await consumer.accounts())[0]?.produced === 9, { what: 'all nine' });
      expect(await versions()).toEqual([1, 2, 3, 4]);
      expect((await consumer.accounts())[0]).toMatchObject({ applied: 4, duplicate: 5 });
    });

    test('a consumer that starts again goes on from its own position', async () => {
      const subject = personIn(2);
      const first = await bench().consumer();
      await bench().log.append(
        TOPIC,
        2,
        [1, 2, 3].map((number) => recordOf(number, { subject })),
      );
      await bench().effected(3);
      await first.stop();
      await bench().log.append(TOPIC, 2, [recordOf(4, { subject })]);
      const second = await bench().consumer();
      await bench().effected(4);
      expect(await versions()).toEqual([1, 2, 3, 4]);
      expect((await second.accounts()).find(({ slot }) => slot === 2)).toMatchObject({
        produced: 4,
        applied: 4,
        duplicate: 0,
      });
    });

    test('a consumer whose position was taken back replays from there and ends the same', async () => {
      const subject = personIn(1);
      const first = await bench().consumer();
      const records = [1, 2, 3, 4, 5].map((number) => recordOf(number, { subject }));
      await bench().log.append(TOPIC, 1, records);
      await bench().effected(5);
      await first.stop();
      await bench().admin(`delete from effect where number > 2`);
      await bench().admin(
        `update position set number = 2, last_id = $1, next_offset = next_offset - 3, produced = 2, applied = 2 where slot = 1`,
        [records[1]!.id],
      );
      await bench().admin(`delete from heard where last > 2`);
      await bench().admin(
        `insert into heard (consumer, topic, slot, incarnation, first, last, ids, at) values ('collection', $1, 1, 'one', 1, 2, $2, now()) on conflict do nothing`,
        [TOPIC, [records[0]!.id, records[1]!.id]],
      );
      await bench().consumer();
      await bench().effected(5);
      expect(await versions()).toEqual([1, 2, 3, 4, 5]);
    });

    test("a gap is found, and filled from the producer's outbox, in order (I5)", async () => {
      const lost = new Set([2, 3, 5]);
      bench().relay({ log: new LossyLog(bench().log, (records) => records.filter(({ number }) => !lost.has(number))) });
      const consumer = await bench().consumer();
      const person = personIn(0);
      for (let version = 1; version <= 6; version += 1) await bench().consent(person, version);
      await bench().effected(6);
      expect(await versions()).toEqual([1, 2, 3, 4, 5, 6]);
      expect((await consumer.accounts())[0]).toMatchObject({ produced: 6, applied: 6, duplicate: 0 });
      expect(bench().alarms).toEqual([]);
    });

    describe('what the log has lost last, with nothing behind it', () => {
      const looking = () => ({ heads: () => bench().outbox.heads(), lookEveryMs: 20, retryEveryMs: 10 });

      test("is noticed by how far the producer has told, and filled from the producer's outbox (I5)", async () => {
        bench().relay({ log: new LossyLog(bench().log, (records) => records.filter(({ number }) => number < 3)) });
        const consumer = await bench().consumer(looking());
        for (let version = 1; version <= 4; version += 1) await bench().consent(personIn(0), version);
        await bench().effected(4);
        expect(await versions()).toEqual([1, 2, 3, 4]);
        expect((await consumer.accounts())[0]).toMatchObject({ produced: 4, applied: 4, duplicate: 0 });
        expect(bench().alarms).toEqual([]);
      });

      test('is had once, also where the log brings it after all', async () => {
        const withheld: LogRecord[] = [];
        bench().relay({
          log: new LossyLog(bench().log, (records) => {
            withheld.push(...records);
            return [];
          }),
        });
        const consumer = await bench().consumer(looking());
        for (let version = 1; version <= 2; version += 1) await bench().consent(personIn(0), version);
        await bench().effected(2);
        await bench().log.append(TOPIC, 0, withheld);
        await eventually(async () => (await consumer.accounts())[0]?.duplicate === 2, { what: 'both again' });
        expect(await versions()).toEqual([1, 2]);
      });

      test('is not concluded from a producer that cannot be asked, nor from one answer alone', async () => {
        let asked = 0;
        const missed: number[] = [];
        await bench().consumer({
          ...looking(),
          heads: () => {
            asked += 1;
            if (asked % 2 === 0) return Promise.reject(new Fault('unavailable', 'test/down', 'down'));
            return Promise.resolve({ incarnation: 'one', slots: [{ topic: TOPIC, slot: 0, number: 1 }] });
          },
          missed: (_producer, _topic, _slot, from) => {
            missed.push(from);
            return Promise.reject(new Fault('unavailable', 'test/down', 'down'));
          },
        });
        await eventually(() => asked >= 6, { what: 'six looks' });
        expect(missed).toEqual([]);
      });
    });

    test('a producer that cannot be asked at the moment is asked again; nothing beyond the gap is applied meanwhile', async () => {
      const subject = personIn(0);
      const records = [1, 2, 3].map((number) => recordOf(number, { subject }));
      let asked = 0;
      await bench().consumer({
        missed: () => {
          asked += 1;
          if (asked < 3) return Promise.reject(new Fault('unavailable', 'test/down', 'down'));
          return Promise.resolve({ incarnation: 'one', records: [records[1]!] });
        },
      });
      await bench().log.append(TOPIC, 0, [records[0]!, records[2]!]);
      await bench().effected(3);
      expect(await versions()).toEqual([1, 2, 3]);
      expect(asked).toBe(3);
    });

    test('a gap nobody can fill stops the slot, alarms, and stays stopped until a person lets it pass; others flow', async () => {
      const subject = personIn(0);
      const consumer = await bench().consumer(nothingMissed);
      await bench().log.append(TOPIC, 0, [recordOf(1, { subject }), recordOf(4, { subject })]);
      await bench().log.append(TOPIC, 1, [recordOf(1, { subject: personIn(1) })]);
      await eventually(() => bench().alarms.length > 0, { what: 'an alarm' });
      await bench().effected(2);
      expect(bench().alarms).toEqual([{ kind: 'stopped', topic: TOPIC, slot: 0, number: 2, code: 'gap' }]);
      expect(await consumer.stopped()).toMatchObject([{ topic: TOPIC, slot: 0, reason: 'gap', number: 1 }]);
      expect(await consumer.isParked(TENANT, subject)).toBe(true);
      await consumer.stop();
      const again = await bench().consumer(nothingMissed);
      await bench().log.append(TOPIC, 1, [recordOf(2, { subject: personIn(1) })]);
      await bench().effected(3);
      expect(await again.position(TOPIC, 0)).toBe(1);
      await again.resume(TOPIC, 0, 3);
      await bench().effected(4);
      expect((await again.accounts())[0]).toMatchObject({ produced: 4, applied: 2, passedOver: 2 });
      expect(await again.isParked(TENANT, subject)).toBe(false);
    });

    test('where the producer restates, the gap is passed over, and its people are uncertain until the statement has come', async () => {
      const subject = personIn(0);
      const consumer = await bench().consumer({ ...nothingMissed, restate: () => Promise.resolve(5) });
      await bench().log.append(TOPIC, 0, [recordOf(1, { subject }), recordOf(4, { subject })]);
      await bench().effected(2);
      expect(await consumer.isParked(TENANT, subject)).toBe(true);
      await bench().log.append(TOPIC, 0, [recordOf(5, { subject })]);
      await bench().effected(3);
      expect(await consumer.isParked(TENANT, subject)).toBe(false);
      expect((await consumer.accounts())[0]).toMatchObject({ produced: 5, applied: 3, passedOver: 2 });
      expect(bench().alarms).toMatchObject([{ kind: 'passed-over' }]);
    });

    describe('where neither the log nor the outbox has it any more', () => {
      /** Three acts that only the producer's own state still knows, and a fourth that is told. */
      const forgotten = async (person: string, inLog: ReadonlySet<number>): Promise<void> => {
        const log = new LossyLog(bench().log, (records) =>
          records.filter(({ number }) => number > 3 || inLog.has(number)),
        );
        bench().relay({ log });
        for (let version = 1; version <= 3; version += 1) await bench().consent(person, version);
        const appended = () => bench().admin<{ n: number }>('select max(appended)::int as n from slot_head');
        await eventually(async () => (await appended())[0]?.n === 3, { what: 'three told' });
        await bench().admin('delete from outbox');
        await bench().consent(person, 4);
      };
      /** The producer states what stands: the last act. */
      const restating = (person: string) => ({
        restate: async () => (await bench().outbox.numberOf(await bench().consent(person, 4), 50_000)).number,
      });

      test('a gap heals by what the producer states of its present, and everything is accounted for', async () => {
        const person = personIn(0);
        const consumer = await bench().consumer(restating(person));
        await forgotten(person, new Set([1]));
        await bench().effected(3);
        expect((await bench().effects()).map(({ number, version }) => [number, version])).toEqual([
          [1, 1],
          [4, 4],
          [5, 4],
        ]);
        expect(await consumer.isParked(TENANT, person)).toBe(false);
        expect((await consumer.accounts())[0]).toMatchObject({ produced: 5, applied: 3, passedOver: 2 });
        expect(await consumer.stopped()).toEqual([]);
        expect(bench().alarms).toMatchObject([{ kind: 'passed-over', number: 2 }]);
      });

      test('a consumer that comes late is told what stands, as if it had heard all of it', async () => {
        const person = personIn(0);
        await forgotten(person, new Set());
        const consumer = await bench().consumer({ service: 'newcomer', ...restating(person) });
        await bench().effected(2);
        expect(await versions()).toEqual([4, 4]);
        expect((await consumer.accounts())[0]).toMatchObject({ produced: 5, applied: 2, passedOver: 3 });
        expect(await consumer.isParked(TENANT, person)).toBe(false);
      });
    });

    test('the same number with another id stops the slot, however old the number is', async () => {
      for (const [slot, number] of [
        [0, 3],
        [1, 1],
      ] as const) {
        const subject = personIn(slot);
        const consumer = await bench().consumer();
        await bench().log.append(
          TOPIC,
          slot,
          [1, 2, 3].map((one) => recordOf(one, { subject })),
        );
        await eventually(async () => (await consumer.position(TOPIC, slot)) === 3, { what: 'three' });
        await bench().log.append(TOPIC, slot, [
          recordOf(number, { subject, id: randomUUID() }),
          recordOf(4, { subject }),
        ]);
        await eventually(async () => (await consumer.stopped()).some((one) => one.slot === slot), { what: 'stopped' });
        expect(await consumer.position(TOPIC, slot)).toBe(3);
        await consumer.stop();
      }
      expect(bench().alarms.map(({ kind, slot, number, code }) => [kind, slot, number, code])).toEqual([
        ['stopped', 0, 3, 'another-id'],
        ['stopped', 1, 1, 'another-id'],
      ]);
    });

    test('a new incarnation counts from 1 again; what the ended one still says has no effect', async () => {
      const subject = personIn(0);
      const consumer = await bench().consumer();
      const before = [1, 2, 3].map((number) => recordOf(number, { subject }, 'one'));
      await bench().log.append(TOPIC, 0, before);
      await bench().log.append(TOPIC, 0, [
        recordOf(1, { subject }, 'two'),
        before[2]!,
        recordOf(4, { subject }, 'one'),
        recordOf(2, { subject }, 'two'),
      ]);
      await bench().effected(5);
      await eventually(async () => (await consumer.accounts())[0]?.produced === 7, { what: 'all seven' });
      expect(await versions()).toEqual([1, 2, 3, 1, 2]);
      expect((await consumer.accounts())[0]).toMatchObject({ applied: 5, duplicate: 1, passedOver: 1 });
      expect(bench().alarms.map(({ kind }) => kind)).toEqual(['incarnation', 'stale']);
    });

    test('what the outbox has told is kept for those who missed it, and pruned when it is old', async () => {
      const relay = bench().relay();
      const person = personIn(0);
      for (let version = 1; version <= 3; version += 1) await bench().consent(person, version);
      await bench().contents(TOPIC, 0, 3);
      expect((await bench().outbox.missed(TOPIC, 0, 2, 9)).records.map(({ number }) => number)).toEqual([2, 3]);
      await relay.stop();
      await bench().consent(person, 4);
      await bench().admin(`update outbox set numbered_at = now() - interval '8 days' where number <= 2`);
      bench().relay();
      await eventually(
        async () => (await bench().outbox.missed(TOPIC, 0, 1, 9)).records.map(({ number }) => number).join() === '3,4',
        { what: 'pruned' },
      );
    });
  });
}
