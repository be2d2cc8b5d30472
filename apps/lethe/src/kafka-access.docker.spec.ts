import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { KafkaEdgeLog } from '@lethe/client';
import { inTopic, outTopic } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import { KafkaEventLog, readThrough } from '@lethe/messaging';
import { Home, kafkaLoginOf, type Installation, type KafkaLogin } from '@lethe/platform';
import type { KafkaServer } from '@lethe/testing';
import { makePlatformLogin, removePlatformLogin } from './platform-login.ts';
import { prepareLog } from './prepare-log.ts';
import { preparedKafka, SERVICES, SLOTS } from './prepared-kafka.contract.ts';

jest.setTimeout(240_000);

const ours = tenantId('our-platform');
const theirs = tenantId('their-platform');
const record = (id: string) => ({ number: 1, incarnation: 'test', id, value: '{}' });
const folder = mkdtempSync(join(tmpdir(), 'lethe-kafka-access-'));
const opened: { close(): Promise<unknown> }[] = [];
let kafka: KafkaServer;
let installation: Installation;
let home: Home;

beforeAll(async () => {
  ({ kafka, installation } = await preparedKafka(folder));
  // What runs at every `up`.
  await prepareLog(installation, SERVICES);
  home = Home.open(installation.home, 'development', { alone: false });
});
afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await kafka?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function as(login: KafkaLogin | undefined): KafkaEventLog {
  const log = new KafkaEventLog({
    brokers: kafka.brokers,
    slots: SLOTS,
    clientId: 'test',
    onFatal: () => undefined,
    ...(login === undefined ? {} : { login }),
  });
  opened.push(log);
  return log;
}
const service = (name: (typeof SERVICES)[number]): KafkaEventLog => as(kafkaLoginOf(home, name));
const down = { kind: 'unavailable', code: 'messaging/log-down' };

test.each(SERVICES)('%s writes its own topics, reads everybody’s, and cannot write another’s', async (name) => {
  const log = service(name);
  for (const topic of [`lethe.${name}`, `lethe.${name}.order`]) await log.append(topic, 0, [record(`${topic}-1`)]);
  for (const other of SERVICES.filter((one) => one !== name)) {
    await expect(log.append(`lethe.${other}`, 0, [record('forged')])).rejects.toMatchObject(down);
    await expect(log.append(`lethe.${other}.order`, 0, [record('forged')])).rejects.toMatchObject(down);
  }
  const heard: string[] = [];
  const topics = SERVICES.flatMap((one) => [`lethe.${one}`, `lethe.${one}.order`]);
  await readThrough(
    log,
    topics,
    () => 0n,
    ({ records }) => {
      heard.push(...records.map(({ id }) => id));
      return Promise.resolve();
    },
  );
  expect(heard).toEqual(expect.arrayContaining([`lethe.${name}-1`, `lethe.${name}.order-1`]));
  expect(heard).not.toContain('forged');
});

test('collection and erasure make and write the topics of tenants, consent and retention reach none of them', async () => {
  await service('collection').ensureTopics([inTopic(ours), outTopic(ours), inTopic(theirs), outTopic(theirs)]);
  await service('collection').append(inTopic(ours), 0, [record('a-fence')]);
  await service('erasure').append(outTopic(ours), 0, [record('told')]);
  await expect(service('erasure').append(inTopic(ours), 0, [record('forged')])).rejects.toMatchObject(down);
  for (const name of ['consent', 'retention'] as const) {
    await expect(service(name).append(outTopic(ours), 0, [record('forged')])).rejects.toMatchObject(down);
    await expect(service(name).ends(inTopic(ours))).rejects.toMatchObject(down);
  }
});

test('a platform writes its own topic, and neither another platform’s nor those between services', async () => {
  await service('collection').ensureTopics([inTopic(ours), outTopic(ours), inTopic(theirs), outTopic(theirs)]);
  const made = await makePlatformLogin(installation, ours);
  const edge = (tenant: string, login: KafkaLogin) => {
    const log = new KafkaEdgeLog({ brokers: kafka.brokers, tenant, login });
    opened.push(log);
    return log;
  };
  const mine = edge(ours, made);
  expect(await mine.slots()).toBe(SLOTS);
  await mine.send([{ slot: 0, id: '1', value: '{}' }]);
  const stranger = edge(theirs, made);
  await expect(stranger.slots()).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(stranger.send([{ slot: 0, id: '1', value: '{}' }])).rejects.toMatchObject({ kind: 'unavailable' });
  const asService = as(made);
  await expect(asService.append('lethe.erasure.order', 0, [record('forged')])).rejects.toMatchObject(down);
  await expect(asService.append(outTopic(ours), 0, [record('forged')])).rejects.toMatchObject(down);
  await expect(asService.ends('lethe.collection')).rejects.toMatchObject(down);

  // Renewed, the old password opens nothing new; removed, also what was open can do nothing any more.
  const renewed = await makePlatformLogin(installation, ours);
  await expect(edge(ours, made).slots()).rejects.toMatchObject({ kind: 'unavailable' });
  expect(await edge(ours, renewed).slots()).toBe(SLOTS);
  await removePlatformLogin(installation, ours);
  await removePlatformLogin(installation, ours);
  await expect(mine.send([{ slot: 0, id: '2', value: '{}' }])).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(edge(ours, renewed).slots()).rejects.toMatchObject({ kind: 'unavailable' });
});

test('who has no login, or another’s, is not let in', async () => {
  const { username, password } = kafkaLoginOf(home, 'consent');
  const strangers = [
    as(undefined),
    as({ username, password: `${password}x` }),
    as({ username: 'lethe-admin', password: home.secrets.need('kafka-admin-password') }),
    as({ ...kafkaLoginOf(home, 'erasure'), username }),
  ];
  for (const stranger of strangers) await expect(stranger.ends('lethe.consent')).rejects.toMatchObject(down);
});
