/** How long a service may act on a consent it has not seen renewed: the lease. Milliseconds of machine time. */
export const LEASE_MS = 30_000;
/** How long an answer waits for the services that act on the purpose before it says `accepted`. Milliseconds. */
export const ANSWER_WITHIN_MS = 2_000;
/** The services that act on consent, and must have applied a withdrawal before it is called effective. */
export const ACTING_SERVICES = ['collection', 'retention'] as const;

export type WithdrawalOutcome =
  { readonly outcome: 'effective'; readonly at: Date } | { readonly outcome: 'accepted'; readonly effectiveBy: Date };

/**
 * `effective` only if every service that acts on the purpose has said that it applied it. Otherwise the lease decides:
 * a service that has not heard of the withdrawal cannot have heard a heartbeat younger than it, and stops by itself.
 * `now` is the tenant's legal time after the withdrawal was committed and the services were asked.
 */
export const settleWithdrawal = (applied: readonly boolean[], now: Date): WithdrawalOutcome =>
  applied.length > 0 && applied.every(Boolean)
    ? { outcome: 'effective', at: now }
    : { outcome: 'accepted', effectiveBy: new Date(now.getTime() + LEASE_MS) };
