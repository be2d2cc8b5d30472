import { describe, expect, test } from '@jest/globals';
import { events } from '@lethe/contracts';
import { Fault, type Database } from '@lethe/kernel';
import { eventually } from '@lethe/testing';
import { personIn, recordOf, SLOTS, TENANT, TOPIC, type Bench } from './bench.contract.ts';
import { on } from './route.ts';

/** Order, addressing, and the two questions: which number, and have you applied it. */
export function orderContract(bench: () => Bench): void {
  describe('order', () => {
    test('events of one person are applied in the order of their announcement, whoever else announces meanwhile', async () => {
      bench().relay();
      await bench().consumer();
      const people = [0, 0, 1, 2].map(personIn);
      await Promise.all(
        people.map(async (person) => {
          for (let version = 1; version <= 15; version += 1) await bench().consent(person, version);
        }),
      );
      const effects = await bench().effected(60);
      for (const person of people) {
        expect(effects.filter(({ subject }) => subject === person).map(({ version }) => version)).toEqual(
          Array.from({ length: 15 }, (_, index) => index + 1),
        );
      }
    });

    test('numbers of a slot count from 1 without a gap, in the log as in the effects', async () => {
      bench().relay();
      await bench().consumer();
      for (let version = 1; version <= 12; version += 1) await bench().consent(personIn(version % SLOTS), version);
      await bench().effected(12);
      for (let slot = 0; slot < SLOTS; slot += 1) {
        const records = await bench().contents(TOPIC, slot, 4);
        expect(records.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
      }
    });

    test('what nobody here handles moves the position in one statement, and two who pass over it count it once', async () => {
      const asked: string[] = [];
      const { database } = bench().test;
      const counted: Database = {
        transaction: (work) =>
          database.transaction((sql) =>
            work({
              query: (text, values) => (asked.push(text.trim()), sql.query(text, values)),
              enter: (tenant) => sql.enter(tenant),
              afterCommit: (after) => sql.afterCommit(after),
            }),
          ),
        within: (tenant, work) => database.within(tenant, work),
      };
      const routes = bench().routes(undefined, [events.HeartbeatV1]);
      const [one, other] = [
        await bench().consumer({ routes, database: counted }),
        await bench().consumer({ routes, log: await bench().open() }),
      ];
      const person = personIn(0);
      await eventually(async () => (await one.position(TOPIC, 0)) === 0);
      asked.length = 0;
      const records = [1, 2, 3, 4, 5].map((number) => recordOf(number, { subject: person }));
      await bench().log.append(TOPIC, 0, records);
      await eventually(async () => (await other.position(TOPIC, 0)) === 5);
      // Told again, with the other meanwhile ahead or behind: each number has one fate.
      await bench().log.append(TOPIC, 0, [records[4]!, recordOf(6, { subject: person })]);
      await eventually(async () => (await one.position(TOPIC, 0)) === 6);
      const account = (await one.accounts()).find(({ slot }) => slot === 0);
      expect(account).toMatchObject({ applied: 0, passedOver: 6, parked: 0 });
      expect(account!.produced).toBe(account!.passedOver + account!.duplicate);
      expect(asked.filter((text) => text.includes('for update') && text.startsWith('select')).length).toBeLessThan(
        asked.filter((text) => text.startsWith('with moved')).length + 2,
      );
      expect(bench().alarms).toEqual([]);
    });

    test("a fact about everyone stands in every slot, in order with each person's events", async () => {
      bench().relay();
      await bench().consumer();
      const people = [0, 1, 2].map(personIn);
      for (const person of people) await bench().consent(person, 1);
      await bench().beat(100);
      for (const person of people) await bench().consent(person, 2);
      const effects = await bench().effected(9);
      for (let slot = 0; slot < SLOTS; slot += 1) {
        expect(effects.filter((effect) => effect.slot === slot).map(({ version }) => version)).toEqual([1, 100, 2]);
      }
    });

    test('batches that tell of no one person take turns, so that slots may name the same tenants in any order', async () => {
      const inside = new Set<number>();
      let overlaps = 0;
      const turn = on(events.HeartbeatV1, async (sql, _batch, { slot }) => {
        inside.add(slot);
        if (inside.size > 1) overlaps += 1;
        // Long enough for the other slot to come in meanwhile, if it may.
        for (let round = 0; round < 50; round += 1) await sql.query('select 1');
      });
      const beat = (number: number, tenant: string) =>
        recordOf(number, { type: events.HeartbeatV1.type, tenant, data: { beat: number } });
      await bench().log.append(TOPIC, 0, [beat(1, 'one'), beat(2, 'two')]);
      await bench().log.append(TOPIC, 1, [beat(1, 'two'), beat(2, 'one')]);
      const consumer = await bench().consumer({
        routes: [turn],
        at: (point) => {
          if (point === 'effect') inside.clear();
          return Promise.resolve();
        },
      });
      for (const slot of [0, 1]) expect(await consumer.applied(TOPIC, slot, 2, 10_000)).toBe(true);
      expect(overlaps).toBe(0);
    });

    test('an event about no one person needs a slot', async () => {
      const announced = bench().test.database.transaction((sql) =>
        bench().outbox.announce(sql, events.HeartbeatV1, { tenant: TENANT, now: new Date() }, { beat: 1 }),
      );
      await expect(announced).rejects.toMatchObject({ code: 'messaging/no-slot' });
    });

    test('a service announces only its own events, and what did not commit is never told', async () => {
      const announce = (definition: typeof events.SubjectFrozenV1 | typeof events.HeartbeatV1) =>
        bench().test.database.transaction(async (sql) => {
          await bench().outbox.announce(
            sql,
            definition as typeof events.HeartbeatV1,
            { tenant: TENANT, slot: 0, now: new Date() },
            { beat: 1 },
          );
          throw new Fault('conflict', 'test/rolled-back', 'rolled back');
        });
      await expect(announce(events.SubjectFrozenV1)).rejects.toMatchObject({ code: 'messaging/not-our-event' });
      await expect(announce(events.HeartbeatV1)).rejects.toMatchObject({ code: 'test/rolled-back' });
      expect(await bench().outbox.waiting()).toEqual({ count: 0 });
    });

    test('a producer learns the number of its event, and the consumer answers when it has applied it', async () => {
      bench().relay();
      const consumer = await bench().consumer();
      const person = personIn(1);
      const before = await bench().outbox.numberOf(await bench().consent(person, 1), 50_000);
      expect(before).toMatchObject({ topic: TOPIC, slot: 1, number: 1 });
      const waiting = consumer.applied(TOPIC, 1, 2, 50_000);
      const after = await bench().outbox.numberOf(await bench().consent(person, 2), 50_000);
      expect(after.number).toBe(2);
      await expect(consumer.applied(TOPIC, 1, 2, 50_000, after.incarnation)).resolves.toBe(true);
      // The same number of another life of the producer has not been applied.
      await expect(consumer.applied(TOPIC, 1, 1, 0, 'another-life')).resolves.toBe(false);
      expect(await waiting).toBe(true);
      expect((await bench().effects()).at(-1)).toMatchObject({ version: 2 });
      expect(await consumer.applied(TOPIC, 1, 3, 20)).toBe(false);
      expect(await consumer.position(TOPIC, 1)).toBe(2);
    });

    test('an event that no relay has numbered, or that nobody knows, is told apart', async () => {
      const event = await bench().consent(personIn(0), 1);
      await expect(bench().outbox.numberOf(event, 20)).rejects.toMatchObject({ kind: 'unavailable' });
      await expect(bench().outbox.numberOf('0190a1b2-0000-7000-8000-000000000000', 20)).rejects.toMatchObject({
        kind: 'missing',
      });
    });

    test('orders are signed, and an unsigned, forged or misplaced one has no effect and leaves only its hash', async () => {
      const order = {
        type: events.ShredOrderedV1.type,
        source: 'lethe/erasure',
        data: {
          entry: 1,
          cause: 'erased' as const,
          compartments: ['contract' as const],
          at: '2026-11-22T00:00:00.000Z',
        },
      };
      const consumer = await bench().consumer({ routes: bench().routes(undefined, [events.ShredOrderedV1]) });
      const topic = events.ShredOrderedV1.topic;
      const person = personIn(0);
      await bench().log.ensureTopics([topic]);
      await bench().log.append(topic, 0, [
        recordOf(1, { ...order, subject: person }),
        recordOf(2, { ...order, subject: person, signature: 'bad' }),
        recordOf(3, { ...order, subject: person, signature: 'good', source: 'lethe/consent' }),
        { ...recordOf(4, {}), value: 'no event at all' },
        recordOf(5, { ...order, subject: person, signature: 'good' }),
      ]);
      const effects = await bench().effected(1);
      expect(effects.map(({ number }) => number)).toEqual([5]);
      const refused = await bench().admin<{ code: string; sha256: string; number: number }>(
        'select * from refused_message order by number',
      );
      expect(refused.map(({ code }) => code)).toEqual(['unsigned', 'forged', 'not-its-topic', 'not-json']);
      expect(JSON.stringify(refused)).not.toContain(person);
      expect(await consumer.applied(topic, 0, 2, 0)).toBe(false);
      expect(await consumer.applied(topic, 0, 5, 0)).toBe(true);
      expect((await consumer.accounts())[0]).toMatchObject({ produced: 5, applied: 1, refused: 4 });
    });

    test('two relays of one service share its slots, never number one twice, and take over what the other leaves', async () => {
      const relays = [bench().relay(), bench().relay({ outbox: undefined as never })];
      await eventually(
        () =>
          relays.every((relay) => relay.slots.length > 0) &&
          relays.reduce((sum, relay) => sum + relay.slots.length, 0) === SLOTS,
        { what: 'slots shared out' },
      );
      await bench().consumer();
      const people = Array.from({ length: 6 }, (_, index) => personIn(index % SLOTS));
      const announce = (from: number, to: number) =>
        Promise.all(
          people.map(async (person) => {
            for (let version = from; version <= to; version += 1) await bench().consent(person, version);
          }),
        );
      await announce(1, 10);
      await relays[0]!.stop();
      await announce(11, 20);
      const effects = await bench().effected(120);
      for (const person of people)
        expect(effects.filter(({ subject }) => subject === person).map(({ version }) => version)).toEqual(
          Array.from({ length: 20 }, (_, index) => index + 1),
        );
      for (let slot = 0; slot < SLOTS; slot += 1) {
        const told = (await bench().contents(TOPIC, slot, 40)).map(({ number }) => number);
        expect(told).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      }
      expect(relays[1]!.slots).toEqual([0, 1, 2]);
    });
  });
}
