import type { Pack } from '@lethe/policy';

/** Something that never changes again: a person, a purpose, and the matter it is about where it is about one. */
const keyOf = (subject: string, purpose: string, matter: string | undefined): string =>
  `${subject} ${purpose} ${matter ?? ''}`;

/** What never changes again once it has been submitted, or once what the pack names has been declared with it. */
export class Fixed {
  readonly #keys = new Set<string>();

  constructor(private readonly pack: Pack) {}

  /** One admitted part: it closes its record where the pack says so. */
  add(subject: string, purpose: string, matter: string | undefined, declarations: readonly string[]): void {
    const after = this.pack.purposes.get(purpose)?.immutable?.after;
    if (after === 'submission' || (after !== undefined && declarations.includes(after)))
      this.#keys.add(keyOf(subject, purpose, matter));
  }

  has = (subject: string, purpose: string, matter: string | undefined): boolean =>
    this.#keys.has(keyOf(subject, purpose, matter));
}
