import type { Disposal, leftBecause } from '@lethe/contracts';
import type { Day, SubjectRef } from '@lethe/kernel';
import type { z } from 'zod';

/** Why a store of the platform takes part no more. */
export type LeftBecause = z.output<typeof leftBecause>;

/** How far a request has come. `restricted` is not among them: it is what a request is called while it is late. */
export type Progress =
  | 'received'
  | 'verified'
  | 'scoped'
  | 'frozen'
  | 'ordered'
  | 'shredding'
  | 'effective'
  | 'swept'
  | 'certified'
  | 'final'
  | 'refused';

export type RequestState = Progress | 'restricted';

export interface Scope {
  readonly shred: readonly string[];
  readonly restrict: readonly {
    readonly compartment: string;
    readonly class: string;
    readonly until?: Day;
    readonly basis: string;
  }[];
  /** What was held when the scope was drawn: counts and dates. */
  readonly holdings: readonly ScopeHolding[];
}

export const NOTHING: Scope = { shred: [], restrict: [], holdings: [] };

export interface ScopeHolding {
  readonly compartment: string;
  readonly class: string;
  readonly custody: 'lethe' | 'platform';
  readonly method: Disposal;
  readonly parts: number;
  readonly held: number;
  /** Those that something keeps, once the certificate is drafted. */
  readonly kept?: number;
}

/** A participant's counted statement. */
export interface Statement {
  readonly found: number;
  readonly deleted: number;
  readonly restricted: number;
  readonly rescan: number;
  /** The number of the freeze its position had passed; 0 over HTTP. */
  readonly position: number;
}

export interface Participant {
  readonly participant: string;
  readonly kind: 'service' | 'platform';
  /** The position with which it said that the person is frozen there; services only. */
  readonly frozenPosition?: number;
  readonly done?: Statement;
  /** Why it has left; what it had not answered was closed, and nobody waits for it. */
  readonly closed?: LeftBecause;
}

/** A request and where it stands, as the saga sees it. Legal time unless said. */
export interface ErasureRequest {
  readonly request: string;
  readonly subject: SubjectRef;
  readonly kind: 'erasure' | 'close-account';
  readonly progress: Progress;
  /** The last day on which it must be answered. */
  readonly deadline: Day;
  /** Late: the person is kept from use, and somebody was told. */
  readonly escalated: boolean;
  readonly scope?: Scope;
  /** The freeze has been announced. */
  readonly freezing: boolean;
  /** Its number in the person's slot, once the relay has given it. */
  readonly freezeNumber?: number;
  /** A certificate, or a final statement, has been drafted: its text may not change any more. */
  readonly participants: readonly Participant[];
}

/** What is known beside the request. */
export interface SagaFacts {
  /** The tenant's present day. */
  readonly today: Day;
  /** Of a certified one: what is recorded that may still open what went. */
  readonly stillOpens: readonly string[];
}

/** Why a statement is not believed; undefined for one that is. */
export function disbelief(statement: Statement): 'rescan-found-something' | 'counts-do-not-add-up' | undefined {
  if (statement.rescan > 0) return 'rescan-found-something';
  return statement.deleted + statement.restricted < statement.found ? 'counts-do-not-add-up' : undefined;
}
