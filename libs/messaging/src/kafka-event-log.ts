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
  type SASLOptions,
} from 'kafkajs';
import type { EventLog, LogRecord, SlotReader, Subscription } from './event-log.ts';
import { chunks, messageOf, storedOf, unavailable } from './kafka-record.ts';
import { AssignedSlots } from './kafka-slots.ts';
import { backoff, within } from './signal.ts';

export interface KafkaEventLogOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly slots: number;
  /** Joining the group again has failed too often: readiness must fail and the process end, so that it is started anew. */
  readonly onFatal: (error: unknown) => void;
  readonly onError?: (error: unknown) => void;
  /** By SCRAM-SHA-512 unless said otherwise. Only over TLS, or where the network is the deployer's own. */
  readonly login?: {
    readonly username: string;
    readonly password: string;
    readonly mechanism?: 'plain' | 'scram-sha-512';
  };
  readonly tls?: boolean;
  readonly replicationFactor?: number;
  /** Before the names of topics and groups, for several installations on one cluster. */
  readonly prefix?: string;
}

const SESSION_MS = 30_000;
const HEARTBEAT_MS = 3_000;
/** Leaving a group; a member that has not left by then is let go by the broker after its session. */
const LEAVE_WITHIN_MS = 10_000;
/** Crashes without a fetch between them, about five minutes, after which joining again is given up. */
const CRASHES_IN_A_ROW = 12;
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

const saslOf = ({ mechanism, ...login }: NonNullable<KafkaEventLogOptions['login']>): SASLOptions => ({
  ...login,
  mechanism: mechanism ?? 'scram-sha-512',
});

const clientOf = ({ brokers, clientId, login, tls }: KafkaEventLogOptions, retries: number): Kafka =>
  new Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries },
    ...(tls ? { ssl: true } : {}),
    ...(login ? { sasl: saslOf(login) } : {}),
  });

/** The log on Apache Kafka: a slot is a partition. The only file that knows kafkajs. */
export class KafkaEventLog implements EventLog {
  readonly #options: KafkaEventLogOptions;
  readonly #kafka: Kafka;
  readonly #subscriptions = new Set<KafkaSubscription>();
  #producer: Promise<Producer> | undefined;

  constructor(options: KafkaEventLogOptions) {
    quietTimers();
    this.#options = options;
    // With its defaults a client gives up after 16 s without a broker (decision record 1).
    this.#kafka = clientOf(options, 20);
  }

