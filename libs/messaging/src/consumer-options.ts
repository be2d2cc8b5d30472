import type { Envelope } from '@lethe/contracts';
import type { Database } from '@lethe/kernel';
import type { EventLog } from './event-log.ts';
import type { Marks } from './marks.ts';
import type { Heads, Missed } from './outbox.ts';
import type { Route } from './route.ts';

/** Where a crash may fall; a test kills here. `effect`: before the commit; `committed`: after it, the log not yet told. */
export type ConsumerPoint = 'effect' | 'committed';

/**
 * Somebody must look: `stopped`, nothing more of the slot is applied; `parked`, `refused`, one message; `stale`, a record of an
 * incarnation that has ended. Somebody should know: `incarnation`, the producer has begun a new one; `passed-over`, a gap that
 * was restated.
 */
export interface ConsumerAlarm {
  readonly kind: 'stopped' | 'parked' | 'refused' | 'stale' | 'incarnation' | 'passed-over';
  readonly topic: string;
  readonly slot: number;
  readonly number: number;
  readonly code: string;
}

export interface ConsumerOptions {
  /** Name of the consumer and its group: the service's. */
  readonly service: string;
  readonly slots: number;
  readonly database: Database;
  readonly log: EventLog;
  /** Several of one type are applied in this order. */
  readonly routes: readonly Route[];
  /** Asks the producer's outbox (`GET /v1/events`). @throws Fault `unavailable` to be asked again, `missing` when it never can */
  readonly missed: (producer: string, topic: string, slot: number, from: number, to: number) => Promise<Missed>;
  /** Asks the producer how far it has told (`GET /v1/<service>/heads`). Absent: a gap shows when the record behind it comes. */
  readonly heads?: (producer: string) => Promise<Heads>;
  /** How often that is asked, milliseconds. Default 15,000. */
  readonly lookEveryMs?: number;
  /**
   * Asks the producer to state anew the present of everyone in the slot, all of it beyond a number: the number of the last
   * event of that statement, or undefined when it cannot. Absent: an unfillable gap stops the slot.
   */
  readonly restate?: (producer: string, topic: string, slot: number, beyond: number) => Promise<number | undefined>;
  /** Whether an order carries its service's signature. Absent: every order is refused. */
  readonly verify?: (event: Envelope) => Promise<boolean>;
  readonly onAlarm?: (alarm: ConsumerAlarm) => void;
  readonly onError?: (error: unknown) => void;
  /** Machine time. */
  readonly now?: () => Date;
  /** How often parked messages that are due are tried again, milliseconds; 0: only when asked. Default 1,000. */
  readonly retryEveryMs?: number;
  /** Where it is kept how far this consumer has heard, and the present life of its database; before anybody can be told. */
  readonly marks?: { readonly kept: Marks; readonly under: () => string };
  /** For crash tests: awaited at each point; what it throws ends the slot as a kill would. */
  readonly at?: (point: ConsumerPoint) => Promise<void>;
}

/** Why nothing more of a slot is applied until a person has looked. */
export type StopReason = 'another-id' | 'gap' | 'unknown-history';

export interface Stopped {
  readonly topic: string;
  readonly slot: number;
  readonly reason: StopReason;
  /** The last number gone through. */
  readonly number: number;
  readonly at: Date;
}

/** Where one message stands. A number belongs to a life of its producer's database. */
export interface PlaceOfMessage {
  readonly topic: string;
  readonly slot: number;
  readonly incarnation: string;
  readonly number: number;
}

/** One message set aside. */
export interface Parked extends PlaceOfMessage {
  readonly tenant: string;
  readonly subject?: string;
  readonly type: string;
  /** Why: a fault's code or an error's name; `behind` for one that waits behind another. */
  readonly code: string;
  readonly attempts: number;
  readonly parkedAt: Date;
  /** Somebody has proposed to give it up. */
  readonly discard?: ProposedDiscard;
}

/** That a message be given up, before a second person has confirmed it; it goes with the message. */
export interface ProposedDiscard {
  readonly discard: string;
  /** A code, never free text. */
  readonly reason: string;
  /** `iss#sub` */
  readonly by: string;
  readonly at: Date;
}

/** A message that two persons have given up. */
export interface Discarded extends PlaceOfMessage {
  readonly type: string;
  readonly reason: string;
  /** Who decided, `iss#sub` each. */
  readonly by: readonly string[];
  readonly at: Date;
}

/** What became of parked messages that were tried again; the rest of `tried` is parked as before. */
export interface Retried {
  readonly tried: number;
  readonly applied: number;
  readonly dropped: number;
  readonly refused: number;
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

/** Which parked messages; none named: all. */
export interface WhichParked {
  readonly topic?: string;
  readonly slot?: number;
  readonly tenant?: string;
  readonly subject?: string;
  /** One message, and whatever waited behind it. */
  readonly message?: Pick<PlaceOfMessage, 'incarnation' | 'number'>;
}
