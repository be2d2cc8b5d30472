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

/** The present capacity of each, doubled when it is not enough. */
const CHARACTERS = 1 << 16;
const CLASSES = 1 << 12;

/**
 * Counts records into classes, one at a time. The characters of each class lie behind one another, and a table leads from their
 * hash to them: a map with a string of a record's values for its key takes half as long again where hardly two are alike.
 */
export class Classes {
  /** Of each class its values, each behind its length. */
  #characters = new Uint16Array(CHARACTERS);
  #used = 0;
  /** Of each class. */
  #begins = new Uint32Array(CLASSES);
  #hashes = new Int32Array(CLASSES);
  #sizes = new Uint32Array(CLASSES);
  #classes = 0;
  /** One more than the class; 0 where there is none. Never more than half full. */
  #table = new Int32Array(CLASSES * 2);

  /** The record's quasi-identifiers, always in the same order. Nothing is made equal that is not: case and spaces count. */
  add(values: readonly string[]): void {
    let needed = 2 * values.length;
    for (const value of values) needed += value.length;
    while (this.#used + needed > this.#characters.length) this.#characters = twice(this.#characters);
    if (this.#classes === this.#begins.length) this.#grow();
    const hash = this.#write(values);
    const end = this.#used + needed;
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = table[slot]! - 1;
      if (found < 0) return this.#begin(hash, slot, end);
      if (this.#hashes[found] !== hash || !this.#isAt(this.#begins[found]!, end)) continue;
      this.#sizes[found]! += 1;
      return;
    }
  }

  sizes(): Iterable<number> {
    return this.#sizes.subarray(0, this.#classes);
  }

  /** Writes a record behind the last class. @returns its hash: FNV-1a, mixed as MurmurHash3 ends */
  #write(values: readonly string[]): number {
    const characters = this.#characters;
    let at = this.#used;
    let hash = 0x811c9dc5 | 0;
    for (const value of values) {
      const { length } = value;
      characters[at++] = length & 0xffff;
      characters[at++] = length >>> 16;
      hash = Math.imul(hash ^ length, 0x01000193);
      for (let index = 0; index < length; index += 1) {
        const character = value.charCodeAt(index);
        characters[at++] = character;
        hash = Math.imul(hash ^ character, 0x01000193);
      }
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  /** Is what was written up to `end` the class that begins there? Lengths stand before values, so one that agrees so far ends as well. */
  #isAt(begin: number, end: number): boolean {
    const characters = this.#characters;
    for (let at = this.#used, there = begin; at < end; at += 1, there += 1)
      if (characters[at] !== characters[there]) return false;
    return true;
  }

  #begin(hash: number, slot: number, end: number): void {
    const one = this.#classes;
    this.#begins[one] = this.#used;
    this.#hashes[one] = hash;
    this.#sizes[one] = 1;
    this.#classes = one + 1;
    this.#used = end;
    this.#table[slot] = one + 1;
  }

  #grow(): void {
    [this.#begins, this.#hashes, this.#sizes] = [twice(this.#begins), twice(this.#hashes), twice(this.#sizes)];
    const table = (this.#table = new Int32Array(this.#table.length * 2));
    const mask = table.length - 1;
    for (let one = 0; one < this.#classes; one += 1) {
      let slot = this.#hashes[one]! & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = one + 1;
    }
  }
}

/** The same numbers, with as much room again behind them. */
function twice<Numbers extends Uint16Array | Uint32Array | Int32Array>(numbers: Numbers): Numbers {
  const more = new (numbers.constructor as new (length: number) => Numbers)(numbers.length * 2);
  more.set(numbers);
  return more;
}
