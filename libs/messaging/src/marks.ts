/**
 * How far a database had got when it last let somebody else know. `told`: the last number it gave an event of its own.
 * `heard`: the last number it went through of somebody else's.
 */
export interface Mark {
  readonly kind: 'told' | 'heard';
  /** The life of the database that says so. */
  readonly under: string;
  readonly topic: string;
  readonly slot: number;
  /** The life of the producer in which the number was given; for `told` the same as `under`. */
  readonly incarnation: string;
  readonly number: number;
}

/** Marks are kept where no copy of the database goes: they are what a database that was put back is held against. */
export interface Marks {
  /** Not lost with the process once it returns. Lower than what is marked already: nothing. @throws when it cannot be kept */
  raise(mark: Mark): void;
  /** The highest of each kind, life, topic, slot and producer's life. */
  all(): readonly Mark[];
}

const keyOf = ({ kind, under, topic, slot, incarnation }: Mark): string =>
  [kind, under, topic, slot, incarnation].join(' ');

/** Marks that live as long as the process. */
export class MemoryMarks implements Marks {
  readonly #marks = new Map<string, Mark>();

  raise(mark: Mark): void {
    this.higher(mark);
  }

  all(): readonly Mark[] {
    return [...this.#marks.values()];
  }

  protected isHigher(mark: Mark): boolean {
    return (this.#marks.get(keyOf(mark))?.number ?? 0) < mark.number;
  }

  protected higher(mark: Mark): void {
    if (this.isHigher(mark)) this.#marks.set(keyOf(mark), mark);
  }
}
