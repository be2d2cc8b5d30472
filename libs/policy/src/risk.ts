/**
 * How likely somebody who knows one person's quasi-identifiers finds that person's record (the prosecutor model), by the
 * definitions of ARX: records that agree in all quasi-identifiers are one class, and a record in a class of n is found with 1/n.
 */
export interface Risk {
  readonly records: number;
  readonly classes: number;
  /** The mean over all records: classes ÷ records. */
  readonly averageProsecutorRisk: number;
  /** Of the record easiest to find: 1 ÷ the smallest class. */
  readonly maximumProsecutorRisk: number;
  /** The share of records that are alone in their class. */
  readonly uniqueness: number;
  /** How many classes there are of each size, smallest first. */
  readonly k: Readonly<Record<string, number>>;
}

/** Of no records at all nobody is found: every risk is 0. */
export function riskOf(sizes: Iterable<number>): Risk {
  const bySize = new Map<number, number>();
  let records = 0;
  let classes = 0;
  for (const size of sizes) {
    records += size;
    classes += 1;
    bySize.set(size, (bySize.get(size) ?? 0) + 1);
  }
  const ascending = [...bySize].sort(([one], [other]) => one - other);
  const smallest = ascending[0]?.[0];
  return {
    records,
    classes,
    averageProsecutorRisk: records === 0 ? 0 : classes / records,
    maximumProsecutorRisk: smallest === undefined ? 0 : 1 / smallest,
    uniqueness: records === 0 ? 0 : (bySize.get(1) ?? 0) / records,
    k: Object.fromEntries(ascending),
  };
}

/** A length before its value makes a row of values one string that reads back in one way only: one character, or digits if it is long. */
const lengthMark = (length: number): string =>
  length < 0xffff ? String.fromCharCode(length) : `\uffff${String(length)}:`;

/** Counts records into classes, one at a time. */
export class Classes {
  readonly #sizes = new Map<string, number>();

  /** The record's quasi-identifiers, always in the same order. Nothing is made equal that is not: case and spaces count. */
  add(values: readonly string[]): void {
    let key = '';
    for (const value of values) key += lengthMark(value.length) + value;
    this.#sizes.set(key, (this.#sizes.get(key) ?? 0) + 1);
  }

  sizes(): Iterable<number> {
    return this.#sizes.values();
  }
}
