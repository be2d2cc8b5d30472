import { text } from 'node:stream/consumers';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';
import { Fault } from '@lethe/kernel';
import { eventually } from '@lethe/testing';
import type { EdgeHandler, EdgeLog, EdgeMessage } from './edge-log.ts';
import { platformKeyOf } from './edge-session.ts';
import { KafkaTransport, type KafkaTransportOptions } from './kafka-transport.ts';
import { Lethe } from './lethe.ts';
import type { Submission } from './lethe.ts';

const TENANT = 'damai';
const key = platformKeyOf('backend-1', generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
const hour = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });
const intakeKey = () =>
  Promise.resolve({
    kid: '2026-11-22T17',
    publicKey: { kty: 'OKP' as const, crv: 'X25519' as const, x: hour.x! },
    until: '2026-11-22T18:00:00.000Z',
  });
const submission = (idempotencyKey: string): Submission => ({
  idempotencyKey,
  subject: 'AAAAAAAAAAAAAAAAAAAAAA',
  purpose: 'order',
  fields: {},
});

interface Sent {
  readonly type: string;
  readonly data: { readonly session: string; readonly digest: string };
}

/** A log of two topics, and a Lethe that answers as a test says. */
class Edge implements EdgeLog {
  readonly sent: Sent[] = [];
  down = false;
  answer: (sent: Sent) => Record<string, unknown> | undefined = ({ data }) => ({
    ...data,
    outcome: 'refused',
    refusal: { code: 'purpose-not-declared' },
  });
  private readonly heard: EdgeHandler[] = [];
  private readonly told: string[] = [];

  slots = () => Promise.resolve(2);
  send = async (messages: readonly EdgeMessage[]) => {
    if (this.down) throw new Fault('unavailable', 'client/log-down', 'down');
    for (const { value } of messages) {
      const sent = JSON.parse(value) as Sent;
      this.sent.push(sent);
      const answer = sent.type === 'platform.submission-sealed.v1' ? this.answer(sent) : undefined;
      if (answer !== undefined)
        this.tell('collection.submission-answered.v1', {
          session: answer['session'],
          digest: answer['digest'],
          outcome: answer['outcome'],
          refusal: answer['refusal'],
        });
    }
  };
  tell(type: string, data: unknown, subject?: string): void {
    const source = `lethe/${type.split('.')[0]}`;
    const value = JSON.stringify({
      specversion: '1.0',
      id: crypto.randomUUID(),
      source,
      type,
      time: '2026-11-22T17:20:00.000Z',
      tenant: TENANT,
      subject,
      data,
    });
    this.told.push(value);
    for (const handle of this.heard) queueMicrotask(() => void handle(value));
  }
  hear = (handle: EdgeHandler) => {
    this.heard.push(handle);
    return Promise.resolve({ stop: () => Promise.resolve() });
  };
  follow = (_: string, handle: EdgeHandler) => {
    let stopped = false;
    const done = (async () => {
      for (const value of this.told)
        while (
          !stopped &&
          !(await handle(value).then(
            () => true,
            () => new Promise((resolve) => setTimeout(resolve, 5, false)),
          ))
        );
    })();
    return Promise.resolve({ stop: () => ((stopped = true), done) });
  };
  close = () => Promise.resolve();
  sessions = () =>
    new Set(this.sent.filter(({ type }) => type.includes('session')).map(({ data }) => data.session)).size;
  submissions = () => this.sent.filter(({ type }) => type.includes('submission'));
}

const open: KafkaTransport[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});
function transport(log: Edge, options: Partial<KafkaTransportOptions> = {}): KafkaTransport {
  const made = new KafkaTransport({
    tenant: TENANT,
    log,
    key,
    intakeKey,
    now: () => new Date('2026-11-22T17:20:00.000Z'),
    ...options,
  });
  open.push(made);
  return made;
}

test('the session stands in every slot before anything is sealed under it', async () => {
  const edge = new Edge();
  await transport(edge).collect([submission('key-number-1')]);
  expect(edge.sent.map(({ type }) => type)).toEqual([
    'platform.session-opened.v1',
    'platform.session-opened.v1',
    'platform.submission-sealed.v1',
  ]);
});

test('answers come back in the order of the submissions, whatever order they are told in', async () => {
  const edge = new Edge();
  const late: (() => void)[] = [];
  edge.answer = ({ data }) => {
    late.unshift(() =>
      edge.tell('collection.submission-answered.v1', {
        session: data.session,
        digest: data.digest,
        outcome: 'refused',
        refusal: { code: `number-${late.length}` },
      }),
    );
    if (late.length === 3) queueMicrotask(() => late.forEach((tell) => tell()));
    return undefined;
  };
  const answers = await transport(edge).collect(['key-number-1', 'key-number-2', 'key-number-3'].map(submission));
  expect(answers.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['key-number-1', 'key-number-2', 'key-number-3']);
});

