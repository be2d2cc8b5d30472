import { refuse } from '../basis.ts';
import type { Refusal } from '../facts.ts';
import type { Pack } from '../pack.ts';

/**
 * Copies one person may have on one day where the pack does not say: it is the one request that hands data out, and whoever
 * has stolen a login asks for it again and again (OWASP ASVS 5.0, 2.4.1).
 */
export const COPIES_A_DAY = 5;

/**
 * May a person who was given that many copies today be given another? Deleting, withdrawing and closing an account are not
 * limited: no law lets a number stand in the way of them (PIPL 15, 47, 50), and a copy too many may cost a fee, not be
 * refused for good (Network Data Regulations 25): tomorrow it is there again.
 */
export function judgeCopies(pack: Pack, copiesToday: number): Refusal | undefined {
  const { limit, types, deadline, refusals } = pack.requests;
  if (refusals?.never.includes('copy') === true) return undefined;
  const allowed = limit?.copiesPerDay.value ?? COPIES_A_DAY;
  if (copiesToday < allowed) return undefined;
  const clause = limit?.clause ?? types?.['copy']?.clause ?? deadline.clause;
  return refuse(pack, 'asked-too-often', undefined, 'subject', clause);
}
