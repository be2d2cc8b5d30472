import type { Envelope } from '@lethe/contracts';
import type { Database } from '@lethe/kernel';
import type { EventLog } from './event-log.ts';
import type { Missed } from './outbox.ts';
import type { Route } from './route.ts';

export type ConsumerPoint = 'effect' | 'committed';

/** Why nothing more of a slot is applied until a person has looked. */
export type StopReason = 'another-id' | 'gap' | 'unknown-history';

export interface Stopped {
  readonly topic: string;
  readonly slot: number;
  readonly reason: StopReason;
  readonly number: number;
}

/** One message set aside. */
export interface Parked {
  readonly topic: string;
  readonly slot: number;
  readonly incarnation: string;
  readonly number: number;
  readonly tenant: string;
  readonly subject?: string;
  readonly type: string;
  /** Why: a fault's code or an error's name; `behind` for one that waits behind another. */
  readonly code: string;
  readonly attempts: number;
  readonly parkedAt: Date;
}

/** Counted in the transaction that moved the position. Closed: produced = the sum of the rest. */
export interface Account {
  readonly topic: string;
  readonly slot: number;
  /** Numbers gone through, and records that brought no new one. */
  readonly produced: number;
  readonly applied: number;
  readonly duplicate: number;
  readonly refused: number;
  readonly dropped: number;
  readonly parked: number;
  readonly passedOver: number;
}

export interface ConsumerOptions {
  /** Name of the consumer and its group: the service's. */
  readonly service: string;
  readonly database: Database;
  readonly log: EventLog;
  /** Several of one type are applied in this order. */
  readonly routes: readonly Route[];
  /** Asks the producer's outbox (`GET /v1/events`). @throws Fault `unavailable` to be asked again */
  readonly missed: (producer: string, topic: string, slot: number, from: number, to: number) => Promise<Missed>;
  /**
   * Asks the producer to state anew the present of everyone in the slot: the number of the last event of that statement, or
   * undefined when it cannot. Absent: an unfillable gap stops the slot.
   */
  readonly restate?: (producer: string, topic: string, slot: number) => Promise<number | undefined>;
  /** Whether an order carries its service's signature. Absent: every order is refused. */
  readonly verify?: (event: Envelope) => Promise<boolean>;
  /** A slot stopped, or a message was parked: somebody must look. */
  readonly onAlarm?: (alarm: { readonly kind: 'stopped' | 'parked' | 'refused'; readonly topic: string; readonly slot: number; readonly number: number; readonly code: string }) => void;
  readonly onError?: (error: unknown) => void;
  /** Machine time. */
  readonly now?: () => Date;
  /** For crash tests: awaited at each point; what it throws ends the batch as a kill would. */
  readonly at?: (point: ConsumerPoint) => Promise<void>;
}

export class Consumer {
  constructor(readonly options: ConsumerOptions) {}
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  /** True once the message is applied; false after `waitMs`, and for one that is parked, refused or discarded. */
  async applied(topic: string, slot: number, number: number, waitMs: number): Promise<boolean> { void [topic, slot, number, waitMs]; return false; }
  /** The last number gone through, 0 before the first. */
  async position(topic: string, slot: number): Promise<number> { void [topic, slot]; return 0; }
  /** Whether what this consumer knows of the person may be short: something is parked, its slot stopped or being restated. */
  async isParked(tenant: string, subject: string): Promise<boolean> { void [tenant, subject]; return false; }
  async parked(): Promise<Parked[]> { return []; }
  /** Tries parked messages again, in order; how many were applied. */
  async retryParked(which?: { readonly topic?: string; readonly slot?: number; readonly tenant?: string; readonly subject?: string }): Promise<number> { void which; return 0; }
  /** Gives a parked message up. `reason` is a code, never free text; `by` who decided (`iss#sub`). */
  async discardParked(which: { readonly topic: string; readonly slot: number; readonly number: number }, reason: string, by: readonly string[]): Promise<void> { void [which, reason, by]; }
  async stopped(): Promise<Stopped[]> { return []; }
  /** Lets a stopped slot go on; `passOver` counts the numbers up to there as passed over. */
  async resume(topic: string, slot: number, passOver?: number): Promise<void> { void [topic, slot, passOver]; }
  async accounts(): Promise<Account[]> { return []; }
  /** For metrics: machine time since the oldest message delivered and not yet dealt with was announced; 0 when none waits. */
  oldestUnappliedMs(now: Date): number { void now; return 0; }
  /** False when nothing has been heard from the log for too long. */
  alive(): boolean { return true; }
}