test('what is not answered is sent again, under the same digest and another text', async () => {
  const edge = new Edge();
  const plain = edge.answer;
  edge.answer = (sent) => (edge.submissions().length < 3 ? undefined : plain(sent));
  expect(await transport(edge, { resendMs: 10 }).collect([submission('key-number-1')])).toMatchObject([
    { outcome: 'refused', refusal: { code: 'purpose-not-declared' } },
  ]);
  const sent = edge.submissions();
  // A slow machine may send it once more before it hears the answer.
  expect(sent.length).toBeGreaterThanOrEqual(3);
  expect(new Set(sent.map(({ data }) => data.digest)).size).toBe(1);
  expect(new Set(sent.map((each) => JSON.stringify(each.data))).size).toBe(sent.length);
});

test('a session that Lethe does not know is opened anew and the submission sent under it; three are enough', async () => {
  const edge = new Edge();
  const plain = edge.answer;
  const unknown = ({ data }: Sent) => ({ ...data, outcome: 'refused', refusal: { code: 'unknown-session' } });
  edge.answer = (sent) => (edge.sessions() < 2 ? unknown(sent) : plain(sent));
  expect(await transport(edge).collect([submission('key-number-1')])).toMatchObject([
    { refusal: { code: 'purpose-not-declared' } },
  ]);
  expect(edge.sessions()).toBe(2);
  edge.answer = unknown;
  await expect(transport(edge).collect([submission('key-number-2')])).rejects.toMatchObject({
    kind: 'forbidden',
    code: 'client/session-refused',
  });
});

test('a session is renewed before its end', async () => {
  const edge = new Edge();
  let now = new Date('2026-11-22T17:20:00.000Z');
  const platform = transport(edge, { now: () => now });
  await platform.collect([submission('key-number-1')]);
  now = new Date('2026-11-22T18:14:00.000Z');
  await platform.collect([submission('key-number-2')]);
  expect(edge.sessions()).toBe(1);
  now = new Date('2026-11-22T18:16:00.000Z');
  await platform.collect([submission('key-number-3')]);
  expect(edge.sessions()).toBe(2);
});

test('more than may wait for an answer are refused, never forgotten', async () => {
  const edge = new Edge();
  edge.answer = () => undefined;
  const platform = transport(edge, { pending: 2 });
  const waiting = platform.collect(['key-number-1', 'key-number-2'].map(submission));
  waiting.catch(() => undefined);
  await expect(platform.collect([submission('key-number-3')])).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'client/queue-full',
  });
  await platform.close();
  await expect(waiting).rejects.toMatchObject({ code: 'client/closed' });
});

