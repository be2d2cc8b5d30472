import { refuse } from '../basis.ts';
import { classOf } from '../disposal.ts';
import type { FixedFacts, GateFacts, Refusal } from '../facts.ts';
import type { Pack, Purpose } from '../pack.ts';
import { ruled } from './circumstances.ts';

/** Of something that is about no matter. */
const NO_MATTER = '';

/** What never changes again once it has been submitted, or once what the pack names has been declared with it. */
export class Fixed implements FixedFacts {
  readonly #matters = new Map<string, Set<string>>();

  constructor(private readonly pack: Pack) {}

  /** One part that is kept: it closes what it is about where the pack says so. */
  add(subject: string, purpose: string, matter: string | undefined, declarations: readonly string[]): void {
    const after = this.pack.purposes.get(purpose)?.immutable?.after;
    if (after === undefined || (after !== 'submission' && !declarations.includes(after))) return;
    const key = keyOf(subject, purpose);
    const known = this.#matters.get(key) ?? new Set();
    this.#matters.set(key, known.add(matter ?? NO_MATTER));
  }

  of = (subject: string, purpose: string): ReadonlySet<string> => this.#matters.get(keyOf(subject, purpose)) ?? NONE;
}

const NONE: ReadonlySet<string> = new Set();
const keyOf = (subject: string, purpose: string): string => `${subject} ${purpose}`;

/**
 * May it be submitted, or only be asked to be corrected? Asked before the person is asked to give it, and again with what
 * was given. Where it is about one matter and the question names none, what is fixed for another matter says neither.
 * @param classes the classes of what is submitted or asked for: by them it is about a matter, or not
 */
export function judgeFixed(
  pack: Pack,
  { fixed }: Pick<GateFacts, 'fixed'>,
  purpose: Purpose,
  subject: string,
  classes: Iterable<string>,
  matter: string | undefined,
): Refusal | undefined {
  const known = purpose.immutable === undefined ? NONE : (fixed?.of(subject, purpose.name) ?? NONE);
  if (known.size === 0) return undefined;
  let unnamed: Refusal | undefined;
  for (const name of classes) {
    const isAboutMatter = classOf(pack, name).anchor !== 'collection';
    if (isAboutMatter ? matter !== undefined && known.has(matter) : known.has(NO_MATTER))
      return ruled(pack, 'immutable', purpose, undefined, purpose.immutable?.clause);
    if (isAboutMatter && matter === undefined && [...known].some((each) => each !== NO_MATTER))
      unnamed ??= refuse(pack, 'matter-required', purpose, 'matter');
  }
  return unnamed;
}
