import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { Fault } from '@lethe/kernel';
import type { Admin, Consumer, EachBatchPayload, Kafka, Producer } from 'kafkajs';
import type { EdgeHandler, EdgeLog, EdgeMessage, Following } from './edge-log.ts';

export interface KafkaEdgeOptions {
  readonly brokers: readonly string[];
  readonly tenant: string;
  /** The tenant's own login, SCRAM-SHA-512: it may write its `in` topic, read its `out` topic and groups that begin with `lethe.<tenant>.` */
  readonly login?: { readonly username: string; readonly password: string };
  readonly tls?: boolean;
  readonly clientId?: string;
}

const AGAIN_MS = 500;
const REQUEST_BYTES = 900_000;

/** The edge on Apache Kafka. The only file of the client that knows kafkajs, which is loaded when it is first needed. */
export class KafkaEdgeLog implements EdgeLog {
  readonly #options: KafkaEdgeOptions;
  readonly #following = new Set<Following>();
  #kafka: Promise<Kafka> | undefined;
  #admin: Promise<Admin> | undefined;
  #producer: Promise<Producer> | undefined;
  #slots: number | undefined;

  constructor(options: KafkaEdgeOptions) {
    this.#options = options;
  }

  async slots(): Promise<number> {
    if (this.#slots !== undefined) return this.#slots;
    const topic = `lethe.in.${this.#options.tenant}`;
    return this.#asked(async () => {
      const { topics } = await (await this.#administrator()).fetchTopicMetadata({ topics: [topic] });
      this.#slots = topics[0]!.partitions.length;
      return this.#slots;
    });
  }

  async send(messages: readonly EdgeMessage[]): Promise<void> {
    await this.#asked(async () => {
      this.#producer ??= this.#produce();
      const producer = await this.#producer;
      for (const run of runs(messages)) {
        await producer.send({
          topic: `lethe.in.${this.#options.tenant}`,
          acks: -1,
          messages: run.map(({ slot, id, value }) => ({
            key: null,
            partition: slot,
            value,
            headers: { id, 'content-type': 'application/cloudevents+json' },
          })),
        });
      }
    });
  }

  async hear(handle: EdgeHandler): Promise<Following> {
    const topic = `lethe.out.${this.#options.tenant}`;
    // Where the topic ends now, taken before anything is sent: what is answered from here on is heard.
    const ends = await this.#asked(async () => (await this.#administrator()).fetchTopicOffsets(topic));
    const positions = new Map(ends.map(({ partition, high }) => [partition, BigInt(high)]));
    return this.#consume(`lethe.${this.#options.tenant}.hear.${randomUUID()}`, handle, positions);
  }

  follow(group: string, handle: EdgeHandler): Promise<Following> {
    return this.#consume(`lethe.${this.#options.tenant}.${group}`, handle, undefined);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#following].map((each) => each.stop()));
    this.#following.clear();
    const producer = await this.#producer?.catch(() => undefined);
    const admin = await this.#admin?.catch(() => undefined);
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
    this.#producer = undefined;
    this.#admin = undefined;
  }

  /** @param positions where to begin, and then where we are; absent: the group's own committed offsets */
  async #consume(groupId: string, handle: EdgeHandler, positions: Map<number, bigint> | undefined): Promise<Following> {
    const topic = `lethe.out.${this.#options.tenant}`;
    const kafka = await this.#client();
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: 30_000,
      heartbeatInterval: 3_000,
      maxWaitTimeInMs: 250,
      allowAutoTopicCreation: false,
    });
    const state = { stopped: false, restarting: undefined as Promise<void> | undefined };
    if (positions !== undefined) {
      consumer.on(consumer.events.GROUP_JOIN, () => {
        for (const [partition, offset] of positions) consumer.seek({ topic, partition, offset: offset.toString() });
      });
    }
    const start = async (): Promise<void> => {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => eachBatch(consumer, payload, handle, positions, () => state.stopped),
      });
    };
    // kafkajs leaves a consumer dead after an error it holds for final; over an outage nothing is final.
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart || state.stopped) return;
      state.restarting = (async () => {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
          if (state.stopped) return;
          try {
            return await start();
          } catch {
            await consumer.disconnect().catch(() => undefined);
          }
        }
      })();
    });
    await this.#asked(start);
    const following: Following = {
      stop: async () => {
        state.stopped = true;
        this.#following.delete(following);
        await state.restarting;
        await consumer.disconnect().catch(() => undefined);
      },
    };
    this.#following.add(following);
    return following;
  }

  async #produce(): Promise<Producer> {
    const { Partitioners } = await import('kafkajs');
    const producer = (await this.#client()).producer({
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  }

  #administrator(): Promise<Admin> {
    this.#admin ??= (async () => {
      const admin = (await this.#client()).admin();
      await admin.connect();
      return admin;
    })();
    return this.#admin;
  }

  #client(): Promise<Kafka> {
    this.#kafka ??= (async () => {
      const { Kafka, logLevel } = await import('kafkajs');
      quietTimers();
      const { brokers, clientId, login, tls, tenant } = this.#options;
      return new Kafka({
        clientId: clientId ?? `lethe-${tenant}`,
        brokers: [...brokers],
        logLevel: logLevel.NOTHING,
        connectionTimeout: 3_000,
        requestTimeout: 15_000,
        // Short: what cannot be sent waits in the client's own queue, and is tried again from there.
        retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 5 },
        ...(tls === true ? { ssl: true } : {}),
        ...(login === undefined ? {} : { sasl: { mechanism: 'scram-sha-512' as const, ...login } }),
      });
    })();
    return this.#kafka;
  }

  async #asked<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      // A connection that could not be made is made anew the next time.
      if (this.#producer !== undefined) await this.#producer.catch(() => (this.#producer = undefined));
      if (this.#admin !== undefined) await this.#admin.catch(() => (this.#admin = undefined));
      throw Object.assign(new Fault('unavailable', 'client/log-down', 'the event log cannot be reached'), { cause });
    }
  }
}

