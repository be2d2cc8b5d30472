import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { startKafka, type KafkaServer } from './kafka-container.ts';
import { startPostgres } from './postgres-container.ts';

jest.setTimeout(180_000);

const client = (brokers: string[], login?: { username: string; password: string }) =>
  new Kafka({
    clientId: 'containers',
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, retries: 8 },
    ...(login ? { sasl: { mechanism: 'scram-sha-512', ...login } } : {}),
  });

describe('a broker in a container', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka?.stop();
  });

  test('keeps its address and its messages over a restart, a kill and a pause', async () => {
    const connected = client(kafka.brokers);
    const admin = connected.admin();
    const producer = connected.producer();
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 12 }], waitForLeaders: true });
    await producer.connect();
    const send = async (value: string) =>
      producer.send({ topic: 'kept', acks: -1, messages: [{ partition: 7, value }] });

    await send('before');
    await kafka.restart();
    await send('between');
    await kafka.kill();
    await kafka.restart();
    await send('after');
    await kafka.pause();
    let answered = false;
    const late = send('late').finally(() => (answered = true));
    expect((await kafka.container.exec(['true']).catch(() => undefined))?.exitCode).not.toBe(0);
    expect(answered).toBe(false);
    await kafka.resume();
    await late;

    const offsets = await admin.fetchTopicOffsets('kept');
    expect(offsets.find(({ partition }) => partition === 7)).toMatchObject({ low: '0', high: '4' });
    await producer.disconnect();
    await admin.disconnect();
  });
});

test('a broker with a superuser lets others do only what an ACL allows', async () => {
  const superuser = { name: 'operator', password: 'op-secret' };
  const kafka = await startKafka({ superuser });
  try {
    await kafka.addLogin({ name: 'guest', password: 'guest-secret' });
    const admin = client(kafka.brokers, { username: superuser.name, password: superuser.password }).admin();
    await admin.createTopics({ topics: [{ topic: 'closed', numPartitions: 1 }], waitForLeaders: true });
    const guest = client(kafka.brokers, { username: 'guest', password: 'guest-secret' }).admin();
    expect(await guest.listTopics()).toEqual([]);
    expect(await admin.listTopics()).toContain('closed');
    await guest.disconnect();
    await admin.disconnect();
  } finally {
    await kafka.stop();
  }
});

test('a durable server keeps its address and its rows over a restart and a kill', async () => {
  const server = await startPostgres({ durable: true, settings: { max_connections: '42' } });
  const ask = async (sql: string) => {
    const connection = new pg.Client({ connectionString: server.url });
    await connection.connect();
    try {
      return (await connection.query(sql)).rows as Record<string, unknown>[];
    } finally {
      await connection.end();
    }
  };
  try {
    await ask('create table kept(n int)');
    await ask('insert into kept values (1)');
    await server.restart();
    await ask('insert into kept values (2)');
    await server.kill();
    await expect(ask('select 1')).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    expect(await ask('select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await ask('show max_connections')).toEqual([{ max_connections: '42' }]);
  } finally {
    await server.stop();
  }
});

test('a server in memory says that it cannot be brought back', async () => {
  const server = await startPostgres();
  try {
    await expect(server.restart()).rejects.toThrow(/durable/);
    await expect(server.kill()).rejects.toThrow(/durable/);
  } finally {
    await server.stop();
  }
});
