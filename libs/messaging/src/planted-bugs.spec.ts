import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Database, Transaction } from '@lethe/kernel';
import { eventually } from '@lethe/testing';
import { Bench, personIn, recordOf, SLOTS, TOPIC } from './bench.contract.ts';
import type { Connection, ConnectionSource } from './connection.ts';
import { LossyLog } from './lossy-log.contract.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { PositionStore } from './position-store.ts';

/**
 * The checks of the suite are believed only because each of them has been seen to fail: here every one meets the mistake it is
 * there for. Each test plants one and shows by which observation the suite would turn red.
 */
let bench: Bench;
const logs = new Map<string, MemoryEventLog>();
beforeAll(async () => {
  bench = await Bench.start({
    open: (name) => {
      const log = logs.get(name) ?? new MemoryEventLog({ slots: SLOTS });
      logs.set(name, log);
      return Promise.resolve(log);
    },
  });
});
beforeEach(() => bench.fresh());
afterEach(() => bench.quiet());
afterAll(() => bench.stop());

const versionsOf = async (subject: string) =>
  (await bench.effects()).filter((effect) => effect.subject === subject).map(({ version }) => version);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** Connections on which some statements are other statements. */
const rewriting = (rewrite: (text: string) => string): ConnectionSource => ({
  connect: async () => {
    const connection: Connection = await bench.pool.connect();
    return {
      query: (text, values) => connection.query(rewrite(text), values),
      release: (reason) => connection.release(reason),
      on: (event, listener) => connection.on(event, listener),
    };
  },
});

/** A database whose transactions' statements pass through `change` first. */
const meddled = (
  change: (sql: Transaction, text: string, values: readonly unknown[] | undefined) => Promise<unknown[]>,
): Database => {
  const wrap = (sql: Transaction): Transaction => ({
    query: <Row>(text: string, values?: readonly unknown[]) => change(sql, text, values) as Promise<Row[]>,
    enter: (tenant) => sql.enter(tenant),
    afterCommit: (work) => sql.afterCommit(work),
  });
  return {
    transaction: (work) => bench.test.database.transaction((sql) => work(wrap(sql))),
    within: (tenant, work) => bench.test.database.within(tenant, (sql) => work(wrap(sql))),
  };
};

