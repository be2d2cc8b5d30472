import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startKafka, type KafkaServer } from '../../testing/src/kafka-container.ts';
import { Bench, personIn, SLOTS, type LogSource } from './bench.contract.ts';
import { eventLogContract } from './event-log.contract.ts';
import { KafkaEventLog } from './kafka-event-log.ts';
import { messagingContract } from './messaging.contract.ts';
import { until } from './until.contract.ts';

jest.setTimeout(120_000);

let kafka: KafkaServer;
const fatal: unknown[] = [];
const client = (name: string) =>
  new KafkaEventLog({ brokers: kafka.brokers, clientId: `test-${randomUUID()}`, slots: SLOTS, prefix: `${name}.`, onFatal: (error) => fatal.push(error) });
const source: LogSource = { open: (name) => Promise.resolve(client(name)) };

beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(async () => {
  await kafka?.stop();
  expect(fatal).toEqual([]);
});

eventLogContract(() => source);
messagingContract(() => source);

describe('a broker and a group', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start(source);
  });
  beforeEach(() => bench.fresh());
  afterEach(() => bench.quiet());
  afterAll(() => bench.stop());
  const people = Array.from({ length: 6 }, (_, index) => personIn(index % SLOTS));
  const announce = (from: number, to: number) =>
    Promise.all(people.map(async (person) => {
      for (let version = from; version <= to; version += 1) await bench.consent(person, version);
    }));
  const wholeAndInOrder = async (versions: number) => {
    const effects = await bench.effected(people.length * versions);
    for (const person of people) {
      expect(effects.filter(({ subject }) => subject === person).map(({ version }) => version)).toEqual(Array.from({ length: versions }, (_, index) => index + 1));
    }
  };

  test('a broker that is killed and comes back loses nothing and doubles nothing', async () => {
    bench.relay();
    const consumer = await bench.consumer();
    await announce(1, 5);
    await bench.effected(30);
    await kafka.kill();
    await announce(6, 10);
    await kafka.restart();
    await announce(11, 15);
    await until(async () => (await bench.effects()).length >= 90, 'everything', 90_000);
    await wholeAndInOrder(15);
    await until(() => bench.closed(consumer), 'closed');
    expect(bench.alarms).toEqual([]);
    expect(consumer.alive()).toBe(true);
  });

  test('members of a group share the slots; one that joins or leaves in the middle changes no effect', async () => {
    bench.relay();
    const first = await bench.consumer();
    await announce(1, 10);
    const second = await bench.consumer({ log: await bench.open() });
    await announce(11, 20);
    await bench.effected(120);
    await first.stop();
    await announce(21, 25);
    await wholeAndInOrder(25);
    await until(() => bench.closed(second), 'closed');
    expect(bench.alarms).toEqual([]);
  });
});

test('a topic with another number of slots is refused', async () => {
  const name = randomUUID();
  const log = client(name);
  await log.ensureTopics(['lethe.consent']);
  const other = new KafkaEventLog({ brokers: kafka.brokers, clientId: 'other', slots: SLOTS + 1, prefix: `${name}.`, onFatal: () => undefined });
  await expect(other.ensureTopics(['lethe.consent'])).rejects.toMatchObject({ code: 'messaging/slots-differ' });
  await log.close();
});
