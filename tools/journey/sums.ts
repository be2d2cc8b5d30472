/** What one person adds to a sum. */
export interface Share {
  readonly total: number;
  readonly records: number;
}
/** Between what a cell says that each of its values lies. */
export interface Band {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** The band that a cell names: `300-600`, `2000-up`, `below-0`. */
export function bandOf(text: string): Band {
  const [, below, from, to] = /^(?:below-(-?[\d.]+)|(-?[\d.]+)-(?:up|(-?[\d.]+)))$/.exec(text) ?? [];
  const number = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits));
  return { from: number(from), to: number(below ?? to) };
}

/**
 * Of how many people somebody in the same cell learns what they add to its sum, to within p percent: who takes away their own knows
 * that the rest of it is this person's and what the others must have at least, or at most.
 */
export function toldBySum(sum: number, shares: readonly Share[], p: number, { from = 0, to }: Band): number {
  const records = shares.reduce((all, each) => all + each.records, 0);
  return shares.filter((person, at) =>
    shares.some((knower, other) => {
      if (other === at) return false;
      const rest = sum - knower.total;
      const others = records - knower.records - person.records;
      const most = rest - others * from;
      const least = to === undefined ? -Infinity : rest - others * to;
      const near = (person.total * p) / 100;
      return most - person.total <= near || person.total - least <= near;
    }),
  ).length;
}
