import type { Envelope, EventDefinition } from '@lethe/contracts';
import type { Transaction } from '@lethe/kernel';

/** Where the events of one call stood. */
export interface Place {
  readonly topic: string;
  readonly slot: number;
  readonly incarnation: string;
  /** The number of each event, in the order of the batch. */
  readonly numbers: readonly number[];
}

/** What a consumer does about one kind of event. */
export interface Route {
  readonly definition: EventDefinition;
  readonly apply: (sql: Transaction, batch: readonly Envelope[], place: Place) => Promise<void>;
}

/**
 * `apply` gets events of one tenant and one type, in order, with the tenant entered, in the transaction that moves the position.
 * It is called again when that transaction fails, so what it does outside must bear repeating.
 * It throws `SubjectErased` to drop, `Refused` to refuse, a Fault `unavailable` to wait; anything else parks the message.
 */
export const on = <Definition extends EventDefinition>(
  definition: Definition,
  apply: (sql: Transaction, batch: readonly Envelope<Definition>[], place: Place) => Promise<void>,
): Route => ({ definition, apply: apply as Route['apply'] });

/** The person is erased here: the message is dropped and counted, never retried. */
export class SubjectErased extends Error {
  override readonly name = 'SubjectErased';
}

/** The message must not have an effect, whatever happens: kept as a hash with this code, and counted. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly code: string) {
    super(code);
  }
}
