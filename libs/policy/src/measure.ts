import type { FieldValue } from './facts.ts';
import type { Measure } from './pack.ts';

/**
 * What a cell says of a measure: the exact sum as a decimal text, and how many of its records said a number; or that there is a sum
 * that is not told. Of a withheld one nothing is kept, not how many said something either.
 */
export type Measured = { readonly sum: string; readonly records: number } | { readonly withheld: true };

/** What one person's records in a cell say together, in units of 10^-decimals. */
export interface Total {
  readonly sum: bigint;
  readonly records: number;
}

/** What the cell itself says of every single value in it: at least `from`, at most `to`. */
export interface Bounds {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A value in units of 10^-decimals, rounded to them; undefined where no number is said. */
export function amountOf(
  { field, decimals }: Measure,
  values: Readonly<Record<string, FieldValue>>,
): bigint | undefined {
  const value = Object.hasOwn(values, field) ? values[field] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? scaled(value, decimals) : undefined;
}

/** From here on a double has no decimals, and its text an exponent. */
const WHOLE = 1e21;
const scaled = (value: number, decimals: number): bigint =>
  Math.abs(value) < WHOLE ? BigInt(value.toFixed(decimals).replace('.', '')) : BigInt(value) * 10n ** BigInt(decimals);

/**
 * The sum of what people say, or that it is withheld (ADR 0052): it stands where k people or more say something, and the p%-rule holds
 * between any two of them. Values may be negative: what others might have is then counted by its size.
 */
export function measured(measure: Measure, k: number, totals: Iterable<Total>, bounds: readonly Bounds[]): Measured {
  const people = [...totals];
  if (people.length < k || !isProtected(measure, people, bounds)) return { withheld: true };
  let sum = 0n;
  let records = 0;
  for (const each of people) {
    sum += each.sum;
    records += each.records;
  }
  return { sum: decimalOf(sum, measure.decimals), records };
}

/**
 * Whether nobody in the cell who takes away their own total comes closer to another's than p percent. What is left to guess is how far
 * everybody else is from the least, and from the most, that the cell says they must have; where it says nothing, from nothing at all.
 */
function isProtected({ decimals, p }: Measure, people: readonly Total[], bounds: readonly Bounds[]): boolean {
  const sides = [
    ({ sum }: Total) => sizeOf(sum),
    ...bounds.flatMap(({ from, to }) => [
      ...beyond(
        from,
        decimals,
        (least) =>
          ({ sum, records }) =>
            sum - least * BigInt(records),
      ),
      ...beyond(
        to,
        decimals,
        (most) =>
          ({ sum, records }) =>
            most * BigInt(records) - sum,
      ),
    ]),
  ];
  return sides.every((side) => {
    const unknown = people.map(side);
    let [all, first, second] = [0n, -1n, -1n];
    for (const each of unknown) {
      all += each;
      if (each > first) [first, second] = [each, first];
      else if (each > second) second = each;
    }
    return people.every(({ sum }, at) => {
      const own = unknown[at]!;
      const knower = own === first ? second : first;
      return 100n * (all - own - knower) > BigInt(p.value) * sizeOf(sum);
    });
  });
}

const sizeOf = (sum: bigint): bigint => (sum < 0n ? -sum : sum);
const beyond = (at: number | undefined, decimals: number, side: (at: bigint) => (total: Total) => bigint) =>
  at === undefined ? [] : [side(scaled(at, decimals))];

function decimalOf(sum: bigint, decimals: number): string {
  const digits = String(sizeOf(sum)).padStart(decimals + 1, '0');
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return sum < 0n ? `-${text}` : text;
}
