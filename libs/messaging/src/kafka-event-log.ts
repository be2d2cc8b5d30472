import { createRequire } from 'node:module';
import { Fault } from '@lethe/kernel';
import {
  Kafka,
  logLevel,
  Partitioners,
  type Admin,
  type Consumer,
  type EachBatchPayload,
  type Producer,
} from 'kafkajs';
import type { EventLog, LogRecord, SlotReader, Subscription } from './event-log.ts';
import { chunks, messageOf, storedOf, unavailable } from './kafka-record.ts';
import { AssignedSlots } from './kafka-slots.ts';

export interface KafkaEventLogOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly slots: number;
  /** The group cannot be kept alive: readiness must fail and the process end, so that it is started anew. */
  readonly onFatal: (error: unknown) => void;
  readonly onError?: (error: unknown) => void;
  /** Login with SCRAM-SHA-512. Only over TLS, or where the network is the deployer's own. */
  readonly login?: { readonly username: string; readonly password: string };
  readonly tls?: boolean;
  readonly replicationFactor?: number;
  /** Before the names of topics and groups, for several installations on one cluster. */
  readonly prefix?: string;
}

const SESSION_MS = 30_000;
const HEARTBEAT_MS = 3_000;
const CRASHES = 3;
const CRASHES_WITHIN_MS = 300_000;
const COMMIT_EVERY_MS = 5_000;

const TOPIC_SETTINGS = [
  { name: 'cleanup.policy', value: 'delete' },
  { name: 'retention.ms', value: String(7 * 86_400_000) },
  { name: 'segment.ms', value: '3600000' },
  { name: 'message.timestamp.type', value: 'LogAppendTime' },
];

interface RequestQueue {
  quiet?: boolean;
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests(this: RequestQueue): void;
}

/**
 * Without this, kafkajs 2.2.4 wakes every millisecond on each broker connection for ever (tulios/kafkajs #1751): 5 to 9 % of a
 * core each. The timer is needed only while a request waits or the broker throttles.
 */
function quietTimers(): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue;
  };
  if (prototype.quiet) return;
  prototype.quiet = true;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object below
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

/** The log on Apache Kafka: a slot is a partition. The only file that knows kafkajs. */
export class KafkaEventLog implements EventLog {
  readonly #options: KafkaEventLogOptions;
  readonly #kafka: Kafka;
  readonly #subscriptions = new Set<KafkaSubscription>();
  #producer: Promise<Producer> | undefined;

