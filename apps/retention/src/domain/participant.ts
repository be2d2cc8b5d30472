import { http } from '@lethe/contracts';
import { hasClass } from '@lethe/policy';
import type { DueDay } from './disposal.ts';

/** A store of the platform, and the classes it holds parts of; none named: of whatever the platform holds. */
export interface Participant {
  readonly participant: string;
  readonly classes: readonly string[];
}

/**
 * The stores of the platform an order is addressed to beside collection: each that holds parts of its class, whichever
 * schedule they came in under, also where the original lies with Lethe. What the platform holds and nobody has registered for is answered for by the platform itself.
 */
export function addressed(
  order: Pick<DueDay, 'class' | 'custody'>,
  registry: readonly Participant[],
): readonly string[] {
  const platform = order.custody.includes('platform');
  const holders = registry
    .filter(({ classes }) => (classes.length === 0 ? platform : hasClass(classes, order.class)))
    .map(({ participant }) => participant);
  return holders.length === 0 && platform ? [http.UNNAMED_PARTICIPANT] : holders;
}

/** One store and its ack, as an order keeps them. */
export interface Addressee {
  readonly participant: string;
  readonly ackedAt?: Date | undefined;
  /** It has left without a word, and two persons have said that nobody waits for it. */
  readonly closedAt?: Date | undefined;
}

/**
 * Who speaks: the participant named, or the only one there is where none is named. Undefined: nobody the order is addressed to;
 * `which`: it has to be said.
 */
export function speaker(addressees: readonly Addressee[], named: string | undefined): Addressee | 'which' | undefined {
  if (named === undefined && addressees.length > 1) return 'which';
  return named === undefined ? addressees[0] : addressees.find(({ participant }) => participant === named);
}
