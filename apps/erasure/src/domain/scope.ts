import type { Scope, ScopeHolding } from './request.ts';

interface Named {
  readonly compartment: string;
  readonly class: string;
}
/** The same class in the same compartment: what a scope says something of. */
export const same = (one: Named) => (other: Named) =>
  other.compartment === one.compartment && other.class === one.class;

/** What is counted together. */
export const alike = (one: ScopeHolding) => (other: ScopeHolding) =>
  same(one)(other) && other.custody === one.custody && other.method === one.method;

/**
 * The scope by which an erasure was ordered, with what a restore has brought back of the person since, while a store was waited for.
 * What it lets go and what it keeps stands; what the law keeps of the rest is kept, and with it the key of its compartment; until when,
 * is said of what is there now. What has gone by its day meanwhile stands as gone.
 * @param now drawn by the same rule from what there is when the ledger is written
 */
export function withBroughtBack(ordered: Scope, now: Scope): Scope {
  const byLaw = now.restrict.filter(({ basis }) => basis !== 'hold');
  const restrict = [
    ...ordered.restrict.map((one) => byLaw.find(same(one)) ?? one),
    // What a hold keeps by now is counted when the certificate is drafted.
    ...byLaw.filter((one) => !ordered.restrict.some(same(one))),
  ];
  const stays = new Set(restrict.flatMap(({ basis, compartment }) => (basis === 'hold' ? [] : [compartment])));
  const there = new Set(now.holdings.map(({ compartment }) => compartment));
  return {
    shred: [...new Set([...ordered.shred, ...now.shred.filter((each) => there.has(each))])]
      .filter((each) => !stays.has(each))
      .sort(),
    restrict,
    holdings: holdingsOf(ordered.holdings, now.holdings),
  };
}

/** Of each class in each compartment and custody the most that there was. */
function holdingsOf(ordered: readonly ScopeHolding[], now: readonly ScopeHolding[]): ScopeHolding[] {
  return [
    ...ordered.map((one) => {
      const later = now.find(alike(one));
      return later !== undefined && later.parts > one.parts ? later : one;
    }),
    ...now.filter((one) => !ordered.some(alike(one))),
  ];
}
