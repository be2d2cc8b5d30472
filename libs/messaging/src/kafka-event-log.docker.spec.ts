import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually, type KafkaServer, startKafka } from '@lethe/testing';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { Bench, personIn, recordOf, SLOTS, type LogSource } from './bench.contract.ts';
import { eventLogContract } from './event-log.contract.ts';
import { KafkaEventLog } from './kafka-event-log.ts';
import { messagingContract } from './messaging.contract.ts';

jest.setTimeout(120_000);

let kafka: KafkaServer;
const fatal: unknown[] = [];
const crashes: unknown[] = [];
const client = (name: string) =>
  new KafkaEventLog({
    brokers: kafka.brokers,
    clientId: `test-${randomUUID()}`,
    slots: SLOTS,
    prefix: `${name}.`,
    onFatal: (error) => fatal.push(error),
    onError: (error) => crashes.push(error),
  });
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
    Promise.all(
      people.map(async (person) => {
        for (let version = from; version <= to; version += 1) await bench.consent(person, version);
      }),
    );
  const wholeAndInOrder = async (versions: number) => {
    const effects = await bench.effected(people.length * versions);
    for (const person of people) {
      expect(effects.filter(({ subject }) => subject === person).map(({ version }) => version)).toEqual(
        Array.from({ length: versions }, (_, index) => index + 1),
      );
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
    await eventually(async () => (await bench.effects()).length >= 90, { what: 'everything', withinMs: 90_000 });
    await wholeAndInOrder(15);
    await eventually(() => bench.closed(consumer), { what: 'closed' });
    expect(bench.alarms).toEqual([]);
    expect(consumer.alive()).toBe(true);
  });

  test('a broker that is away for longer than kafkajs has patience is joined again by itself', async () => {
    bench.relay();
    const consumer = await bench.consumer();
    await announce(1, 5);
    await bench.effected(30);
    await kafka.kill();
    await announce(6, 10);
    const before = crashes.length;
    await eventually(() => Promise.resolve(crashes.length > before), { what: 'kafkajs gave up', withinMs: 150_000 });
    await kafka.restart();
    await eventually(async () => (await bench.effects()).length >= 60, { what: 'everything', withinMs: 150_000 });
    await wholeAndInOrder(10);
    await eventually(() => bench.closed(consumer), { what: 'closed' });
    expect(bench.alarms).toEqual([]);
    expect(fatal).toEqual([]);
  }, 330_000);

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
    await eventually(() => bench.closed(second), { what: 'closed' });
    expect(bench.alarms).toEqual([]);
  });
});

test('a member that a hanging broker does not let go is closed all the same', async () => {
  const own = await startKafka();
  const said: unknown[] = [];
  const options = {
    brokers: own.brokers,
    clientId: 'leaves',
    slots: SLOTS,
    onFatal: (error: unknown) => said.push(error),
  };
  const log = new KafkaEventLog({ ...options, onError: (error) => said.push(error) });
  try {
    await log.ensureTopics(['leaving']);
    const read: number[] = [];
    await log.append('leaving', 0, [recordOf(1, {})]);
    await log.subscribe('leaver', ['leaving'], {
      from: () => Promise.resolve(undefined),
      read: ({ records }) => {
        read.push(...records.map(({ number }) => number));
        return Promise.resolve({ kind: 'go-on' as const, next: records.at(-1)!.offset + 1n });
      },
    });
    await eventually(() => read.length === 1, { what: 'that it reads' });
    await own.pause();
    await log.close();
    expect(said).toContainEqual(expect.objectContaining({ code: 'messaging/not-left' }));
  } finally {
    await own.resume();
    await own.stop();
  }
});

test('a topic with another number of slots is refused', async () => {
  const name = randomUUID();
  const log = client(name);
  await log.ensureTopics(['lethe.consent']);
  const other = new KafkaEventLog({
    brokers: kafka.brokers,
    clientId: 'other',
    slots: SLOTS + 1,
    prefix: `${name}.`,
    onFatal: () => undefined,
  });
  await expect(other.ensureTopics(['lethe.consent'])).rejects.toMatchObject({ code: 'messaging/slots-differ' });
  await log.close();
});

test('a topic keeps records for seven days by the time of their arrival, and never by key', async () => {
  const name = randomUUID();
  const log = client(name);
  await log.ensureTopics(['lethe.consent']);
  const admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: `${name}.lethe.consent` }],
  });
  const settings = Object.fromEntries(
    resources[0]!.configEntries.map((entry) => [entry.configName, entry.configValue]),
  );
  expect(settings).toMatchObject({
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': '604800000',
    'segment.ms': '3600000',
  });
  await admin.disconnect();
  await log.close();
});

test('where the broker asks for a login, one with it is served and one without is told that the log cannot be reached', async () => {
  const secured = await startKafka({ superuser: { name: 'lethe', password: 'only-for-tests' } });
  const open = (login?: { readonly username: string; readonly password: string }) =>
    new KafkaEventLog({
      brokers: secured.brokers,
      clientId: 'login',
      slots: SLOTS,
      onFatal: () => undefined,
      ...(login ? { login } : {}),
    });
  const known = open({ username: 'lethe', password: 'only-for-tests' });
  const wrong = open({ username: 'lethe', password: 'wrong' });
  try {
    await known.ensureTopics(['lethe.consent']);
    await known.append('lethe.consent', 0, [recordOf(1, {})]);
    await expect(wrong.append('lethe.consent', 0, [recordOf(2, {})])).rejects.toMatchObject({ kind: 'unavailable' });
  } finally {
    await Promise.all([known.close(), wrong.close()]);
    await secured.stop();
  }
});
