import { createRequire } from 'node:module';
import { Fault } from '@lethe/kernel';
import { Kafka, logLevel, Partitioners, type Admin, type Consumer, type EachBatchPayload, type KafkaMessage, type Message, type Producer } from 'kafkajs';
import type { EventLog, LogRecord, ReadOutcome, SlotReader, StoredRecord, Subscription } from './event-log.ts';
import { backoff } from './signal.ts';

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
/** A request is refused by the broker from 1 MiB on, unless the broker is told otherwise. */
const SEND_BYTES = 900_000;
const CRASHES = 3;
const CRASHES_WITHIN_MS = 300_000;
const COMMIT_EVERY_MS = 5_000;
const NEVER = -1n;

const TOPIC_SETTINGS = [
  { name: 'cleanup.policy', value: 'delete' },
  { name: 'retention.ms', value: String(7 * 86_400_000) },
  { name: 'segment.ms', value: '3600000' },
  { name: 'message.timestamp.type', value: 'LogAppendTime' },
];

/**
 * Without this, kafkajs 2.2.4 wakes every millisecond on each broker connection for ever (tulios/kafkajs #1751): 5 to 9 % of a
 * core each. The timer is needed only while a request waits or the broker throttles.
 */
function quietTimers(): void {
  const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: { quiet?: boolean; pending: unknown[]; throttledUntil: number; scheduleCheckPendingRequests(): void };
  };
  if (queue.prototype.quiet) return;
  queue.prototype.quiet = true;
  const schedule = queue.prototype.scheduleCheckPendingRequests;
  queue.prototype.scheduleCheckPendingRequests = function () {
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
      retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 10 },
      ...(options.tls ? { ssl: true } : {}),
      ...(options.login ? { sasl: { mechanism: 'scram-sha-512', ...options.login } } : {}),
    });
  }

  async ensureTopics(topics: readonly string[]): Promise<void> {
    const names = topics.map((topic) => this.#named(topic));
    const admin = this.#kafka.admin({ retry: { retries: 5 } });
    try {
      await admin.connect();
      await this.#make(admin, names);
      const { topics: found } = await admin.fetchTopicMetadata({ topics: names });
      const wrong = found.find(({ partitions }) => partitions.length !== this.#options.slots);
      if (wrong) throw new Fault('invalid', 'messaging/slots-differ', `the topic ${wrong.name} has ${wrong.partitions.length} slots, not ${this.#options.slots}`);
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

/** One slot as assigned to this member. */
interface Assigned {
  /** First offset wanted; `NEVER` when the reader has no position. */
  next: bigint | undefined;
  stopped: boolean;
  failures: number;
  timer?: NodeJS.Timeout;
}

class KafkaSubscription implements Subscription {
  readonly #slots = new Map<string, Assigned>();
  readonly #reading = new Set<Promise<unknown>>();
  #heardAt = performance.now();
  #crashes: number[] = [];
  #fatal = false;
  #stopped: Promise<void> | undefined;
  #committedAt = performance.now();

  constructor(
    private readonly consumer: Consumer,
    private readonly reader: SlotReader,
    private readonly prefix: string,
    private readonly options: KafkaEventLogOptions,
  ) {}

  async start(topics: readonly string[]): Promise<void> {
    const { consumer } = this;
    const heard = (): void => {
      this.#heardAt = performance.now();
    };
    consumer.on(consumer.events.FETCH, heard);
    consumer.on(consumer.events.HEARTBEAT, heard);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      heard();
      this.#joined(payload.memberAssignment as Record<string, number[]>);
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

  async resume(topic: string, slot: number): Promise<void> {
    await this.#assign(`${this.prefix}${topic}`, slot);
  }

  alive(): boolean {
    return !this.#fatal && performance.now() - this.#heardAt < 3 * SESSION_MS;
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#end());
  }

  async #end(): Promise<void> {
    for (const assigned of this.#slots.values()) clearTimeout(assigned.timer);
    await this.consumer.disconnect().catch((error: unknown) => this.options.onError?.(error));
    await Promise.allSettled(this.#reading);
  }

  /** kafkajs says nothing of what was taken away: whatever was known of any slot is forgotten, and each is begun anew. */
  #joined(assignment: Record<string, number[]>): void {
    for (const assigned of this.#slots.values()) clearTimeout(assigned.timer);
    this.#slots.clear();
    for (const [topic, slots] of Object.entries(assignment)) for (const slot of slots) void this.#assign(topic, slot);
  }

  /** Begins a slot at the reader's own position, which the group's committed offset is never asked for. */
  async #assign(topic: string, slot: number): Promise<void> {
    const key = `${topic}/${slot}`;
    clearTimeout(this.#slots.get(key)?.timer);
    const assigned: Assigned = { next: undefined, stopped: false, failures: 0 };
    this.#slots.set(key, assigned);
    await this.#position(topic, slot, assigned);
    if (this.#slots.get(key) === assigned && !this.#stopped) this.consumer.resume([{ topic, partitions: [slot] }]);
  }

  /** True when the slot has a position to read from. */
  async #position(topic: string, slot: number, assigned: Assigned): Promise<boolean> {
    try {
      assigned.next ??= (await this.reader.from(topic.slice(this.prefix.length), slot)) ?? NEVER;
      if (assigned.next !== NEVER && this.#current(topic, slot, assigned)) this.consumer.seek({ topic, partition: slot, offset: assigned.next.toString() });
      return true;
    } catch (error) {
      this.options.onError?.(error);
      assigned.failures += 1;
      this.#pause(topic, slot, assigned, backoff(assigned.failures, 200, 10_000));
      return false;
    }
  }

  #current(topic: string, slot: number, assigned: Assigned): boolean {
    return this.#slots.get(`${topic}/${slot}`) === assigned && !this.#stopped;
  }

  #pause(topic: string, slot: number, assigned: Assigned, milliseconds: number | undefined): void {
    if (!this.#current(topic, slot, assigned)) return;
    this.consumer.pause([{ topic, partitions: [slot] }]);
    if (milliseconds === undefined) return;
    assigned.timer = setTimeout(() => {
      if (this.#current(topic, slot, assigned)) this.consumer.resume([{ topic, partitions: [slot] }]);
    }, milliseconds);
  }

  /** Throws only what the group protocol must hear (a rebalance); nothing that a record or the database does ends it. */
  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const beat = setInterval(() => void payload.heartbeat().catch(() => undefined), HEARTBEAT_MS);
    const reading = this.#read(payload).catch((error: unknown) => this.options.onError?.(error));
    this.#reading.add(reading);
    try {
      await reading;
    } finally {
      clearInterval(beat);
      this.#reading.delete(reading);
    }
    if (!payload.isRunning() || !this.#slots.has(`${topic}/${partition}`)) return;
    await payload.heartbeat();
    if (performance.now() - this.#committedAt < COMMIT_EVERY_MS) return;
    this.#committedAt = performance.now();
    // For tools that show lag; nothing here reads it.
    await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets()).catch(() => undefined);
  }

  async #read({ batch, resolveOffset }: EachBatchPayload): Promise<void> {
    const { topic, partition: slot } = batch;
    const assigned = this.#slots.get(`${topic}/${slot}`);
    if (!assigned || assigned.stopped || this.#stopped) return;
    if (assigned.next === undefined && !(await this.#position(topic, slot, assigned))) return;
    const next = assigned.next!;
    const records = batch.messages.map(recordOf).filter(({ offset }) => offset >= next);
    if (records.length === 0) return;
    const outcome = await this.reader.read({ topic: topic.slice(this.prefix.length), slot, records });
    if (!this.#current(topic, slot, assigned)) return;
    this.#follow(topic, slot, assigned, outcome, records[0]!.offset, (offset) => resolveOffset(offset.toString()));
  }

  #follow(topic: string, slot: number, assigned: Assigned, outcome: ReadOutcome, first: bigint, resolve: (offset: bigint) => void): void {
    assigned.failures = 0;
    assigned.next = outcome.next;
    if (outcome.next > first) resolve(outcome.next - 1n);
    else this.consumer.seek({ topic, partition: slot, offset: outcome.next.toString() });
    if (outcome.kind === 'pause') this.#pause(topic, slot, assigned, outcome.milliseconds);
    if (outcome.kind === 'stop') {
      assigned.stopped = true;
      this.#pause(topic, slot, assigned, undefined);
    }
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

function messageOf(record: LogRecord, slot: number): Message {
  // The person's ref stands before the data; a fact about no one person has no key.
  const head = record.value.slice(0, record.value.indexOf('"data"'));
  const subject = /"subject":"([A-Za-z0-9_-]{22})"/.exec(head)?.[1];
  return {
    key: subject ?? null,
    value: record.value,
    partition: slot,
    headers: { 'content-type': 'application/cloudevents+json', number: String(record.number), incarnation: record.incarnation, id: record.id },
  };
}

function recordOf({ offset, value, headers }: KafkaMessage): StoredRecord {
  const header = (name: string): string => headers?.[name]?.toString() ?? '';
  const number = /^[1-9]\d{0,15}$/.test(header('number')) ? Number(header('number')) : 0;
  return { offset: BigInt(offset), number, incarnation: header('incarnation'), id: header('id'), value: value?.toString() ?? '' };
}

/** Runs of messages that fit one request. */
function chunks(messages: readonly Message[]): Message[][] {
  const runs: Message[][] = [];
  let bytes = SEND_BYTES;
  for (const message of messages) {
    const size = Buffer.byteLength(message.value as string) + 200;
    if (bytes + size > SEND_BYTES) {
      runs.push([]);
      bytes = 0;
    }
    runs.at(-1)!.push(message);
    bytes += size;
  }
  return runs;
}

function unavailable(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  return Object.assign(new Fault('unavailable', 'messaging/log-down', 'the event log cannot be reached'), { cause });
}
