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

      expect(await consumer.retryParked({ subject: ill })).toEqual({ tried: 1, applied: 0, dropped: 0, refused: 0 });
      state.healed = true;
      const waiting = consumer.applied(TOPIC, 0, 3, 50_000);
      expect(await consumer.retryParked({ subject: ill })).toMatchObject({ tried: 3, applied: 3 });
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
      expect(await consumer.retryParked({ tenant: TENANT })).toMatchObject({ tried: 2, applied: 2 });
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
      const place = { topic: TOPIC, slot: 0, incarnation: 'one', number: 1 };
      await expect(consumer.proposeDiscard(TENANT, place, 'Because of Mr Li', 'i#one')).rejects.toMatchObject({
        kind: 'invalid',
      });
      const discard = await consumer.proposeDiscard(TENANT, place, 'bug-412', 'i#one');
      expect((await consumer.parked())[0]?.discard).toEqual({ discard, reason: 'bug-412', by: 'i#one', at: now });
      expect(await consumer.confirmDiscard(TENANT, discard, 'i#two', () => undefined)).toMatchObject(place);
      expect(await consumer.parked()).toEqual([]);
      expect(await effectsOf(person)).toEqual([2]);
      expect((await consumer.accounts())[0]).toMatchObject({ produced: 2, applied: 1, passedOver: 1, parked: 0 });
      expect(await consumer.applied(TOPIC, 0, 1, 0)).toBe(false);
      const given = { ...place, reason: 'bug-412', by: ['i#one', 'i#two'], at: now };
      expect(await consumer.discarded(TENANT)).toEqual([{ ...given, type: 'consent.consent-changed.v1' }]);
      expect(await consumer.discarded('other')).toEqual([]);
    });

    test('a message is tried again by its place, what waited behind it follows, and nothing else is touched', async () => {
      const [ill, worse, elsewhere] = [personIn(0), personIn(0), personIn(0)];
      let healed = false;
      const consumer = await bench().consumer({
        before: () => {
          if (!healed) throw new Error('a bug');
        },
      });
      await bench().log.append(TOPIC, 0, [
        recordOf(1, { subject: ill }),
        recordOf(2, { subject: worse }),
        recordOf(3, { subject: ill }),
        recordOf(4, { subject: elsewhere, tenant: 'other' }),
      ]);
      await eventually(async () => (await consumer.position(TOPIC, 0)) === 4, { what: 'all four' });
      healed = true;
      const one = { topic: TOPIC, slot: 0, message: { incarnation: 'one', number: 1 } };
      const nothing = { tried: 0, applied: 0, dropped: 0, refused: 0 };
      expect(await consumer.retryParked({ ...one, tenant: 'other' })).toEqual(nothing);
      const anotherLife = { ...one, tenant: TENANT, message: { incarnation: 'two', number: 1 } };
      expect(await consumer.retryParked(anotherLife)).toEqual(nothing);
      expect(await consumer.retryParked({ ...one, tenant: TENANT })).toMatchObject({ tried: 2, applied: 2 });
      expect(await consumer.retryParked({ ...one, tenant: TENANT })).toEqual(nothing);
      expect((await bench().effects()).map(({ number }) => number)).toEqual([1, 3]);
      expect((await consumer.parked()).map(({ number }) => number)).toEqual([2, 4]);
      expect(await consumer.parkedByCode('other')).toEqual([{ code: 'error/Error', count: 1 }]);
      expect(await consumer.retryParked({ tenant: TENANT })).toMatchObject({ tried: 1, applied: 1 });
      expect((await consumer.parked()).map(({ tenant }) => tenant)).toEqual(['other']);
    });

    test('what is proposed to be given up goes with the message, and is nothing of another tenant, life or place', async () => {
      const person = personIn(0);
      const { state, before } = poison(person, 1);
      const consumer = await bench().consumer({ before });
      await bench().log.append(TOPIC, 0, [recordOf(1, { subject: person }), recordOf(2, { subject: person })]);
      await eventually(async () => (await consumer.position(TOPIC, 0)) === 2, { what: 'both' });
      const place = { topic: TOPIC, slot: 0, incarnation: 'one', number: 1 };
      const propose = (about: Partial<typeof place>, tenant = TENANT) =>
        consumer.proposeDiscard(tenant, { ...place, ...about }, 'bug-412', 'i#one');
      const missing = { kind: 'missing', code: 'messaging/not-parked' };
      await expect(propose({}, 'other')).rejects.toMatchObject(missing);
      await expect(propose({ incarnation: 'two' })).rejects.toMatchObject(missing);
      await expect(propose({ number: 3 })).rejects.toMatchObject(missing);
      await expect(propose({ number: 2 })).rejects.toMatchObject({ kind: 'conflict', code: 'messaging/not-tried' });
      const [first, second] = [await propose({}), await propose({})];
      const confirm = (discard: string, tenant = TENANT, may: () => void = () => undefined) =>
        consumer.confirmDiscard(tenant, discard, 'i#two', may);
      const gone = { kind: 'missing', code: 'messaging/no-such-discard' };
      await expect(confirm(first)).rejects.toMatchObject(gone);
      await expect(confirm(second, 'other')).rejects.toMatchObject(gone);
      const mayNot = () => {
        throw new Fault('forbidden', 'test/may-not', 'may not');
      };
      await expect(confirm(second, TENANT, mayNot)).rejects.toMatchObject({ code: 'test/may-not' });
      expect((await consumer.parked()).length).toBe(2);
      state.healed = true;
      await consumer.retryParked({ tenant: TENANT });
      await expect(confirm(second)).rejects.toMatchObject(gone);
      expect([await effectsOf(person), await consumer.discarded(TENANT)]).toEqual([[1, 2], []]);
    });

    test('what waited behind a message that is given up is tried again by itself when something is away at that moment', async () => {
      const person = personIn(0);
      let failures = 0;
      const consumer = await bench().consumer({
        before: (event) => {
          if (versionOf(event) === 1) throw new Error('a bug');
          failures += 1;
          if (failures <= 2) throw new Fault('unavailable', 'test/keyring-down', 'down');
        },
        retryEveryMs: 20,
      });
      await bench().log.append(TOPIC, 0, [recordOf(1, { subject: person })]);
      // It has had its tries: nothing of it is due by itself.
      await eventually(async () => (await consumer.parked()).length === 1, { what: 'parked' });
      await bench().admin(`update parked set attempts = 5, retry_at = null`);
      await bench().log.append(TOPIC, 0, [recordOf(2, { subject: person })]);
      await eventually(async () => (await consumer.parked()).length === 2, { what: 'behind' });
      const place = { topic: TOPIC, slot: 0, incarnation: 'one', number: 1 };
      const discard = await consumer.proposeDiscard(TENANT, place, 'bug-412', 'i#one');
      await consumer.confirmDiscard(TENANT, discard, 'i#two', () => undefined);
      expect(failures).toBeGreaterThan(0);
      await eventually(async () => (await consumer.parked()).length === 0, { what: 'what waited behind it' });
      expect(await effectsOf(person)).toEqual([2]);
    });
  });
}
