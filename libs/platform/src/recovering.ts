import type { Envelope, http } from '@lethe/contracts';
import type { TenantId, Transaction } from '@lethe/kernel';
import type { z } from 'zod';

/** One entry of the replay list as a service replays it. */
export type LedgerEntry = z.output<typeof http.LedgerEntries.answer>['entries'][number];

/** Something that was acknowledged and that a recovery could not bring back. */
export interface LostThing {
  readonly part?: string | undefined;
  readonly record?: string | undefined;
}

/** What of one event a service could not make true again; nothing: all of it is true. */
export interface Unmade {
  /** The event's id. */
  readonly event: string;
  /** One by one, where the event was about several; absent: the event itself. */
  readonly lost?: readonly LostThing[];
}

/**
 * How a service brings a database that knows less than it once told others up to what it has said. Each step may be broken
 * off anywhere and is then done again from its beginning, so each bears repeating. None of them is seen by anybody before
 * the last has committed.
 */
export interface Recovers {
  /** First: the ledger of one tenant, whole, in order. @returns how many rows went */
  replay(sql: Transaction, tenant: TenantId, entries: readonly LedgerEntry[]): Promise<number>;
  /** Then: what the service itself had said since, in the order of its slot. @returns what it could not make true */
  said(sql: Transaction, tenant: TenantId, batch: readonly Envelope[]): Promise<readonly Unmade[]>;
  /** Last: what does not open any more goes. May announce, for the new life, what others must know of the loss. */
  settle?(sql: Transaction, tenant: TenantId): Promise<{ dropped: number; lost: readonly LostThing[] }>;
}
