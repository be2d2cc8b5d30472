import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { KafkaEdgeLog } from '@lethe/client';
import { inTopic, outTopic } from '@lethe/contracts';
import { KafkaEventLog, type EventLog, type MemoryEventLog } from '@lethe/messaging';
import { newId } from '@lethe/platform';
import { eventually, type KafkaServer, startKafka } from '@lethe/testing';
import { Kafka, logLevel } from 'kafkajs';
import { SLOTS, startCollection, type Bench, type Tenant } from '../collection.contract.ts';
import { EdgeBench, face, START } from './edge.contract.ts';

jest.setTimeout(240_000);

const superuser = { name: 'lethe', password: randomBytes(18).toString('base64url') };
const fatal: unknown[] = [];
let kafka: KafkaServer;
let bench: Bench;
let edge: EdgeBench;
let kafkaLog: KafkaEventLog;

/** The edge's topics on Kafka, Lethe's own (which a platform never sees) in memory. */
const around = (own: MemoryEventLog): EventLog => {
  const of = (topic: string): EventLog => (/^lethe\.(in|out)\./.test(topic) ? kafkaLog : own);
  return {
    ensureTopics: async (topics) => {
      for (const topic of topics) await of(topic).ensureTopics([topic]);
    },
    append: (topic, slot, records) => of(topic).append(topic, slot, records),
    subscribe: (group, topics, reader) => of(topics[0]!).subscribe(group, topics, reader),
    ends: (topic) => of(topic).ends(topic),
    close: () => kafkaLog.close(),
  };
};

const admin = <Result>(work: (client: ReturnType<Kafka['admin']>) => Promise<Result>): Promise<Result> => {
  const client = new Kafka({
    brokers: kafka.brokers,
    logLevel: logLevel.NOTHING,
    sasl: { mechanism: 'scram-sha-512', username: superuser.name, password: superuser.password },
  }).admin();
  return client
    .connect()
    .then(() => work(client))
    .finally(() => client.disconnect());
};

/** A tenant's login and its three rights: write `in`, read `out`, read its own groups. */
async function login(tenant: Tenant): Promise<{ username: string; password: string }> {
  const password = randomBytes(18).toString('base64url');
  await kafka.addLogin({ name: tenant.id, password });
  const right = (resourceType: number, resourceName: string, operation: number, resourcePatternType = 3) => ({
    resourceType,
    resourceName,
    resourcePatternType,
    principal: `User:${tenant.id}`,
    host: '*',
    operation,
    permissionType: 3,
  });
  await admin((client) =>
    client.createAcls({
      acl: [right(2, inTopic(tenant.id), 4), right(2, outTopic(tenant.id), 3), right(3, `lethe.${tenant.id}.`, 3, 4)],
    }),
  );
  return { username: tenant.id, password };
}

beforeAll(async () => {
  kafka = await startKafka({ superuser });
  kafkaLog = new KafkaEventLog({
    brokers: kafka.brokers,
    clientId: 'lethe-test',
    slots: SLOTS,
    login: { username: superuser.name, password: superuser.password },
    onFatal: (error) => fatal.push(error),
  });
  bench = await startCollection(around);
  edge = new EdgeBench(bench, { roundMs: 200 });
});
afterAll(async () => {
  await edge?.stop();
  await bench?.stop();
  await kafkaLog?.close();
  await kafka?.stop();
  expect(fatal).toEqual([]);
});

/** A tenant with a login of its own, and a platform under it. */
async function platformOf(name: string) {
  const tenant = await bench.tenant(name, START);
  const subject = await tenant.person('u-1');
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  await eventually(() => admin(async (client) => (await client.listTopics()).includes(outTopic(tenant.id))), {
    what: 'its topics',
  });
  const log = new KafkaEdgeLog({ brokers: kafka.brokers, tenant: tenant.id, login: await login(tenant) });
  return { tenant, subject, log, platform: edge.platform(tenant, { log, resendMs: 3_000 }) };
}