  /**
   * One look, without patience: whether a broker answers, and takes the login.
   * @throws Fault `unavailable`
   */
  async reach(): Promise<void> {
    const admin = clientOf(this.#options, 0).admin();
    try {
      await admin.connect();
    } catch (error) {
      throw unavailable(error);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
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
    const member = (): Consumer =>
      this.#kafka.consumer({
        groupId: this.#named(group),
        sessionTimeout: SESSION_MS,
        heartbeatInterval: HEARTBEAT_MS,
        rebalanceTimeout: 60_000,
        maxWaitTimeInMs: 250,
        allowAutoTopicCreation: false,
        // It restarts itself for ever, or not at all and looks well: a crash is ours to answer.
        retry: { restartOnFailure: () => Promise.resolve(false) },
      });
    const names = topics.map((topic) => this.#named(topic));
    const subscription = new KafkaSubscription(member, names, reader, this.#options);
    this.#subscriptions.add(subscription);
    try {
      await subscription.start();
    } catch (error) {
      this.#subscriptions.delete(subscription);
      await subscription.stop();
      throw unavailable(error);
    }
    return subscription;
  }

  async ends(topic: string): Promise<ReadonlyMap<number, bigint>> {
    const admin = this.#kafka.admin();
    try {
      await admin.connect();
      const offsets = await admin.fetchTopicOffsets(this.#named(topic));
      // What the log no longer keeps cannot be read: an end without a record before it is none.
      return new Map(offsets.map(({ partition, high, low }) => [partition, high === low ? 0n : BigInt(high)]));
    } catch (error) {
      throw unavailable(error);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
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
  /** The member of the group that this is now; another after each crash. */
  #consumer: Consumer;
  #joined = false;
  #crashes = 0;
  #again: NodeJS.Timeout | undefined;
  #rejoining = false;
  readonly #watch: NodeJS.Timeout;
  #fatal = false;
  #stopped: Promise<void> | undefined;
  #committedAt = performance.now();

  constructor(
    private readonly member: () => Consumer,
    private readonly topics: readonly string[],
    reader: SlotReader,
    private readonly options: KafkaEventLogOptions,
  ) {
    this.#consumer = member();
    // Who is not in the group holds no slots: each is begun anew when it has joined.
    const joined = (tell: (consumer: Consumer) => void): void => {
      if (this.#joined) tell(this.#consumer);
    };
    this.#slots = new AssignedSlots({
      partitions: {
        seek: (to) => joined((consumer) => consumer.seek(to)),
        pause: (partitions) => joined((consumer) => consumer.pause(partitions)),
        resume: (partitions) => joined((consumer) => consumer.resume(partitions)),
      },
      reader,
      prefix: options.prefix ?? '',
      onError: (error) => options.onError?.(error),
    });
    // A member that crashed while it could not leave says nothing of it.
    this.#watch = setInterval(() => {
      if (!this.alive())
        this.#crashed(this.#consumer, new Fault('unavailable', 'messaging/silent', 'the log is silent'));
    }, SESSION_MS);
    this.#watch.unref();
  }

  async start(): Promise<void> {
    const consumer = this.#consumer;
    const heard = (): void => {
      this.#heardAt = performance.now();
    };
    consumer.on(consumer.events.FETCH, () => {
      heard();
      this.#crashes = 0;
    });
    consumer.on(consumer.events.HEARTBEAT, heard);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (consumer !== this.#consumer) return;
      heard();
      this.#joined = true;
      this.#slots.joined(payload.memberAssignment);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.#crashed(consumer, payload.error));
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 2,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  resume(topic: string, slot: number): Promise<void> {
    return this.#slots.assign(`${this.options.prefix ?? ''}${topic}`, slot);
  }

  alive(): boolean {
    return !this.#fatal && performance.now() - this.#heardAt < 3 * SESSION_MS;
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#end());
  }

  async #end(): Promise<void> {
    clearTimeout(this.#again);
    clearInterval(this.#watch);
    const read = this.#slots.end();
    const left = this.#consumer
      .disconnect()
      .catch((error: unknown) => this.options.onError?.(error))
      .then(() => true);
    // kafkajs waits without end for a fetch that a broker which hung has never answered.
    if (!(await within(LEAVE_WITHIN_MS, left)))
      this.options.onError?.(new Fault('unavailable', 'messaging/not-left', 'the group was not left in time'));
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

  /**
   * A member that crashed leaves, and another joins in its place after a pause. Nothing is lost or done twice by it: slots are read
   * from the reader's own position, and the next read of a slot waits for the one that still runs.
   */
  #crashed(consumer: Consumer, error: unknown): void {
    this.options.onError?.(error);
    if (consumer !== this.#consumer || this.#rejoining || this.#stopped || this.#fatal) return;
    this.#rejoining = true;
    this.#joined = false;
    this.#crashes += 1;
    if (this.#crashes >= CRASHES_IN_A_ROW) {
      this.#fatal = true;
      this.options.onFatal(error);
      return;
    }
    this.#again = setTimeout(() => void this.#rejoin(consumer), backoff(this.#crashes, 500, 30_000));
  }

  async #rejoin(former: Consumer): Promise<void> {
    await former.disconnect().catch((error: unknown) => this.options.onError?.(error));
    if (this.#stopped) return;
    const consumer = (this.#consumer = this.member());
    try {
      await this.start();
      this.#heardAt = performance.now();
      this.#rejoining = false;
    } catch (error) {
      this.#rejoining = false;
      this.#crashed(consumer, error);
    }
    // Stopped while it joined: the end has left the group for it, or never saw it.
    if (this.#stopped) await consumer.disconnect().catch(() => undefined);
  }
}