/** One relay is held between its number's commit and its append; what the other tells meanwhile, and the order in the end. */
const heldInTheMiddle = async (pool: ConnectionSource) => {
  const order: number[] = [];
  const log = new LossyLog(bench.log, (records) => {
    order.push(...records.map(({ number }) => number));
    return records;
  });
  let holding = false;
  let letGo = (): void => undefined;
  const at = () => {
    if (holding) return Promise.resolve();
    holding = true;
    return new Promise<void>((resolve) => (letGo = resolve));
  };
  const relays = [bench.relay({ pool, log, at }), bench.relay({ pool, log, at })];
  await eventually(() => relays.every((relay) => relay.slots.length > 0), { what: 'both have slots' });
  // Idle for a round, so that neither looks for what another left behind.
  await eventually(async () => (await bench.outbox.waiting()).count === 0, { what: 'idle' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const person = personIn(0);
  await bench.consent(person, 1);
  await eventually(() => holding, { what: 'one is held' });
  const early = await bench.outbox.numberOf(await bench.consent(person, 2), 300).catch(() => undefined);
  letGo();
  await eventually(() => order.length >= 2, { what: 'both told' });
  return { early: early?.number, order };
};

test('two relays that do not ask for the lock tell one slot in disorder; two that do, never', async () => {
  expect(await heldInTheMiddle(bench.pool)).toEqual({ early: undefined, order: [1, 2] });
  await bench.quiet();
  await bench.fresh();
  const unlocked = rewriting((text) =>
    text
      .replace('pg_try_advisory_lock($1, $2)', '($1::int is not null and $2::int is not null)')
      .replace('count(distinct pid)::int', '1'),
  );
  const planted = await heldInTheMiddle(unlocked);
  // Told while the first was held: the second, under the next number or one that both have given.
  expect(planted.early).toBeGreaterThanOrEqual(2);
  expect(planted.order).not.toEqual([1, 2]);
});

test('a relay that remembers the last id it has seen loses what commits late', async () => {
  let cursor = 0;
  const byCursor: ConnectionSource = {
    connect: async () => {
      const connection: Connection = await bench.pool.connect();
      return {
        query: async (text, values) => {
          const result = await connection.query(
            text.replace('where number is null and', `where number is null and id > ${cursor} and`),
            values,
          );
          if (text.includes('with fresh')) {
            const ids = result.rows.map((row) => row['id'] as string);
            const [seen] = await bench.admin<{ id: number | null }>(
              'select max(id) as id from outbox where event_id = any($1::uuid[])',
              [ids],
            );
            cursor = Math.max(cursor, seen!.id ?? 0);
          }
          return result;
        },
        release: (reason) => connection.release(reason),
        on: (event, listener) => connection.on(event, listener),
      };
    },
  };
  const lateAndEarly = async () => {
    let commit = (): void => undefined;
    const held = new Promise<void>((resolve) => (commit = resolve));
    let written = (): void => undefined;
    const first = new Promise<void>((resolve) => (written = resolve));
    const late = bench.test.database.transaction(async (sql) => {
      const { events } = await import('@lethe/contracts');
      const { consentData } = await import('./bench.contract.ts');
      await bench.outbox.announce(
        sql,
        events.ConsentChangedV1,
        { tenant: 'damai', subject: personIn(0), now: new Date() },
        consentData(1),
      );
      written();
      await held;
    });
    await first;
    const early = await bench.consent(personIn(0), 2);
    await bench.outbox.numberOf(early, 50_000);
    commit();
    await late;
  };
  const waiting = async () => (await bench.outbox.waiting()).count;

  const wrong = bench.relay({ pool: byCursor });
  await lateAndEarly();
  await bench.outbox.numberOf(await bench.consent(personIn(0), 3), 50_000);
  await eventually(async () => (await waiting()) === 1, { what: 'one is left' });
  const [left] = await bench.admin<{ count: number }>('select count(*)::int as count from outbox where number is null');
  expect(left!.count).toBe(1);
  await wrong.stop();
  bench.relay();
  await eventually(async () => (await waiting()) === 0, { what: 'the right relay finds it' });
});

test('a position that commits without its effect loses the effect, and one that follows it doubles it', async () => {
  const subject = personIn(0);
  const apart = meddled(async (sql, text, values) => {
    if (!text.includes('update position set incarnation')) return sql.query(text, values);
    // Planted: in a transaction of its own, before the effect's has committed. The row is ours, so the lock is let go first.
    await sql.query('rollback');
    await bench.test.database.transaction((other) => other.query(text, values));
    await sql.query('begin');
    return [];
  });
  const consumer = await bench.consumer({ database: apart });
  await bench.log.append(
    TOPIC,
    0,
    upTo(5).map((number) => recordOf(number, { subject })),
  );
  await eventually(async () => (await consumer.position(TOPIC, 0)) === 5, { what: 'a position' });
  await consumer.stop();
  expect(await versionsOf(subject)).not.toEqual(upTo(5));
});

test('a position outside the transaction, written after it, doubles effects when killed between', async () => {
  const subject = personIn(0);
  const store = new PositionStore('collection', TOPIC, 0);
  const late: (() => Promise<void>)[] = [];
  const apart = meddled(async (sql, text, values) => {
    if (!text.includes('update position set incarnation')) return sql.query(text, values);
    late.push(async () => void (await bench.test.database.transaction((other) => other.query(text, values))));
    return [];
  });
  const first = await bench.consumer({
    database: apart,
    at: (point) => (point === 'committed' ? Promise.reject(new Error('killed')) : Promise.resolve()),
  });
  await bench.log.append(
    TOPIC,
    0,
    upTo(5).map((number) => recordOf(number, { subject })),
  );
  await bench.effected(5);
  await first.stop();
  expect(late.length).toBeGreaterThan(0);
  expect((await bench.test.database.transaction((sql) => store.load(sql))).number).toBe(0);
  await bench.consumer();
  await bench.effected(10);
  expect(await versionsOf(subject)).not.toEqual(upTo(5));
});

test("without the check for what was heard before, a rolled-back producer's new events vanish as duplicates", async () => {
  const subject = personIn(0);
  const forgetful = meddled(async (sql, text, values) => {
    const rows = await sql.query<{ first: number; last: number; ids: string[] }>(text, values);
    return text.includes('select first, last, ids from heard') ? rows.map((row) => ({ ...row, ids: [] })) : rows;
  });
  const consumer = await bench.consumer({ database: forgetful });
  await bench.log.append(
    TOPIC,
    0,
    upTo(3).map((number) => recordOf(number, { subject })),
  );
  await bench.effected(3);
  await bench.log.append(TOPIC, 0, [recordOf(3, { subject })]);
  await eventually(async () => (await consumer.accounts())[0]?.produced === 4, { what: 'counted' });
  expect(await consumer.stopped()).toEqual([]);
  expect(bench.alarms).toEqual([]);
});

test('a consumer that takes any number as the next applies a redelivery twice', async () => {
  const subject = personIn(0);
  let number = 0;
  const trusting = meddled(async (sql, text, values) => {
    const rows = await sql.query(text, values);
    // Planted: the position always reads as if the next record were the one expected.
    return /select incarnation, number, last_id/.test(text) ? rows.map((row) => ({ ...row, number })) : rows;
  });
  const records = upTo(3).map((one) => recordOf(one, { subject }));
  const consumer = await bench.consumer({ database: trusting });
  await bench.log.append(TOPIC, 0, records);
  await bench.effected(3);
  await consumer.stop();
  number = 0;
  await bench.admin('delete from heard');
  const again = await bench.consumer({ database: trusting });
  await bench.log.append(TOPIC, 0, records);
  await bench.effected(6);
  await again.stop();
  expect(await versionsOf(subject)).not.toEqual(upTo(3));
});
