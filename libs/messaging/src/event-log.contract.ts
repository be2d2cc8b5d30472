import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@lethe/testing';
import { SLOTS, type LogSource } from './bench.contract.ts';
import type { EventLog, LogRecord, SlotBatch, StoredRecord } from './event-log.ts';

const record = (number: number, value = `{"n":${number}}`): LogRecord => ({
  number,
  incarnation: 'one',
  id: randomUUID(),
  value,
});
const numbers = (records: readonly StoredRecord[]) => records.map(({ number }) => number);
const goOn = ({ records }: SlotBatch) => Promise.resolve({ kind: 'go-on' as const, next: records.at(-1)!.offset + 1n });

/** What every event log promises. */
export function eventLogContract(source: () => LogSource): void {
  describe('as an event log', () => {
    const topic = 'lethe.consent';
    let name: string;
    let open: EventLog[] = [];
    const client = async () => {
      const log = await source().open(name);
      open.push(log);
      return log;
    };
    beforeEach(() => {
      name = randomUUID().slice(0, 8);
    });
    afterEach(async () => {
      await Promise.all(open.map((log) => log.close()));
      open = [];
    });

    test('each slot keeps the order of its appends, and every group gets everything', async () => {
      const log = await client();
      await log.ensureTopics([topic]);
      await log.ensureTopics([topic]);
      const groups = ['first', 'second'].map(() => Array.from({ length: SLOTS }, (): StoredRecord[] => []));
      for (const [index, slots] of groups.entries()) {
        await (
          await client()
        ).subscribe(`group-${index}`, [topic], {
          from: () => Promise.resolve(undefined),
          read: (batch) => (slots[batch.slot]!.push(...batch.records), goOn(batch)),
        });
      }
      for (let number = 1; number <= 30; number += 3) {
        await Promise.all(
          [0, 1, 2].map((slot) => log.append(topic, slot, [record(number), record(number + 1), record(number + 2)])),
        );
      }
      const wanted = Array.from({ length: 30 }, (_, index) => index + 1);
      await eventually(() => groups.every((slots) => slots.every((records) => records.length >= 30)), {
        what: 'all records',
      });
      for (const slots of groups) for (const records of slots) expect(numbers(records)).toEqual(wanted);
      const offsets = groups[0]![0]!.map(({ offset }) => offset);
      expect([...offsets].sort((a, b) => (a < b ? -1 : 1))).toEqual(offsets);
    });

    test('a reader begins where it says it stands', async () => {
      const log = await client();
      await log.ensureTopics([topic]);
      await log.append(topic, 1, [record(1), record(2), record(3), record(4)]);
      const all: StoredRecord[] = [];
      const first = await (
        await client()
      ).subscribe('reader', [topic], {
        from: () => Promise.resolve(undefined),
        read: (batch) => (all.push(...batch.records), goOn(batch)),
      });
      await eventually(() => all.length === 4, { what: 'four records' });
      await first.stop();
      const again: StoredRecord[] = [];
      await (
        await client()
      ).subscribe('reader', [topic], {
        from: (_topic, slot) => Promise.resolve(slot === 1 ? all[2]!.offset : undefined),
        read: (batch) => (again.push(...batch.records), goOn(batch)),
      });
      await eventually(() => again.length >= 2, { what: 'two records' });
      expect(numbers(again)).toEqual([3, 4]);
    });

    test('what a reader did not handle comes again after the pause it asked for, and other slots go on', async () => {
      const log = await client();
      await log.ensureTopics([topic]);
      const seen: (readonly [number, number])[] = [];
      let paused = 0;
      await log.subscribe('reader', [topic], {
        from: () => Promise.resolve(undefined),
        read: (batch) => {
          const poison = batch.records.find(({ number }) => batch.slot === 0 && number === 2);
          const fine = batch.records.filter((one) => poison === undefined || paused >= 3 || one.offset < poison.offset);
          for (const { number } of fine) seen.push([batch.slot, number]);
          if (fine.length === batch.records.length) return goOn(batch);
          paused += 1;
          return Promise.resolve({ kind: 'pause', next: poison!.offset, milliseconds: 50 });
        },
      });
      await log.append(topic, 0, [record(1), record(2), record(3)]);
      await log.append(topic, 2, [record(1)]);
      await eventually(() => seen.length >= 4, { what: 'all records' });
      expect(paused).toBe(3);
      expect(seen.filter(([slot]) => slot === 0).map(([, number]) => number)).toEqual([1, 2, 3]);
    });

    test("a stopped slot gets nothing until it is resumed, from the reader's own position", async () => {
      const log = await client();
      await log.ensureTopics([topic]);
      const seen: (readonly [number, number])[] = [];
      let stop = true;
      let position: bigint | undefined;
      const subscription = await log.subscribe('reader', [topic], {
        from: (_topic, slot) => Promise.resolve(slot === 0 ? position : undefined),
        read: (batch) => {
          for (const { number } of batch.records) seen.push([batch.slot, number]);
          if (batch.slot !== 0 || !stop) return goOn(batch);
          position = batch.records[0]!.offset;
          return Promise.resolve({ kind: 'stop', next: position });
        },
      });
      await log.append(topic, 0, [record(1)]);
      await eventually(() => seen.length === 1, { what: 'the first' });
      await log.append(topic, 0, [record(2)]);
      await log.append(topic, 1, [record(1)]);
      await eventually(() => seen.some(([slot]) => slot === 1), { what: 'the other slot' });
      expect(seen.filter(([slot]) => slot === 0)).toEqual([[0, 1]]);
      stop = false;
      await subscription.resume(topic, 0);
      await eventually(() => seen.some(([slot, number]) => slot === 0 && number === 2), { what: 'the rest' });
      expect(seen.filter(([slot]) => slot === 0).map(([, number]) => number)).toEqual([1, 1, 2]);
    });

    test('a reader that is down for a moment loses nothing', async () => {
      const log = await client();
      await log.ensureTopics([topic]);
      let asked = 0;
      const seen: number[] = [];
      await log.subscribe('reader', [topic], {
        from: () => {
          asked += 1;
          return asked <= SLOTS
            ? Promise.reject(new Error('the database is not there yet'))
            : Promise.resolve(undefined);
        },
        read: (batch) => (seen.push(...numbers(batch.records)), goOn(batch)),
      });
      await log.append(topic, 1, [record(1), record(2)]);
      await eventually(() => seen.length >= 2, { what: 'both records' });
      expect(seen).toEqual([1, 2]);
    });

    test('big appends arrive whole: more bytes than one request takes', async () => {
      const log = await client();
      await log.ensureTopics([topic]);
      const seen: StoredRecord[] = [];
      await log.subscribe('reader', [topic], {
        from: () => Promise.resolve(undefined),
        read: (batch) => (seen.push(...batch.records), goOn(batch)),
      });
      const value = JSON.stringify('x'.repeat(100_000));
      await log.append(
        topic,
        2,
        Array.from({ length: 60 }, (_, index) => record(index + 1, value)),
      );
      await eventually(() => seen.length >= 60, { what: 'all of them' });
      expect(numbers(seen)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
      expect(seen.every((one) => one.value === value)).toBe(true);
    });
  });
}