/** Consent says every few seconds that it is alive; a spec that outlives a lease says it, too. */
async function beating<Result>(work: () => Promise<Result>): Promise<Result> {
  let over = false;
  const beats = (async () => {
    while (!over) {
      await bench.beat();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
  })();
  try {
    return await work();
  } finally {
    over = true;
    await beats;
  }
}

/** Everything the broker has on disk: segments, positions of groups, its own metadata and log; offset indexes are numbers in 10 MB of zeros. */
async function onDisk(): Promise<Buffer> {
  const { output } = await kafka.container.exec([
    'bash',
    '-c',
    'find /var/lib/kafka/data /opt/kafka/logs -type f ! -name "*.index" ! -name "*.timeindex" 2>/dev/null | while read -r f; do cat "$f"; done | gzip -1 | base64 -w0',
  ]);
  const { gunzipSync } = await import('node:zlib');
  return gunzipSync(Buffer.from(output, 'base64'));
}
const forms = (text: string): Buffer[] => {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((pad) =>
    Buffer.concat([Buffer.alloc(pad), bytes])
      .toString('base64')
      .slice(pad === 0 ? 0 : 4, -4),
  );
  return [
    bytes,
    Buffer.from(text, 'utf16le'),
    Buffer.from(bytes.toString('hex')),
    ...base64.map((each) => Buffer.from(each)),
    ...base64.map((each) => Buffer.from(each.replaceAll('+', '-').replaceAll('/', '_'))),
  ];
};

test('a platform with a login of its own submits, is answered, and cannot reach a neighbour’s topics', async () => {
  const { tenant, subject, platform } = await platformOf('kafka-first');
  const neighbour = await platformOf('kafka-neighbour');
  const key = newId();
  expect(await beating(() => platform.collect([face(subject, 'a-face', key)]))).toMatchObject([
    { outcome: 'admitted', idempotencyKey: key },
  ]);
  expect(await beating(() => platform.collect([face(subject, 'a-face', key)]))).toMatchObject([
    { outcome: 'admitted', replayed: true },
  ]);
  expect(await tenant.count('part')).toBe(1);

  const { username, password } = await login(tenant);
  const thief = new KafkaEdgeLog({
    brokers: kafka.brokers,
    tenant: neighbour.tenant.id,
    login: { username, password },
  });
  await expect(thief.slots()).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(thief.send([{ slot: 0, id: newId(), value: 'x' }])).rejects.toMatchObject({ kind: 'unavailable' });
  await thief.close();
});

test('what is planted in every field, and in the idempotency key, is nowhere on the broker', async () => {
  const { tenant, subject, platform } = await platformOf('kafka-leaks');
  const marks: string[] = [];
  const mark = (what: string) => {
    const text = `MARK${what}${randomBytes(9).toString('hex')}`;
    marks.push(text);
    return text;
  };
  const orders = {
    'order-number': mark('number'),
    'event-name': mark('event'),
    'event-day': '2027-02-01',
    'order-amount': 1,
    genre: mark('genre'),
    'event-city': mark('city'),
    'sales-channel': mark('channel'),
  };
  const submissions = [
    face(subject, mark('face'), mark('key')),
    {
      idempotencyKey: mark('key'),
      subject,
      matter: await tenant.matter(subject, 'order', mark('matter')),
      purpose: 'order',
      fields: orders,
    },
    {
      ...face(subject, mark('undeclared')),
      fields: { 'face-image': mark('value'), [`zz-${mark('name').toLowerCase()}`]: mark('undeclared') },
    },
    face(await tenant.person(mark('user')), mark('refused'), mark('key')),
  ];
  const answers = await beating(() => platform.collect(submissions));
  expect(answers.map(({ outcome }) => outcome)).toEqual(['admitted', 'admitted', 'refused', 'refused']);
  // The scan proves itself: what somebody writes in plain is found.
  const plain = `MARKplain${randomBytes(9).toString('hex')}`;
  await kafkaLog.append(inTopic(tenant.id), 0, [{ number: 0, incarnation: 'platform', id: newId(), value: plain }]);
  await eventually(async () => (await edge.refusals(tenant)).some(({ code }) => code === 'not-json'), {
    what: 'its refusal',
  });
  const disk = await onDisk();
  expect(forms(plain).some((form) => disk.includes(form))).toBe(true);
  expect(disk.includes('platform.submission-sealed.v1')).toBe(true);
  const found = [...marks, ...marks.map((each) => each.toLowerCase())].filter((text) =>
    forms(text).some((form) => disk.includes(form)),
  );
  expect(found).toEqual([]);
});

test('a broker that dies and comes back, and an intake that is cut off meanwhile, lose and double nothing', async () => {
  const { tenant, subject, platform } = await platformOf('kafka-restart');
  await beating(async () => {
    await platform.collect([face(subject)]);
    const waves = (async () => {
      const all: Promise<unknown>[] = [];
      for (let n = 0; n < 40; n += 1) {
        all.push(sure(() => platform.collect([face(subject, `value-${n}`, `key-number-${n}`)])));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return Promise.all(all);
    })();
    await new Promise((resolve) => setTimeout(resolve, 800));
    await kafka.kill();
    await kafka.restart();
    await edge.again();
    const answers = (await waves) as { outcome: string }[][];
    expect(answers.flat().filter(({ outcome }) => outcome === 'admitted')).toHaveLength(40);
  });
  expect(await tenant.count('part')).toBe(41);
  expect(await tenant.count('submission')).toBe(41);
  expect((await edge.refusals(tenant)).map(({ code }) => code)).toEqual([]);
});

/** As the client's waiting room does: what could not be sent is tried again. */
async function sure<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { kind?: string }).kind !== 'unavailable') throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}
