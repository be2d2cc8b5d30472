import { isUtf8 } from 'node:buffer';
import { Fault } from '@lethe/kernel';
import type { LogRecord, StoredRecord } from './event-log.ts';

interface Outgoing {
  readonly key: string | null;
  readonly value: string;
  readonly partition: number;
  readonly headers: Record<string, string>;
}

interface Arrived {
  readonly offset: string;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly headers?: Readonly<Record<string, { toString(): string } | undefined>>;
}

/** A request is refused by the broker from 1 MiB on, unless the broker is told otherwise. */
const SEND_BYTES = 900_000;

/** An event as Kafka carries it: the number, incarnation and id beside the value, so that a log reader need not parse it. */
export function messageOf(record: LogRecord, slot: number): Outgoing {
  // The person's ref stands before the data; a fact about no one person has no key.
  const head = record.value.slice(0, record.value.indexOf('"data"'));
  const subject = /"subject":"([A-Za-z0-9_-]{22})"/.exec(head)?.[1];
  return {
    key: subject ?? null,
    value: record.value,
    partition: slot,
    headers: {
      'content-type': 'application/cloudevents+json',
      number: String(record.number),
      incarnation: record.incarnation,
      id: record.id,
    },
  };
}

/** What came back; without a readable number, number 0. */
export function storedOf({ offset, value, headers, timestamp }: Arrived): StoredRecord {
  const header = (name: string): string => headers?.[name]?.toString() ?? '';
  const number = /^[1-9]\d{0,15}$/.test(header('number')) ? Number(header('number')) : 0;
  return {
    offset: BigInt(offset),
    number,
    incarnation: header('incarnation'),
    id: header('id'),
    value: value?.toString() ?? '',
    at: new Date(Number(timestamp)),
    ...(value === null || isUtf8(value) ? {} : { raw: value }),
  };
}

/** Runs of messages that fit one request. */
export function chunks(messages: readonly Outgoing[]): Outgoing[][] {
  const runs: Outgoing[][] = [];
  let bytes = SEND_BYTES;
  for (const message of messages) {
    const size = Buffer.byteLength(message.value) + 200;
    if (bytes + size > SEND_BYTES) {
      runs.push([]);
      bytes = 0;
    }
    runs.at(-1)!.push(message);
    bytes += size;
  }
  return runs;
}

/** Whatever kafkajs says, it means: not now. */
export function unavailable(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const words = refused(cause) ? 'the event log refuses the login' : 'the event log cannot be reached';
  return Object.assign(new Fault('unavailable', 'messaging/log-down', words), { cause });
}

/** A login that is not there yet is said otherwise than a broker that is not. */
function refused(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (/SASLAuthentication|^AuthenticationError/.test(at.name)) return true;
  return false;
}
