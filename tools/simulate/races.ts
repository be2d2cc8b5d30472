/** What gets in each other's way. */
export const KINDS = [
  'hold',
  'release',
  'sweep',
  'erase',
  'withdraw',
  'activate',
  'back up',
  'restore',
  'rotate',
  'crash',
] as const;
export type Kind = (typeof KINDS)[number];

/** Which kinds of deeds a seed had, and how many pairs of different kinds were under way at the same time. */
export class Races {
  readonly kinds = new Set<Kind>();
  pairs = 0;
  readonly #underWay = new Set<Kind>();

  /** Nothing of what was begun waits for anybody any more. */
  quiet(): void {
    this.#underWay.clear();
  }

  /** With whatever else is under way it makes a pair, once until all is quiet. */
  begins(kind: Kind): void {
    this.kinds.add(kind);
    if (this.#underWay.has(kind)) return;
    this.pairs += this.#underWay.size;
    this.#underWay.add(kind);
  }
}
