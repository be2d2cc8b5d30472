import { expect, test } from '@jest/globals';
import type { ReadOutcome, StoredRecord } from './event-log.ts';
import { AssignedSlots } from './kafka-slots.ts';

const stored = (...offsets: number[]): StoredRecord[] =>
  offsets.map((offset) => ({
    offset: BigInt(offset),
    number: offset + 1,
    incarnation: 'one',
    id: `${offset}`,
    value: '{}',
  }));

/** A member with one slot, whose reader stands at `from`. */
function member(from: () => Promise<bigint | undefined>, outcome?: ReadOutcome) {
  const calls: string[] = [];
  const reads: bigint[][] = [];
  const errors: unknown[] = [];
  const slots = new AssignedSlots({
    partitions: {
      seek: ({ offset }) => calls.push(`seek ${offset}`),
      pause: () => calls.push('pause'),
      resume: () => calls.push('resume'),
    },
    reader: {
      from,
      read: ({ records }) => {
        reads.push(records.map(({ offset }) => offset));
        return Promise.resolve(outcome ?? { kind: 'go-on', next: records.at(-1)!.offset + 1n });
      },
    },
    prefix: '',
    onError: (error) => errors.push(error),
  });
  const resolved: bigint[] = [];
  const read = (records: StoredRecord[], end: bigint) =>
    slots.read('t', 0, records, end, (offset) => resolved.push(offset));
  return { slots, calls, reads, errors, resolved, read };
}

test("a batch that was fetched before the seek took hold is read from the reader's own position", async () => {
  const { slots, read, reads, resolved, calls } = member(() => Promise.resolve(5n));
  slots.joined({ t: [0] });
  await read(stored(0, 1, 2), 9n);
  await read(stored(3, 4, 5, 6), 9n);
  expect(reads).toEqual([[5n, 6n]]);
  expect(resolved).toEqual([6n]);
  expect(calls).toContain('seek 5');
});

test('a log that was made anew is read from its beginning, whatever the position says', async () => {
  const { slots, read, reads } = member(() => Promise.resolve(500n));
  slots.joined({ t: [0] });
  await read(stored(0, 1), 2n);
  expect(reads).toEqual([[0n, 1n]]);
});

test('a slot that was taken away gets nothing, and one that is stopped nothing until it is resumed', async () => {
  const { slots, read, reads, calls } = member(() => Promise.resolve(0n), { kind: 'stop', next: 0n });
  slots.joined({ t: [0] });
  await read(stored(0), 1n);
  await read(stored(0), 1n);
  expect(reads).toEqual([[0n]]);
  expect(calls.at(-1)).toBe('pause');
  await slots.assign('t', 0);
  expect(calls.slice(calls.lastIndexOf('pause'))).toContain('resume');
  await read(stored(0), 1n);
  expect(reads.length).toBe(2);
  slots.joined({});
  await read(stored(1), 2n);
  expect(reads.length).toBe(2);
});

test('a reader that cannot say where it stands lets the slot rest, and nothing is thrown at the group', async () => {
  const { slots, read, reads, errors, calls } = member(() => Promise.reject(new Error('down')));
  slots.joined({ t: [0] });
  await read(stored(0), 1n);
  expect(reads).toEqual([]);
  expect(errors.length).toBeGreaterThan(0);
  expect(calls).toContain('pause');
  await slots.end();
});