async function eachBatch(
  consumer: Consumer,
  payload: EachBatchPayload,
  handle: EdgeHandler,
  positions: Map<number, bigint> | undefined,
  stopped: () => boolean,
): Promise<void> {
  const { topic, partition, messages } = payload.batch;
  const beat = setInterval(() => void payload.heartbeat().catch(() => undefined), 3_000);
  let handled: bigint | undefined;
  try {
    for (const { offset, value } of messages) {
      if (stopped() || !payload.isRunning() || payload.isStale()) return;
      if (positions !== undefined && BigInt(offset) < (positions.get(partition) ?? 0n)) continue;
      try {
        await handle(value?.toString() ?? '');
      } catch {
        consumer.pause([{ topic, partitions: [partition] }]);
        consumer.seek({ topic, partition, offset });
        setTimeout(
          () => (stopped() ? undefined : consumer.resume([{ topic, partitions: [partition] }])),
          AGAIN_MS,
        ).unref();
        return;
      }
      positions?.set(partition, BigInt(offset) + 1n);
      payload.resolveOffset(offset);
      handled = BigInt(offset) + 1n;
    }
  } finally {
    clearInterval(beat);
    if (positions === undefined && handled !== undefined)
      await consumer.commitOffsets([{ topic, partition, offset: handled.toString() }]).catch(() => undefined);
  }
}

/** Runs of messages that fit one request. */
function runs(messages: readonly EdgeMessage[]): EdgeMessage[][] {
  const all: EdgeMessage[][] = [];
  let bytes = REQUEST_BYTES;
  for (const message of messages) {
    const size = message.value.length + 200;
    if (bytes + size > REQUEST_BYTES) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)!.push(message);
    bytes += size;
  }
  return all;
}

interface RequestQueue {
  quiet?: boolean;
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

/** Without this, kafkajs 2.2.4 wakes every millisecond on each broker connection for ever (tulios/kafkajs #1751). */
function quietTimers(): void {
  const { prototype: queue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue;
  };
  if (queue.quiet === true) return;
  queue.quiet = true;
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}
