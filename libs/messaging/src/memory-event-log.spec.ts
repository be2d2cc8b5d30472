import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@lethe/testing';
import { eventLogContract } from './event-log.contract.ts';
import { Bench, personIn, SLOTS, type LogSource } from './bench.contract.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { messagingContract } from './messaging.contract.ts';

const logs = new Map<string, MemoryEventLog>();
const source: LogSource = {
  open: (name) => {
    const log = logs.get(name) ?? new MemoryEventLog({ slots: SLOTS });
    logs.set(name, log);
    return Promise.resolve(log);
  },
};

eventLogContract(() => source);
messagingContract(() => source);

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start(source);
});
beforeEach(() => bench.fresh());
afterEach(() => bench.quiet());
afterAll(() => bench.stop());

test('while the log is down events wait, are counted, and are told in order when it is up again', async () => {
  const log = bench.log as MemoryEventLog;
  bench.relay();
  await bench.consumer();
  const person = personIn(0);
  log.down(true);
  const first = await bench.consent(person, 1);
  await bench.outbox.numberOf(first, 50_000);
  await bench.consent(person, 2);
  await eventually(() => bench.errors.length > 1, { what: 'the relay tries again' });
  const waiting = await bench.outbox.waiting();
  expect(waiting.count).toBe(2);
  expect(waiting.oldest).toEqual(new Date('2026-11-22T00:00:00.000Z'));
  log.down(false);
  expect((await bench.effected(2)).map(({ version }) => version)).toEqual([1, 2]);
  await eventually(async () => (await bench.outbox.waiting()).count === 0, { what: 'nothing waits' });
});

test('a consumer that starts tries once more what had been given up trying', async () => {
  bench.relay();
  const ill = personIn(0);
  const first = await bench.consumer({
    before: () => {
      throw new Error('a bug');
    },
  });
  await bench.consent(ill, 1);
  await eventually(async () => (await first.parked()).length === 1, { what: 'parked' });
  await first.stop();
  await bench.admin('update parked set attempts = 5, retry_at = null');
  await bench.consumer({ retryEveryMs: 20 });
  await bench.effected(1);
});