  constructor(options: KafkaEventLogOptions) {
    quietTimers();
    this.#options = options;
    this.#kafka = new Kafka({
      clientId: options.clientId,
      brokers: [...options.brokers],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 3_000,
      requestTimeout: 15_000,
      // With its defaults a client gives up after 16 s without a broker (decision record 1).
      retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 20 },
      ...(options.tls ? { ssl: true } : {}),
      ...(options.login ? { sasl: { mechanism: 'scram-sha-512', ...options.login } } : {}),
    });
  }

  async ensureTopics(topics: readonly string[]): Promise<void> {
    const names = topics.map((topic) => this.#named(topic));
    const admin = this.#kafka.admin();
    try {
      await admin.connect();
      await this.#make(admin, names);
      const { topics: found } = await admin.fetchTopicMetadata({ topics: names });
      const wrong = found.find(({ partitions }) => partitions.length !== this.#options.slots);
      if (wrong)
        throw new Fault(
          'invalid',
          'messaging/slots-differ',
          `the topic ${wrong.name} has ${wrong.partitions.length} slots, not ${this.#options.slots}`,
        );
    } catch (error) {
      throw unavailable(error);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  /** Nothing relies on topics that appear when touched: they would have another number of partitions. */
  async #make(admin: Admin, names: readonly string[]): Promise<void> {
    const there = new Set(await admin.listTopics());
    const missing = names.filter((name) => !there.has(name));
    if (missing.length === 0) return;
    // Resolves with false where another service was first.
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map((topic) => ({
        topic,
        numPartitions: this.#options.slots,
        replicationFactor: this.#options.replicationFactor ?? 1,
        configEntries: TOPIC_SETTINGS,
      })),
    });
  }

  async append(topic: string, slot: number, records: readonly LogRecord[]): Promise<void> {
    try {
      const producer = await (this.#producer ??= this.#connectProducer());
      for (const messages of chunks(records.map((record) => messageOf(record, slot)))) {
        await producer.send({ topic: this.#named(topic), acks: -1, messages });
      }
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #connectProducer(): Promise<Producer> {
    // One request in flight, so that a retry inside kafkajs cannot overtake; idempotence is not relied on, numbers are.
    const producer = this.#kafka.producer({
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      // Whoever appends tries again, and must know soon.
      retry: { retries: 3 },
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      this.#producer = undefined;
      throw error;
    }
  }

  async subscribe(group: string, topics: readonly string[], reader: SlotReader): Promise<Subscription> {
    const consumer = this.#kafka.consumer({
      groupId: this.#named(group),
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: 60_000,
      maxWaitTimeInMs: 250,
      allowAutoTopicCreation: false,
    });
    const prefix = this.#options.prefix ?? '';
    const subscription = new KafkaSubscription(consumer, reader, prefix, this.#options);
    this.#subscriptions.add(subscription);
    try {
      await subscription.start(topics.map((topic) => this.#named(topic)));
    } catch (error) {
      throw unavailable(error);
    }
    return subscription;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await (await this.#producer?.catch(() => undefined))?.disconnect();
    this.#producer = undefined;
  }

  #named(name: string): string {
    return `${this.#options.prefix ?? ''}${name}`;
  }
}

class KafkaSubscription implements Subscription {
  readonly #slots: AssignedSlots;
  #heardAt = performance.now();
  #crashes: number[] = [];
  #fatal = false;
  #stopped: Promise<void> | undefined;
  #committedAt = performance.now();

  constructor(
    private readonly consumer: Consumer,
    reader: SlotReader,
    private readonly prefix: string,
    private readonly options: KafkaEventLogOptions,
  ) {
    this.#slots = new AssignedSlots({
      partitions: consumer,
      reader,
      prefix,
      onError: (error) => options.onError?.(error),
    });
  }

  async start(topics: readonly string[]): Promise<void> {
    const { consumer } = this;
    const heard = (): void => {
      this.#heardAt = performance.now();
    };
    consumer.on(consumer.events.FETCH, heard);
    consumer.on(consumer.events.HEARTBEAT, heard);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      heard();
      this.#slots.joined(payload.memberAssignment);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.#crashed(payload.error, payload.restart));
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 2,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  resume(topic: string, slot: number): Promise<void> {
    return this.#slots.assign(`${this.prefix}${topic}`, slot);
  }

  alive(): boolean {
    return !this.#fatal && performance.now() - this.#heardAt < 3 * SESSION_MS;
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#end());
  }

  async #end(): Promise<void> {
    const read = this.#slots.end();
    await this.consumer.disconnect().catch((error: unknown) => this.options.onError?.(error));
    await read;
  }

  /** Throws only what the group protocol must hear (a rebalance); nothing that a record or the database does ends it. */
  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const beat = setInterval(() => void payload.heartbeat().catch(() => undefined), HEARTBEAT_MS);
    try {
      await this.#slots.read(
        batch.topic,
        batch.partition,
        batch.messages.map(storedOf),
        BigInt(batch.highWatermark),
        (offset) => payload.resolveOffset(offset.toString()),
      );
    } finally {
      clearInterval(beat);
    }
    if (!payload.isRunning() || this.#stopped) return;
    await payload.heartbeat();
    if (performance.now() - this.#committedAt < COMMIT_EVERY_MS) return;
    this.#committedAt = performance.now();
    // For tools that show lag; nothing here reads it.
    await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets()).catch(() => undefined);
  }

  /** kafkajs restarts a consumer for ever, or leaves it dead in a process that looks well: neither is left to it. */
  #crashed(error: unknown, restarts: boolean): void {
    const now = performance.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < CRASHES_WITHIN_MS), now];
    this.options.onError?.(error);
    if ((restarts && this.#crashes.length < CRASHES) || this.#stopped) return;
    this.#fatal = true;
    this.options.onFatal(error);
  }
}
