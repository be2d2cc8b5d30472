import { describe, expect, test } from '@jest/globals';
import type { Envelope } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { eventually } from '@lethe/testing';
import { personIn, recordOf, TENANT, TOPIC, type Bench } from './bench.contract.ts';
import { Refused, SubjectErased } from './route.ts';

const versionOf = (event: Envelope) => (event.data as { readonly version?: number }).version;

/** Messages that cannot be applied, must not be, or not now. */
export function parkingContract(bench: () => Bench): void {
  describe('parking', () => {
    /** Fails for one version of one person until it is healed. */
    const poison = (person: string, version: number, error: () => Error = () => new Error('a bug')) => {
      const state = { healed: false };
      return {
        state,
        before: (event: Envelope) => {
          if (!state.healed && event.subject === person && versionOf(event) === version) throw error();
        },
      };
    };
    const effectsOf = async (person: string) =>
      (await bench().effects()).filter(({ subject }) => subject === person).map(({ version }) => version);

    test('what cannot be applied is parked, later ones of that person wait behind it, others flow (I6)', async () => {
      bench().relay();
      const [ill, fine] = [personIn(0), personIn(0)];
      const { state, before } = poison(ill, 2);
      const consumer = await bench().consumer({ before });
      for (let version = 1; version <= 4; version += 1) {
        await bench().consent(ill, version);
        await bench().consent(fine, version);
      }
      await eventually(async () => (await consumer.position(TOPIC, 0)) === 8, { what: 'all eight' });
      expect(await effectsOf(fine)).toEqual([1, 2, 3, 4]);
      expect(await effectsOf(ill)).toEqual([1]);
      expect((await consumer.parked()).map(({ number, code, subject }) => [number, code, subject])).toEqual([
        [3, 'error/Error', ill],
        [5, 'behind', ill],
        [7, 'behind', ill],
      ]);
      expect(await consumer.applied(TOPIC, 0, 3, 0)).toBe(false);
      expect(await consumer.applied(TOPIC, 0, 8, 0)).toBe(true);
      expect([await consumer.isParked(TENANT, ill), await consumer.isParked(TENANT, fine)]).toEqual([true, false]);
      const told = (tenant: string, topic: string) =>
        bench().test.database.transaction((sql) => consumer.hasParked(sql, tenant, topic));
      expect([await told(TENANT, TOPIC), await told('other', TOPIC), await told(TENANT, 'lethe.other')]).toEqual([
        ...[true, false, false],
      ]);
      expect((await consumer.accounts())[0]).toMatchObject({ produced: 8, applied: 5, parked: 3 });

      expect(await consumer.retryParked({ subject: ill })).toBe(0);
      state.healed = true;
      const waiting = consumer.applied(TOPIC, 0, 3, 50_000);
      expect(await consumer.retryParked({ subject: ill })).toBe(3);
      expect(await waiting).toBe(true);
      await bench().consent(ill, 5);
      await bench().effected(9);
      expect(await effectsOf(ill)).toEqual([1, 2, 3, 4, 5]);
      expect((await consumer.accounts())[0]).toMatchObject({ produced: 9, applied: 9, parked: 0 });
    });

    test('a poison in the middle of a batch keeps nothing of itself and loses nothing of the others', async () => {
      const [ill, fine] = [personIn(1), personIn(1)];
      const { before } = poison(ill, 50);
      await bench().log.append(
        TOPIC,
        1,
        Array.from({ length: 100 }, (_, index) =>
          recordOf(index + 1, { subject: (index + 1) % 10 === 0 ? ill : fine }),
        ),
      );
      const consumer = await bench().consumer({ before });
      await eventually(async () => (await consumer.position(TOPIC, 1)) === 100, { what: 'a hundred' });
      expect((await effectsOf(fine)).length).toBe(90);
      expect(await effectsOf(ill)).toEqual([10, 20, 30, 40]);
      expect((await consumer.parked()).map(({ number }) => number)).toEqual([50, 60, 70, 80, 90, 100]);
    });

    test('a fact about no one person that cannot be applied holds up its tenant in that slot, and no other tenant', async () => {
      const subject = personIn(0);
      const beat = { type: 'consent.heartbeat.v1', data: { beat: 1 } };
      let healed = false;
      const consumer = await bench().consumer({
        before: (event) => {
          if (!healed && event.type === 'consent.heartbeat.v1') throw new Error('a bug');
        },
      });
      await bench().log.append(TOPIC, 0, [
        recordOf(1, { subject }),
        recordOf(2, beat),
        recordOf(3, { subject }),
        recordOf(4, { subject, tenant: 'other' }),
      ]);
      await eventually(async () => (await consumer.position(TOPIC, 0)) === 4, { what: 'all four' });
      expect((await bench().effects()).map(({ number }) => number)).toEqual([1, 4]);
      expect(await consumer.isParked(TENANT, personIn(2))).toBe(true);
      healed = true;
      expect(await consumer.retryParked({ tenant: TENANT })).toBe(2);
      expect((await bench().effects()).map(({ number }) => number)).toEqual([1, 4, 2, 3]);
    });

    test('an event this build does not know, or cannot read, waits for one that does', async () => {
      const subject = personIn(0);
      const consumer = await bench().consumer();
      await bench().log.append(TOPIC, 0, [
        recordOf(1, { subject, type: 'consent.from-the-future.v9' }),
        recordOf(2, { subject }),
        recordOf(3, { subject: personIn(0), data: { version: 'no number' } }),
        recordOf(4, { subject: personIn(0) }),
      ]);
      await bench().effected(1);
      expect((await bench().effects()).map(({ number }) => number)).toEqual([4]);
      expect((await consumer.parked()).map(({ number, code }) => [number, code])).toEqual([
        [1, 'unknown-type'],
        [2, 'behind'],
        [3, 'unreadable'],
      ]);
    });

    test('an event nobody here listens to is passed over', async () => {
      const consumer = await bench().consumer();
      await bench().log.append(TOPIC, 0, [
        recordOf(1, { type: 'consent.clock-moved.v1', data: { offsetMs: 1 } }),
        recordOf(2, { subject: personIn(0) }),
      ]);
      await bench().effected(1);
      expect((await consumer.accounts())[0]).toMatchObject({ produced: 2, applied: 1, passedOver: 1 });
    });

    test('when something needed is down the slot waits and nothing is parked', async () => {
      const person = personIn(0);
      let failures = 0;
      const consumer = await bench().consumer({
        before: () => {
          failures += 1;
          if (failures <= 3) throw new Fault('unavailable', 'test/keyring-down', 'down');
        },
      });
      await bench().log.append(
        TOPIC,
        0,
        [1, 2].map((number) => recordOf(number, { subject: person })),
      );
      await eventually(() => failures > 0, { what: 'a first attempt' });
      expect(consumer.oldestUnappliedMs(new Date('2026-11-22T00:01:00.000Z'))).toBe(60_000);
      await bench().effected(2);
      expect(await effectsOf(person)).toEqual([1, 2]);
      expect(await consumer.parked()).toEqual([]);
      await eventually(() => consumer.oldestUnappliedMs(new Date()) === 0, { what: 'nothing waits' });
    });

    test("what an erased person's events say is dropped, what must not be is refused, both counted and never tried again", async () => {
      const [gone, bad] = [personIn(0), personIn(0)];
      const consumer = await bench().consumer({
        before: (event) => {
          if (event.subject === gone) throw new SubjectErased();
          if (event.subject === bad) throw new Refused('not-ours');
        },
      });
      await bench().log.append(TOPIC, 0, [
        recordOf(1, { subject: gone }),
        recordOf(2, { subject: personIn(0) }),
        recordOf(3, { subject: bad }),
      ]);
      await eventually(async () => (await consumer.position(TOPIC, 0)) === 3, { what: 'all three' });
      expect((await consumer.accounts())[0]).toMatchObject({
        produced: 3,
        applied: 1,
        dropped: 1,
        refused: 1,
        parked: 0,
      });
    });

    test('a parked message is tried again by itself, later and later, and a person may give it up with a reason', async () => {
      const person = personIn(0);
      const { before } = poison(person, 1);
      let now = new Date();
      const consumer = await bench().consumer({ before, retryEveryMs: 20, now: () => now });
      await bench().log.append(TOPIC, 0, [recordOf(1, { subject: person }), recordOf(2, { subject: person })]);
      for (let attempts = 1; attempts <= 5; attempts += 1) {
        // At least: one more is made at the start of a consumer, which may come after the message was parked.
        await eventually(async () => ((await consumer.parked())[0]?.attempts ?? 0) >= attempts, {
          what: `attempt ${attempts}`,
        });
        now = new Date(now.getTime() + 600_000);
      }
      await expect(
        consumer.discardParked({ topic: TOPIC, slot: 0, number: 1 }, 'Because of Mr Li', ['a', 'b']),
      ).rejects.toMatchObject({ kind: 'invalid' });
      await consumer.discardParked({ topic: TOPIC, slot: 0, number: 1 }, 'bug-412', ['issuer#one', 'issuer#two']);
      await eventually(async () => (await consumer.parked()).length === 0, { what: 'what waited behind it' });
      expect(await effectsOf(person)).toEqual([2]);
      expect((await consumer.accounts())[0]).toMatchObject({ produced: 2, applied: 1, passedOver: 1, parked: 0 });
      expect(await consumer.applied(TOPIC, 0, 1, 0)).toBe(false);
      expect(await bench().admin('select code, decided_by from refused_message')).toEqual([
        { code: 'discarded/bug-412', decided_by: ['issuer#one', 'issuer#two'] },
      ]);
    });
  });
}