describe('the client over the log', () => {
  const lethe = (log: Edge, addresses = 'http://127.0.0.1:1') => {
    const asked = { token: () => 'none', addresses };
    const made = new Lethe({
      ...asked,
      participant: 'archive',
      kafka: { tenant: TENANT, log, key, register: false, intakeKey },
      queue: { items: 2, bytes: 10_000, pauseMs: 5 },
    });
    open.push(made as never);
    return made;
  };

  test('while the broker is down submissions wait sealed in a bounded queue, and are sent when it is back', async () => {
    const edge = new Edge();
    const platform = lethe(edge);
    edge.down = true;
    const waiting = [platform.collect([submission('key-number-1')]), platform.collect([submission('key-number-2')])];
    await eventually(() => platform.waiting === 2);
    await expect(platform.collect([submission('key-number-3')])).rejects.toMatchObject({ code: 'client/queue-full' });
    edge.down = false;
    expect((await Promise.all(waiting)).flat().map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      'key-number-1',
      'key-number-2',
    ]);
  });

  test('disposal orders reach their handler, again until it has stated what it did', async () => {
    const edge = new Edge();
    const item = {
      item: crypto.randomUUID(),
      number: 1,
      kind: 'disposal-ordered',
      at: '2026-11-22T17:20:00.000Z',
      order: crypto.randomUUID(),
      class: 'orders',
      day: '2026-11-22',
      method: 'delete',
      expected: 3,
    };
    edge.tell('collection.submission-answered.v1', {});
    edge.tell('erasure.platform-told.v1', item);
    edge.tell('erasure.platform-told.v2', {
      ...item,
      item: crypto.randomUUID(),
      number: 2,
      class: 'face',
      participants: ['shop'],
    });
    const acks: string[] = [];
    const server = createServer((request, response) => {
      const registers = request.url === '/v1/participants';
      if (!registers) acks.push(request.url ?? '');
      // The first ack is not taken, so the order is given again.
      response.writeHead(registers || acks.length > 1 ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify(registers ? { participant: 'archive', registryVersion: 1 } : { accepted: true }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const platform = lethe(edge, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
      const seen: string[] = [];
      await platform.onDisposal((order) => {
        seen.push(`${order.class} ${order.day}`);
        return Promise.resolve({ found: 3, deleted: 3, rescan: 0 });
      });
      await eventually(() => acks.length >= 2);
      // One that is addressed to another store is not this one's to answer.
      expect(new Set(seen)).toEqual(new Set(['orders 2026-11-22']));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test('what becomes of a backup, and a hold with its end, reach one handler each, in the order in which they were told', async () => {
    const edge = new Edge();
    const [backup, hold] = [crypto.randomUUID(), crypto.randomUUID()];
    const about = (number: number) => ({ item: crypto.randomUUID(), number, at: '2026-11-22T17:20:00.000Z' });
    const order = { kind: 'backup-ordered', backup, wanted: 'isolation', because: 'erasure' };
    const scope = { kind: 'tenant' };
    edge.tell('erasure.platform-told.v3', { ...about(1), ...order, participants: ['another-store'] });
    edge.tell('erasure.platform-told.v3', { ...about(2), ...order, participants: ['archive'] });
    edge.tell('erasure.platform-told.v3', { ...about(3), kind: 'hold-placed', hold, scope, participants: ['archive'] });
    edge.tell('erasure.platform-told.v3', { ...about(4), kind: 'hold-released', hold });
    const acked: [string, unknown][] = [];
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        acked.push([request.url ?? '', JSON.parse(body)]);
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ accepted: true, participant: 'archive', registryVersion: 1 }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const platform = lethe(edge, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
      const [orders, holds]: [unknown[], unknown[]] = [[], []];
      const both = Promise.withResolvers<undefined>();
      const look = () => (acked.length === 3 && holds.length === 2 ? both.resolve(undefined) : undefined);
      server.on('request', (_, response) => void response.on('finish', look));
      await platform.onBackup(({ item: _, ...told }) => {
        orders.push(told);
        return Promise.resolve({ left: 0 });
      });
      await platform.onHold(({ item: _, ...told }) => {
        holds.push(told);
        look();
        return Promise.resolve();
      });
      await both.promise;
      expect(orders).toEqual([{ backup, wanted: 'isolation', because: 'erasure' }]);
      // It takes part in holds; of the end of this one it was told without being asked to answer.
      expect(acked).toHaveLength(3);
      expect(new Map(acked)).toEqual(
        new Map<string, unknown>([
          [`/v1/backups/${backup}/acks`, { participant: 'archive', wanted: 'isolation', left: 0 }],
          ['/v1/participants', { participant: 'archive', classes: [] }],
          [`/v1/holds/${hold}/acks`, { participant: 'archive', state: 'placed' }],
        ]),
      );
      expect(holds).toEqual([
        { hold, state: 'placed', scope },
        { hold, state: 'released' },
      ]);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

test('items of the platform’s stream are read as they were told before withdrawals had a kind, and as they are told now', async () => {
  const edge = new Edge();
  const at = '2026-11-22T17:20:00.000Z';
  const about = (number: number) => ({ item: crypto.randomUUID(), number, at });
  edge.tell('erasure.platform-told.v1', {
    ...about(1),
    kind: 'disposal-ordered',
    class: 'invoices',
    day: '2026-11-22',
  });
  edge.tell(
    'erasure.platform-told.v2',
    { ...about(2), kind: 'withdrawal-ordered', entry: 7, purpose: 'payment', participants: ['wallet'] },
    'AAAAAAAAAAAAAAAAAAAAAA',
  );
  const items: unknown[] = [];
  const both = Promise.withResolvers<undefined>();
  await transport(edge).follow('wallet', async (item) => {
    items.push(item);
    if (items.length === 2) both.resolve(undefined);
  });
  await both.promise;
  expect(items).toMatchObject([
    { number: 1, kind: 'disposal-ordered', data: { class: 'invoices' } },
    {
      number: 2,
      kind: 'withdrawal-ordered',
      subject: 'AAAAAAAAAAAAAAAAAAAAAA',
      data: { entry: 7, purpose: 'payment' },
    },
  ]);
});
